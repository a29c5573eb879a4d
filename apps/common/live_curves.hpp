#pragma once

#include <string>
#include <vector>

#include <apps/common/live.hpp>

namespace xgrad::apps {

/// A plot of a training that goes on: what it measures, and the names of its curves.
struct LiveChart {
  std::string title;
  Axis y;
  std::vector<std::string> lines;
};

/// Curves over the steps of a training, in a LiveView.
class LiveCurves {
 public:
  /// Throws Error as LiveView does. Says on stderr where the view is.
  LiveCurves(const ServeAt& at, const std::string& title, const std::vector<LiveChart>& charts);

  void add(std::size_t chart, std::size_t line, std::int64_t step, double value);
  /// How far the training is. Browsers see it, and the curves, a few times a second.
  void show(const LiveStatus& status);
  /// Shows all there is, and that the training has ended.
  void end();

 private:
  void update();

  LiveView view_;
  std::vector<LinePlot> plots_;
};

}  // namespace xgrad::apps
