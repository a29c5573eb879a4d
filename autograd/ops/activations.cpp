#include <autograd/ops/activations.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

/// The input in floating point. Throws Error where it is undefined.
Tensor real_input(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  return cast(x, ops::real(x.dtype()));
}

/// Throws Error where a parameter is NaN.
void check_number(const char* op, const char* argument, double value) {
  if (std::isnan(value)) fail(op, std::string("argument '") + argument + "' is nan; expected a number");
}

/// f(x) for a function that is x above the limit, and f(-limit) below -limit. It holds at the infinities too, where the
/// formula would multiply infinity by 0.
template <class F>
Tensor within(const Tensor& x, double limit, const F& f) {
  return where(greater(x, limit), x, f(clip(x, -limit, limit)));
}

/// x where x is above 0, f(x) elsewhere. f gets 0 where x is above 0.
template <class F>
Tensor below_zero(const Tensor& x, const F& f) {
  const Tensor above = greater(x, 0.0);
  return where(above, x, f(where(above, 0.0, x)));
}

}  // namespace

Tensor softplus(const Operand& x, double beta, double threshold) {
  const Called called("softplus");
  const Tensor real = real_input("softplus", x);
  if (!(beta > 0 && std::isfinite(beta)))
    fail("softplus", "argument 'beta' is " + to_string(beta) + "; expected a positive number, and finite");
  check_number("softplus", "threshold", threshold);
  // From 40 on log(1 + exp(t)) is t in either dtype, while exp(t) is far from overflow.
  const Tensor t = beta == 1 ? real : beta * real;
  const Tensor above = greater(t, std::min(threshold, 40.0));
  const Tensor curve = log1p(exp(where(above, 0.0, t)));
  return where(above, real, beta == 1 ? curve : curve / beta);
}

Tensor log_sigmoid(const Operand& x) {
  const Called called("log_sigmoid");
  return -softplus(-real_input("log_sigmoid", x), 1, 40);
}

Tensor gelu(const Operand& x, GeluApproximation approximate) {
  const Called called("gelu");
  constexpr double slope = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // sqrt(2 / pi)
  return within(real_input("gelu", x), 50, [&](const Tensor& t) {
    if (approximate == GeluApproximation::tanh) return 0.5 * t * (1.0 + tanh(slope * t * (1.0 + 0.044715 * square(t))));
    return 0.5 * t * (1.0 + erf(t * (1 / std::numbers::sqrt2)));
  });
}

Tensor silu(const Operand& x) {
  const Called called("silu");
  return within(real_input("silu", x), 1000, [](const Tensor& t) { return t * sigmoid(t); });
}

Tensor mish(const Operand& x) {
  const Called called("mish");
  return within(real_input("mish", x), 1000, [](const Tensor& t) { return t * tanh(softplus(t, 1, 40)); });
}

Tensor elu(const Operand& x, double alpha) {
  const Called called("elu");
  check_number("elu", "alpha", alpha);
  return below_zero(real_input("elu", x), [&](const Tensor& t) { return alpha * expm1(t); });
}

Tensor celu(const Operand& x, double alpha) {
  const Called called("celu");
  const Tensor real = real_input("celu", x);
  if (!(alpha < 0 || alpha > 0)) fail("celu", "argument 'alpha' is " + to_string(alpha) + "; expected another number");
  return below_zero(real, [&](const Tensor& t) { return alpha * expm1(t / alpha); });
}

Tensor selu(const Operand& x) {
  const Called called("selu");
  constexpr double alpha = 1.6732632423543772848170429916717;
  constexpr double scale = 1.0507009873554804934193349852946;
  return scale * elu(real_input("selu", x), alpha);
}

Tensor leaky_relu(const Operand& x, double negative_slope) {
  const Called called("leaky_relu");
  const Tensor real = real_input("leaky_relu", x);
  check_number("leaky_relu", "negative_slope", negative_slope);
  return where(greater(real, 0.0), real, negative_slope * real);
}

Tensor prelu(const Operand& x, const Operand& weight) {
  const Called called("prelu");
  const Tensor real = real_input("prelu", x);
  ops::check_floating("prelu", "weight", weight);
  if (weight.size() == 1)
    return below_zero(real, [&](const Tensor& t) { return reshape(weight, std::vector<std::int64_t>{}) * t; });
  if (x.rank() < 2 || weight.rank() != 1 || weight.size() != x.size(1)) {
    fail("prelu", "x has shape " + to_string(x.shape()) + " and weight " + to_string(weight.shape()) +
                      "; expected one weight, or (C,) for x of shape (N, C, ...)");
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.rank()), 1);
  shape[1] = weight.size();
  return below_zero(real, [&](const Tensor& t) { return reshape(weight, shape) * t; });
}

Tensor hardtanh(const Operand& x, double min, double max) {
  const Called called("hardtanh");
  const Tensor real = real_input("hardtanh", x);
  if (!(min < max))
    fail("hardtanh", "min is " + to_string(min) + " and max is " + to_string(max) + "; expected min < max");
  return where(less_equal(real, min), min, where(greater_equal(real, max), max, real));
}

Tensor relu6(const Operand& x) {
  const Called called("relu6");
  return hardtanh(real_input("relu6", x), 0, 6);
}

Tensor hardsigmoid(const Operand& x) {
  const Called called("hardsigmoid");
  return hardtanh(real_input("hardsigmoid", x) + 3.0, 0, 6) * (1. / 6);
}

Tensor hardswish(const Operand& x) {
  const Called called("hardswish");
  return within(real_input("hardswish", x), 3, [](const Tensor& t) { return t * (t + 3.0) * (1. / 6); });
}

Tensor softsign(const Operand& x) {
  const Called called("softsign");
  const Tensor t = clip(real_input("softsign", x), -1e30, 1e30);  // beyond, the result is -1 or 1
  return t / (1.0 + abs(t));
}

Tensor tanhshrink(const Operand& x) {
  const Called called("tanhshrink");
  const Tensor real = real_input("tanhshrink", x);
  return real - tanh(real);
}

Tensor glu(const Operand& x, int axis) {
  const Called called("glu");
  const Tensor real = real_input("glu", x);
  const int along = ops::checked_axis("glu", axis, x.shape());
  const std::int64_t extent = x.size(along);
  if (extent % 2 != 0) {
    fail("glu", "axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) + " has extent " +
                    std::to_string(extent) + "; expected an even number");
  }
  return slice(real, along, 0, extent / 2) * sigmoid(slice(real, along, extent / 2, extent));
}

}  // namespace xgrad
