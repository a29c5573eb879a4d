#include <cmath>
#include <cstdint>

#include <autograd/kernel/functors.hpp>

// ------------------------------------------------------------------------------------------------- kernels

namespace xgrad::kernels {

// A zero keeps the sign of x, on every instruction set.
template <class>
struct Floor : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::copysign(xsimd::floor(x), x);
  }
};
template <class>
struct Ceil : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::copysign(xsimd::ceil(x), x);
  }
};
template <class>
struct Round : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::copysign(xsimd::nearbyint(x), x);
  }
};
template <class>
struct Trunc : Unary {
  template <class V>
  static V apply(const V& x) noexcept {
    return xsimd::copysign(xsimd::trunc(x), x);
  }
};

namespace {

/// The remainder with the sign of a. For integers it is 0 where b is 0, and where b is -1, since a / b may overflow
/// there.
template <class T>
T fmod_of(T a, T b) noexcept {
  if constexpr (std::is_integral_v<T>)
    return b == 0 || b == -1 ? T(0) : T(a % b);
  else
    return std::fmod(a, b);
}

/// The remainder with the sign of b.
template <class T>
T remainder_of(T a, T b) noexcept {
  const T r = fmod_of(a, b);
  if (r == 0) return std::is_integral_v<T> ? r : static_cast<T>(std::copysign(r, b));
  return (r < 0) != (b < 0) ? r + b : r;
}

}  // namespace

template <class>
struct Fmod : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return by_lane(a, b, [](auto p, auto q) { return fmod_of(p, q); });
  }
};
template <class>
struct Remainder : Binary {
  template <class V>
  static V apply(const V& a, const V& b) noexcept {
    return by_lane(a, b, [](auto p, auto q) { return remainder_of(p, q); });
  }
};

template struct Compiled<Floor, Ceil, Round, Trunc, Fmod, Remainder>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2

#include <autograd/ops/elementwise.hpp>

namespace xgrad {
namespace {

using ops::elementwise;
using ops::reads0;
using ops::reads1;

// ------------------------------------------------------------------------------------------------- samples

template <Tensor (*op)(const Operand&)>
std::vector<Sample> rounding_samples(const std::vector<double>& expected) {
  const std::vector<double> x = {-2.5, -1.5, -0.3, 0, 0.5, 1.5, 2.7, 4};
  return {{"halves and others",
           [](const std::vector<Tensor>& inputs) { return op(inputs[0]); },
           {tensor(std::span(x), {2, 4})},
           tensor(std::span(expected), {2, 4})}};
}

/// Pairs of all signs, away from the jumps.
template <Tensor (*op)(const Operand&, const Operand&)>
std::vector<Sample> remainder_samples() {
  const auto call = [](const std::vector<Tensor>& x) { return op(x[0], x[1]); };
  const Tensor a = tensor({{7.1, -7.3, 2.4}, {-0.6, 5.9, -3.3}}, float64);
  return {{"all signs", call, {a, tensor({{3, 2.5, -1.7}, {-2, 0.8, 1.3}}, float64)}},
          {"a row", call, {a, tensor({3, -2.5, 1.7}, float64)}},
          {"a column", call, {tensor({{7.1}, {-3.2}}, float64), tensor({{3, 2.5, -1.7}, {-2, 0.9, 1.3}}, float64)}},
          {"no rows", call, {zeros({0, 3}, float64), ones({1, 3}, float64)}}};
}

// ------------------------------------------------------------------------------------------------- derivatives

void fmod_vjp(Vjp& v) {
  v.give(0, v.cotangent());
  if (v.wants(1)) v.give(1, -(v.cotangent() * trunc(v.input(0) / v.input(1))));
}

void remainder_vjp(Vjp& v) {
  v.give(0, v.cotangent());
  if (v.wants(1)) v.give(1, -(v.cotangent() * floor(v.input(0) / v.input(1))));
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr Primitive floor_primitive = elementwise<kernels::Floor>("floor", "next integer below x", nullptr, 0, [] {
  return rounding_samples<floor>({-3, -2, -1, 0, 0, 1, 2, 4});
});
constexpr Primitive ceil_primitive = elementwise<kernels::Ceil>("ceil", "next integer above x", nullptr, 0, [] {
  return rounding_samples<ceil>({-2, -1, 0, 0, 1, 2, 3, 4});
});
constexpr Primitive round_primitive =
    elementwise<kernels::Round>("round", "integer nearest to x, half to even", nullptr, 0, [] {
      return rounding_samples<round>({-2, -2, 0, 0, 0, 2, 3, 4});
    });
constexpr Primitive trunc_primitive = elementwise<kernels::Trunc>("trunc", "next integer towards 0", nullptr, 0, [] {
  return rounding_samples<trunc>({-2, -1, 0, 0, 0, 1, 2, 4});
});
constexpr Primitive fmod_primitive = elementwise<kernels::Fmod>("fmod", "remainder of a / b with the sign of a",
                                                                &fmod_vjp, reads0 | reads1, &remainder_samples<fmod>);
constexpr Primitive remainder_primitive =
    elementwise<kernels::Remainder>("remainder", "remainder of a / b with the sign of b", &remainder_vjp,
                                    reads0 | reads1, &remainder_samples<remainder>);

/// Integers stay as they are.
template <const Primitive& primitive>
Tensor rounded(const Tensor& x) {
  ops::check_defined(primitive.name, "x", x);
  if (!is_floating(x.dtype())) return x;
  return ops::unary<primitive>(x, x.dtype());
}

}  // namespace

Tensor floor(const Operand& x) { return rounded<floor_primitive>(x); }
Tensor ceil(const Operand& x) { return rounded<ceil_primitive>(x); }
Tensor round(const Operand& x) { return rounded<round_primitive>(x); }
Tensor trunc(const Operand& x) { return rounded<trunc_primitive>(x); }
Tensor fmod(const Operand& a, const Operand& b) { return ops::binary<fmod_primitive>(a, b); }
Tensor remainder(const Operand& a, const Operand& b) { return ops::binary<remainder_primitive>(a, b); }

std::span<const Primitive* const> rounding_primitives() {
  static constexpr const Primitive* list[] = {&floor_primitive, &ceil_primitive, &round_primitive,
                                              &trunc_primitive, &fmod_primitive, &remainder_primitive};
  return list;
}

}  // namespace xgrad

#endif
