#include <cmath>
#include <limits>
#include <numbers>

#include <autograd/kernel/functors.hpp>

// ------------------------------------------------------------------------------------------------- kernels

namespace xgrad::kernels {

template <class>
struct Expm1 : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return choose(x == V(0), x, xsimd::expm1(x));  // -0 stays
  }
};
template <class>
struct Exp2 : Unary {
  /// As 2 * 2^(x-1) where x is large: xsimd's own overflows one binade early.
  template <class V>
  static V apply(const V& x) noexcept {
    const auto large = x > V(1);
    return xsimd::exp2(choose(large, x - V(1), x)) * choose(large, V(2), V(1));
  }
};
// Numbers below the smallest normal one are first scaled by 2^54.
template <class>
struct Log2 : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    using T = typename V::value_type;
    const auto tiny = x < V(std::numeric_limits<T>::min());
    return xsimd::log2(choose(tiny, x * V(T(0x1p54)), x)) - choose(tiny, V(54), V(0));
  }
};
template <class>
struct Log10 : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    using T = typename V::value_type;
    const auto tiny = x < V(std::numeric_limits<T>::min());
    const V scale(static_cast<T>(54 * std::numbers::ln2 / std::numbers::ln10));
    return xsimd::log10(choose(tiny, x * V(T(0x1p54)), x)) - choose(tiny, scale, V(0));
  }
};
template <class>
struct Cbrt : Unary {
  /// 2^54 = (2^18)^3.
  template <class V>
  static V apply(const V& x) noexcept {
    using T = typename V::value_type;
    const auto tiny = xsimd::abs(x) < V(std::numeric_limits<T>::min());
    const V y = xsimd::cbrt(choose(tiny, x * V(T(0x1p54)), x)) * choose(tiny, V(T(0x1p-18)), V(1));
    return choose(x == V(0), x, y);
  }
};
template <class>
struct Hypot : Binary {
  static constexpr Domain domain = Domain::real;
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    using T = typename V::value_type;
    const V infinity(std::numeric_limits<T>::infinity());
    const V p = xsimd::abs(a), q = xsimd::abs(b);
    const auto larger = p > q;
    const V high = choose(larger, p, q), low = choose(larger, q, p);
    const V ratio = low / choose(high == V(0), V(1), high);
    return choose((p == infinity) | (q == infinity), infinity, high * xsimd::sqrt(V(1) + ratio * ratio));
  }
};
template <class>
struct LogAddExp : Binary {
  static constexpr Domain domain = Domain::real;
  /// Equal operands, also infinite ones, have a difference of 0.
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    const V difference = choose(a == b, V(0), -xsimd::abs(a - b));
    return choose(a > b, a, b) + xsimd::log1p(xsimd::exp(difference));
  }
};

template struct Compiled<Expm1, Exp2, Log2, Log10, Cbrt, Hypot, LogAddExp>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/ops/elementwise.hpp>

namespace xgrad {
namespace {

using ops::elementwise;
using ops::positive_samples;
using ops::reads0;
using ops::reads1;
using ops::unary_real;
using ops::unary_sample;

constexpr double infinity = std::numeric_limits<double>::infinity();

// ------------------------------------------------------------------------------------------------- samples

/// Pairs of both signs and orders, and equal ones.
template <Tensor (*op)(const Operand&, const Operand&)>
std::vector<Sample> signed_samples() {
  std::vector<Sample> samples = ops::binary_samples<op>();
  samples.push_back({"both signs, and equal",
                     [](const std::vector<Tensor>& x) { return op(x[0], x[1]); },
                     {tensor({0.5, -0.7, 3, -4, 1}, float64), tensor({1.2, 0.4, -0.6, -5, 1}, float64)}});
  return samples;
}

// ------------------------------------------------------------------------------------------------- derivatives

void expm1_vjp(Vjp& v) { v.give(0, v.cotangent() * (v.output() + 1.0)); }
void exp2_vjp(Vjp& v) { v.give(0, v.cotangent() * (v.output() * std::numbers::ln2)); }
void log2_vjp(Vjp& v) { v.give(0, v.cotangent() / (v.input(0) * std::numbers::ln2)); }
void log10_vjp(Vjp& v) { v.give(0, v.cotangent() / (v.input(0) * std::numbers::ln10)); }

void cbrt_vjp(Vjp& v) { v.give(0, v.cotangent() / (3.0 * square(ops::masked_divisor(v.cotangent(), v.output())))); }

void hypot_vjp(Vjp& v) {
  const Tensor y = v.output();
  // 0 at the origin, of every order.
  const Tensor origin = equal(y, 0.0);
  const Tensor scaled = where(origin, 0.0, v.cotangent() / where(origin, 1.0, y));
  if (v.wants(0)) v.give(0, scaled * v.input(0));
  if (v.wants(1)) v.give(1, scaled * v.input(1));
}

void logaddexp_vjp(Vjp& v) {
  // The weights of both: 1/2 each where both are inf, 0 where both are -inf.
  const Tensor a = v.input(0), b = v.input(1), y = v.output();
  const Tensor alike = where(equal(a, b), isinf(a), false);
  const Tensor difference = where(alike, 0.0, a) - where(alike, 0.0, b);
  const Tensor g = where(equal(y, -infinity), 0.0, v.cotangent());
  if (v.wants(0)) v.give(0, g * sigmoid(difference));
  if (v.wants(1)) v.give(1, g * sigmoid(-difference));
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr Primitive expm1_primitive = elementwise<
    kernels::Expm1>("expm1", "exp(x) - 1, accurate near 0", &expm1_vjp, reads_output, [] {
  return std::vector<Sample>{unary_sample<expm1>("over the reals", -2, 2), unary_sample<expm1>("near 0", -1e-3, 1e-3)};
});
constexpr Primitive exp2_primitive =
    elementwise<kernels::Exp2>("exp2", "2 to the power of x", &exp2_vjp, reads_output,
                               [] { return std::vector<Sample>{unary_sample<exp2>("over the reals", -2, 2)}; });
constexpr Primitive log2_primitive =
    elementwise<kernels::Log2>("log2", "logarithm of x to base 2", &log2_vjp, reads0, &positive_samples<log2>);
constexpr Primitive log10_primitive =
    elementwise<kernels::Log10>("log10", "logarithm of x to base 10", &log10_vjp, reads0, &positive_samples<log10>);
constexpr Primitive cbrt_primitive = elementwise<kernels::Cbrt>("cbrt", "cube root of x", &cbrt_vjp, reads_output, [] {
  return std::vector<Sample>{unary_sample<cbrt>("above 0", 0.2, 3), unary_sample<cbrt>("below 0", -3, -0.2),
                             unary_sample<cbrt>("large", 10, 50)};
});
constexpr Primitive hypot_primitive = elementwise<kernels::Hypot>(
    "hypot", "sqrt(a^2 + b^2)", &hypot_vjp, reads0 | reads1 | reads_output, &signed_samples<hypot>);
constexpr Primitive logaddexp_primitive = elementwise<kernels::LogAddExp>(
    "logaddexp", "log(exp(a) + exp(b))", &logaddexp_vjp, reads0 | reads1 | reads_output, &signed_samples<logaddexp>);

}  // namespace

Tensor expm1(const Operand& x) { return unary_real<expm1_primitive>(x); }
Tensor exp2(const Operand& x) { return unary_real<exp2_primitive>(x); }
Tensor log2(const Operand& x) { return unary_real<log2_primitive>(x); }
Tensor log10(const Operand& x) { return unary_real<log10_primitive>(x); }
Tensor cbrt(const Operand& x) { return unary_real<cbrt_primitive>(x); }
Tensor hypot(const Operand& a, const Operand& b) { return ops::binary_real<hypot_primitive>(a, b); }
Tensor logaddexp(const Operand& a, const Operand& b) { return ops::binary_real<logaddexp_primitive>(a, b); }

Tensor rsqrt(const Operand& x) {
  const Called called("rsqrt");
  ops::check_defined("rsqrt", "x", x);
  return 1.0 / sqrt(x);
}

Tensor reciprocal(const Operand& x) {
  const Called called("reciprocal");
  ops::check_defined("reciprocal", "x", x);
  return 1.0 / x;
}

Tensor xlogy(const Operand& a, const Operand& b) {
  const Called called("xlogy");
  ops::check_defined("xlogy", "a", a);
  ops::check_defined("xlogy", "b", b);
  ops::broadcast_shapes("xlogy", a.shape(), b.shape());
  // log(1) replaces logarithms that are not finite, which 0 must not be multiplied by.
  const Tensor vanishes = where(equal(a, 0.0), logical_or(less_equal(b, 0.0), equal(b, infinity)), false);
  return a * log(where(vanishes, 1.0, b));
}

std::span<const Primitive* const> exponential_primitives() {
  static constexpr const Primitive* list[] = {&expm1_primitive, &exp2_primitive,  &log2_primitive,     &log10_primitive,
                                              &cbrt_primitive,  &hypot_primitive, &logaddexp_primitive};
  return list;
}

}  // namespace xgrad

#endif
