#include <apps/common/plot.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include "scratch.hpp"

using namespace xgrad::apps;

namespace {

HistogramRow row_of(std::vector<std::vector<double>> counts, Counts axis) {
  HistogramRow row{.title = "t",
                   .x_label = "activation",
                   .range = {-1, 1},
                   .colour = palette::blue,
                   .histograms = {},
                   .counts = axis};
  for (auto& one : counts) row.histograms.push_back({"layer", "caption", std::move(one)});
  return row;
}

}  // namespace

TEST_CASE("histograms reach their fullest bin, or that of all where they share an axis") {
  const std::vector<std::vector<double>> counts = {{1, 5, 2}, {90, 3, 3}, {0, 0, 0}};
  CHECK(highest_count(row_of(counts, Counts::own), 0) == 5);
  CHECK(highest_count(row_of(counts, Counts::own), 1) == 90);
  CHECK(highest_count(row_of(counts, Counts::own), 2) == 1);
  CHECK(highest_count(row_of(counts, Counts::common), 0) == 90);
}

TEST_CASE("rows of no histogram, of empty ones and of many are drawn") {
  const Scratch scratch;
  save_histogram_row(scratch / "none", row_of({}, Counts::own));
  save_histogram_row(scratch / "empty", row_of({{}, {0, 0}}, Counts::common));
  save_histogram_row(scratch / "many", row_of(std::vector<std::vector<double>>(13, {1, 2, 3}), Counts::own));
  for (const char* name : {"none.svg", "empty.svg", "many.svg"})
    CHECK(contents(scratch / name).find("nan") == std::string::npos);
}

TEST_CASE("many histograms stand in several lines, so that a page does not become wide") {
  const Scratch scratch;
  const auto width = [&](std::size_t count) {
    save_histogram_row(scratch / "row", row_of(std::vector<std::vector<double>>(count, {1, 2, 3}), Counts::own));
    const std::string svg = contents(scratch / "row.svg");
    return std::stod(svg.substr(svg.find("width=\"") + 7));
  };
  CHECK(width(5) > width(4));
  CHECK(width(10) == width(5));
  CHECK(width(30) == width(5));
}
