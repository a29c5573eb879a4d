#include <apps/common/plot.hpp>

#include <algorithm>
#include <cmath>

namespace xgrad::apps {

namespace {

constexpr Colour grid_colour = {0.90, 0.90, 0.90};
constexpr Colour axis_colour = {0.35, 0.35, 0.35};
constexpr Colour muted = {0.35, 0.35, 0.35};

constexpr double panel_width = 600;
constexpr double panel_height = 380;
constexpr double small_dot = 1.5;

/// The range given, or that of the data with some room around it, never empty.
Range range_of(const Axis& axis, const std::vector<Line>& lines, double Point::*coordinate) {
  if (axis.range) return *axis.range;
  const bool logarithmic = axis.scale == Scale::logarithmic;
  double low = INFINITY, high = -INFINITY;
  for (const Line& line : lines) {
    for (const Point& point : line.points) {
      const double value = point.*coordinate;
      if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (low > high) return logarithmic ? Range{0.1, 1} : Range{0, 1};
  if (logarithmic) return {std::pow(10, std::floor(std::log10(low))), std::pow(10, std::floor(std::log10(high)) + 1)};
  const double room = low == high ? std::max(1e-6, std::abs(low) * 0.1) : (high - low) * 0.05;
  return {low - room, high + room};
}

/// One LinePlot in its place on the page.
class LinePanel {
 public:
  LinePanel(Canvas& canvas, Box place, const LinePlot& plot)
      : canvas_(canvas),
        plot_(plot),
        area_{place.left + 78, place.top + 66, place.width - 78 - 26, place.height - 66 - 54},
        x_(range_of(plot.x, plot.lines, &Point::x)),
        y_(range_of(plot.y, plot.lines, &Point::y)) {}

  void draw() {
    canvas_.text({area_.left, area_.top - 42}, plot_.title, {.size = 15, .weight = Weight::bold});
    draw_legend();
    draw_axes();
    for (const Line& line : plot_.lines) draw_line(line);
    for (std::size_t i = 0; i < plot_.marks.size(); ++i)
      draw_mark(plot_.marks[i], area_.top + 24 * static_cast<double>(i));
  }

 private:
  double across(double x) const { return area_.left + area_.width * place(x, x_, plot_.x.scale); }
  double up(double y) const { return area_.bottom() - area_.height * place(y, y_, plot_.y.scale); }

  void draw_legend() {
    double left = area_.left;
    for (const Line& line : plot_.lines) {
      if (line.name.empty()) continue;
      const double middle = area_.top - 20, length = line.look == Look::curve ? 22 : 6;
      if (line.look == Look::curve)
        canvas_.line({left, middle}, {left + length, middle}, line.colour, 2.5);
      else
        canvas_.dot({left + length / 2, middle}, 3, line.colour);
      canvas_.text({left + length + 6, middle + 4}, line.name);
      left += length + 6 + canvas_.text_width(line.name) + 24;
    }
  }

  void draw_axes() {
    for (const Tick& tick : ticks(x_, plot_.x.scale, static_cast<int>(area_.width / 62))) {
      const double x = across(tick.value);
      canvas_.line({x, area_.top}, {x, area_.bottom()}, grid_colour);
      canvas_.text({x, area_.bottom() + 18}, tick.label, {.align = Align::centre});
    }
    for (const Tick& tick : ticks(y_, plot_.y.scale, static_cast<int>(area_.height / 43))) {
      const double y = up(tick.value);
      canvas_.line({area_.left, y}, {area_.right(), y}, grid_colour);
      canvas_.text({area_.left - 8, y + 4}, tick.label, {.align = Align::right});
    }
    canvas_.line({area_.left, area_.top}, {area_.left, area_.bottom()}, axis_colour);
    canvas_.line({area_.left, area_.bottom()}, {area_.right(), area_.bottom()}, axis_colour);
    canvas_.text({area_.left + area_.width / 2, area_.bottom() + 42}, plot_.x.label,
                 {.size = 13, .align = Align::centre});
    canvas_.text({area_.left - 58, area_.top + area_.height / 2}, plot_.y.label,
                 {.size = 13, .align = Align::centre, .direction = Direction::upwards});
  }

  void draw_line(const Line& line) {
    const Box with_rim = {area_.left - 4, area_.top - 4, area_.width + 8, area_.height + 8};
    canvas_.clipped(with_rim, [&] {
      std::vector<Point> run;
      const auto draw_run = [&] {
        canvas_.polyline(run, line.colour, 2);
        if (run.size() == 1) canvas_.dot(run.front(), 3.5, line.colour);
        run.clear();
      };
      const bool joined = line.look == Look::curve;
      for (const Point& point : line.points) {
        const Point on_page = {across(point.x), up(point.y)};
        if (!std::isfinite(on_page.x) || !std::isfinite(on_page.y)) {
          draw_run();
          continue;
        }
        if (!joined) {
          canvas_.dot(on_page, small_dot, line.colour);
          continue;
        }
        run.push_back(on_page);
        if (plot_.markers == Markers::dots) canvas_.dot(on_page, 3.5, line.colour);
      }
      draw_run();
    });
  }

  /// Its words stand beside the line, on the side where there is room, below `top`.
  void draw_mark(const Mark& mark, double top) {
    constexpr double gap = 6, height = 18;
    const double x = std::clamp(across(mark.x), area_.left, area_.right());
    const double width = canvas_.text_width(mark.text);
    const bool fits = x + gap + width <= area_.right();
    const double left = fits ? x + gap : std::max(x - gap - width, area_.left);
    canvas_.line({x, area_.top}, {x, area_.bottom()}, mark.colour, 1.2);
    canvas_.fill({left - 2, top + 6, width + 4, height}, {1, 1, 1});
    canvas_.text({left, top + 6 + height - 5}, mark.text, {.colour = mark.colour});
  }

  Canvas& canvas_;
  const LinePlot& plot_;
  Box area_;
  Range x_;
  Range y_;
};

}  // namespace

void draw_line_plot(Canvas& canvas, Box place, const LinePlot& plot) { LinePanel(canvas, place, plot).draw(); }

void save_line_plots(const std::filesystem::path& stem, const std::vector<LinePlot>& panels) {
  save_drawing(stem, panel_width * static_cast<double>(panels.size()), panel_height, [&](Canvas& canvas) {
    for (std::size_t i = 0; i < panels.size(); ++i)
      draw_line_plot(canvas, {panel_width * static_cast<double>(i), 0, panel_width, panel_height}, panels[i]);
  });
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

void save_histogram_row(const std::filesystem::path& stem, const HistogramRow& row) {
  constexpr double width = 112, gap = 22, margin = 24, height = 190;
  constexpr double top = 74, bars = 66;
  const auto count = static_cast<double>(row.histograms.size());
  const double page = std::max(2 * margin + count * width + (count - 1) * gap, 360.0);
  save_drawing(stem, page, height, [&](Canvas& canvas) {
    canvas.text({margin, 26}, row.title, {.size = 15, .weight = Weight::bold});
    double left = margin;
    for (const Histogram& histogram : row.histograms) {
      const double middle = left + width / 2;
      canvas.text({middle, 50}, histogram.title, {.align = Align::centre, .weight = Weight::bold});
      canvas.text({middle, 65}, histogram.caption, {.size = 11, .align = Align::centre, .colour = muted});
      const auto bins = static_cast<double>(histogram.counts.size());
      const double fullest = std::max(1.0, *std::max_element(histogram.counts.begin(), histogram.counts.end()));
      for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        const double bar = bars * histogram.counts[bin] / fullest;
        canvas.fill({left + width * static_cast<double>(bin) / bins, top + bars - bar, width / bins, bar}, row.colour);
      }
      canvas.line({left, top + bars}, {left + width, top + bars}, axis_colour);
      for (const Tick& tick : ticks(row.range, Scale::linear, 3)) {
        const double x = left + width * place(tick.value, row.range, Scale::linear);
        canvas.line({x, top + bars}, {x, top + bars + 4}, axis_colour);
        canvas.text({x, top + bars + 16}, tick.label, {.size = 11, .align = Align::centre});
      }
      left += width + gap;
    }
    canvas.text({page / 2, height - 14}, row.x_label, {.size = 13, .align = Align::centre});
  });
}

}  // namespace xgrad::apps
