#include <algorithm>
#include <cmath>

#include <apps/common/plot.hpp>
#include <apps/common/plot_parts.hpp>

namespace xgrad::apps {

namespace {

constexpr double panel_width = 600;
constexpr double area_height = 260;
constexpr double below_area = 56;
constexpr double small_dot = 1.5;
constexpr double right_margin = 26;
constexpr double swatch = 22, swatch_gap = 6, entry_gap = 22, legend_line = 19;
constexpr double words_line = 18;
constexpr Colour span_colour = {0.35, 0.35, 0.35, 0.08};
constexpr Colour halo = {1, 1, 1, 0.85};
constexpr double band_opacity = 0.18;

/// One LinePlot in its place on the page.
class LinePanel {
 public:
  /// In a place whose `area` is as high as this; at `place.top` begins what stands above the area.
  LinePanel(const LinePlot& plot, Box place, double height)
      : plot_(plot),
        x_(x_range(plot)),
        y_(y_range(plot)),
        y_ticks_(ticks(y_, plot.y.scale, std::max(2, static_cast<int>(height / 43)))),
        top_(place.top) {
    area_.left = place.left + 32 + widest(y_ticks_) + 8;
    area_.width = place.right() - right_margin - area_.left;
    area_.height = height;
    label_left_ = place.left + 22;
    title_ = text_lines(plot.title, area_.width, title_style);
    for (const Line& line : plot.lines)
      if (!line.name.empty()) legend_.push_back(&line);
    for (const Line* line : legend_)
      widths_.push_back(std::min(swatch + swatch_gap + text_width(line->name), area_.width));
    places_ = flow(widths_, entry_gap, area_.width);
    std::vector<std::pair<double, std::string>> texts;
    for (const Mark& mark : plot.marks) texts.push_back({inside(across(mark.x)), mark.text});
    for (const Span& span : plot.spans) texts.push_back({middle_of(span), span.text});
    words_ = place_words(texts);
  }

  /// What stands above the axes.
  double header() const {
    return 10 + title_line * static_cast<double>(title_.size()) + (places_.empty() ? 4 : 10) +
           legend_line * (places_.empty() ? 0 : places_.back().y + 1) + words_height();
  }

  /// Draws it with a header of this height, and the area down to `bottom`.
  void draw(Canvas& canvas, double header, double bottom) {
    area_.top = top_ + header;
    area_.height = bottom - area_.top;
    draw_title(canvas, {area_.left, top_ + 24}, title_);
    draw_legend(canvas);
    for (const Span& span : plot_.spans) draw_span(canvas, span);
    draw_axes(canvas);
    const Box with_rim = {area_.left - 4, area_.top - 4, area_.width + 8, area_.height + 8};
    canvas.clipped(with_rim, [&] {
      for (const Line& line : plot_.lines) draw_band(canvas, line);
      for (const Line& line : plot_.lines) draw_line(canvas, line);
    });
    draw_marks(canvas);
  }

 private:
  /// Words about places and stretches of the x axis, in levels above the plot, so that they hide no curve. From the
  /// right to the left, so that a line up to its words passes beside those of lower levels.
  struct Words {
    std::string text;
    double x = 0;
    Interval place;
    std::size_t level = 0;
  };

  double words_height() const {
    std::size_t count = 0;
    for (const Words& one : words_) count = std::max(count, one.level + 1);
    return words_line * static_cast<double>(count) + (count > 0 ? 6 : 0);
  }

  double across(double x) const { return area_.left + area_.width * place(x, x_, plot_.x.scale); }
  double up(double y) const { return area_.bottom() - area_.height * place(y, y_, plot_.y.scale); }
  double inside(double x) const { return std::clamp(x, area_.left, area_.right()); }

  void draw_legend(Canvas& canvas) {
    const double top = top_ + 24 + title_line * static_cast<double>(title_.size());
    for (std::size_t i = 0; i < legend_.size(); ++i) {
      const double left = area_.left + places_[i].x;
      const double middle = top + legend_line * places_[i].y;
      if (legend_[i]->look == Look::dots)
        canvas.dot({left + swatch / 2, middle}, 3, legend_[i]->colour);
      else
        canvas.polyline({{{left, middle}, {left + swatch, middle}}}, legend_[i]->colour, 2.5, legend_[i]->dash);
      canvas.text({left + swatch + swatch_gap, middle + 4},
                  fitted(legend_[i]->name, widths_[i] - swatch - swatch_gap + 0.01));
    }
  }

  void draw_axes(Canvas& canvas) {
    for (const Tick& tick : ticks_across(x_, plot_.x.scale, 8, area_.width))
      canvas.line({across(tick.value), area_.top}, {across(tick.value), area_.bottom()}, grid_colour);
    for (const Tick& tick : y_ticks_) {
      const double y = up(tick.value);
      canvas.line({area_.left, y}, {area_.right(), y}, grid_colour);
      canvas.text({area_.left - 8, y + 4}, tick.label, {.align = Align::right});
    }
    canvas.line({area_.left, area_.top}, {area_.left, area_.bottom()}, axis_colour);
    canvas.line({area_.left, area_.bottom()}, {area_.right(), area_.bottom()}, axis_colour);
    draw_x_axis(canvas, area_, x_, plot_.x.scale, plot_.x.label);
    canvas.text({label_left_, area_.top + area_.height / 2}, fitted(plot_.y.label, area_.height, label_style),
                {.size = label_style.size, .align = Align::centre, .direction = Direction::upwards});
  }

  void draw_band(Canvas& canvas, const Line& line) {
    const Colour colour = {line.colour.red, line.colour.green, line.colour.blue, band_opacity};
    std::vector<Point> lower, upper;
    const auto draw_run = [&] {
      if (lower.size() == 1) {
        canvas.line(lower.front(), upper.front(), line.colour, 1.5);
      } else {
        lower.insert(lower.end(), upper.rbegin(), upper.rend());
        canvas.area(lower, colour);
      }
      lower.clear();
      upper.clear();
    };
    for (std::size_t i = 0; i < line.band.size(); ++i) {
      const auto [low, high] = line.band[i];
      const double x = across(line.points[i].x);
      // A bound without a place on a logarithmic scale is far below the plot.
      const double bottom = std::isfinite(low) && std::isnan(up(low)) ? area_.bottom() + 100 : up(low);
      if (std::isfinite(x) && std::isfinite(bottom) && std::isfinite(up(high))) {
        lower.push_back({x, bottom});
        upper.push_back({x, up(high)});
      } else if (!lower.empty()) {
        draw_run();
      }
    }
    if (!lower.empty()) draw_run();
  }

  void draw_line(Canvas& canvas, const Line& line) {
    std::vector<Point> run;
    const auto draw_run = [&] {
      if (run.size() == 1) canvas.dot(run.front(), 3.5, line.colour);
      if (run.size() > 1) canvas.polyline(run, line.colour, 2, line.dash);
      run.clear();
    };
    for (const Point& point : line.points) {
      const Point on_page = {across(point.x), up(point.y)};
      if (!std::isfinite(on_page.x) || !std::isfinite(on_page.y)) {
        draw_run();
        continue;
      }
      if (line.look == Look::dots) {
        canvas.dot(on_page, small_dot, line.colour);
        continue;
      }
      run.push_back(on_page);
      if (plot_.markers == Markers::dots) canvas.dot(on_page, 3.5, line.colour);
    }
    draw_run();
  }

  std::vector<Words> place_words(const std::vector<std::pair<double, std::string>>& texts) const {
    constexpr double gap = 10;
    std::vector<Words> words;
    for (const auto& [x, text] : texts) {
      if (text.empty()) continue;
      const std::string shown = fitted(text, area_.width);
      const double width = text_width(shown);
      const double left = std::clamp(x - 4, area_.left, area_.right() - width);
      words.push_back({shown, x, {left, left + width}});
    }
    std::ranges::stable_sort(words, std::ranges::greater(), &Words::x);
    std::vector<Interval> places;
    for (const Words& one : words) places.push_back(one.place);
    const auto level = levels(places, gap);
    for (std::size_t i = 0; i < words.size(); ++i) words[i].level = level[i];
    return words;
  }

  double baseline(std::size_t level) const { return area_.top - 7 - words_line * static_cast<double>(level); }

  /// The top of the line that leads to a text: the text's foot, or the plot's top where it has none.
  double foot_of(const std::string& text, double x) const {
    for (const Words& one : words_)
      if (one.x == x && one.text == fitted(text, area_.width)) return baseline(one.level) + 3;
    return area_.top;
  }

  void draw_marks(Canvas& canvas) {
    for (const Mark& mark : plot_.marks) {
      const double x = inside(across(mark.x));
      canvas.line({x, foot_of(mark.text, x)}, {x, area_.bottom()}, mark.colour, 1.2);
    }
    for (const Words& one : words_) {
      const double y = baseline(one.level);
      canvas.fill({one.place.low - 2, y - 12, one.place.high - one.place.low + 4, words_line - 3}, halo);
      canvas.text({one.place.low, y}, one.text);
    }
  }

  double middle_of(const Span& span) const { return (inside(across(span.from)) + inside(across(span.to))) / 2; }

  void draw_span(Canvas& canvas, const Span& span) {
    const double left = inside(across(span.from)), right = inside(across(span.to));
    if (right <= left) return;
    canvas.fill({left, area_.top, right - left, area_.height}, span_colour);
    const double x = middle_of(span);
    if (const double foot = foot_of(span.text, x); foot < area_.top)
      canvas.line({x, foot}, {x, area_.top}, axis_colour, 1);
  }

  const LinePlot& plot_;
  Range x_;
  Range y_;
  std::vector<Tick> y_ticks_;
  double top_;
  Box area_;
  double label_left_ = 0;
  std::vector<std::string> title_;
  std::vector<const Line*> legend_;
  std::vector<double> widths_;
  std::vector<Point> places_;
  std::vector<Words> words_;
};

}  // namespace

void draw_line_plot(Canvas& canvas, Box place, const LinePlot& plot) {
  check(plot);
  LinePanel panel(plot, place, place.height - 66 - below_area);
  panel.draw(canvas, panel.header(), place.bottom() - below_area);
}

void save_line_plots(const std::filesystem::path& stem, const std::vector<LinePlot>& panels) {
  std::vector<LinePanel> drawn;
  double header = 0;
  for (const LinePlot& plot : panels) {
    check(plot);
    const double left = panel_width * static_cast<double>(drawn.size());
    drawn.emplace_back(plot, Box{left, 0, panel_width, 0}, area_height);
    header = std::max(header, drawn.back().header());
  }
  const double height = header + area_height + below_area;
  save_drawing(stem, panel_width * static_cast<double>(panels.size()), height, [&](Canvas& canvas) {
    for (LinePanel& panel : drawn) panel.draw(canvas, header, height - below_area);
  });
}

}  // namespace xgrad::apps
