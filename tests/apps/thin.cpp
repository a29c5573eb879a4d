#include <apps/common/thin.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace xgrad::apps;

namespace {

constexpr std::size_t size = 5000;

std::vector<double> steps() {
  std::vector<double> x(size);
  std::iota(x.begin(), x.end(), 0.0);
  for (double& value : x) value /= size;
  return x;
}

using Curves = std::vector<std::vector<double>>;

bool has(const std::vector<std::size_t>& kept, std::size_t index) { return std::ranges::binary_search(kept, index); }

}  // namespace

TEST_CASE("a curve of few points keeps all of them") {
  const std::vector<double> x = {1, 2, 3};
  const Curves y = {{4, 5, 6}};
  CHECK(thinned(x, y, 3) == std::vector<std::size_t>{0, 1, 2});
  CHECK(thinned({}, {}, 100).empty());
}

TEST_CASE("a thinned curve has as many points as asked for, in order, with its first and its last") {
  std::vector<double> y(size);
  for (std::size_t i = 0; i < size; ++i) y[i] = std::sin(0.01 * static_cast<double>(i));
  const auto kept = thinned(steps(), Curves{y}, 200);
  CHECK(kept.size() == 200);
  CHECK(kept.front() == 0);
  CHECK(kept.back() == size - 1);
  CHECK(std::ranges::adjacent_find(kept, std::ranges::greater_equal()) == kept.end());
}

TEST_CASE("a thinned curve keeps its peaks, and with several curves each one's") {
  std::vector<double> flat(size, 0.5), other(size, 0.2);
  flat[1234] = 1;
  other[4321] = 0.9;
  const auto kept = thinned(steps(), Curves{flat, other}, 100);
  CHECK(kept.size() == 100);
  CHECK(has(kept, 1234));
  CHECK(has(kept, 4321));
}

TEST_CASE("a thinned curve begins and ends where the curve does") {
  const double nan = std::nan("");
  std::vector<double> y(size, 0.5);
  for (std::size_t i = 2000; i < 2500; ++i) y[i] = nan;
  y[3333] = INFINITY;
  const auto kept = thinned(steps(), Curves{y}, 50);
  for (const std::size_t i : {1999U, 2000U, 2499U, 2500U, 3332U, 3333U, 3334U}) CHECK(has(kept, i));
  CHECK(kept.size() <= 57);
}

TEST_CASE("a curve of NaN is thinned too") {
  const auto kept = thinned(steps(), Curves{std::vector<double>(size, std::nan(""))}, 50);
  CHECK(kept.size() == 50);
}
