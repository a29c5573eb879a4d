#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include <autograd/io/small_floats.hpp>

namespace xgrad::io {
namespace {

/// What the bits stand for, by the definition of the formats.
template <class Small>
double value_of(std::uint32_t bits) {
  const bool negative = (bits & Small::sign) != 0;
  const std::uint32_t magnitude = bits & (Small::sign - 1);
  const int exponent = static_cast<int>(magnitude >> Small::mantissa_bits);
  const double mantissa = magnitude & Small::mantissa_mask;
  const int top = (1 << Small::exponent_bits) - 1;
  double value;
  if (Small::has_infinity && exponent == top)
    value = mantissa == 0 ? INFINITY : NAN;
  else if (!Small::has_infinity && exponent == top && magnitude == Small::sign - 1)
    value = NAN;
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - Small::bias - Small::mantissa_bits);
  else
    value = std::ldexp(mantissa + (1 << Small::mantissa_bits), exponent - Small::bias - Small::mantissa_bits);
  return std::copysign(value, negative ? -1.0 : 1.0);
}

/// Checks every number of a format; says how many are wrong.
template <class Small>
void check_format() {
  int wrong_values = 0, wrong_round_trips = 0, wrong_roundings = 0;
  for (std::uint32_t bits = 0; bits < 2 * Small::sign; ++bits) {
    const double expected = value_of<Small>(bits);
    const std::uint32_t wide = widen_bits<Small>(bits);
    const float actual = std::bit_cast<float>(wide);
    const bool same = std::isnan(expected) ? std::isnan(actual) : static_cast<double>(actual) == expected;
    wrong_values += !same || std::signbit(actual) != std::signbit(expected);
    wrong_round_trips += narrow_bits<Small>(actual) != bits;
    if (std::isnan(expected)) continue;
    wrong_round_trips += narrow_bits<Small>(expected) != bits;

    // Between this number and the next in magnitude: nearest, and of two the even one.
    const double next = value_of<Small>(bits + 1);
    if (((bits + 1) & (Small::sign - 1)) == 0 || !std::isfinite(next)) continue;
    const double middle = (expected + next) / 2;
    const std::uint32_t even = (bits & 1) == 0 ? bits : bits + 1;
    wrong_roundings += narrow_bits<Small>(middle) != even;
    wrong_roundings += narrow_bits<Small>(std::nextafter(middle, expected)) != bits;
    wrong_roundings += narrow_bits<Small>(std::nextafter(middle, next)) != bits + 1;
  }
  CHECK(wrong_values == 0);
  CHECK(wrong_round_trips == 0);
  CHECK(wrong_roundings == 0);

  const auto largest = static_cast<double>(std::bit_cast<float>(widen_bits<Small>(Small::first_special - 1)));
  const double quantum = largest - value_of<Small>(Small::first_special - 2);
  const std::uint32_t beyond = Small::first_special;
  CHECK(narrow_bits<Small>(largest + 0.51 * quantum) == beyond);
  CHECK(narrow_bits<Small>(largest + 0.49 * quantum) == beyond - 1);
  CHECK(narrow_bits<Small>(-1e300) == (beyond | Small::sign));
  CHECK(narrow_bits<Small>(static_cast<double>(INFINITY)) == beyond);
  CHECK(narrow_bits<Small>(std::numeric_limits<double>::denorm_min()) == 0);
  CHECK(narrow_bits<Small>(-0.0) == Small::sign);
  CHECK(std::isnan(widen<Small>(narrow_bits<Small>(std::numeric_limits<double>::quiet_NaN()))));
  CHECK(std::isnan(widen<Small>(narrow_bits<Small>(std::bit_cast<double>(0x7ff0000000000001)))));
}

}  // namespace

TEST_CASE("each of the 65,536 float16 numbers widens to its value and narrows back") { check_format<Float16>(); }
TEST_CASE("each of the 65,536 bfloat16 numbers widens to its value and narrows back") { check_format<BFloat16>(); }
TEST_CASE("each float8_e5m2 number widens to its value and narrows back") { check_format<Float8E5M2>(); }

TEST_CASE("each float8_e4m3 number widens to its value and narrows back; the largest is 448") {
  check_format<Float8E4M3>();
  CHECK(widen<Float8E4M3>(0x7e) == 448);
}

TEST_CASE("known float16 numbers") {
  CHECK(widen<Float16>(0x3c00) == 1);
  CHECK(widen<Float16>(0x7bff) == 65504);
  CHECK(widen<Float16>(0x0001) == std::ldexp(1.0f, -24));
  CHECK(narrow_bits<Float16>(65519.996) == 0x7bff);
  CHECK(narrow_bits<Float16>(65520.0) == 0x7c00);
}

}  // namespace xgrad::io
