#include <nn/dropout.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

Tensor dropped(const std::string& where, const Tensor& x, double p) {
  if (!is_floating(x.dtype())) {
    fail(where, fmt::format("the input is {} {}; a floating-point tensor was expected", to_string(x.dtype()),
                            to_string(x.shape())));
  }
  if (p == 0) return x;
  const double scale = p < 1 ? 1 / (1 - p) : 0;
  return x * (bernoulli(1 - p, x.shape(), x.dtype()) * scale);
}

}  // namespace

Tensor dropout(const Operand& x, const DropoutOptions& options) {
  if (!x.defined()) fail("dropout", "the input is an undefined Tensor (default-constructed or moved from)");
  if (!(options.p >= 0 && options.p <= 1)) fail("dropout", fmt::format("p is {}; it must lie in [0, 1]", options.p));
  return options.training ? dropped("dropout", x, options.p) : x.tensor();
}

Dropout::Dropout(double p) : Module("Dropout"), p_(p) {
  if (!(p >= 0 && p <= 1)) refuse(fmt::format("p is {}; it must lie in [0, 1]", p));
}

Tensor Dropout::forward(const Tensor& x) const { return is_training() ? dropped(type_name(), x, p_) : x; }

std::string Dropout::arguments() const { return fmt::format("p={}", p_); }

}  // namespace xgrad::nn
