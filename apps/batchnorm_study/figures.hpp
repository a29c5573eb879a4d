#pragma once

#include <string>
#include <vector>

#include <apps/batchnorm_study/summary.hpp>
#include <apps/common/plot.hpp>

/// The plots of a setting, each with a paragraph that says what it shows, from the run's own numbers. With several
/// seeds curves are means over them, and bands reach a standard deviation to both sides; of losses and norms, which are
/// drawn on a logarithmic scale, these are of the logarithms.
namespace xgrad::apps {

/// Panels side by side, and what they show.
struct LineFigure {
  std::vector<LinePlot> panels;
  std::string text;
};

struct HeatFigure {
  std::vector<HeatMap> maps;
  std::string text;
};

/// Accuracy and loss over the steps. A network that has diverged has a mark there, and no curve from there on.
LineFigure learning_figure(const SettingOutcome& outcome);

/// The norm of each layer's gradient over the steps, of both networks over one range.
LineFigure gradient_figure(const SettingOutcome& outcome);
/// The same as colours.
HeatFigure gradient_map(const SettingOutcome& outcome);

/// Of a setting that watches inputs: their percentiles over the steps, of both networks over one range.
LineFigure input_figure(const SettingOutcome& outcome);

}  // namespace xgrad::apps
