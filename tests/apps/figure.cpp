#include <apps/common/figure.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <autograd/error.hpp>

using namespace xgrad;
using namespace xgrad::apps;

namespace {

LinePlot plot_of(std::vector<Line> lines) {
  return {.title = "t", .x = {.label = "step"}, .y = {.label = "loss"}, .lines = std::move(lines)};
}

Line line_of(std::vector<double> y, double start = 0) {
  Line line{.name = "a", .colour = palette::blue, .points = {}};
  for (const double value : y) line.points.push_back({start + static_cast<double>(line.points.size()), value});
  return line;
}

std::string json_of(const Plot& plot) { return figure_json({{plot}, ""}); }

bool has(const std::string& json, std::string_view part) { return json.find(part) != std::string::npos; }

HeatMap map_of(std::vector<double> values) {
  HeatMap map{.title = "m",
              .x_label = "step",
              .columns = {},
              .y_label = "layer",
              .rows = {"1"},
              .values = {std::move(values)},
              .value_label = "norm"};
  for (std::size_t i = 0; i < map.values[0].size(); ++i) map.columns.push_back(static_cast<double>(i));
  return map;
}

}  // namespace

TEST_CASE("a figure's numbers have five digits, and whole ones all of theirs") {
  const std::string json = json_of(plot_of({line_of({1.0 / 3, 2e-7 / 3, -12345.678, 5}, 1234567)}));
  CHECK_MESSAGE(has(json, R"("y":[0.33333,6.6667e-08,-12346.0,5])"), json);
  CHECK_MESSAGE(has(json, R"("xs":[[1234567,1234568,1234569,1234570]])"), json);
}

TEST_CASE("a figure's numbers have more digits where its values differ by little") {
  const std::string json = json_of(plot_of({line_of({1000.0011, 1000.0012, 1000.0013})}));
  CHECK_MESSAGE(has(json, "[1000.0011,1000.0012,1000.0013]"), json);
}

TEST_CASE("a figure says which values are not finite") {
  const std::string json = json_of(plot_of({line_of({std::nan(""), INFINITY, -INFINITY, 1})}));
  CHECK_MESSAGE(has(json, R"("y":["NaN","inf","-inf",1])"), json);
}

TEST_CASE("lines over the same x share it") {
  Line other = line_of({5, 6});
  other.name = "b";
  Line shifted = line_of({7, 8}, 10);
  const std::string json = json_of(plot_of({line_of({3, 4}), other, shifted}));
  CHECK_MESSAGE(has(json, R"("xs":[[0,1],[10,11]])"), json);
}

TEST_CASE("a line's band is in the figure, for the points that are kept") {
  Line line = line_of({1, 2});
  line.band = {{0.5, 1.5}, {1.5, 2.5}};
  const std::string json = json_of(plot_of({line}));
  CHECK_MESSAGE(has(json, R"("low":[0.5,1.5])"), json);
  CHECK_MESSAGE(has(json, R"("high":[1.5,2.5])"), json);
}

TEST_CASE("a figure may stand in a page, whatever its texts hold") {
  LinePlot plot = plot_of({line_of({1})});
  plot.title = "</script><!-- \"quoted\" \xff broken";
  const std::string json = figure_json({{plot}, "line\nbreak"});
  CHECK(!has(json, "<"));
  CHECK(!has(json, "\n"));
  CHECK_MESSAGE(has(json, R"(\u003c/script>\u003c!-- \"quoted\" )"), json);
}

TEST_CASE("a figure says where curves are thinned") {
  CHECK(has(json_of(plot_of({line_of(std::vector<double>(1000, 1.0))})), R"("note":"")"));
  const std::string json = json_of(plot_of({line_of(std::vector<double>(20000, 1.0))}));
  CHECK(has(json, "Of 20,000 points of a curve about 1,000 are drawn, chosen by largest triangle three buckets."));
  CHECK(json.size() < 15000);
}

TEST_CASE("columns of a wide heat map are means of neighbours, and the figure says so") {
  std::vector<double> values;
  for (int i = 0; i < 800; ++i) values.push_back(i % 2);
  values[4] = std::nan("");
  const std::string json = json_of(map_of(values));
  CHECK(has(json, R"("columns":[0.5,2.5,4.5,)"));
  CHECK(has(json, R"("values":[[0.5,0.5,"NaN",0.5,)"));
  CHECK(has(json, "800 columns are drawn as at most 400, each the mean of neighbours."));
}

TEST_CASE("heat maps of a figure share a range") {
  const std::string json = figure_json({{map_of({1, 2}), map_of({-3, 0})}, ""});
  const std::size_t first = json.find(R"("range":{"high":2,"low":-3})");
  CHECK(first != std::string::npos);
  CHECK(json.find(R"("range":{"high":2,"low":-3})", first + 1) != std::string::npos);
}

TEST_CASE("a figure whose parts do not go together is an error") {
  HeatMap map = map_of({1, 2});
  map.columns.pop_back();
  CHECK_THROWS_AS(check(Figure{{map}, ""}), Error);
  Line line = line_of({1, 2});
  line.band = {{0, 1}};
  CHECK_THROWS_AS(figure_json({{plot_of({line})}, ""}), Error);
}

TEST_CASE("a figure's values are there as tables") {
  Line line = line_of({0.5, std::nan("")});
  line.band = {{0.25, 1}, {0, 2}};
  HistogramRow row{.title = "h",
                   .x_label = "activation",
                   .range = {-1, 1},
                   .colour = palette::blue,
                   .histograms = {{"layer 1", "", {3, 4}}}};
  const auto tables = figure_tables({{plot_of({line}), map_of({1, 2}), row}, ""}, 100);
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].first == "t");
  CHECK(tables[0].second.columns() == std::vector<std::string>{"step", "a", "a, low", "a, high"});
  CHECK(tables[0].second.rows()[1] == std::vector<std::string>{"1", "NaN", "0", "2"});
  CHECK(tables[1].second.columns() == std::vector<std::string>{"step", "layer 1"});
  CHECK(tables[1].second.rows()[1] == std::vector<std::string>{"1", "2"});
  CHECK(tables[2].second.rows()[0] == std::vector<std::string>{"-1 to 0", "3"});
}

TEST_CASE("a figure's tables have no more rows than asked for") {
  const auto tables = figure_tables({{plot_of({line_of(std::vector<double>(5000, 1.0))})}, ""}, 100);
  CHECK(tables[0].second.rows().size() == 100);
}
