#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xgrad::apps {

enum class Scale { linear, logarithmic };

struct Range {
  double low = 0, high = 1;
};

/// How one direction of a plot is measured.
struct Axis {
  std::string label;
  /// What it spans; as much as the data needs where not given.
  std::optional<Range> range = {};
  Scale scale = Scale::linear;
};

struct Tick {
  double value = 0;
  std::string label;
};

/// About `count` ticks inside a range. On a linear scale they stand at multiples of 1, 2 or 5 times a power of ten and
/// have as many digits as tell them apart: "0.25", "12,000", and "2.5×10⁷" where ten million and more, or steps below
/// a ten-thousandth, would need many zeros. On a logarithmic scale they stand at powers of ten, or at 1, 2 and 5 times
/// such in a range that spans less than two of them, or as on a linear scale where that leaves less than three.
std::vector<Tick> ticks(Range range, Scale scale, int count);

/// A number in little room: "0.25", "950", "1.2k", "34M".
std::string compact(double value);

/// Where a value lies in a range, 0 at its low end and 1 at its high one; NaN where it has no place on a logarithmic
/// scale.
double place(double value, Range range, Scale scale);

/// The axis's own range, or that of the values with some room around it, which is never empty. Values that are not
/// finite, or have no place on a logarithmic scale, are left out.
Range range_of(const Axis& axis, std::span<const double> values);

}  // namespace xgrad::apps
