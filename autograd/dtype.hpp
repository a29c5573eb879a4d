#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace xgrad {

/// Element type of a tensor. float32 and float64 are differentiable; int64 and boolean are data (labels, indices,
/// masks). The order is the order of promotion: an operation on two dtypes computes in the later one.
enum class DType : std::uint8_t { boolean, int64, float32, float64 };

inline constexpr DType boolean = DType::boolean;
inline constexpr DType int64 = DType::int64;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

/// Whether it is one of the above, and not another number made a DType. Every recorded node has a dtype.
constexpr bool is_dtype(DType dtype) noexcept { return dtype <= DType::float64; }

constexpr bool is_floating(DType dtype) noexcept { return dtype == DType::float32 || dtype == DType::float64; }

/// Bytes of one element; 0 where it is no dtype.
constexpr std::size_t size_of(DType dtype) noexcept {
  constexpr std::size_t sizes[] = {1, 8, 4, 8};
  return is_dtype(dtype) ? sizes[static_cast<std::size_t>(dtype)] : 0;
}

/// "float32" and so on; "unknown" where it is no dtype.
constexpr std::string_view to_string(DType dtype) noexcept {
  constexpr std::string_view names[] = {"bool", "int64", "float32", "float64"};
  return is_dtype(dtype) ? names[static_cast<std::size_t>(dtype)] : "unknown";
}

namespace detail {
template <class T>
inline constexpr bool is_element = false;
template <>
inline constexpr bool is_element<bool> = true;
template <>
inline constexpr bool is_element<std::int64_t> = true;
template <>
inline constexpr bool is_element<float> = true;
template <>
inline constexpr bool is_element<double> = true;
}  // namespace detail

/// The C++ types a tensor can hold: bool, std::int64_t, float, double.
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
  if constexpr (sizeof(T) == 4) return DType::float32;
  return static_cast<T>(0.5) != T{} ? DType::float64 : DType::int64;
}

}  // namespace xgrad
