#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#pragma GCC visibility push(default)
namespace xgrad {

/// Element type of a tensor. float32, float64 and bfloat16 are differentiable; int64 and boolean are data (labels,
/// indices, masks). The order is the order of promotion: an operation on two dtypes computes in the later one.
///
/// bfloat16, the upper half of a float32, is for storage. Operations read it as float32, which is exact, and give
/// float32; cast(), and to() of tensors and modules, round to it. Only what gives elements as they are (views, take,
/// stop_gradient) keeps it. Gradients of bfloat16 tensors are float32.
enum class DType : std::uint8_t { boolean, int64, bfloat16, float32, float64 };

inline constexpr DType boolean = DType::boolean;
inline constexpr DType int64 = DType::int64;
inline constexpr DType bfloat16 = DType::bfloat16;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

/// Whether it is one of the above, and not another number made a DType. Every recorded node has a dtype.
constexpr bool is_dtype(DType dtype) noexcept { return dtype <= DType::float64; }

/// Whether it is bfloat16, float32 or float64.
constexpr bool is_floating(DType dtype) noexcept { return dtype >= DType::bfloat16 && is_dtype(dtype); }

/// The dtype that operations read it as.
constexpr DType computed_in(DType dtype) noexcept { return dtype == DType::bfloat16 ? DType::float32 : dtype; }

/// Bytes of one element; 0 where it is no dtype.
constexpr std::size_t size_of(DType dtype) noexcept {
  constexpr std::size_t sizes[] = {1, 8, 2, 4, 8};
  return is_dtype(dtype) ? sizes[static_cast<std::size_t>(dtype)] : 0;
}

/// "float32" and so on; "unknown" where it is no dtype.
constexpr std::string_view to_string(DType dtype) noexcept {
  constexpr std::string_view names[] = {"bool", "int64", "bfloat16", "float32", "float64"};
  return is_dtype(dtype) ? names[static_cast<std::size_t>(dtype)] : "unknown";
}

/// An element of a bfloat16 tensor: sign, 8 bits of exponent and 7 of mantissa. Converts to float exactly, and from it
/// rounded to the nearest, of two to the even one; NaNs keep their sign and the upper bits of their payload. Other
/// numbers go through float. Always inlined, since kernels call it (autograd/kernel/target.hpp).
struct BFloat16 {
  std::uint16_t bits = 0;

  BFloat16() = default;
  [[gnu::always_inline]] constexpr explicit BFloat16(float value) noexcept {
    const auto whole = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (whole + 0x7fff + (whole >> 16 & 1)) >> 16;
    const std::uint32_t nan = whole >> 16 | 0x40;
    bits = static_cast<std::uint16_t>((whole & 0x7fffffff) > 0x7f800000 ? nan : rounded);
  }
  template <class T>
  requires std::is_arithmetic_v<T>
  [[gnu::always_inline]] constexpr explicit BFloat16(T value) noexcept : BFloat16(static_cast<float>(value)) {}
  [[gnu::always_inline]] constexpr operator float() const noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
  }
};

namespace detail {
template <class T>
inline constexpr bool is_element = false;
template <>
inline constexpr bool is_element<bool> = true;
template <>
inline constexpr bool is_element<std::int64_t> = true;
template <>
inline constexpr bool is_element<BFloat16> = true;
template <>
inline constexpr bool is_element<float> = true;
template <>
inline constexpr bool is_element<double> = true;
}  // namespace detail

/// The C++ types a tensor can hold: bool, std::int64_t, BFloat16, float, double.
template <class T>
concept Element = detail::is_element<T>;

/// What f gives for std::type_identity<T>, where T is the C++ type of a dtype's elements.
template <class F>
constexpr decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(std::type_identity<bool>());
    case DType::int64:
      return f(std::type_identity<std::int64_t>());
    case DType::bfloat16:
      return f(std::type_identity<BFloat16>());
    case DType::float32:
      return f(std::type_identity<float>());
    case DType::float64:
      break;
  }
  return f(std::type_identity<double>());
}

/// The dtype of a C++ element type.
template <Element T>
constexpr DType dtype_of() noexcept {
  if constexpr (sizeof(T) == 1) return DType::boolean;
  if constexpr (sizeof(T) == 2) return DType::bfloat16;
  if constexpr (sizeof(T) == 4) return DType::float32;
  if constexpr (sizeof(T) == 8) return static_cast<T>(0.5) != T{} ? DType::float64 : DType::int64;
}

}  // namespace xgrad
#pragma GCC visibility pop
