#include <apps/common/plot.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

void check_range(const std::string& plot, const std::optional<Range>& range, Scale scale) {
  if (!range) return;
  if (!std::isfinite(range->low) || !std::isfinite(range->high) || range->low >= range->high)
    fail("plot", fmt::format("'{}' has a range from {} to {}; expected finite ends, the low one first", plot,
                             range->low, range->high));
  if (scale == Scale::logarithmic && range->low <= 0)
    fail("plot", fmt::format("'{}' has a range from {} on a logarithmic scale; expected it above 0", plot, range->low));
}

void check(const HeatMap& map) {
  check_range(map.title, map.range, map.scale);
  if (map.values.size() != map.rows.size())
    fail("plot", fmt::format("the heat map '{}' has {} rows of values; expected {}, as many as names of rows",
                             map.title, map.values.size(), map.rows.size()));
  for (const auto& row : map.values)
    if (row.size() != map.columns.size())
      fail("plot", fmt::format("the heat map '{}' has a row of {} values; expected {}, as many as columns", map.title,
                               row.size(), map.columns.size()));
  for (std::size_t i = 0; i < map.columns.size(); ++i)
    if (!std::isfinite(map.columns[i]) || (i > 0 && map.columns[i] <= map.columns[i - 1]))
      fail("plot", fmt::format("the heat map '{}' has a column at {}; expected finite places that ascend", map.title,
                               map.columns[i]));
}

}  // namespace

void check(const LinePlot& plot) {
  check_range(plot.title, plot.x.range, plot.x.scale);
  check_range(plot.title, plot.y.range, plot.y.scale);
  for (const Line& line : plot.lines)
    if (!line.band.empty() && line.band.size() != line.points.size())
      fail("plot", fmt::format("the line '{}' has a band of {} intervals; expected {}, one for each point, or none",
                               line.name, line.band.size(), line.points.size()));
}

Range x_range(const LinePlot& plot) {
  std::vector<double> values;
  for (const Line& line : plot.lines)
    for (const Point& point : line.points) values.push_back(point.x);
  return range_of(plot.x, values);
}

Range y_range(const LinePlot& plot) {
  std::vector<double> values;
  for (const Line& line : plot.lines) {
    for (const Point& point : line.points) values.push_back(point.y);
    for (const Interval& interval : line.band) values.insert(values.end(), {interval.low, interval.high});
  }
  return range_of(plot.y, values);
}

void check(std::span<const HeatMap> maps) {
  for (const HeatMap& map : maps) {
    check(map);
    if (map.scale != maps.front().scale)
      fail("plot", fmt::format("the heat maps '{}' and '{}' have different scales; expected one, as they share a range",
                               maps.front().title, map.title));
  }
}

Range common_range(std::span<const HeatMap> maps) {
  if (maps.empty()) return {};
  std::vector<double> values;
  for (const HeatMap& map : maps) {
    if (map.range)
      values.insert(values.end(), {map.range->low, map.range->high});
    else
      for (const auto& row : map.values) values.insert(values.end(), row.begin(), row.end());
  }
  const auto usable = [&](double value) {
    return std::isfinite(value) && (maps.front().scale == Scale::linear || value > 0);
  };
  std::erase_if(values, [&](double value) { return !usable(value); });
  if (!values.empty())
    if (const auto [low, high] = std::ranges::minmax(values); low < high) return {low, high};
  return range_of({.label = "", .scale = maps.front().scale}, values);
}

std::vector<double> cell_edges(const HeatMap& map) {
  const auto& columns = map.columns;
  if (columns.empty()) return {0, 1};
  if (columns.size() == 1) return {columns[0] - 0.5, columns[0] + 0.5};
  std::vector<double> edges = {columns[0] - (columns[1] - columns[0]) / 2};
  for (std::size_t i = 1; i < columns.size(); ++i) edges.push_back((columns[i - 1] + columns[i]) / 2);
  edges.push_back(columns.back() + (columns.back() - columns[columns.size() - 2]) / 2);
  return edges;
}

std::vector<double> count_in_bins(std::span<const float> values, Range range, int bins) {
  std::vector<double> counts(static_cast<std::size_t>(bins), 0.0);
  for (const float value : values) {
    if (std::isnan(value)) continue;
    const double bin = std::floor(bins * place(value, range, Scale::linear));
    counts[static_cast<std::size_t>(std::clamp(bin, 0.0, bins - 1.0))] += 1;
  }
  return counts;
}

double highest_count(const HistogramRow& row, std::size_t histogram) {
  double highest = 0;
  for (std::size_t i = 0; i < row.histograms.size(); ++i)
    if (i == histogram || row.counts == Counts::common)
      for (const double count : row.histograms[i].counts)
        if (std::isfinite(count)) highest = std::max(highest, count);
  return highest > 0 ? highest : 1;
}

}  // namespace xgrad::apps
