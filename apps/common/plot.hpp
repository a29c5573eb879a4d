#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <apps/common/axis.hpp>
#include <apps/common/canvas.hpp>

namespace xgrad::apps {

/// Colours that stay apart for colour-blind readers and in grey (Okabe and Ito, "Color universal design", 2008).
namespace palette {
inline constexpr Colour blue = {0.00, 0.45, 0.70};
inline constexpr Colour vermilion = {0.84, 0.37, 0.00};
inline constexpr Colour green = {0.00, 0.62, 0.45};
inline constexpr Colour grey = {0.55, 0.55, 0.55};
}  // namespace palette

/// How the points of a Line are drawn: joined to a curve, or each by itself as a small dot.
enum class Look { curve, dots };

/// A curve. It is broken where a point is not finite; a point alone between such is a dot. Without a name it does not
/// stand in the legend.
struct Line {
  std::string name;
  Colour colour;
  std::vector<Point> points;
  Look look = Look::curve;
};

enum class Markers { none, dots };

/// A place on the x axis where something happened, with a few words: an upright line.
struct Mark {
  double x = 0;
  std::string text;
  Colour colour;
};

/// Curves over common axes, with a grid, and a legend above it.
struct LinePlot {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Line> lines;
  Markers markers = Markers::none;
  std::vector<Mark> marks = {};
};

/// Draws a plot, its title and its legend included, into a place on a page.
void draw_line_plot(Canvas& canvas, Box place, const LinePlot& plot);

/// Draws plots side by side and writes `stem`.svg and `stem`.png. Throws Error where they cannot be written.
void save_line_plots(const std::filesystem::path& stem, const std::vector<LinePlot>& panels);

/// Counts of values in equal bins from the low to the high end of the row's range, with a caption of a line or two.
struct Histogram {
  std::string title;
  std::string caption;
  std::vector<double> counts;
};

/// Histograms side by side over one range, each as high as its fullest bin.
struct HistogramRow {
  std::string title;
  std::string x_label;
  Range range;
  Colour colour;
  std::vector<Histogram> histograms;
};

/// The counts of values in `bins` equal bins; values outside the range fall into the bins at its ends, NaN in none.
std::vector<double> count_in_bins(std::span<const float> values, Range range, int bins);

/// Draws a row of histograms and writes `stem`.svg and `stem`.png. Throws Error where they cannot be written.
void save_histogram_row(const std::filesystem::path& stem, const HistogramRow& row);

}  // namespace xgrad::apps
