#pragma once

#include <autograd/random.hpp>
#include <nn/parameter.hpp>

#pragma GCC visibility push(default)
/// Initial values: each function binds a parameter to new values, which are computed at once. Random numbers come from
/// the default generator unless another one is given. Options out of range are an Error.
namespace xgrad::nn::init {

/// Nonlinearities. Each has a factor for the standard deviation of the weights before it: see gain().
enum class Nonlinearity { linear, sigmoid, tanh, relu, leaky_relu, selu };

/// Which side of a layer keeps its variance: fan_in the forward pass, fan_out the backward pass.
enum class FanMode { fan_in, fan_out };

struct NormalOptions {
  double mean = 0;
  double std = 1;
};
struct UniformOptions {
  double low = 0;
  double high = 1;
};
struct XavierOptions {
  double gain = 1;
};
struct KaimingOptions {
  FanMode mode = FanMode::fan_in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;
  /// Slope of leaky_relu below 0. With the default of 0 leaky_relu is relu.
  double negative_slope = 0;
};

/// Numbers of values that enter and leave one unit, for weights (out, in, ...): in, and out, times the product of the
/// other axes. Throws Error where the shape has fewer than two axes.
struct Fans {
  std::int64_t in = 0;
  std::int64_t out = 0;
};
Fans fans(const Shape& shape);

/// 1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + slope^2)) for leaky_relu, 3/4 for selu.
double gain(Nonlinearity nonlinearity, double negative_slope = 0.01);

/// Every element 0, 1, or a value.
void zeros(const Parameter& parameter);
void ones(const Parameter& parameter);
void constant(const Parameter& parameter, double value);

/// N(mean, std^2). Throws Error where std < 0.
void normal(const Parameter& parameter, const NormalOptions& options = {}, Generator& generator = default_generator());
/// U[low, high). Throws Error where low > high.
void uniform(const Parameter& parameter, const UniformOptions& options = {},
             Generator& generator = default_generator());

/// Glorot and Bengio (2010): variance gain^2 * 2 / (fan_in + fan_out), for weights of two axes or more.
void xavier_normal(const Parameter& weight, const XavierOptions& options = {},
                   Generator& generator = default_generator());
void xavier_uniform(const Parameter& weight, const XavierOptions& options = {},
                    Generator& generator = default_generator());

/// He et al. (2015): variance gain^2 / fan, for weights of two axes or more.
void kaiming_normal(const Parameter& weight, const KaimingOptions& options = {},
                    Generator& generator = default_generator());
void kaiming_uniform(const Parameter& weight, const KaimingOptions& options = {},
                     Generator& generator = default_generator());

}  // namespace xgrad::nn::init
#pragma GCC visibility pop
