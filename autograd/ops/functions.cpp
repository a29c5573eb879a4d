#include <autograd/ops/functions.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <autograd/ops/elementwise.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The input in floating point. Throws Error where it is undefined.
Tensor real_input(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  return cast(x, ops::real(x.dtype()));
}

/// Both operands in one floating-point dtype. Throws Error where one is undefined, or their shapes do not broadcast.
struct RealPair {
  Tensor a, b;

  RealPair(const char* op, const Tensor& first, const Tensor& second) {
    ops::check_operands(op, first, second);
    const DType dtype = ops::real(ops::promote({&first, &second}));
    a = cast(first, dtype);
    b = cast(second, dtype);
  }
};

Tensor is_nan(const Tensor& x) { return not_equal(x, x); }

/// The sum of coefficients[i] x^i.
template <std::size_t n>
Tensor polynomial(const std::array<double, n>& coefficients, const Tensor& x) {
  Tensor result = coefficients.back() * x;
  for (std::size_t i = n - 1; i-- > 1;) result = (result + coefficients[i]) * x;
  return result + coefficients[0];
}

}  // namespace

// ------------------------------------------------------------------------------------------------- real numbers

Tensor logit(const Operand& x, std::optional<double> eps) {
  const Called called("logit");
  Tensor real = real_input("logit", x);
  if (eps && !(*eps >= 0 && *eps <= 0.5)) fail("logit", "eps is " + to_string(*eps) + "; expected 0 to 0.5");
  if (eps) real = clip(real, *eps, 1 - *eps);
  return log(real) - log1p(-real);
}

Tensor sinc(const Operand& x) {
  const Called called("sinc");
  const Tensor t = std::numbers::pi * real_input("sinc", x);
  // By its series near 0, where a quotient has no derivatives of higher order.
  const Tensor near = less(abs(t), 0.5), square_near = square(where(near, t, 0));
  std::array<double, 9> coefficients{1};
  for (std::size_t i = 1; i < coefficients.size(); ++i) {
    const auto k = static_cast<double>(2 * i);
    coefficients[i] = -coefficients[i - 1] / (k * (k + 1));
  }
  const Tensor far = where(near, 1, t);
  return where(near, polynomial(coefficients, square_near), sin(far) / far);
}

Tensor ndtr(const Operand& x) {
  const Called called("ndtr");
  return 0.5 * erfc(real_input("ndtr", x) * (-1 / std::numbers::sqrt2));
}

Tensor log_ndtr(const Operand& x) {
  const Called called("log_ndtr");
  const Tensor real = real_input("log_ndtr", x);
  // Below, by its asymptotic expansion: the density over -x, times 1 - 1 / x^2 + 3 / x^4 - 15 / x^6 + ...
  constexpr double limit = -10;
  const Tensor below = less(real, limit);
  const Tensor far = where(below, clip(real, -1e150, limit), limit), near = where(below, 0, real);
  std::array<double, 20> coefficients{1};
  for (std::size_t i = 1; i < coefficients.size(); ++i)
    coefficients[i] = -coefficients[i - 1] * static_cast<double>(2 * i - 1);
  const Tensor correction = log(polynomial(coefficients, square(1 / far)));
  const Tensor tail = where(below, real, 0);
  const Tensor lower = -0.5 * square(tail) - (0.5 * std::log(2 * std::numbers::pi)) - log(-far) + correction;
  // Above 0 by the complement, which is small there.
  const Tensor positive = greater(near, 0);
  const Tensor scaled = near * (1 / std::numbers::sqrt2);
  const Tensor upper =
      where(positive, log1p(-0.5 * erfc(where(positive, scaled, 0))), log(0.5 * erfc(where(positive, 0, -scaled))));
  return where(below, lower, upper);
}

Tensor entr(const Operand& x) {
  const Called called("entr");
  const Tensor real = real_input("entr", x);
  return where(less(real, 0), -infinity, -xlogy(real, where(less(real, 0), 1, real)));
}

Tensor xlog1py(const Operand& a, const Operand& b) {
  const Called called("xlog1py");
  const RealPair real("xlog1py", a, b);
  const Tensor outside = logical_or(less_equal(real.b, -1), equal(real.b, infinity));
  const Tensor nothing = logical_and(equal(real.a, 0), outside);
  return where(nothing, 0, where(nothing, 0, real.a) * log1p(where(nothing, 0, real.b)));
}

Tensor logaddexp2(const Operand& a, const Operand& b) {
  const Called called("logaddexp2");
  const RealPair real("logaddexp2", a, b);
  return logaddexp(real.a * std::numbers::ln2, real.b * std::numbers::ln2) * (1 / std::numbers::ln2);
}

Tensor multigammaln(const Operand& x, int p) {
  const Called called("multigammaln");
  const Tensor real = real_input("multigammaln", x);
  if (p < 1 || p > 1000) fail("multigammaln", "p is " + std::to_string(p) + "; expected 1 to 1000");
  Tensor result = lgamma(real);
  for (int i = 1; i < p; ++i) result = result + lgamma(real - 0.5 * i);
  return result + 0.25 * p * (p - 1) * std::log(std::numbers::pi);
}

Tensor float_power(const Operand& a, const Operand& b) {
  const Called called("float_power");
  ops::check_operands("float_power", a, b);
  return pow(cast(a, float64), cast(b, float64));
}

Tensor ldexp(const Operand& a, const Operand& b) {
  const Called called("ldexp");
  const RealPair real("ldexp", a, b);
  return real.a * exp2(real.b);
}

Tensor deg2rad(const Operand& x) {
  const Called called("deg2rad");
  return real_input("deg2rad", x) * (std::numbers::pi / 180);
}

Tensor rad2deg(const Operand& x) {
  const Called called("rad2deg");
  return real_input("rad2deg", x) * (180 / std::numbers::pi);
}

// ------------------------------------------------------------------------------------------------- parts and signs

Tensor positive(const Operand& x) {
  const Called called("positive");
  ops::check_defined("positive", "x", x);
  if (x.dtype() == boolean)
    fail("positive", "argument 'x' has dtype bool and shape " + to_string(x.shape()) + "; a number is expected");
  return clone(x);
}

Tensor frac(const Operand& x) {
  const Called called("frac");
  ops::check_defined("frac", "x", x);
  return x - trunc(x);
}

Tensor sgn(const Operand& x) {
  const Called called("sgn");
  ops::check_defined("sgn", "x", x);
  return sign(x);
}

Tensor signbit(const Operand& x) {
  const Called called("signbit");
  ops::check_defined("signbit", "x", x);
  if (!is_floating(x.dtype())) return less(x, 0);
  return where(equal(x, 0), less(reciprocal(x), 0), less(x, 0));
}

Tensor copysign(const Operand& a, const Operand& b) {
  const Called called("copysign");
  const RealPair real("copysign", a, b);
  const Tensor magnitude = abs(real.a);
  return where(signbit(real.b), -magnitude, magnitude);
}

Tensor heaviside(const Operand& x, const Operand& values) {
  const Called called("heaviside");
  ops::check_defined("heaviside", "x", x);
  ops::check_defined("heaviside", "values", values);
  const DType dtype = ops::promote({&x.tensor(), &values.tensor()});
  return where(equal(x, 0), cast(values, dtype), cast(greater(x, 0), dtype));
}

Tensor isposinf(const Operand& x) {
  const Called called("isposinf");
  ops::check_defined("isposinf", "x", x);
  return equal(x, infinity);
}

Tensor isneginf(const Operand& x) {
  const Called called("isneginf");
  ops::check_defined("isneginf", "x", x);
  return equal(x, -infinity);
}

Tensor nan_to_num(const Operand& x, const NanToNumOptions& options) {
  const Called called("nan_to_num");
  ops::check_defined("nan_to_num", "x", x);
  if (!is_floating(x.dtype())) return clone(x);
  const double most = x.dtype() == float64 ? std::numeric_limits<double>::max()
                                           : static_cast<double>(std::numeric_limits<float>::max());
  const Tensor above = where(equal(x, infinity), options.posinf.value_or(most), x);
  const Tensor between = where(equal(x, -infinity), options.neginf.value_or(-most), above);
  return where(is_nan(x), options.nan, between);
}

Tensor fmax(const Operand& a, const Operand& b) {
  const Called called("fmax");
  ops::check_operands("fmax", a, b);
  return where(logical_or(greater_equal(a, b), is_nan(b)), a, b);
}

Tensor fmin(const Operand& a, const Operand& b) {
  const Called called("fmin");
  ops::check_operands("fmin", a, b);
  return where(logical_or(less_equal(a, b), is_nan(b)), a, b);
}

Tensor detail::BetweenTensors::clip(const char* op, const Operand& x, const Operand& low, const Operand& high) {
  const Called called(op);
  ops::check_defined(op, "x", x);
  ops::check_defined(op, "low", low);
  ops::check_defined(op, "high", high);
  ops::broadcast_shapes(op, ops::broadcast_shapes(op, x.shape(), low.shape()), high.shape());
  const DType dtype = ops::promote({&x.tensor(), &low.tensor(), &high.tensor()});
  const Tensor least = cast(low, dtype), most = cast(high, dtype);
  const Tensor raised = where(logical_or(less(x, least), is_nan(least)), least, cast(x, dtype));
  return where(logical_or(greater(raised, most), is_nan(most)), most, raised);
}

Tensor round(const Operand& x, int decimals) {
  const Called called("round");
  ops::check_defined("round", "x", x);
  if (decimals < -300 || decimals > 300)
    fail("round", "decimals is " + std::to_string(decimals) + "; expected -300 to 300");
  if (!is_floating(x.dtype())) {
    if (decimals >= 0) return x;
    fail("round", "decimals is " + std::to_string(decimals) + " for dtype " + std::string(to_string(x.dtype())) +
                      " and shape " + to_string(x.shape()) + "; expected 0 or more, or a floating-point dtype");
  }
  if (decimals == 0) return round(x);
  const double scale = std::pow(10.0, std::abs(decimals));
  if (x.dtype() == float32 && std::abs(decimals) > 30) return cast(round(x.to(float64), decimals), float32);
  return decimals > 0 ? round(x * scale) / scale : round(x / scale) * scale;
}

// ------------------------------------------------------------------------------------------------- activations

Tensor softmin(const Operand& x, int axis) {
  const Called called("softmin");
  ops::check_defined("softmin", "x", x);
  return softmax(-real_input("softmin", x), axis);
}

Tensor softshrink(const Operand& x, double lambda) {
  const Called called("softshrink");
  const Tensor real = real_input("softshrink", x);
  if (!(lambda >= 0)) fail("softshrink", "lambda is " + to_string(lambda) + "; expected 0 or more");
  return where(less_equal(abs(real), lambda), 0.0, real - where(greater(real, 0.0), lambda, -lambda));
}

Tensor hardshrink(const Operand& x, double lambda) {
  const Called called("hardshrink");
  const Tensor real = real_input("hardshrink", x);
  if (std::isnan(lambda)) fail("hardshrink", "lambda is nan; expected a number");
  return where(less_equal(abs(real), lambda), 0.0, real);
}

Tensor threshold(const Operand& x, double threshold, double value) {
  const Called called("threshold");
  ops::check_defined("threshold", "x", x);
  if (std::isnan(threshold)) fail("threshold", "threshold is nan; expected a number");
  return where(less_equal(x, threshold), ops::fitted("threshold", "value", Tensor(value), x.dtype()), x);
}

// ------------------------------------------------------------------------------------------------- samples

namespace {

using ops::unary_sample;
using Inputs = const std::vector<Tensor>&;

Tensor logit_of(const Operand& x) { return logit(x); }
Tensor logit_within(const Operand& x) { return logit(x, 0.2); }
Tensor multigammaln_of(const Operand& x) { return multigammaln(x, 3); }
Tensor nan_to_num_of(const Operand& x) { return nan_to_num(x, {.nan = 1, .posinf = 2}); }
Tensor softmin_of(const Operand& x) { return softmin(x); }
Tensor softshrink_of(const Operand& x) { return softshrink(x); }
Tensor hardshrink_of(const Operand& x) { return hardshrink(x); }
Tensor threshold_of(const Operand& x) { return threshold(x, 0.4, 3); }

template <Tensor (*op)(const Operand&)>
std::vector<Sample> over_reals() {
  return {unary_sample<op>("over the reals", -2, 2), unary_sample<op>("far out", -6, 5)};
}

template <Tensor (*op)(const Operand&, const Operand&)>
std::vector<Sample> of_pairs() {
  return {ops::binary_sample<op>("equal shapes", {2, 3}, {2, 3}),
          ops::binary_sample<op>("an outer product", {3, 1}, {2}),
          {"all signs",
           [](Inputs in) { return op(in[0], in[1]); },
           {tensor({1.3, 0.7, 2.1}, float64), tensor({0.9, -0.6, 0.4}, float64)}}};
}

template <Tensor (*op)(const Operand&)>
std::vector<Sample> of_signs(const std::vector<bool>& expected) {
  const std::vector<double> x = {-infinity, -1.5, -0.0, 0, 2, infinity};
  return {
      {"both signs",
       [](Inputs in) { return op(in[0]); },
       {tensor(std::span(x), {6})},
       make_tensor<bool>({6}, [&](std::span<bool> out) { std::copy(expected.begin(), expected.end(), out.begin()); })}};
}

constexpr Composition list_of[] = {
    {"logit",
     [] {
       return std::vector<Sample>{unary_sample<logit_of>("between 0 and 1", 0.1, 0.9),
                                  unary_sample<logit_within>("limited", 0.05, 0.95)};
     }},
    {"sinc",
     [] {
       return std::vector<Sample>{unary_sample<sinc>("over the reals", -2, 2), unary_sample<sinc>("near 0", -0.2, 0.2)};
     }},
    {"ndtr", &over_reals<ndtr>},
    {"log_ndtr",
     [] {
       return std::vector<Sample>{unary_sample<log_ndtr>("over the reals", -3, 3),
                                  unary_sample<log_ndtr>("far below", -14, -7)};
     }},
    {"entr", [] { return std::vector<Sample>{unary_sample<entr>("above 0", 0.2, 3)}; }},
    {"xlog1py", &of_pairs<xlog1py>},
    {"logaddexp2", &of_pairs<logaddexp2>},
    {"multigammaln", [] { return std::vector<Sample>{unary_sample<multigammaln_of>("above 1", 1.2, 5)}; }},
    {"float_power",
     [] {
       return std::vector<Sample>{ops::binary_sample<float_power>("an outer product", {3, 1}, {2})};
     }},
    {"ldexp", &of_pairs<ldexp>},
    {"deg2rad", &over_reals<deg2rad>},
    {"rad2deg", &over_reals<rad2deg>},
    {"positive", &over_reals<positive>},
    {"frac", [] { return std::vector<Sample>{unary_sample<frac>("between integers", 1.1, 1.9)}; }},
    {"sgn",
     [] {
       return std::vector<Sample>{
           {"signs", [](Inputs in) { return sgn(in[0]); }, {tensor({-2, 0, 3}, float64)}, tensor({-1, 0, 1}, float64)}};
     },
     false},
    {"signbit",
     [] {
       return of_signs<signbit>({true, true, true, false, false, false});
     },
     false},
    {"isposinf",
     [] {
       return of_signs<isposinf>({false, false, false, false, false, true});
     },
     false},
    {"isneginf",
     [] {
       return of_signs<isneginf>({true, false, false, false, false, false});
     },
     false},
    {"copysign",
     [] {
       return std::vector<Sample>{{"all signs",
                                   [](Inputs in) {
                                     return copysign(in[0], tensor({-1, 2, -0.0, 3}, float64));
                                   },
                                   {tensor({1.5, -2, 0.5, 1}, float64)}}};
     }},
    {"heaviside",
     [] {
       return std::vector<Sample>{{"values at 0",
                                   [](Inputs in) {
                                     return heaviside(tensor({-1, 0, 2, 0}, float64), in[0]);
                                   },
                                   {tensor({0.5, 0.3, 1, 2}, float64)}}};
     }},
    {"nan_to_num", &over_reals<nan_to_num_of>},
    {"fmax", &of_pairs<fmax>},
    {"fmin", &of_pairs<fmin>},
    {"softmin", [] { return std::vector<Sample>{unary_sample<softmin_of>("rows", -2, 2)}; }},
    {"softshrink", &over_reals<softshrink_of>},
    {"hardshrink", &over_reals<hardshrink_of>},
    {"threshold", &over_reals<threshold_of>},
};

}  // namespace

std::span<const Composition* const> functions_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
