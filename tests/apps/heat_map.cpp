#include <apps/common/plot.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <autograd/error.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

HeatMap map_of(std::vector<std::vector<double>> values, Scale scale = Scale::linear) {
  HeatMap map{.title = "m",
              .x_label = "step",
              .columns = {},
              .y_label = "layer",
              .rows = {},
              .values = std::move(values),
              .value_label = "norm",
              .scale = scale};
  for (std::size_t row = 0; row < map.values.size(); ++row) map.rows.push_back(std::to_string(row + 1));
  for (std::size_t column = 0; column < map.values[0].size(); ++column)
    map.columns.push_back(static_cast<double>(column));
  return map;
}

std::pair<double, double> range_of(const std::vector<HeatMap>& maps) {
  const Range range = common_range(maps);
  return {range.low, range.high};
}

}  // namespace

TEST_CASE("a cell reaches half-way to its neighbours") {
  HeatMap map = map_of({{1, 2, 3}});
  map.columns = {1, 3, 7};
  CHECK(cell_edges(map) == std::vector<double>{0, 2, 5, 9});
  map.columns = {4};
  CHECK(cell_edges(map) == std::vector<double>{3.5, 4.5});
}

TEST_CASE("maps side by side share the range of all their finite values") {
  const double nan = std::nan("");
  CHECK(range_of({map_of({{1, nan}, {3, 2}}), map_of({{-4, INFINITY}})}) == std::pair(-4.0, 3.0));
  CHECK(range_of({map_of({{0, 1e-3, -2, 5}}, Scale::logarithmic)}) == std::pair(1e-3, 5.0));
  HeatMap given = map_of({{1, 99}});
  given.range = Range{0, 1};
  CHECK(range_of({given}) == std::pair(0.0, 1.0));
  CHECK(range_of({given, map_of({{-1, 2}})}) == std::pair(-1.0, 2.0));
}

TEST_CASE("the range of equal values, and of none, is not empty") {
  for (const auto& maps : {std::vector{map_of({{2, 2}})}, std::vector{map_of({{std::nan("")}})},
                           std::vector{map_of({{0, 0}}, Scale::logarithmic)}, std::vector<HeatMap>{}}) {
    const auto [low, high] = range_of(maps);
    CHECK(low < high);
  }
}

TEST_CASE("maps of values, of NaN and of nothing are drawn") {
  const Scratch scratch;
  const double nan = std::nan("");
  save_heat_maps(scratch / "two", {map_of({{1, 2}, {nan, 4}}), map_of({{nan}})});
  save_heat_maps(scratch / "none", {});
  HeatMap empty = map_of({{1}});
  empty.columns.clear();
  empty.values[0].clear();
  save_heat_maps(scratch / "empty", {empty});
  for (const char* name : {"two.svg", "none.svg", "empty.svg"})
    CHECK(contents(scratch / name).find("nan") == std::string::npos);
}

TEST_CASE("a map without a value that has a place on its scale is drawn, hatched") {
  const Scratch scratch;
  const HeatMap map = map_of({{std::nan(""), 0}, {-1, std::nan("")}}, Scale::logarithmic);
  CHECK(range_of({map}) == std::pair{0.1, 1.0});
  save_heat_maps(scratch / "map", {map, map});
  CHECK(contents(scratch / "map.svg").find("nan") == std::string::npos);
}

TEST_CASE("a map whose parts do not go together is an error that says which") {
  const Scratch scratch;
  const auto drawn = [&](const std::vector<HeatMap>& maps) { save_heat_maps(scratch / "map", maps); };
  HeatMap map = map_of({{1, 2}, {3, 4}});
  map.rows.pop_back();
  CHECK_THROWS_WITH_AS(drawn({map}), doctest::Contains("2 rows of values; expected 1"), Error);
  map = map_of({{1, 2}, {3}});
  CHECK_THROWS_WITH_AS(drawn({map}), doctest::Contains("a row of 1 values; expected 2"), Error);
  map = map_of({{1, 2}});
  map.columns = {2, 1};
  CHECK_THROWS_WITH_AS(drawn({map}), doctest::Contains("a column at 1; expected finite places that ascend"), Error);
  CHECK_THROWS_WITH_AS(drawn({map_of({{1}}), map_of({{1}}, Scale::logarithmic)}), doctest::Contains("different scales"),
                       Error);
}
