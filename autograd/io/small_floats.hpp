#pragma once

#include <bit>
#include <cstdint>

/// Floating-point numbers of 8 and 16 bits, as bits: a sign, `exponent_bits` and `mantissa_bits`. Computed on integers,
/// so that no rounding mode changes a bit.
namespace xgrad::io {

template <int exponent_bits_, int mantissa_bits_, bool has_infinity_>
struct SmallFloat {
  static constexpr int exponent_bits = exponent_bits_, mantissa_bits = mantissa_bits_;
  /// Without infinity the largest exponent is one of numbers, but for the largest mantissa, which is NaN.
  static constexpr bool has_infinity = has_infinity_;
  static constexpr int bias = (1 << (exponent_bits - 1)) - 1;
  static constexpr std::uint32_t sign = 1U << (exponent_bits + mantissa_bits);
  static constexpr std::uint32_t mantissa_mask = (1U << mantissa_bits) - 1;
  static constexpr std::uint32_t exponent_mask = sign - 1 - mantissa_mask;
  /// The first of the codes that are no finite numbers: infinity or NaN.
  static constexpr std::uint32_t first_special = has_infinity ? exponent_mask : sign - 1;
};

using Float16 = SmallFloat<5, 10, true>;
using BFloat16 = SmallFloat<8, 7, true>;
using Float8E4M3 = SmallFloat<4, 3, false>;
using Float8E5M2 = SmallFloat<5, 2, true>;

/// The float32 of the same value, which is exact. NaNs keep sign and payload.
template <class Small>
constexpr std::uint32_t widen_bits(std::uint32_t bits) {
  constexpr int shift = 23 - Small::mantissa_bits;
  const std::uint32_t sign = (bits & Small::sign) != 0 ? 0x80000000U : 0U;
  const std::uint32_t magnitude = bits & (Small::sign - 1);
  if (magnitude >= Small::first_special) {
    const std::uint32_t payload = (magnitude & Small::mantissa_mask) << shift;
    return sign | 0x7f800000U | payload;
  }
  if constexpr (Small::exponent_bits == 8) return sign | magnitude << shift;
  if (magnitude == 0) return sign;
  if (magnitude > Small::mantissa_mask)
    return sign | ((magnitude << shift) + (static_cast<std::uint32_t>(127 - Small::bias) << 23));
  // Subnormal: the leading one becomes the hidden one of a normal float32.
  const int leading = static_cast<int>(std::bit_width(magnitude)) - 1;
  const auto exponent = static_cast<std::uint32_t>(127 - Small::bias + 1 - Small::mantissa_bits + leading);
  return sign | exponent << 23 | (magnitude << (23 - leading) & 0x7fffffU);
}

/// The number nearest to a float64, of two the even one. Beyond the largest it is infinite, or NaN without infinities.
/// NaNs keep their sign and the upper bits of their payload.
template <class Small>
constexpr std::uint32_t narrow_bits(double value) {
  constexpr std::uint64_t hidden = std::uint64_t{1} << 52;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint32_t sign = (bits >> 63) != 0 ? Small::sign : 0U;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  const std::uint64_t mantissa = bits & (hidden - 1);
  if (exponent == 1024) {
    if (mantissa == 0 || !Small::has_infinity) return sign | Small::first_special;
    const auto payload = static_cast<std::uint32_t>(mantissa >> (52 - Small::mantissa_bits));
    return sign | Small::exponent_mask | (payload != 0 ? payload : 1U << (Small::mantissa_bits - 1));
  }
  constexpr int least = 1 - Small::bias;
  const int shift = 52 - Small::mantissa_bits + (exponent < least ? least - exponent : 0);
  if (shift > 53) return sign;                    // less than half the smallest number
  const std::uint64_t whole = mantissa | hidden;  // a subnormal float64 never comes here
  std::uint64_t code = whole >> shift;
  const std::uint64_t rest = whole & ((std::uint64_t{1} << shift) - 1), half = std::uint64_t{1} << (shift - 1);
  if (rest > half || (rest == half && (code & 1) != 0)) ++code;
  if (exponent >= least) code += static_cast<std::uint64_t>(exponent - least) << Small::mantissa_bits;
  // A carry out of the mantissa is the next exponent; one out of the largest exponent is no number any more.
  return sign | (code < Small::first_special ? static_cast<std::uint32_t>(code) : Small::first_special);
}

/// The same for a float32. A cast to double would make signalling NaNs quiet.
template <class Small>
constexpr std::uint32_t narrow_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffff) <= 0x7f800000) return narrow_bits<Small>(static_cast<double>(value));
  const std::uint64_t nan =
      std::uint64_t{bits >> 31} << 63 | std::uint64_t{0x7ff} << 52 | std::uint64_t{bits & 0x7fffff} << 29;
  return narrow_bits<Small>(std::bit_cast<double>(nan));
}

template <class Small>
constexpr float widen(std::uint32_t bits) {
  return std::bit_cast<float>(widen_bits<Small>(bits));
}

}  // namespace xgrad::io
