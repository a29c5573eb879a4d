#include <apps/common/plot.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <apps/common/image.hpp>
#include <autograd/error.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

std::vector<std::string> labels(Range range, Scale scale, int count) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks(range, scale, count)) result.push_back(tick.label);
  return result;
}

/// How often a text occurs in the SVG of a plot over 0 to 1 without words.
std::size_t count_in_svg(std::string_view text, std::vector<Line> lines, std::vector<Span> spans = {}) {
  const Scratch scratch;
  save_line_plots(scratch / "plot", {{.title = "",
                                      .x = {.label = "", .range = Range{0, 1}},
                                      .y = {.label = "", .range = Range{0, 1}},
                                      .lines = std::move(lines),
                                      .spans = std::move(spans)}});
  const std::string svg = contents(scratch / "plot.svg");
  std::size_t count = 0;
  for (std::size_t at = svg.find(text); at != std::string::npos; at = svg.find(text, at + 1)) ++count;
  return count;
}

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("ticks stand at round numbers, labelled with as many digits as they need") {
  CHECK(labels({0, 1}, Scale::linear, 6) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels({0, 5000}, Scale::linear, 8) == Labels{"0", "1,000", "2,000", "3,000", "4,000", "5,000"});
  CHECK(labels({-1, 1}, Scale::linear, 3) == Labels{"−1", "0", "1"});
  CHECK(labels({0.5, 10.5}, Scale::linear, 8) == Labels{"2", "4", "6", "8", "10"});
  CHECK(labels({-0.013, 0.011}, Scale::linear, 4) == Labels{"−0.01", "0.00", "0.01"});
  CHECK(labels({-0.0, 2}, Scale::linear, 2) == Labels{"0", "1", "2"});
}

TEST_CASE("ticks of numbers that would need many zeros have powers of ten") {
  CHECK(labels({0, 3e7}, Scale::linear, 3) == Labels{"0", "1×10⁷", "2×10⁷", "3×10⁷"});
  CHECK(labels({-5e-6, 5e-6}, Scale::linear, 4) == Labels{"−5×10⁻⁶", "0", "5×10⁻⁶"});
}

TEST_CASE("logarithmic ticks stand at powers of ten") {
  CHECK(labels({1e-3, 1}, Scale::logarithmic, 6) == Labels{"10⁻³", "10⁻²", "10⁻¹", "10⁰"});
  CHECK(labels({1e-10, 1}, Scale::logarithmic, 6) == Labels{"10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"});
}

TEST_CASE("logarithmic ticks stand closer where a range spans no two powers of ten") {
  CHECK(labels({0.15, 6}, Scale::logarithmic, 6) == Labels{"0.2", "0.5", "1", "2", "5"});
  CHECK(labels({1.2, 1.9}, Scale::logarithmic, 4) == Labels{"1.2", "1.4", "1.6", "1.8"});
}

TEST_CASE("compact numbers take little room") {
  const auto all = [](std::vector<double> values) {
    Labels texts;
    for (const double value : values) texts.push_back(compact(value));
    return texts;
  };
  CHECK(all({0, -0.0, 0.25, 950, 999.99, 1200, 34e6, 2e9}) ==
        Labels{"0", "0", "0.25", "950", "1k", "1.2k", "34M", "2G"});
  CHECK(all({-5, 2.5e-6}) == Labels{"−5", "2.5e-06"});
}

TEST_CASE("an axis without a range spans its values, with some room around them") {
  const double nan = std::nan("");
  const auto ends = [&](Scale scale, std::vector<double> values) {
    const Range range = range_of({.label = "", .scale = scale}, values);
    return std::pair(range.low, range.high);
  };
  CHECK(ends(Scale::linear, {0, nan, 10, INFINITY}) == std::pair(-0.5, 10.5));
  CHECK(ends(Scale::linear, {10, 10}) == std::pair(9.0, 11.0));
  CHECK(ends(Scale::linear, {nan}) == std::pair(0.0, 1.0));
  CHECK(ends(Scale::logarithmic, {0.02, -1, 0, 5}) == std::pair(0.01, 10.0));
}

TEST_CASE("a plot's y axis spans its bands too") {
  const LinePlot plot{.title = "",
                      .x = {.label = ""},
                      .y = {.label = ""},
                      .lines = {{"", palette::blue, {{1, 5}, {2, 6}}, {{0, 7}, {4, 10}}}}};
  CHECK(y_range(plot).low == -0.5);
  CHECK(y_range(plot).high == 10.5);
}

TEST_CASE("values have their place in a range") {
  CHECK(place(3, {1, 5}, Scale::linear) == 0.5);
  CHECK(place(0.1, {0.01, 1}, Scale::logarithmic) == doctest::Approx(0.5));
  CHECK(std::isnan(place(0, {0.01, 1}, Scale::logarithmic)));
}

TEST_CASE("values fall into bins, those outside into the ones at the ends, NaN into none") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {-1, -0.6F, 0, 0.5F, 1, 7, -infinity, infinity, std::nanf("")};
  CHECK(count_in_bins(values, {-1, 1}, 4) == std::vector<double>{3, 0, 1, 4});
}

TEST_CASE("plots of no points, of one and of NaN are drawn") {
  const Scratch scratch;
  const double nan = std::nan("");
  LinePlot plot{.title = "t", .x = {.label = "x"}, .y = {.label = "y"}, .lines = {}};
  save_line_plots(scratch / "none", {plot});
  plot.lines = {{"one", palette::blue, {{1, 0}}}, {"nan", palette::green, {{1, nan}, {nan, 2}}}};
  save_line_plots(scratch / "one", {plot});
  plot.y.scale = Scale::logarithmic;
  save_line_plots(scratch / "logarithmic", {plot, plot});
  for (const char* name : {"none.svg", "one.svg", "logarithmic.svg"})
    CHECK(contents(scratch / name).find("nan") == std::string::npos);
}

TEST_CASE("a curve is broken where a value is not finite") {
  const double y[] = {0.1, 0.2, 0.3, 0.4};
  const std::size_t whole =
      count_in_svg("<path", {{"", palette::blue, {{0.2, y[0]}, {0.4, y[1]}, {0.5, 0.2}, {0.6, y[2]}, {0.8, y[3]}}}});
  const std::size_t broken = count_in_svg(
      "<path", {{"", palette::blue, {{0.2, y[0]}, {0.4, y[1]}, {0.5, std::nan("")}, {0.6, y[2]}, {0.8, y[3]}}}});
  CHECK(broken == whole + 1);
}

TEST_CASE("a band is broken where a bound is not finite, and an interval alone is a stroke") {
  const auto areas = [](std::vector<Interval> band) {
    return count_in_svg("fill-opacity:0.18",
                        {{"", palette::blue, {{0.2, 0.5}, {0.4, 0.5}, {0.6, 0.5}, {0.8, 0.5}, {0.9, 0.5}}, band}});
  };
  const double nan = std::nan("");
  CHECK(areas({}) == 0);
  CHECK(areas({{0.1, 0.9}, {0.1, 0.9}, {0.1, 0.9}, {0.1, 0.9}, {0.1, 0.9}}) == 1);
  CHECK(areas({{0.1, 0.9}, {0.1, 0.9}, {0.1, INFINITY}, {0.1, 0.9}, {0.1, 0.9}}) == 2);
  CHECK(areas({{0.1, 0.9}, {nan, nan}, {0.1, 0.9}, {nan, 0.9}, {0.1, 0.9}}) == 0);
}

TEST_CASE("a band reaches down to the foot of a logarithmic plot where its low bound has no place there") {
  const Scratch scratch;
  save_line_plots(scratch / "plot", {{.title = "",
                                      .x = {.label = "", .range = Range{0, 1}},
                                      .y = {.label = "", .range = Range{0.1, 1}, .scale = Scale::logarithmic},
                                      .lines = {{"", palette::blue, {{0, 0.5}, {1, 0.5}}, {{-1, 0.9}, {0, 0.9}}}}}});
  CHECK(contents(scratch / "plot.svg").find("fill-opacity:0.18") != std::string::npos);
  CHECK(contents(scratch / "plot.svg").find("nan") == std::string::npos);
}

TEST_CASE("a dashed line is drawn with dashes") {
  Line line{.name = "", .colour = palette::blue, .points = {{0.1, 0.5}, {0.9, 0.5}}};
  CHECK(count_in_svg("stroke-dasharray", {line}) == 0);
  line.dash = Dash::dashed;
  CHECK(count_in_svg("stroke-dasharray", {line}) == 1);
}

TEST_CASE("a stretch of x is shaded inside the plot") {
  const auto shaded = [](Span span) { return count_in_svg("fill-opacity:0.08", {}, {span}); };
  CHECK(shaded({0.2, 0.4, "here"}) == 1);
  CHECK(shaded({0.8, 7, "beyond the end"}) == 1);
  CHECK(shaded({2, 3, "outside"}) == 0);
}

TEST_CASE("a band that does not go with its line, and a range that is none, are errors") {
  const auto drawn = [](LinePlot plot) {
    const Scratch scratch;
    save_line_plots(scratch / "plot", {plot});
  };
  LinePlot plot{.title = "t", .x = {.label = ""}, .y = {.label = ""}, .lines = {{"a", palette::blue, {{1, 2}}}}};
  plot.lines[0].band = {{0, 1}, {0, 1}};
  CHECK_THROWS_WITH_AS(drawn(plot), doctest::Contains("'a' has a band of 2 intervals; expected 1"), Error);
  plot.lines[0].band = {};
  plot.y.range = Range{1, 1};
  CHECK_THROWS_WITH_AS(drawn(plot), doctest::Contains("range from 1 to 1"), Error);
  plot.y = {.label = "", .range = Range{0, 1}, .scale = Scale::logarithmic};
  CHECK_THROWS_WITH_AS(drawn(plot), doctest::Contains("above 0"), Error);
}

TEST_CASE("a plot that cannot be written is an error that names it") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(save_line_plots(scratch / "no/such/plot", {}), doctest::Contains("plot.svg"), Error);
}

TEST_CASE("a point alone is a dot, so that it can be seen") {
  const auto arcs = [](std::vector<Point> points) { return count_in_svg(" C ", {{"", palette::blue, points}}); };
  const std::size_t nothing = arcs({});
  CHECK(arcs({{0.5, 0.5}, {0.6, std::nan("")}}) > nothing);
  CHECK(arcs({{0.1, 0.5}, {0.2, std::nan("")}, {0.3, 0.5}, {0.4, std::nan("")}, {0.5, 0.5}}) > nothing + 2);
  CHECK(arcs({{0.1, 0.5}, {0.2, 0.5}}) == nothing);
}

TEST_CASE("marks are drawn inside the plot, wherever they are") {
  const Scratch scratch;
  for (const double x : {-5.0, 0.0, 0.5, 1.0, 7.0})
    save_line_plots(scratch / "plot", {{.title = "",
                                        .x = {.label = "", .range = Range{0, 1}},
                                        .y = {.label = "", .range = Range{0, 1}},
                                        .lines = {},
                                        .marks = {{x, "here", palette::blue}, {x, "and here", palette::green}}}});
  CHECK(contents(scratch / "plot.svg").find("nan") == std::string::npos);
}

TEST_CASE("dots are not joined, and a line without a name is not in the legend") {
  const Scratch scratch;
  const auto drawn = [&](const std::string& name, Look look) {
    Line line{name, palette::blue, {{0.2, 0.1}, {0.4, 0.9}, {0.6, 0.5}}};
    line.look = look;
    save_line_plots(scratch / "plot", {{.title = "",
                                        .x = {.label = "", .range = Range{0, 1}},
                                        .y = {.label = "", .range = Range{0, 1}},
                                        .lines = {line}}});
    const std::string svg = contents(scratch / "plot.svg");
    std::pair<int, int> count;  // of strokes and of filled shapes in blue
    for (std::size_t at = svg.find("<path"); at != std::string::npos; at = svg.find("<path", at + 1)) {
      const std::string path = svg.substr(at, svg.find("/>", at) - at);
      if (path.find("rgb(0%") == std::string::npos) continue;
      ++(path.find("stroke-width") != std::string::npos ? count.first : count.second);
    }
    return count;
  };
  CHECK(drawn("", Look::curve) == std::pair{1, 0});
  CHECK(drawn("name", Look::curve) == std::pair{2, 0});
  CHECK(drawn("", Look::dots) == std::pair{0, 3});
  CHECK(drawn("name", Look::dots) == std::pair{0, 4});
}

TEST_CASE("an image is drawn with its own pixels, clear to the edge") {
  const Scratch scratch;
  const float light[] = {0, 1, 0.5F, 0, 1, 0.2F};
  save_drawing(scratch / "image", 30, 20, [&](Canvas& canvas) {
    canvas.image({0, 0, 30, 20}, 3, 2, [&](int row, int column) {
      const double here = light[3 * row + column];
      return Colour{here, here, here};
    });
  });
  const GreyImage found = read_image(scratch / "image.png").on_white();
  REQUIRE(found.height == 40);
  REQUIRE(found.width == 60);
  for (std::int64_t y = 0; y < 40; ++y)
    for (std::int64_t x = 0; x < 60; ++x)
      REQUIRE(found.pixels[static_cast<std::size_t>(60 * y + x)] ==
              doctest::Approx(light[3 * (y / 20) + x / 20]).epsilon(0.005));
}
