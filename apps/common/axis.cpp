#include <apps/common/axis.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace xgrad::apps {

namespace {

std::string power_of_ten(int exponent) {
  constexpr const char* superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(exponent))) text += superscripts[digit - '0'];
  return text;
}

/// "12,000" or "0.25": with the given number of decimals and groups of three digits.
std::string plain_label(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value == 0 ? 0.0 : value, decimals);
  const std::size_t first = text.front() == '-' ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t end = point; end > first + 3; end -= 3) text.insert(end - 3, 1, ',');
  if (first == 1) text.replace(0, 1, "−");
  return text;
}

/// "2.5×10⁷".
std::string scientific_label(double value, int exponent, int decimals) {
  if (value == 0) return "0";
  return fmt::format("{}×{}", plain_label(value / std::pow(10.0, exponent), decimals), power_of_ten(exponent));
}

int exponent_of(double value) { return static_cast<int>(std::floor(std::log10(value) + 1e-9)); }

std::vector<Tick> linear_ticks(Range range, int count) {
  const double rough = (range.high - range.low) / count;
  const double magnitude = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * magnitude;
  for (const double multiple : {5.0, 2.0, 1.0})
    if (multiple * magnitude >= rough * (1 - 1e-9)) step = multiple * magnitude;
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  const bool scientific = largest >= 1e7 || step < 0.9e-4;
  const int exponent = exponent_of(largest);
  const int decimals = std::max(0, (scientific ? exponent : 0) - exponent_of(step));
  std::vector<Tick> ticks;
  for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + 1e-9 * step; ++i)
    ticks.push_back(
        {i * step, scientific ? scientific_label(i * step, exponent, decimals) : plain_label(i * step, decimals)});
  return ticks;
}

std::vector<Tick> logarithmic_ticks(Range range, int count) {
  const int low = static_cast<int>(std::ceil(std::log10(range.low) - 1e-9));
  const int high = static_cast<int>(std::floor(std::log10(range.high) + 1e-9));
  std::vector<Tick> ticks;
  if (high - low < 1) {
    for (int exponent = low - 1; exponent <= high; ++exponent)
      for (const double multiple : {1.0, 2.0, 5.0}) {
        const double value = multiple * std::pow(10.0, exponent);
        const bool scientific = exponent < -4 || exponent > 6;
        if (value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9))
          ticks.push_back(
              {value, scientific ? scientific_label(value, exponent, 0) : plain_label(value, std::max(0, -exponent))});
      }
    return ticks.size() < 3 ? linear_ticks(range, count) : ticks;
  }
  const int step = std::max(1, (high - low + count - 1) / count);
  for (int exponent = high; exponent >= low; exponent -= step)
    ticks.insert(ticks.begin(), {std::pow(10.0, exponent), power_of_ten(exponent)});
  return ticks;
}

}  // namespace

std::vector<Tick> ticks(Range range, Scale scale, int count) {
  return scale == Scale::linear ? linear_ticks(range, count) : logarithmic_ticks(range, count);
}

std::string compact(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  const auto [divisor, unit] = size >= 999.5e6   ? std::pair(1e9, "G")
                               : size >= 999.5e3 ? std::pair(1e6, "M")
                               : size >= 999.95  ? std::pair(1e3, "k")
                                                 : std::pair(1.0, "");
  std::string text = size < 1e-4      ? fmt::format("{:.1e}", value)
                     : divisor == 1.0 ? fmt::format("{:.4g}", value)
                                      : fmt::format("{:.3g}{}", value / divisor, unit);
  if (text.front() == '-') text.replace(0, 1, "−");
  return text;
}

double place(double value, Range range, Scale scale) {
  if (scale == Scale::linear) return (value - range.low) / (range.high - range.low);
  if (!(value > 0)) return std::numeric_limits<double>::quiet_NaN();
  return std::log(value / range.low) / std::log(range.high / range.low);
}

Range range_of(const Axis& axis, std::span<const double> values) {
  if (axis.range) return *axis.range;
  const bool logarithmic = axis.scale == Scale::logarithmic;
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return logarithmic ? Range{0.1, 1} : Range{0, 1};
  if (logarithmic) return {std::pow(10, std::floor(std::log10(low))), std::pow(10, std::floor(std::log10(high)) + 1)};
  const double room = low == high ? std::max(1e-6, std::abs(low) * 0.1) : (high - low) * 0.05;
  return {low - room, high + room};
}

}  // namespace xgrad::apps
