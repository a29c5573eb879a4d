#include <nn/activations.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Tensor Tanh::forward(const Tensor& x) const { return tanh(x); }
Tensor ReLU::forward(const Tensor& x) const { return relu(x); }
Tensor Sigmoid::forward(const Tensor& x) const { return sigmoid(x); }
Tensor LogSigmoid::forward(const Tensor& x) const { return log_sigmoid(x); }
Tensor SiLU::forward(const Tensor& x) const { return silu(x); }
Tensor Mish::forward(const Tensor& x) const { return mish(x); }
Tensor SELU::forward(const Tensor& x) const { return selu(x); }
Tensor ReLU6::forward(const Tensor& x) const { return relu6(x); }
Tensor Hardsigmoid::forward(const Tensor& x) const { return hardsigmoid(x); }
Tensor Hardswish::forward(const Tensor& x) const { return hardswish(x); }
Tensor Softsign::forward(const Tensor& x) const { return softsign(x); }
Tensor Tanhshrink::forward(const Tensor& x) const { return tanhshrink(x); }

Tensor GELU::forward(const Tensor& x) const { return gelu(x, approximate_); }
std::string GELU::arguments() const {
  return fmt::format("approximate='{}'", approximate_ == GeluApproximation::tanh ? "tanh" : "none");
}

Softplus::Softplus(double beta, double threshold) : Module("Softplus"), beta_(beta), threshold_(threshold) {
  if (!(beta > 0)) refuse(fmt::format("beta is {}; it must be positive", beta));
}
Tensor Softplus::forward(const Tensor& x) const { return softplus(x, beta_, threshold_); }
std::string Softplus::arguments() const { return fmt::format("beta={}, threshold={}", beta_, threshold_); }

Tensor ELU::forward(const Tensor& x) const { return elu(x, alpha_); }
std::string ELU::arguments() const { return fmt::format("alpha={}", alpha_); }

CELU::CELU(double alpha) : Module("CELU"), alpha_(alpha) {
  if (!(alpha < 0 || alpha > 0)) refuse(fmt::format("alpha is {}; it must not be 0", alpha));
}
Tensor CELU::forward(const Tensor& x) const { return celu(x, alpha_); }
std::string CELU::arguments() const { return fmt::format("alpha={}", alpha_); }

Tensor LeakyReLU::forward(const Tensor& x) const { return leaky_relu(x, negative_slope_); }
std::string LeakyReLU::arguments() const { return fmt::format("negative_slope={}", negative_slope_); }

Hardtanh::Hardtanh(double min, double max) : Module("Hardtanh"), min_(min), max_(max) {
  if (!(min < max)) refuse(fmt::format("min is {} and max is {}; min must be less", min, max));
}
Tensor Hardtanh::forward(const Tensor& x) const { return hardtanh(x, min_, max_); }
std::string Hardtanh::arguments() const { return fmt::format("min_val={}, max_val={}", min_, max_); }

PReLU::PReLU(std::int64_t num_parameters, double init) : Module("PReLU") {
  if (num_parameters < 1) refuse(fmt::format("num_parameters is {}; it must be positive", num_parameters));
  weight = register_parameter("weight", full({num_parameters}, init));
}
Tensor PReLU::forward(const Tensor& x) const { return prelu(x, weight); }
std::string PReLU::arguments() const { return fmt::format("num_parameters={}", weight.shape().elements()); }

Tensor GLU::forward(const Tensor& x) const { return glu(x, axis_); }
std::string GLU::arguments() const { return fmt::format("axis={}", axis_); }

}  // namespace xgrad::nn
