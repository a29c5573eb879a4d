#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include <autograd/kernel/formulas.hpp>
#include <autograd/kernel/tile.hpp>

/// Parts of the functors over vectors (xsimd batches) of float32 or float64, or over plain numbers, that the families
/// of elementwise functions are made of.
namespace xgrad::kernels {

using run::kernel::Domain;

/// The properties that functors state. Each kind has a base with its defaults.
struct Unary {
  static constexpr int arity = 1;
  static constexpr Domain domain = Domain::real;
};
struct Binary {
  static constexpr int arity = 2;
  static constexpr Domain domain = Domain::number;
};
struct Comparison {
  static constexpr int arity = 2;
  static constexpr Domain domain = Domain::compare;
};

inline namespace XGRAD_TARGET {

/// mask ? a : b, for vectors and for plain numbers.
template <class V, class M>
V choose(const M& mask, const V& a, const V& b) noexcept {
  if constexpr (std::is_arithmetic_v<V>)
    return mask ? a : b;
  else
    return xsimd::select(mask, a, b);
}

/// Whether a value is NaN; xsimd's != on AVX does not say so.
template <class V>
auto is_nan(const V& x) noexcept {
  if constexpr (std::is_integral_v<V>)
    return false;
  else if constexpr (std::is_arithmetic_v<V>)
    return x != x;
  else
    return xsimd::isnan(x);
}

/// f of each element of one or two vectors, for functions that have no accurate vector form.
template <class V, class F>
V by_lane(const V& x, F f) noexcept {
  if constexpr (std::is_arithmetic_v<V>) {
    return f(x);
  } else {
    alignas(64) typename V::value_type lanes[V::size];
    x.store_aligned(lanes);
    for (auto& lane : lanes) lane = f(lane);
    return V::load_aligned(lanes);
  }
}

template <class V, class F>
V by_lane(const V& a, const V& b, F f) noexcept {
  if constexpr (std::is_arithmetic_v<V>) {
    return f(a, b);
  } else {
    alignas(64) typename V::value_type lanes[V::size], others[V::size];
    a.store_aligned(lanes);
    b.store_aligned(others);
    for (std::size_t i = 0; i < V::size; ++i) lanes[i] = f(lanes[i], others[i]);
    return V::load_aligned(lanes);
  }
}

/// Vectors, for the formulas of autograd/kernel/formulas.hpp.
template <class V>
struct VectorMachine {
  using Value = V;
  using Element = typename V::value_type;
  using Integer = std::conditional_t<sizeof(Element) == 4, std::int32_t, std::int64_t>;

  static V constant(double value) noexcept { return V(static_cast<Element>(value)); }
  static V add(const V& a, const V& b) noexcept { return a + b; }
  static V subtract(const V& a, const V& b) noexcept { return a - b; }
  static V multiply(const V& a, const V& b) noexcept { return a * b; }
  static V divide(const V& a, const V& b) noexcept { return a / b; }
  static V fma(const V& a, const V& b, const V& c) noexcept { return xsimd::fma(a, b, c); }
  static V negate(const V& x) noexcept { return -x; }
  static V absolute(const V& x) noexcept { return xsimd::abs(x); }
  static V at_most(const V& x, double bound) noexcept { return choose(x > constant(bound), constant(bound), x); }
  static V at_least(const V& x, double bound) noexcept { return choose(x < constant(bound), constant(bound), x); }
  static V with_sign(const V& magnitude, const V& x) noexcept { return magnitude | xsimd::bitofsign(x); }
  /// 2^k of a whole number k to which Constants::magic is added.
  static V power_of_two(const V& shifted) noexcept {
    using Whole = xsimd::batch<Integer, typename V::arch_type>;
    const Whole bits = xsimd::bitwise_cast<Whole>(shifted);
    constexpr int mantissa = std::numeric_limits<Element>::digits - 1;
    return xsimd::bitwise_cast<V>((bits + Whole(std::numeric_limits<Element>::max_exponent - 1)) << mantissa);
  }
};

}  // namespace XGRAD_TARGET
}  // namespace xgrad::kernels
