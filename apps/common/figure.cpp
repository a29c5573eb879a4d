#include <apps/common/figure.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/common/numbers.hpp>
#include <apps/common/thin.hpp>

namespace xgrad::apps {

namespace {

using nlohmann::json;

constexpr int digits = 5;

/// How many digits tell values apart that differ by little.
int digits_of(std::span<const double> values) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const double largest = std::max(std::abs(low), std::abs(high));
  if (!(high > low)) return digits;
  return std::clamp(digits + static_cast<int>(std::log10(largest / (high - low))), digits, 15);
}

/// Whole numbers keep all of their digits: steps of a long training are told apart.
json number(double value, int count = digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  const std::string text = fmt::format("{:.{}g}", value, count);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

json numbers(std::span<const double> values) {
  const int count = digits_of(values);
  json list = json::array();
  for (const double value : values) list.push_back(number(value, count));
  return list;
}

json to_json(Range range) { return {{"low", number(range.low, 15)}, {"high", number(range.high, 15)}}; }

json to_json(const Axis& axis) {
  json object = {{"label", axis.label}, {"logarithmic", axis.scale == Scale::logarithmic}};
  if (axis.range) object["range"] = to_json(*axis.range);
  return object;
}

std::vector<double> xs_of(const Line& line) {
  std::vector<double> xs;
  for (const Point& point : line.points) xs.push_back(point.x);
  return xs;
}

/// Lines of a plot over the same x, which keep the same points.
struct Group {
  std::vector<double> xs;
  std::vector<const Line*> lines;
  std::vector<std::size_t> kept;
};

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::size_t>& indices) {
  std::vector<double> result;
  for (const std::size_t i : indices) result.push_back(values[i]);
  return result;
}

std::vector<double> ys_of(const Line& line) {
  std::vector<double> ys;
  for (const Point& point : line.points) ys.push_back(point.y);
  return ys;
}

std::vector<double> bounds_of(const Line& line, double Interval::*bound) {
  std::vector<double> values;
  for (const Interval& interval : line.band) values.push_back(interval.*bound);
  return values;
}

std::vector<Group> groups_of(const LinePlot& plot, std::size_t count) {
  std::vector<Group> groups;
  for (const Line& line : plot.lines) {
    auto xs = xs_of(line);
    auto group = std::ranges::find(groups, xs, &Group::xs);
    if (group == groups.end()) group = groups.insert(groups.end(), {std::move(xs), {}, {}});
    group->lines.push_back(&line);
  }
  const Range x = x_range(plot), y = y_range(plot);
  const auto places = [](std::vector<double> values, Range range, Scale scale) {
    for (double& value : values) value = place(value, range, scale);
    return values;
  };
  for (Group& group : groups) {
    std::vector<std::vector<double>> curves;
    for (const Line* line : group.lines)
      for (const auto& values : {ys_of(*line), bounds_of(*line, &Interval::low), bounds_of(*line, &Interval::high)})
        if (!values.empty()) curves.push_back(places(values, y, plot.y.scale));
    group.kept = thinned(places(group.xs, x, plot.x.scale), curves, count);
  }
  return groups;
}

struct Notes {
  std::size_t points = 0;   ///< of a curve that was thinned
  std::size_t columns = 0;  ///< of a heat map whose columns were merged
};

std::string text_of(const Notes& notes) {
  std::string text;
  if (notes.points > 0)
    text = fmt::format("Of {} points of a curve about {} are drawn, chosen by largest triangle three buckets.",
                       grouped(static_cast<std::int64_t>(notes.points)), grouped(most_points));
  if (notes.columns > 0)
    text += fmt::format("{}{} columns are drawn as at most {}, each the mean of neighbours.", text.empty() ? "" : " ",
                        grouped(static_cast<std::int64_t>(notes.columns)), most_columns);
  return text;
}

json to_json(const LinePlot& plot, Notes& notes) {
  json lines(plot.lines.size(), json::object());
  json xs = json::array();
  for (const Group& group : groups_of(plot, most_points)) {
    if (group.kept.size() < group.xs.size()) notes.points = std::max(notes.points, group.xs.size());
    for (const Line* line : group.lines) {
      json& object = lines[static_cast<std::size_t>(line - plot.lines.data())];
      object = {{"name", line->name}, {"colour", hex(line->colour)}, {"xs", xs.size()}};
      object["y"] = numbers(picked(ys_of(*line), group.kept));
      if (line->dash == Dash::dashed) object["dashed"] = true;
      if (line->look == Look::dots) object["apart"] = true;
      if (line->band.empty()) continue;
      object["low"] = numbers(picked(bounds_of(*line, &Interval::low), group.kept));
      object["high"] = numbers(picked(bounds_of(*line, &Interval::high), group.kept));
    }
    xs.push_back(numbers(picked(group.xs, group.kept)));
  }
  json marks = json::array(), spans = json::array();
  for (const Mark& mark : plot.marks)
    marks.push_back({{"x", number(mark.x)}, {"text", mark.text}, {"colour", hex(mark.colour)}});
  for (const Span& span : plot.spans)
    spans.push_back({{"from", number(span.from)}, {"to", number(span.to)}, {"text", span.text}});
  return {{"kind", "lines"},
          {"title", plot.title},
          {"x", to_json(plot.x)},
          {"y", to_json(plot.y)},
          {"dots", plot.markers == Markers::dots},
          {"lines", lines},
          {"xs", xs},
          {"marks", marks},
          {"spans", spans}};
}

/// The map with at most most_columns columns: means of values and places of as many neighbours. A mean is not finite
/// where one of its values is not.
HeatMap merged(const HeatMap& map, std::size_t count) {
  const std::size_t size = map.columns.size();
  if (size <= count) return map;
  const std::size_t together = (size + count - 1) / count;
  HeatMap result = map;
  const auto means = [&](const std::vector<double>& values) {
    std::vector<double> merged_values;
    for (std::size_t begin = 0; begin < size; begin += together) {
      const std::size_t end = std::min(begin + together, size);
      double sum = 0;
      for (std::size_t i = begin; i < end; ++i) sum += values[i];
      merged_values.push_back(sum / static_cast<double>(end - begin));
    }
    return merged_values;
  };
  result.columns = means(map.columns);
  for (auto& row : result.values) row = means(row);
  return result;
}

json to_json(const HeatMap& whole, Range range, Notes& notes) {
  const HeatMap map = merged(whole, most_columns);
  if (map.columns.size() < whole.columns.size()) notes.columns = std::max(notes.columns, whole.columns.size());
  json values = json::array(), colours = json::array();
  for (const auto& row : map.values) values.push_back(numbers(row));
  for (const Colour& colour : heat_colours()) colours.push_back(hex(colour));
  return {{"kind", "heat"},
          {"title", map.title},
          {"xLabel", map.x_label},
          {"yLabel", map.y_label},
          {"valueLabel", map.value_label},
          {"columns", numbers(map.columns)},
          {"rows", map.rows},
          {"values", values},
          {"logarithmic", map.scale == Scale::logarithmic},
          {"range", to_json(range)},
          {"colours", colours}};
}

json to_json(const HistogramRow& row) {
  json histograms = json::array();
  for (const Histogram& histogram : row.histograms)
    histograms.push_back(
        {{"title", histogram.title}, {"caption", histogram.caption}, {"counts", numbers(histogram.counts)}});
  return {{"kind", "histograms"},
          {"title", row.title},
          {"xLabel", row.x_label},
          {"yLabel", row.y_label},
          {"range", to_json(row.range)},
          {"colour", hex(row.colour)},
          {"common", row.counts == Counts::common},
          {"histograms", histograms}};
}

std::vector<HeatMap> maps_of(const Figure& figure) {
  std::vector<HeatMap> maps;
  for (const Plot& plot : figure.panels)
    if (const auto* map = std::get_if<HeatMap>(&plot)) maps.push_back(*map);
  return maps;
}

std::string shown(double value) {
  if (std::isnan(value)) return "NaN";
  return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{:.{}g}", value, digits);
}

Table table_of(const LinePlot& plot, const Group& group) {
  std::vector<std::string> columns = {plot.x.label};
  std::vector<std::vector<double>> values = {group.xs};
  for (const Line* line : group.lines) {
    const std::string& name = line->name.empty() ? plot.y.label : line->name;
    columns.push_back(name);
    values.push_back(ys_of(*line));
    if (line->band.empty()) continue;
    columns.insert(columns.end(), {name + ", low", name + ", high"});
    values.push_back(bounds_of(*line, &Interval::low));
    values.push_back(bounds_of(*line, &Interval::high));
  }
  Table table(columns);
  for (const std::size_t i : group.kept) {
    std::vector<std::string> cells;
    for (const auto& column : values) cells.push_back(shown(column[i]));
    table.add(cells);
  }
  return table;
}

Table table_of(const HeatMap& map) {
  std::vector<std::string> columns = {map.x_label};
  for (const std::string& row : map.rows) columns.push_back(map.y_label.empty() ? row : map.y_label + " " + row);
  Table table(columns);
  for (std::size_t column = 0; column < map.columns.size(); ++column) {
    std::vector<std::string> cells = {shown(map.columns[column])};
    for (const auto& row : map.values) cells.push_back(shown(row[column]));
    table.add(cells);
  }
  return table;
}

Table table_of(const HistogramRow& row) {
  std::vector<std::string> columns = {row.x_label};
  std::size_t bins = 0;
  for (const Histogram& histogram : row.histograms) {
    columns.push_back(histogram.title);
    bins = std::max(bins, histogram.counts.size());
  }
  Table table(columns);
  const double width = (row.range.high - row.range.low) / static_cast<double>(bins);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double low = row.range.low + width * static_cast<double>(bin);
    std::vector<std::string> cells = {fmt::format("{} to {}", shown(low), shown(low + width))};
    for (const Histogram& histogram : row.histograms)
      cells.push_back(bin < histogram.counts.size() ? shown(histogram.counts[bin]) : "");
    table.add(cells);
  }
  return table;
}

}  // namespace

void check(const Figure& figure) {
  check(std::span<const HeatMap>(maps_of(figure)));
  for (const Plot& plot : figure.panels)
    if (const auto* lines = std::get_if<LinePlot>(&plot)) check(*lines);
}

std::string figure_json(const Figure& figure) {
  check(figure);
  const auto maps = maps_of(figure);
  const Range range = common_range(maps);
  Notes notes;
  json panels = json::array();
  for (const Plot& plot : figure.panels) {
    if (const auto* lines = std::get_if<LinePlot>(&plot)) {
      panels.push_back(to_json(*lines, notes));
    } else if (const auto* map = std::get_if<HeatMap>(&plot)) {
      panels.push_back(to_json(*map, range, notes));
    } else {
      panels.push_back(to_json(std::get<HistogramRow>(plot)));
    }
  }
  const json object = {{"panels", panels}, {"text", figure.text}, {"note", text_of(notes)}};
  std::string text;
  for (const char c : object.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

std::vector<std::pair<std::string, Table>> figure_tables(const Figure& figure, std::size_t most_rows) {
  std::vector<std::pair<std::string, Table>> tables;
  for (const Plot& plot : figure.panels) {
    if (const auto* lines = std::get_if<LinePlot>(&plot)) {
      for (const Group& group : groups_of(*lines, most_rows))
        tables.emplace_back(lines->title, table_of(*lines, group));
    } else if (const auto* map = std::get_if<HeatMap>(&plot)) {
      tables.emplace_back(map->title, table_of(merged(*map, most_rows)));
    } else {
      const auto& row = std::get<HistogramRow>(plot);
      tables.emplace_back(row.title, table_of(row));
    }
  }
  return tables;
}

}  // namespace xgrad::apps
