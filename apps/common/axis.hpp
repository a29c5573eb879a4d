#pragma once

#include <optional>
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

/// About `count` ticks inside a range: on a linear scale at multiples of 1, 2 or 5 times a power of ten, labelled with
/// as many digits as tell them apart; on a logarithmic one at powers of ten, and at 2 and 5 times these where the range
/// spans less than a factor of 100.
std::vector<Tick> ticks(Range range, Scale scale, int count);

/// Where a value lies in a range, 0 at its low end and 1 at its high one; NaN where it has no place on a logarithmic
/// scale.
double place(double value, Range range, Scale scale);

}  // namespace xgrad::apps
