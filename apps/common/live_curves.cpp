#include <apps/common/live_curves.hpp>

#include <fmt/format.h>

#include <apps/common/output.hpp>

namespace xgrad::apps {

LiveCurves::LiveCurves(const ServeAt& at, const std::string& title, const std::vector<LiveChart>& charts)
    : view_({.title = title, .at = at}) {
  constexpr Colour colours[] = {palette::blue, palette::vermilion, palette::green, palette::purple};
  for (const LiveChart& chart : charts) {
    LinePlot& plot = plots_.emplace_back();
    plot.title = chart.title;
    plot.x.label = "step";
    plot.y = chart.y;
    for (const std::string& name : chart.lines)
      plot.lines.push_back({name, colours[plot.lines.size() % std::size(colours)], {}});
  }
  note(fmt::format("This run can be watched at {}\n", view_.address()));
}

void LiveCurves::add(std::size_t chart, std::size_t line, std::int64_t step, double value) {
  plots_.at(chart).lines.at(line).points.push_back({static_cast<double>(step), value});
}

void LiveCurves::show(const LiveStatus& status) {
  if (!view_.due()) return;
  update();
  view_.status(status);
}

void LiveCurves::end() {
  update();
  view_.end("The run has ended.");
}

void LiveCurves::update() { view_.update({{{plots_.begin(), plots_.end()}, ""}}); }

}  // namespace xgrad::apps
