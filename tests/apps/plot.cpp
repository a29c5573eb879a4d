#include <apps/common/plot.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <apps/common/html.hpp>
#include <apps/common/image.hpp>
#include <apps/common/table.hpp>
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

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("ticks stand at round numbers, labelled with as many digits as they need") {
  CHECK(labels({0, 1}, Scale::linear, 6) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels({0, 5000}, Scale::linear, 8) == Labels{"0", "1,000", "2,000", "3,000", "4,000", "5,000"});
  CHECK(labels({-1, 1}, Scale::linear, 3) == Labels{"−1", "0", "1"});
  CHECK(labels({0.5, 10.5}, Scale::linear, 8) == Labels{"2", "4", "6", "8", "10"});
  CHECK(labels({-0.013, 0.011}, Scale::linear, 4) == Labels{"−0.01", "0.00", "0.01"});
}

TEST_CASE("logarithmic ticks stand at powers of ten") {
  CHECK(labels({1e-3, 1}, Scale::logarithmic, 6) == Labels{"10⁻³", "10⁻²", "10⁻¹", "10⁰"});
  CHECK(labels({1e-10, 1}, Scale::logarithmic, 6) == Labels{"10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"});
}

TEST_CASE("logarithmic ticks of less than two powers of ten stand at 2 and 5 times these, too") {
  CHECK(labels({1.5, 70}, Scale::logarithmic, 6) == Labels{"2", "5", "10", "20", "50"});
  CHECK(labels({0.05, 1}, Scale::logarithmic, 6) == Labels{"0.05", "0.1", "0.2", "0.5", "1"});
  CHECK(labels({1, 100}, Scale::logarithmic, 6) == Labels{"10⁰", "10¹", "10²"});
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
  const Scratch scratch;
  const auto strokes = [&](std::vector<Point> points) {
    save_line_plots(scratch / "plot", {{.title = "",
                                        .x = {.label = "", .range = Range{0, 1}},
                                        .y = {.label = "", .range = Range{0, 1}},
                                        .lines = {{"", palette::blue, std::move(points)}}}});
    const std::string svg = contents(scratch / "plot.svg");
    std::size_t count = 0;
    for (std::size_t at = svg.find("<path"); at != std::string::npos; at = svg.find("<path", at + 1)) ++count;
    return count;
  };
  const double y[] = {0.1, 0.2, 0.3, 0.4};
  const std::size_t whole = strokes({{0.2, y[0]}, {0.4, y[1]}, {0.5, 0.2}, {0.6, y[2]}, {0.8, y[3]}});
  CHECK(strokes({{0.2, y[0]}, {0.4, y[1]}, {0.5, std::nan("")}, {0.6, y[2]}, {0.8, y[3]}}) == whole + 1);
}

TEST_CASE("dots are not joined, and a line without a name is not in the legend") {
  const Scratch scratch;
  const auto drawn = [&](const std::string& name, Look look) {
    save_line_plots(scratch / "plot", {{.title = "",
                                        .x = {.label = "", .range = Range{0, 1}},
                                        .y = {.label = "", .range = Range{0, 1}},
                                        .lines = {{name, palette::blue, {{0.2, 0.1}, {0.4, 0.9}, {0.6, 0.5}}, look}}}});
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
  const std::vector<float> pixels = {0, 1, 0.5F, -3, 2, 0.2F};
  save_drawing(scratch / "image", 30, 20, [&](Canvas& canvas) { canvas.image({0, 0, 30, 20}, 2, 3, pixels); });
  const GreyImage found = read_image(scratch / "image.png").on_white();
  REQUIRE(found.height == 40);
  REQUIRE(found.width == 60);
  const float expected[] = {0, 1, 0.5F, 0, 1, 0.2F};
  for (std::int64_t y = 0; y < 40; ++y)
    for (std::int64_t x = 0; x < 60; ++x)
      REQUIRE(found.pixels[static_cast<std::size_t>(60 * y + x)] ==
              doctest::Approx(expected[3 * (y / 20) + x / 20]).epsilon(0.005));
}

TEST_CASE("an image of another number of pixels is an error") {
  const Scratch scratch;
  const std::vector<float> pixels(5);
  CHECK_THROWS_WITH_AS(save_drawing(scratch / "image", 30, 20,
                                    [&](Canvas& canvas) {
                                      canvas.image({0, 0, 30, 20}, 2, 3, pixels);
                                    }),
                       doctest::Contains("5 pixels"), Error);
  CHECK_THROWS_AS(save_drawing(scratch / "image", 30, 20,
                               [&](Canvas& canvas) {
                                 canvas.image({0, 0, 30, 20}, 0, 3, {});
                               }),
                  Error);
}

TEST_CASE("a plot that cannot be written is an error that names it") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(save_line_plots(scratch / "no/such/plot", {}), doctest::Contains("plot.svg"), Error);
}

TEST_CASE("a table's columns stand in line, whatever letters they have") {
  Table table({"setting", "end"});
  table.add({"N(0, 0.1²)", "–"});
  table.add({"b", "0.961"});
  CHECK(table.text() ==
        "setting       end\n"
        "----------  -----\n"
        "N(0, 0.1²)      –\n"
        "b           0.961\n");
  CHECK_THROWS_AS(table.add({"x"}), Error);
}

TEST_CASE("a report escapes what it shows") {
  const Scratch scratch;
  Table table({"a<b"});
  table.add({"\"x\" & y"});
  HtmlPage("<title>").paragraph("1 > 0").table(table).figure("a.svg", "c").save(scratch / "r.html");
  const std::string html = contents(scratch / "r.html");
  for (const char* text : {"<h1>&lt;title&gt;</h1>", "<p>1 &gt; 0</p>", "<th>a&lt;b</th>",
                           "<td>&quot;x&quot; &amp; y</td>", "<img src=\"a.svg\" alt=\"c\">"})
    CHECK_MESSAGE(html.find(text) != std::string::npos, text);
}

TEST_CASE("a point alone is a dot, so that it can be seen") {
  const Scratch scratch;
  const auto arcs = [&](std::vector<Point> points) {
    save_line_plots(scratch / "plot", {{.title = "",
                                        .x = {.label = "", .range = Range{0, 1}},
                                        .y = {.label = "", .range = Range{0, 1}},
                                        .lines = {{"", palette::blue, std::move(points)}}}});
    const std::string svg = contents(scratch / "plot.svg");
    std::size_t count = 0;
    for (std::size_t at = svg.find(" C "); at != std::string::npos; at = svg.find(" C ", at + 1)) ++count;
    return count;
  };
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
