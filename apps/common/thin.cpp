#include <apps/common/thin.hpp>

#include <cmath>
#include <numeric>

#include <apps/common/canvas.hpp>

namespace xgrad::apps {

namespace {

/// The mean of a curve's finite points from `begin` up to `end`; NaN where there are none.
Point mean_point(std::span<const double> x, const std::vector<double>& y, std::size_t begin, std::size_t end) {
  Point sum;
  double count = 0;
  for (std::size_t i = begin; i < end; ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    sum = {sum.x + x[i], sum.y + y[i]};
    ++count;
  }
  return {sum.x / count, sum.y / count};
}

double triangle(Point a, Point b, Point c) {
  const double area = std::abs((a.x - c.x) * (b.y - a.y) - (a.x - b.x) * (c.y - a.y)) / 2;
  return std::isfinite(area) ? area : 0;
}

bool begins_or_ends(std::span<const std::vector<double>> curves, std::size_t i) {
  for (const auto& y : curves) {
    const bool before = i > 0 && std::isfinite(y[i - 1]);
    const bool after = i + 1 < y.size() && std::isfinite(y[i + 1]);
    if (std::isfinite(y[i]) ? !before || !after : before || after) return true;
  }
  return false;
}

}  // namespace

std::vector<std::size_t> thinned(std::span<const double> x, std::span<const std::vector<double>> curves,
                                 std::size_t count) {
  const std::size_t size = x.size();
  std::vector<std::size_t> kept;
  if (size <= count || size < 3) {
    kept.resize(size);
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    return kept;
  }
  const std::size_t buckets = count < 3 ? 1 : count - 2;
  const auto begin_of = [&](std::size_t bucket) { return 1 + bucket * (size - 2) / buckets; };
  kept.push_back(0);
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t begin = begin_of(bucket), end = begin_of(bucket + 1);
    const std::size_t end_of_next = bucket + 1 < buckets ? begin_of(bucket + 2) : size;
    const std::size_t before = kept.back();
    std::vector<Point> next;
    for (const auto& y : curves) next.push_back(mean_point(x, y, end, end_of_next));
    std::size_t best = begin;
    double largest = -1;
    for (std::size_t i = begin; i < end; ++i) {
      double area = 0;
      for (std::size_t curve = 0; curve < curves.size(); ++curve)
        area += triangle({x[before], curves[curve][before]}, {x[i], curves[curve][i]}, next[curve]);
      if (area > largest) {
        largest = area;
        best = i;
      }
    }
    for (std::size_t i = begin; i < end; ++i)
      if (i == best || begins_or_ends(curves, i)) kept.push_back(i);
  }
  kept.push_back(size - 1);
  return kept;
}

}  // namespace xgrad::apps
