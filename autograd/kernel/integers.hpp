#pragma once

#include <cstdint>
#include <type_traits>

#include <autograd/kernel/target.hpp>

/// Arithmetic of int64 wraps around modulo 2^64, as NumPy's and PyTorch's does, and is computed in unsigned integers:
/// the overflow of signed ones is undefined. Of numbers and vectors of floating point it is what the operators give; of
/// bools a sum is whether one holds.
namespace xgrad::kernels {
inline namespace XGRAD_TARGET {

template <class V>
inline constexpr bool wraps = std::is_same_v<V, std::int64_t>;

template <class V>
constexpr V wrapping_add(const V& a, const V& b) noexcept {
  if constexpr (wraps<V>)
    return static_cast<V>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  else
    return static_cast<V>(a + b);
}

template <class V>
constexpr V wrapping_subtract(const V& a, const V& b) noexcept {
  if constexpr (wraps<V>)
    return static_cast<V>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  else
    return static_cast<V>(a - b);
}

template <class V>
constexpr V wrapping_multiply(const V& a, const V& b) noexcept {
  if constexpr (wraps<V>)
    return static_cast<V>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  else
    return static_cast<V>(a * b);
}

template <class V>
constexpr V wrapping_negate(const V& x) noexcept {
  if constexpr (wraps<V>)
    return static_cast<V>(std::uint64_t{0} - static_cast<std::uint64_t>(x));
  else
    return static_cast<V>(-x);
}

}  // namespace XGRAD_TARGET
}  // namespace xgrad::kernels
