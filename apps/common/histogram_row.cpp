#include <algorithm>

#include <apps/common/plot.hpp>
#include <apps/common/plot_parts.hpp>

namespace xgrad::apps {

namespace {

constexpr double width = 130, bars = 84;
constexpr double margin = 24, gap = 18;
constexpr double above = 44, below = 34;  // of a histogram: title and caption, ticks
constexpr std::size_t most_in_line = 5;
constexpr TextStyle small = {.size = 10, .colour = muted};

std::vector<Tick> count_ticks(double highest) {
  auto made = ticks({0, highest}, Scale::linear, 3);
  for (Tick& tick : made) tick.label = compact(tick.value);
  return made;
}

void draw_histogram(Canvas& canvas, const HistogramRow& row, std::size_t number, Box area) {
  const Histogram& histogram = row.histograms[number];
  const double middle = area.left + area.width / 2;
  const TextStyle bold = {.align = Align::centre, .weight = Weight::bold};
  const TextStyle caption = {.size = 11, .align = Align::centre, .colour = muted};
  canvas.text({middle, area.top - 26}, fitted(histogram.title, area.width, bold), bold);
  canvas.text({middle, area.top - 11}, fitted(histogram.caption, area.width + gap, caption), caption);
  const double highest = highest_count(row, number);
  for (const Tick& tick : count_ticks(highest)) {
    const double y = area.bottom() - area.height * tick.value / highest;
    canvas.line({area.left, y}, {area.right(), y}, grid_colour);
    canvas.text({area.left - 5, y + 3.5}, tick.label,
                {.size = small.size, .align = Align::right, .colour = small.colour});
  }
  const auto bins = static_cast<double>(histogram.counts.size());
  std::vector<Point> outline = {{area.left, area.bottom()}};
  for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    const double share = histogram.counts[bin] / highest;
    // A bar that would be too low to be seen is half a point high.
    const double top = area.bottom() - (share > 0 ? std::max(area.height * share, 0.5) : 0);
    outline.push_back({area.left + area.width * static_cast<double>(bin) / bins, top});
    outline.push_back({area.left + area.width * static_cast<double>(bin + 1) / bins, top});
  }
  outline.push_back({area.right(), area.bottom()});
  canvas.area(outline, row.colour);
  canvas.line({area.left, area.bottom()}, {area.right(), area.bottom()}, axis_colour);
  for (const Tick& tick : ticks_across(row.range, Scale::linear, 3, area.width, small)) {
    const double x = area.left + area.width * place(tick.value, row.range, Scale::linear);
    canvas.line({x, area.bottom()}, {x, area.bottom() + 4}, axis_colour);
    canvas.text({x, area.bottom() + 16}, tick.label, {.size = 11, .align = Align::centre});
  }
}

}  // namespace

void save_histogram_row(const std::filesystem::path& stem, const HistogramRow& row) {
  const std::size_t count = std::max<std::size_t>(1, row.histograms.size());
  const std::size_t lines = (count + most_in_line - 1) / most_in_line;
  const std::size_t in_line = (count + lines - 1) / lines;
  double labels = 0;
  for (std::size_t i = 0; i < row.histograms.size(); ++i)
    labels = std::max(labels, widest(count_ticks(highest_count(row, i)), small));
  const double cell = labels + 5 + width + gap;
  const double left = margin + 18;
  const double page = std::max(left + static_cast<double>(in_line) * cell - gap + margin, 420.0);
  const auto title = text_lines(row.title, page - 2 * margin, title_style);
  const double header = 14 + title_line * static_cast<double>(title.size());
  const double line = above + bars + below;
  const double height = header + static_cast<double>(lines) * line + 28;
  save_drawing(stem, page, height, [&](Canvas& canvas) {
    draw_title(canvas, {margin, 26}, title);
    for (std::size_t i = 0; i < row.histograms.size(); ++i)
      draw_histogram(canvas, row, i,
                     {left + static_cast<double>(i % in_line) * cell + labels + 5,
                      header + static_cast<double>(i / in_line) * line + above, width, bars});
    canvas.text({page / 2, height - 14}, row.x_label, label_style);
    canvas.text({margin, header + static_cast<double>(lines) * line / 2}, row.y_label,
                {.size = label_style.size, .align = Align::centre, .direction = Direction::upwards});
  });
}

}  // namespace xgrad::apps
