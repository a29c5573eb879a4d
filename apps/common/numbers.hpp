#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

/// Numbers of command lines and files: read and written the same way whatever the locale.
namespace xgrad::apps {

/// All of a text as a number: "12", "-0.5", "1e-3". Nothing where there is anything else, spaces included, where it is
/// no number, infinite, or beyond what T holds.
template <class T>
requires std::integral<T> || std::floating_point<T> std::optional<T> parse_number(std::string_view text) {
  T value = {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(value - value == 0)) return std::nullopt;  // NaN and infinities
  return value;
}

/// The values that make sense somewhere: from low to high, both included, and how an error calls them.
template <class T>
struct Accepted {
  T low;
  T high;
  std::string expected;

  bool contains(T value) const { return value >= low && value <= high; }
};

/// A whole number from low to high.
template <std::integral T>
Accepted<T> whole_number(T low, T high) {
  return {low, high, fmt::format("a whole number from {} to {}", low, high)};
}

/// What float32, in which the programs compute, can hold and divide by.
Accepted<double> positive_number();
/// The same, or 0.
Accepted<double> non_negative_number();
/// From 0 up to, but not, 1.
Accepted<double> fraction();
Accepted<std::uint64_t> seed_number();

/// "12,000".
std::string grouped(std::int64_t value);

/// A figure for people, with so many decimals: "0.936"; "NaN", "inf" or "-inf" where it is not finite.
std::string figure(double value, int decimals);

/// The same for a CSV: six digits, "nan" (never "-nan"), "inf" or "-inf", as other programs read them.
std::string csv_number(double value);

}  // namespace xgrad::apps
