#include <apps/common/numbers.hpp>

#include <cmath>
#include <limits>

namespace xgrad::apps {

namespace {

constexpr double smallest = 1e-38, largest = 1e38;

}  // namespace

Accepted<double> positive_number() { return {smallest, largest, "a number from 1e-38 to 1e38"}; }

Accepted<double> non_negative_number() { return {0, largest, "a number from 0 to 1e38"}; }

Accepted<double> fraction() { return {0, std::nextafter(1.0, 0.0), "a number from 0 up to, but not, 1"}; }

Accepted<std::uint64_t> seed_number() {
  return whole_number<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max());
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t end = text.size(); end > first + 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

std::string figure(double value, int decimals) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return fmt::format("{:.{}f}", value, decimals);
}

std::string csv_number(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value); }

}  // namespace xgrad::apps
