#include <apps/common/plot_parts.hpp>

#include <algorithm>

namespace xgrad::apps {

std::vector<Point> flow(std::span<const double> widths, double gap, double room) {
  std::vector<Point> places;
  Point next;
  for (const double width : widths) {
    if (next.x > 0 && next.x + width > room) next = {0, next.y + 1};
    places.push_back(next);
    next.x += width + gap;
  }
  return places;
}

std::vector<std::size_t> levels(std::span<const Interval> stretches, double gap) {
  std::vector<std::size_t> placed;
  for (const Interval& stretch : stretches) {
    std::size_t level = 0;
    const auto taken = [&] {
      for (std::size_t i = 0; i < placed.size(); ++i)
        if (placed[i] == level && stretches[i].low < stretch.high + gap && stretch.low < stretches[i].high + gap)
          return true;
      return false;
    };
    while (taken()) ++level;
    placed.push_back(level);
  }
  return placed;
}

std::string fitted(std::string_view text, double room, const TextStyle& style) {
  if (text_width(text, style) <= room) return std::string(text);
  while (!text.empty()) {
    do text.remove_suffix(1);
    while (!text.empty() && (text.back() & 0xC0) == 0x80);                     // the rest of a character
    if (!text.empty() && (text.back() & 0xC0) == 0xC0) text.remove_suffix(1);  // its first byte
    if (const std::string shorter = std::string(text) + "…"; text_width(shorter, style) <= room) return shorter;
  }
  return "…";
}

std::vector<std::string> text_lines(std::string_view text, double room, const TextStyle& style) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string longer = lines.empty() ? std::string(word) : lines.back() + " " + std::string(word);
    if (lines.empty() || text_width(longer, style) > room)
      lines.push_back(fitted(word, room, style));
    else
      lines.back() = longer;
  }
  return lines;
}

std::vector<Tick> ticks_across(Range range, Scale scale, int count, double room, const TextStyle& style) {
  constexpr double apart = 10;
  for (; count > 1; --count) {
    auto made = ticks(range, scale, count);
    if (static_cast<double>(made.size()) * (widest(made, style) + apart) <= room * 1.1) return made;
  }
  return ticks(range, scale, 1);
}

double widest(const std::vector<Tick>& ticks, const TextStyle& style) {
  double width = 0;
  for (const Tick& tick : ticks) width = std::max(width, text_width(tick.label, style));
  return width;
}

void draw_title(Canvas& canvas, Point anchor, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    canvas.text(anchor, line, title_style);
    anchor.y += title_line;
  }
}

void draw_x_axis(Canvas& canvas, Box area, Range range, Scale scale, const std::string& label) {
  for (const Tick& tick : ticks_across(range, scale, 8, area.width)) {
    const double x = area.left + area.width * place(tick.value, range, scale);
    canvas.line({x, area.bottom()}, {x, area.bottom() + 4}, axis_colour);
    canvas.text({x, area.bottom() + 18}, tick.label, {.align = Align::centre});
  }
  canvas.text({area.left + area.width / 2, area.bottom() + 42}, fitted(label, area.width, label_style), label_style);
}

}  // namespace xgrad::apps
