#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xgrad::apps {

/// Which points of curves over common x a plot with room for about `count` of them keeps: their indices, ascending. All
/// where there are not more. Chosen by largest triangle three buckets (Steinarsson, "Downsampling Time Series for
/// Visual Representation", 2013), which keeps peaks: of each bucket the point that spans the largest triangle with the
/// point kept before it and the mean of the bucket after it. With several curves the areas of their triangles are
/// added, so x and y should be in units of the plot. Points where a curve begins or ends, as its values are not finite
/// before or after, are kept in any case, and may be more than `count`.
std::vector<std::size_t> thinned(std::span<const double> x, std::span<const std::vector<double>> curves,
                                 std::size_t count);

}  // namespace xgrad::apps
