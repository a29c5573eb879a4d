#include <nn/linear.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/affine.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {

Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options)
    : Module("Linear"), in_features_(in_features), out_features_(out_features) {
  if (in_features < 0 || out_features < 0) {
    refuse(fmt::format("({}, {}) features were given; numbers of features must not be negative", in_features,
                       out_features));
  }
  weight = register_parameter("weight", zeros({out_features, in_features}, options.dtype));
  bias = register_parameter("bias", options.bias ? zeros({out_features}, options.dtype) : Tensor());
  if (in_features == 0) return;
  const double bound = 1 / std::sqrt(static_cast<double>(in_features));
  init::uniform(weight, {.low = -bound, .high = bound});
  if (options.bias) init::uniform(bias, {.low = -bound, .high = bound});
}

Tensor Linear::forward(const Tensor& x) const {
  if (x.rank() == 0 || x.size(-1) != in_features_) {
    refuse(fmt::format("the input has shape {}; (..., {}) was expected, for weights of shape {}", to_string(x.shape()),
                       in_features_, to_string(weight.shape())));
  }
  return Affine(weight, bias)(x);
}

std::string Linear::arguments() const {
  return fmt::format("in_features={}, out_features={}, bias={}", in_features_, out_features_,
                     bias.defined() ? "True" : "False");
}

}  // namespace xgrad::nn
