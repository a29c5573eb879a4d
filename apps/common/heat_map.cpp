#include <algorithm>
#include <cmath>

#include <apps/common/plot.hpp>
#include <apps/common/plot_parts.hpp>

namespace xgrad::apps {

namespace {

constexpr double map_width = 420;
constexpr double right_margin = 26;
constexpr double bar_width = 14, bar_room = 96;
constexpr Colour hatch_ground = {0.93, 0.93, 0.93};
constexpr Colour hatch_colour = {0.62, 0.62, 0.62};

bool has_place(double value, Scale scale) { return std::isfinite(value) && (scale == Scale::linear || value > 0); }

/// One HeatMap in its place on the page.
class MapPanel {
 public:
  MapPanel(const HeatMap& map, Range range, double left)
      : map_(map), range_(range), label_left_(left + 22), edges_(cell_edges(map)) {
    double names = 0;
    for (const std::string& name : map.rows) names = std::max(names, text_width(name));
    names = std::min(names, 140.0);
    name_room_ = names;
    area_.left = left + (map.y_label.empty() ? 16 : 34) + names + 8;
    area_.width = map_width;
    title_ = text_lines(map.title, map_width, title_style);
  }

  double header() const { return 16 + title_line * static_cast<double>(title_.size()); }
  double right() const { return area_.right() + right_margin; }

  void draw(Canvas& canvas, double top, double height) {
    area_.top = top;
    area_.height = height;
    draw_title(canvas, {area_.left, 24}, title_);
    draw_cells(canvas);
    draw_names(canvas);
    draw_x_axis(canvas, area_, {edges_.front(), edges_.back()}, Scale::linear, map_.x_label);
    canvas.text({label_left_, area_.top + area_.height / 2}, fitted(map_.y_label, area_.height, label_style),
                {.size = label_style.size, .align = Align::centre, .direction = Direction::upwards});
  }

 private:
  double across(double x) const {
    return area_.left + area_.width * place(x, {edges_.front(), edges_.back()}, Scale::linear);
  }

  /// The column that a place on the x axis, from 0 at the left of the map to 1, falls into.
  std::size_t column_at(double place) const {
    const double x = std::lerp(edges_.front(), edges_.back(), place);
    const auto after = std::ranges::upper_bound(edges_, x) - edges_.begin();
    return static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(after - 1, 0, std::ssize(edges_) - 2));
  }

  double top_of(std::size_t row) const {
    return area_.top + area_.height * static_cast<double>(row) / static_cast<double>(map_.rows.size());
  }

  void draw_cells(Canvas& canvas) {
    if (map_.rows.empty() || map_.columns.empty()) return;
    constexpr double pixels = 2;  // a point
    const auto across_pixels = static_cast<int>(area_.width * pixels), down = static_cast<int>(area_.height * pixels);
    std::vector<std::size_t> columns;
    for (int x = 0; x < across_pixels; ++x) columns.push_back(column_at((x + 0.5) / across_pixels));
    canvas.image(area_, across_pixels, down, [&](int y, int x) {
      const auto row = static_cast<std::size_t>((y + 0.5) / down * static_cast<double>(map_.rows.size()));
      const double value = map_.values[row][columns[static_cast<std::size_t>(x)]];
      return has_place(value, map_.scale) ? heat_colour(place(value, range_, map_.scale)) : hatch_ground;
    });
    for (std::size_t row = 0; row < map_.rows.size(); ++row) hatch_row(canvas, row);
  }

  /// Hatches stretches of cells without a colour.
  void hatch_row(Canvas& canvas, std::size_t row) {
    const auto& values = map_.values[row];
    for (std::size_t begin = 0; begin < values.size();) {
      std::size_t end = begin;
      while (end < values.size() && !has_place(values[end], map_.scale)) ++end;
      const double left = across(edges_[begin]);
      if (end > begin)
        canvas.hatch({left, top_of(row), across(edges_[end]) - left, top_of(row + 1) - top_of(row)}, hatch_colour);
      begin = end + 1;
    }
  }

  /// Every row's, or as many as have room.
  void draw_names(Canvas& canvas) {
    constexpr double line = 13;
    const double height = top_of(1) - area_.top;
    const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(line / height)));
    for (std::size_t row = 0; row < map_.rows.size(); row += every)
      canvas.text({area_.left - 8, top_of(row) + height / 2 + 4}, fitted(map_.rows[row], name_room_ + 0.01),
                  {.align = Align::right});
  }

  const HeatMap& map_;
  Range range_;
  double label_left_;
  std::vector<double> edges_;
  double name_room_ = 0;
  Box area_;
  std::vector<std::string> title_;
};

void draw_bar(Canvas& canvas, Box bar, Range range, const HeatMap& map) {
  constexpr int steps = 256;
  canvas.image(bar, 1, steps, [](int row, int) { return heat_colour(1 - (row + 0.5) / steps); });
  const auto made = ticks(range, map.scale, 5);
  for (const Tick& tick : made) {
    const double y = bar.bottom() - bar.height * place(tick.value, range, map.scale);
    canvas.line({bar.right(), y}, {bar.right() + 4, y}, axis_colour);
    canvas.text({bar.right() + 8, y + 4}, tick.label);
  }
  canvas.text({bar.right() + 8 + widest(made) + 18, bar.top + bar.height / 2},
              fitted(map.value_label, bar.height, label_style),
              {.size = label_style.size, .align = Align::centre, .direction = Direction::upwards});
}

bool any_hatched(const std::vector<HeatMap>& maps) {
  for (const HeatMap& map : maps)
    for (const auto& row : map.values)
      if (!std::ranges::all_of(row, [&](double value) { return has_place(value, map.scale); })) return true;
  return false;
}

}  // namespace

void save_heat_maps(const std::filesystem::path& stem, const std::vector<HeatMap>& maps) {
  check(std::span(maps));
  const Range range = common_range(maps);
  std::vector<MapPanel> panels;
  double header = 0, right = 0;
  std::size_t rows = 1;
  for (const HeatMap& map : maps) {
    panels.emplace_back(map, range, right);
    right = panels.back().right();
    header = std::max(header, panels.back().header());
    rows = std::max(rows, map.rows.size());
  }
  const double height = std::clamp(22.0 * static_cast<double>(rows), 120.0, 420.0);
  save_drawing(stem, right + bar_room, header + height + 56, [&](Canvas& canvas) {
    for (MapPanel& panel : panels) panel.draw(canvas, header, height);
    if (maps.empty()) return;
    draw_bar(canvas, {right, header, bar_width, height}, range, maps.front());
    if (!any_hatched(maps)) return;
    const std::string text = maps.front().scale == Scale::linear ? "not finite" : "not finite, or not above 0";
    const double page = right + bar_room, left = page - 12 - text_width(text);
    const Box sample = {left - 8 - bar_width, header + height + 31, bar_width, 12};
    canvas.fill(sample, hatch_ground);
    canvas.hatch(sample, hatch_colour);
    canvas.text({left, sample.bottom() - 1}, text);
  });
}

}  // namespace xgrad::apps
