#include <nn/dropout.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Dropout::Dropout(double p) : Module("Dropout"), p_(p) {
  if (!(p >= 0 && p <= 1)) refuse(fmt::format("p is {}; it must lie in [0, 1]", p));
}

Tensor Dropout::forward(const Tensor& x) const {
  if (!is_training() || p_ == 0) return x;
  const double scale = p_ < 1 ? 1 / (1 - p_) : 0;
  return x * (bernoulli(1 - p_, x.shape(), x.dtype()) * scale);
}

std::string Dropout::arguments() const { return fmt::format("p={}", p_); }

}  // namespace xgrad::nn
