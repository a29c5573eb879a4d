#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <apps/common/plot.hpp>
#include <apps/common/table.hpp>

/// Plots as a page in a browser shows them.
namespace xgrad::apps {

using Plot = std::variant<LinePlot, HeatMap, HistogramRow>;

/// Plots side by side, with a text below them that says what they show. Heat maps of a figure share the range of their
/// colours.
struct Figure {
  std::vector<Plot> panels;
  std::string text;
};

/// Curves of more points are thinned (see thinned), and so many columns of a heat map at most are shown, each the mean
/// of neighbours; the figure says so.
inline constexpr std::size_t most_points = 1000;
inline constexpr std::size_t most_columns = 400;

/// Throws Error as check does for its plots.
void check(const Figure& figure);

/// The figure as the page's script draws it (page/figure.mjs): JSON in which numbers have about five digits, no more
/// than tell a curve's values apart, and what is not finite is "NaN", "inf" or "-inf". It has no "<", so it may stand
/// inside an element of HTML, and no line breaks. Throws Error as check does.
std::string figure_json(const Figure& figure);

/// The plots' values as tables with titles, of `most_rows` rows at most, chosen as the points of a curve are.
std::vector<std::pair<std::string, Table>> figure_tables(const Figure& figure, std::size_t most_rows);

}  // namespace xgrad::apps
