#include <cmath>
#include <limits>

#include <autograd/kernel/functors.hpp>

// ------------------------------------------------------------------------------------------------- kernels

namespace xgrad::kernels {

template <class>
struct Sin : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::sin(x);
  }
};
template <class>
struct Cos : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::cos(x);
  }
};
template <class>
struct Tan : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::tan(x);
  }
};
template <class>
struct Asin : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::asin(x);
  }
};
template <class>
struct Acos : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::acos(x);
  }
};
template <class>
struct Atan : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::atan(x);
  }
};
template <class>
struct Atan2 : Binary {
  static constexpr Domain domain = Domain::real;
  /// xsimd gives NaN where both are 0 or both infinite.
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    const V y = xsimd::atan2(a, b);
    if (!xsimd::any(xsimd::isnan(y))) return y;
    return by_lane(a, b, [](auto p, auto q) { return std::atan2(p, q); });
  }
};
template <class>
struct Sinh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::sinh(x);
  }
};
template <class>
struct Cosh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::cosh(x);
  }
};
template <class>
struct Asinh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::asinh(x);
  }
};
template <class>
struct Acosh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    using T = typename V::value_type;
    return choose(x < V(1), V(std::numeric_limits<T>::quiet_NaN()), xsimd::acosh(x));
  }
};
template <class>
struct Atanh : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::atanh(x);
  }
};

template struct Compiled<Sin, Cos, Tan, Asin, Acos, Atan, Atan2, Sinh, Cosh, Asinh, Acosh, Atanh>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/ops/elementwise.hpp>

namespace xgrad {
namespace {

using ops::elementwise;
using ops::reads0;
using ops::reads1;
using ops::real_samples;
using ops::unary_real;
using ops::unary_sample;

// ------------------------------------------------------------------------------------------------- samples

template <Tensor (*op)(const Operand&)>
std::vector<Sample> samples_inside_1() {
  return {unary_sample<op>("inside (-1, 1)", -0.9, 0.9), unary_sample<op>("near 0", -1e-3, 1e-3)};
}

// ------------------------------------------------------------------------------------------------- derivatives

void sin_vjp(Vjp& v) { v.give(0, v.cotangent() * cos(v.input(0))); }
void cos_vjp(Vjp& v) { v.give(0, -(v.cotangent() * sin(v.input(0)))); }
void tan_vjp(Vjp& v) { v.give(0, v.cotangent() * (1.0 + square(v.output()))); }

Tensor asin_slope(Vjp& v) {
  const Tensor x = v.input(0);
  return v.cotangent() / ops::masked_divisor(v.cotangent(), sqrt((1.0 - x) * (1.0 + x)));
}

void asin_vjp(Vjp& v) { v.give(0, asin_slope(v)); }
void acos_vjp(Vjp& v) { v.give(0, -asin_slope(v)); }
void atan_vjp(Vjp& v) { v.give(0, v.cotangent() / (1.0 + square(v.input(0)))); }

void atan2_vjp(Vjp& v) {
  // b / r / r and -a / r / r, which neither overflow nor vanish where r^2 would; 0 at the origin.
  const Tensor a = v.input(0), b = v.input(1);
  const Tensor r = hypot(a, b);
  const Tensor origin = equal(r, 0.0);
  const Tensor distance = where(origin, 1.0, r);
  const Tensor scaled = where(origin, 0.0, v.cotangent()) / distance;
  if (v.wants(0)) v.give(0, scaled * (b / distance));
  if (v.wants(1)) v.give(1, -(scaled * (a / distance)));
}

void sinh_vjp(Vjp& v) { v.give(0, v.cotangent() * cosh(v.input(0))); }
void cosh_vjp(Vjp& v) { v.give(0, v.cotangent() * sinh(v.input(0))); }
void asinh_vjp(Vjp& v) { v.give(0, v.cotangent() / hypot(v.input(0), 1.0)); }

void acosh_vjp(Vjp& v) {
  const Tensor x = v.input(0);
  v.give(0, v.cotangent() / ops::masked_divisor(v.cotangent(), sqrt(x - 1.0) * sqrt(x + 1.0)));
}

void atanh_vjp(Vjp& v) {
  const Tensor x = v.input(0);
  v.give(0, v.cotangent() / ((1.0 - x) * (1.0 + x)));
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr Primitive sin_primitive = elementwise<kernels::Sin>("sin", "sine of x", &sin_vjp, reads0, &real_samples<sin>);
constexpr Primitive cos_primitive =
    elementwise<kernels::Cos>("cos", "cosine of x", &cos_vjp, reads0, &real_samples<cos>);
constexpr Primitive tan_primitive = elementwise<kernels::Tan>("tan", "tangent of x", &tan_vjp, reads_output, [] {
  return std::vector<Sample>{unary_sample<tan>("around 0", -1.2, 1.2), unary_sample<tan>("a period on", 2, 4)};
});
constexpr Primitive asin_primitive =
    elementwise<kernels::Asin>("asin", "inverse sine of x", &asin_vjp, reads0, &samples_inside_1<asin>);
constexpr Primitive acos_primitive =
    elementwise<kernels::Acos>("acos", "inverse cosine of x", &acos_vjp, reads0, &samples_inside_1<acos>);
constexpr Primitive atan_primitive =
    elementwise<kernels::Atan>("atan", "inverse tangent of x", &atan_vjp, reads0, &real_samples<atan>);
constexpr Primitive atan2_primitive =
    elementwise<kernels::Atan2>("atan2", "angle of the point (b, a)", &atan2_vjp, reads0 | reads1, [] {
      std::vector<Sample> samples = ops::binary_samples<atan2>();
      samples.push_back({"all quadrants",
                         [](const std::vector<Tensor>& x) { return atan2(x[0], x[1]); },
                         {tensor({0.5, 0.7, -0.9, -1.1}, float64), tensor({1.2, -0.4, 0.6, -0.8}, float64)}});
      return samples;
    });
constexpr Primitive sinh_primitive =
    elementwise<kernels::Sinh>("sinh", "hyperbolic sine of x", &sinh_vjp, reads0, &real_samples<sinh>);
constexpr Primitive cosh_primitive =
    elementwise<kernels::Cosh>("cosh", "hyperbolic cosine of x", &cosh_vjp, reads0, &real_samples<cosh>);
constexpr Primitive asinh_primitive =
    elementwise<kernels::Asinh>("asinh", "inverse hyperbolic sine of x", &asinh_vjp, reads0, &real_samples<asinh>);
constexpr Primitive acosh_primitive =
    elementwise<kernels::Acosh>("acosh", "inverse hyperbolic cosine of x", &acosh_vjp, reads0, [] {
      return std::vector<Sample>{unary_sample<acosh>("above 1", 1.2, 4), unary_sample<acosh>("large", 10, 50)};
    });
constexpr Primitive atanh_primitive = elementwise<kernels::Atanh>("atanh", "inverse hyperbolic tangent of x",
                                                                  &atanh_vjp, reads0, &samples_inside_1<atanh>);

}  // namespace

Tensor sin(const Operand& x) { return unary_real<sin_primitive>(x); }
Tensor cos(const Operand& x) { return unary_real<cos_primitive>(x); }
Tensor tan(const Operand& x) { return unary_real<tan_primitive>(x); }
Tensor asin(const Operand& x) { return unary_real<asin_primitive>(x); }
Tensor acos(const Operand& x) { return unary_real<acos_primitive>(x); }
Tensor atan(const Operand& x) { return unary_real<atan_primitive>(x); }
Tensor atan2(const Operand& a, const Operand& b) { return ops::binary_real<atan2_primitive>(a, b); }
Tensor sinh(const Operand& x) { return unary_real<sinh_primitive>(x); }
Tensor cosh(const Operand& x) { return unary_real<cosh_primitive>(x); }
Tensor asinh(const Operand& x) { return unary_real<asinh_primitive>(x); }
Tensor acosh(const Operand& x) { return unary_real<acosh_primitive>(x); }
Tensor atanh(const Operand& x) { return unary_real<atanh_primitive>(x); }

std::span<const Primitive* const> trigonometric_primitives() {
  static constexpr const Primitive* list[] = {&sin_primitive,  &cos_primitive,   &tan_primitive,   &asin_primitive,
                                              &acos_primitive, &atan_primitive,  &atan2_primitive, &sinh_primitive,
                                              &cosh_primitive, &asinh_primitive, &acosh_primitive, &atanh_primitive};
  return list;
}

}  // namespace xgrad

#endif
