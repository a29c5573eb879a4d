#include <apps/common/plot_parts.hpp>

#include <doctest/doctest.h>

using namespace xgrad::apps;

namespace {

std::vector<std::pair<double, double>> places(std::vector<double> widths, double gap, double room) {
  std::vector<std::pair<double, double>> result;
  for (const Point& place : flow(widths, gap, room)) result.push_back({place.x, place.y});
  return result;
}

using Places = std::vector<std::pair<double, double>>;
using Levels = std::vector<std::size_t>;

}  // namespace

TEST_CASE("entries that do not fit into a line begin another") {
  CHECK(places({40, 40, 40}, 10, 100) == Places{{0, 0}, {50, 0}, {0, 1}});
  CHECK(places({40, 40, 40}, 10, 140) == Places{{0, 0}, {50, 0}, {100, 0}});
  CHECK(places({200, 40}, 10, 100) == Places{{0, 0}, {0, 1}});
  CHECK(places({}, 10, 100).empty());
}

TEST_CASE("stretches that would touch are on different levels") {
  const auto placed = [](std::vector<Interval> stretches) { return levels(stretches, 5); };
  CHECK(placed({{0, 10}, {20, 30}, {12, 18}}) == Levels{0, 0, 1});
  CHECK(placed({{0, 10}, {5, 15}, {7, 9}, {15, 20}}) == Levels{0, 1, 2, 0});
  CHECK(placed({{0, 10}, {15, 20}}) == Levels{0, 0});
}

TEST_CASE("a text that is too long ends in an ellipsis, between characters") {
  const std::string text = "Größenordnungen";
  CHECK(fitted(text, 1000) == text);
  for (double room = 20; room < text_width(text); room += 3) {
    const std::string shown = fitted(text, room);
    CHECK(text_width(shown) <= room);
    CHECK(shown.ends_with("…"));
    CHECK(text.starts_with(shown.substr(0, shown.size() - std::string("…").size())));
    CHECK(shown.find("\xc3…") == std::string::npos);
  }
}

TEST_CASE("a title is broken between words") {
  const std::string text = "one two three four five";
  CHECK(text_lines(text, 1000) == std::vector<std::string>{text});
  const auto lines = text_lines(text, text_width("three four") + 1);
  CHECK(lines == std::vector<std::string>{"one two", "three four", "five"});
  CHECK(text_lines("", 100).empty());
}

TEST_CASE("labels of ticks do not run into each other") {
  for (const double room : {60.0, 120.0, 240.0, 480.0}) {
    const auto made = ticks_across({0, 1'000'000}, Scale::linear, 8, room);
    CHECK(!made.empty());
    if (made.size() > 2) CHECK(static_cast<double>(made.size() - 1) * widest(made) < room);
  }
}
