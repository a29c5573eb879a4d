#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <autograd/dtype.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// A plain C++ number as it was written: integers and bools exactly, floating-point numbers as double. Arguments that
/// are a number and no tensor have this type.
class Number {
 public:
  /// The number itself; its kind says which of the two counts.
  union Value {
    double real = 0;
    std::int64_t whole;
  };

  /// Throws Error on an unsigned integer that int64 does not hold.
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Number(T value) : dtype_(kind_of<T>()) {
    if constexpr (std::floating_point<T>) {
      value_.real = static_cast<double>(value);
    } else {
      value_.whole = static_cast<std::int64_t>(value);
      if constexpr (std::is_unsigned_v<T>)
        if (value_.whole < 0) refuse(static_cast<std::uint64_t>(value));
    }
  }
  /// For the library's own passes.
  constexpr Number(Value value, DType kind) noexcept : value_(value), dtype_(kind) {}

  /// boolean, int64, or float32 for floating-point numbers: the dtype that it has before it meets a tensor.
  constexpr DType dtype() const noexcept { return dtype_; }
  /// Whether it was written as an integer or a bool.
  constexpr bool integral() const noexcept { return !is_floating(dtype_); }
  constexpr Value value() const noexcept { return value_; }

  /// Whether an integer type holds it, truncated towards 0.
  template <std::integral T>
  constexpr bool fits() const noexcept {
    if (!in_range()) return false;
    const std::int64_t whole = truncated();
    if constexpr (std::is_unsigned_v<T>) {
      return whole >= 0 && static_cast<std::uint64_t>(whole) <= std::uint64_t{std::numeric_limits<T>::max()};
    } else {
      return whole >= std::numeric_limits<T>::min() && whole <= std::numeric_limits<T>::max();
    }
  }

  constexpr double to_double() const noexcept { return integral() ? static_cast<double>(value_.whole) : value_.real; }
  /// Whether it truncates to an int64: NaN and what is out of range do not.
  constexpr bool in_range() const noexcept { return integral() || (value_.real >= -0x1p63 && value_.real < 0x1p63); }
  /// Whether int64 holds it: it is whole and within range.
  constexpr bool fits_int64() const noexcept;
  /// Truncated towards 0, as cast() does.
  constexpr std::int64_t truncated() const noexcept;
  /// Throws Error, in the name of `where`, unless int64 holds it.
  std::int64_t to_int64(std::string_view where, std::string_view argument) const;
  /// Throws Error, in the name of `where`, where a tensor of the dtype cannot hold it: int64 holds whole numbers within
  /// its range. The others take every number.
  void check_fits(DType dtype, std::string_view where, std::string_view argument) const;

  /// As text: as short as it can be and still be the same number.
  std::string text() const;

  /// Writes it to memory as an element of a dtype: rounded to a floating-point type, truncated to int64, to bool
  /// whether it is not 0.
  void write(DType dtype, void* out) const noexcept;

 private:
  template <class T>
  static constexpr DType kind_of() noexcept {
    if constexpr (std::same_as<T, bool>) return boolean;
    return std::floating_point<T> ? float32 : int64;
  }
  [[noreturn]] static void refuse(std::uint64_t value);

  Value value_{};
  DType dtype_;
};

/// A floating-point number as int64: truncated towards 0, the nearest bound where it is out of range, 0 for NaN. Casts
/// give the same. Always inlined, since kernels call it (autograd/kernel/target.hpp).
template <std::floating_point T>
[[gnu::always_inline]] constexpr std::int64_t truncated_to_int64(T value) noexcept {
  if (value >= T(0x1p63)) return std::numeric_limits<std::int64_t>::max();
  if (value < T(-0x1p63)) return std::numeric_limits<std::int64_t>::min();
  return value == value ? static_cast<std::int64_t>(value) : 0;
}

constexpr std::int64_t Number::truncated() const noexcept {
  return integral() ? value_.whole : truncated_to_int64(value_.real);
}

constexpr bool Number::fits_int64() const noexcept {
  return integral() || (in_range() && static_cast<double>(truncated()) == value_.real);
}

}  // namespace xgrad
#pragma GCC visibility pop
