#include <nn/bilinear.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {

Bilinear::Bilinear(std::int64_t in1_features, std::int64_t in2_features, std::int64_t out_features,
                   const LinearOptions& options)
    : Module("Bilinear"), in1_features_(in1_features), in2_features_(in2_features), out_features_(out_features) {
  if (in1_features <= 0 || in2_features <= 0 || out_features <= 0)
    refuse(fmt::format("({}, {}, {}) features were given; numbers of features must be positive", in1_features,
                       in2_features, out_features));
  weight = register_parameter("weight", zeros({out_features, in1_features, in2_features}, options.dtype));
  bias = register_parameter("bias", options.bias ? zeros({out_features}, options.dtype) : Tensor());
  const double bound = 1 / std::sqrt(static_cast<double>(in1_features));
  init::uniform(weight, {.low = -bound, .high = bound});
  if (options.bias) init::uniform(bias, {.low = -bound, .high = bound});
}

Tensor Bilinear::forward(const Tensor& a, const Tensor& b) const {
  if (!b.defined()) refuse("the second input is an undefined Tensor (default-constructed or moved from)");
  bool fits = a.rank() > 0 && a.rank() == b.rank() && a.size(-1) == in1_features_ && b.size(-1) == in2_features_ &&
              is_floating(a.dtype()) && is_floating(b.dtype());
  for (int axis = 0; fits && axis < a.rank() - 1; ++axis) fits = a.size(axis) == b.size(axis);
  if (!fits) {
    refuse(fmt::format("the inputs are {} {} and {} {}; floating-point (..., {}) and (..., {}) were expected",
                       to_string(a.dtype()), to_string(a.shape()), to_string(b.dtype()), to_string(b.shape()),
                       in1_features_, in2_features_));
  }
  const Tensor rows = reshape(a, {a.size() / in1_features_, in1_features_});
  const Tensor others = reshape(b, {rows.size(0), 1, in2_features_});
  const Tensor by_first = reshape(transpose(weight, {1, 0, 2}), {in1_features_, out_features_ * in2_features_});
  const Tensor products = reshape(matmul(rows, by_first), {rows.size(0), out_features_, in2_features_});
  Shape shape = a.shape();
  shape[shape.rank() - 1] = out_features_;
  const Tensor y = reshape(sum(products * others, -1), shape);
  return bias.defined() ? y + bias : y;
}

std::string Bilinear::arguments() const {
  return fmt::format("in1_features={}, in2_features={}, out_features={}, bias={}", in1_features_, in2_features_,
                     out_features_, bias.defined() ? "True" : "False");
}

}  // namespace xgrad::nn
