#include <apps/common/axis.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace xgrad::apps {

namespace {

/// "12,000" or "0.25": with the given number of decimals and groups of three digits.
std::string label(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value == 0 ? 0.0 : value, decimals);
  const std::size_t first = text.front() == '-' ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  for (std::size_t end = point; end > first + 3; end -= 3) text.insert(end - 3, 1, ',');
  if (first == 1) text.replace(0, 1, "−");
  return text;
}

std::string power_of_ten(int exponent) {
  constexpr const char* superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(exponent))) text += superscripts[digit - '0'];
  return text;
}

std::vector<Tick> linear_ticks(Range range, int count) {
  const double rough = (range.high - range.low) / count;
  const double magnitude = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * magnitude;
  for (const double multiple : {5.0, 2.0, 1.0})
    if (multiple * magnitude >= rough * (1 - 1e-9)) step = multiple * magnitude;
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  std::vector<Tick> ticks;
  for (double i = std::ceil(range.low / step - 1e-9); i * step <= range.high + 1e-9 * step; ++i)
    ticks.push_back({i * step, label(i * step, decimals)});
  return ticks;
}

/// At 1, 2 and 5 times the powers of ten, for ranges that hold few of these.
std::vector<Tick> dense_ticks(Range range) {
  std::vector<Tick> ticks;
  const int low = static_cast<int>(std::floor(std::log10(range.low)));
  for (int exponent = low; exponent <= low + 2; ++exponent)
    for (const double multiple : {1.0, 2.0, 5.0}) {
      const double value = multiple * std::pow(10.0, exponent);
      if (value < range.low * (1 - 1e-9) || value > range.high * (1 + 1e-9)) continue;
      ticks.push_back({value, label(value, std::max(0, -exponent))});
    }
  return ticks;
}

std::vector<Tick> logarithmic_ticks(Range range, int count) {
  if (range.high / range.low < 100 * (1 - 1e-9)) return dense_ticks(range);
  const int low = static_cast<int>(std::ceil(std::log10(range.low) - 1e-9));
  const int high = static_cast<int>(std::floor(std::log10(range.high) + 1e-9));
  const int step = std::max(1, (high - low + count - 1) / count);
  std::vector<Tick> ticks;
  for (int exponent = high; exponent >= low; exponent -= step)
    ticks.insert(ticks.begin(), {std::pow(10.0, exponent), power_of_ten(exponent)});
  return ticks;
}

}  // namespace

std::vector<Tick> ticks(Range range, Scale scale, int count) {
  return scale == Scale::linear ? linear_ticks(range, count) : logarithmic_ticks(range, count);
}

double place(double value, Range range, Scale scale) {
  if (scale == Scale::linear) return (value - range.low) / (range.high - range.low);
  if (!(value > 0)) return std::numeric_limits<double>::quiet_NaN();
  return std::log(value / range.low) / std::log(range.high / range.low);
}

}  // namespace xgrad::apps
