#include <nn/init.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn::init {
namespace {

/// Binds the parameter to new values and computes them.
void fill(const Parameter& parameter, const Tensor& values) {
  parameter.set(values);
  eval(values);
}

double xavier_std(const Parameter& weight, const XavierOptions& options) {
  const Fans fan = fans(weight.shape());
  return options.gain * std::sqrt(2.0 / static_cast<double>(std::max<std::int64_t>(1, fan.in + fan.out)));
}

double kaiming_std(const Parameter& weight, const KaimingOptions& options) {
  const Fans both = fans(weight.shape());
  const std::int64_t fan = options.mode == FanMode::fan_in ? both.in : both.out;
  return gain(options.nonlinearity, options.negative_slope) /
         std::sqrt(static_cast<double>(std::max<std::int64_t>(1, fan)));
}

/// The symmetric uniform distribution of a standard deviation.
UniformOptions uniform_of(double std) {
  const double bound = std::sqrt(3.0) * std;
  return {.low = -bound, .high = bound};
}

}  // namespace

Fans fans(const Shape& shape) {
  if (shape.rank() < 2)
    fail("init", fmt::format("shape {} was given; fans need weights (out, in, ...)", to_string(shape)));
  std::int64_t field = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) field *= shape[axis];
  return {.in = shape[1] * field, .out = shape[0] * field};
}

double gain(Nonlinearity nonlinearity, double negative_slope) {
  switch (nonlinearity) {
    case Nonlinearity::tanh:
      return 5.0 / 3;
    case Nonlinearity::relu:
      return std::sqrt(2.0);
    case Nonlinearity::leaky_relu:
      return std::sqrt(2 / (1 + negative_slope * negative_slope));
    case Nonlinearity::selu:
      return 0.75;
    case Nonlinearity::linear:
    case Nonlinearity::sigmoid:
      break;
  }
  return 1;
}

void zeros(const Parameter& parameter) { constant(parameter, 0); }
void ones(const Parameter& parameter) { constant(parameter, 1); }
void constant(const Parameter& parameter, double value) {
  fill(parameter, full(parameter.shape(), value, parameter.dtype()));
}

void normal(const Parameter& parameter, const NormalOptions& options, Generator& generator) {
  if (!(options.std >= 0)) fail("init::normal", fmt::format("std is {}; it must not be negative", options.std));
  fill(parameter, randn(parameter.shape(), parameter.dtype(), generator) * options.std + options.mean);
}

void uniform(const Parameter& parameter, const UniformOptions& options, Generator& generator) {
  if (!(options.low <= options.high))
    fail("init::uniform", fmt::format("the range is [{}, {}); low must not exceed high", options.low, options.high));
  fill(parameter, rand(parameter.shape(), parameter.dtype(), generator) * (options.high - options.low) + options.low);
}

void xavier_normal(const Parameter& weight, const XavierOptions& options, Generator& generator) {
  normal(weight, {.mean = 0, .std = xavier_std(weight, options)}, generator);
}

void xavier_uniform(const Parameter& weight, const XavierOptions& options, Generator& generator) {
  uniform(weight, uniform_of(xavier_std(weight, options)), generator);
}

void kaiming_normal(const Parameter& weight, const KaimingOptions& options, Generator& generator) {
  normal(weight, {.mean = 0, .std = kaiming_std(weight, options)}, generator);
}

void kaiming_uniform(const Parameter& weight, const KaimingOptions& options, Generator& generator) {
  uniform(weight, uniform_of(kaiming_std(weight, options)), generator);
}

}  // namespace xgrad::nn::init
