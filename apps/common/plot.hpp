#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <apps/common/axis.hpp>
#include <apps/common/canvas.hpp>
#include <apps/common/colours.hpp>

/// Plots as values: save_line_plots and its like draw them as SVG and PNG, a Page shows them in a browser.
namespace xgrad::apps {

/// From a low to a high value, both included.
struct Interval {
  double low = 0, high = 0;
};

/// How the points of a Line are drawn: joined to a curve, or each by itself as a small dot.
enum class Look { curve, dots };

/// A curve. It is broken where a point is not finite; a point alone between such is a dot. Without a name it does not
/// stand in the legend.
struct Line {
  std::string name;
  Colour colour;
  std::vector<Point> points;
  /// How far values spread, for instance over several seeds: one for each point, or none. Drawn as a translucent area
  /// that is broken where a bound is not finite.
  std::vector<Interval> band = {};
  Dash dash = Dash::none;
  Look look = Look::curve;
};

enum class Markers { none, dots };

/// A place on the x axis where something happened, with a few words: an upright line.
struct Mark {
  double x = 0;
  std::string text;
  Colour colour;
};

/// A stretch of the x axis, faintly shaded, with a few words.
struct Span {
  double from = 0, to = 0;
  std::string text;
};

/// Curves over common axes, with a grid, and a legend above it.
struct LinePlot {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Line> lines;
  Markers markers = Markers::none;
  std::vector<Mark> marks = {};
  std::vector<Span> spans = {};
};

/// Throws Error where a line has a band, but not one interval for each point, or an axis' range is empty, infinite or,
/// on a logarithmic scale, not above 0.
void check(const LinePlot& plot);

/// What the x axis of a plot spans.
Range x_range(const LinePlot& plot);
/// What the y axis of a plot spans: curves and bands, where the plot does not say.
Range y_range(const LinePlot& plot);

/// Draws a plot, its title and its legend included, into a place on a page. Throws Error as check does.
void draw_line_plot(Canvas& canvas, Box place, const LinePlot& plot);

/// Draws plots side by side and writes `stem`.svg and `stem`.png. Throws Error where they cannot be written, and as
/// check does.
void save_line_plots(const std::filesystem::path& stem, const std::vector<LinePlot>& panels);

/// Values in rows and columns, shown as colours. Those that are not finite, or have no place on a logarithmic scale,
/// are hatched; those outside the range have the colour of its nearer end.
struct HeatMap {
  std::string title;
  std::string x_label;
  /// Where the columns stand on the x axis, ascending; a cell reaches half-way to its neighbours.
  std::vector<double> columns;
  std::string y_label;
  /// Names of the rows, from the top down.
  std::vector<std::string> rows;
  /// values[row][column].
  std::vector<std::vector<double>> values;
  std::string value_label;
  Scale scale = Scale::linear;
  /// What the colours span; as much as the values need where not given.
  std::optional<Range> range = {};
};

/// Throws Error where values and names, or values and columns, do not go together, columns are not finite and
/// ascending, a range is not one, or the maps have different scales.
void check(std::span<const HeatMap> maps);

/// What the colours of maps that are shown side by side span: all of their ranges, and the values of those without.
Range common_range(std::span<const HeatMap> maps);

/// Where the cells of a map begin and end on the x axis: one number more than it has columns; 0 and 1 where it has
/// none.
std::vector<double> cell_edges(const HeatMap& map);

/// Draws maps side by side with one bar of colours for all, and writes `stem`.svg and `stem`.png. Throws Error where
/// they cannot be written, and as check does.
void save_heat_maps(const std::filesystem::path& stem, const std::vector<HeatMap>& maps);

/// Counts of values in equal bins from the low to the high end of the row's range, with a caption of a line or two.
struct Histogram {
  std::string title;
  std::string caption;
  std::vector<double> counts;
};

/// Whether the histograms of a row share the axis of their counts. One of its own for each shows shapes where counts
/// differ by orders of magnitude.
enum class Counts { common, own };

/// Histograms side by side over one range, in several lines where they are many.
struct HistogramRow {
  std::string title;
  std::string x_label;
  Range range;
  Colour colour;
  std::vector<Histogram> histograms;
  std::string y_label = "count";
  Counts counts = Counts::own;
};

/// The counts of values in `bins` equal bins; values outside the range fall into the bins at its ends, NaN in none.
std::vector<double> count_in_bins(std::span<const float> values, Range range, int bins);

/// How high the axis of a histogram's counts reaches: its fullest bin, or that of all where the row shares the axis.
double highest_count(const HistogramRow& row, std::size_t histogram);

/// Draws a row of histograms and writes `stem`.svg and `stem`.png. Throws Error where they cannot be written.
void save_histogram_row(const std::filesystem::path& stem, const HistogramRow& row);

}  // namespace xgrad::apps
