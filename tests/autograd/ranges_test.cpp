#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <autograd/autograd.hpp>

#include "expect.hpp"

// linspace and arange at their ends, over many random ranges.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

/// Numbers as people write them, with few decimals, and any others.
class Numbers {
 public:
  double decimal() { return static_cast<double>(whole(-4000, 4000)) / powers_of_ten_[whole(0, 3)]; }
  double any() { return std::ldexp(static_cast<double>(whole(-999'983, 999'983)), static_cast<int>(whole(-60, 40))); }
  double either() { return whole(0, 1) == 0 ? decimal() : any(); }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }

 private:
  static constexpr double powers_of_ten_[] = {1, 10, 100, 1000};
  std::mt19937_64 engine_{5};
};

/// A number as it is in a dtype.
double rounded(double x, DType dtype) { return dtype == float32 ? static_cast<double>(static_cast<float>(x)) : x; }

}  // namespace

TEST_CASE("linspace starts and ends exactly, lies between, and is the same from either side") {
  Numbers random;
  for (int trial = 0; trial < 2000; ++trial) {
    const double start = random.either(), stop = random.either();
    const std::int64_t count = random.whole(2, 40);
    for (const DType dtype : {float64, float32}) {
      INFO(start, " to ", stop, ", ", count, " ", to_string(dtype));
      const std::vector<double> x = linspace(start, stop, count, dtype).to_vector<double>();
      const std::vector<double> back = linspace(stop, start, count, dtype).to_vector<double>();
      REQUIRE(x.size() == static_cast<std::size_t>(count));
      CHECK(x.front() == rounded(start, dtype));
      CHECK(x.back() == rounded(stop, dtype));
      const double low = std::min(x.front(), x.back()), high = std::max(x.front(), x.back());
      const double step = (stop - start) / static_cast<double>(count - 1);
      for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(x[i] >= low);
        CHECK(x[i] <= high);
        CHECK(x[i] == back[x.size() - 1 - i]);
        const double ulp = dtype == float32 ? 0x1p-22 : 0x1p-50;
        CHECK(std::abs(x[i] - (start + static_cast<double>(i) * step)) <=
              ulp * std::max(std::abs(low), std::abs(high)));
      }
    }
  }
  CHECK(difference(linspace(-3, .3, 2, float64), f64({-3, .3})) == "");
  CHECK(difference(linspace(-1, 1, 4, float64), f64({-1, -1 / 3., 1 / 3., 1}), {.rtol = 1e-15}) == "");
  CHECK(linspace(0.1, 0.7, 1, float64).item() == 0.1);
  const double largest = std::numeric_limits<double>::max();
  CHECK(difference(linspace(-largest, largest, 3, float64), f64({-largest, 0, largest})) == "");
}

TEST_CASE("arange holds start + i step, all of them before stop and as many as there are") {
  Numbers random;
  for (int trial = 0; trial < 2000; ++trial) {
    const double start = random.decimal();
    const double step = random.decimal();
    const double stop = start + step * static_cast<double>(random.whole(-2, 60)) * 0.9375;
    if (step == 0) continue;
    for (const DType dtype : {float64, float32}) {
      INFO(start, " to ", stop, " by ", step, " ", to_string(dtype));
      const std::vector<double> x = arange(start, stop, step, dtype).to_vector<double>();
      for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(x[i] == rounded(start + static_cast<double>(i) * step, dtype));
        CHECK((step > 0 ? x[i] < rounded(stop, dtype) : x[i] > rounded(stop, dtype)));
      }
      // The one that would be next is stop, or beyond, but for rounding.
      const double next = rounded(start + static_cast<double>(x.size()) * step, dtype), end = rounded(stop, dtype);
      const double slack = 0x1p-20 * std::abs(step);
      CHECK((step > 0 ? next >= end - slack : next <= end + slack));
    }
  }
}

TEST_CASE("arange from a to a + n b in decimals has n elements, whichever way the sum is rounded") {
  for (int start = -30; start <= 30; ++start) {
    for (int step = 1; step <= 12; ++step) {
      for (int n = 0; n <= 20; ++n) {
        const double a = start / 10., b = step / 10., end = (start + n * step) / 10.;
        INFO(a, " to ", end, " by ", b);
        CHECK(arange(a, end, b, float64).size() == n);
        CHECK(arange(a, end, b, float32).size() == n);
        CHECK(arange(end, a, -b, float64).size() == n);
      }
    }
  }
  CHECK(difference(arange(1, 1.3, .1, float64), f64({1, 1.1, 1.2})) == "");
}

TEST_CASE("arange of integers is exact, in every dtype") {
  Numbers random;
  constexpr std::int64_t bound = std::numeric_limits<std::int64_t>::max() / 2;
  for (int trial = 0; trial < 500; ++trial) {
    const std::int64_t start = random.whole(-bound, bound), step = random.whole(1, 1'000'000) * (trial % 2 ? 1 : -1);
    const std::int64_t count = random.whole(0, 50), rest = count == 0 ? 0 : random.whole(0, std::abs(step) - 1);
    const std::int64_t stop = start + step * count - (step > 0 ? rest : -rest);
    INFO(start, " to ", stop, " by ", step);
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < count; ++i) expected.push_back(start + i * step);
    CHECK(arange(start, stop, step).to_vector<std::int64_t>() == expected);
    CHECK(arange(start, stop, step, float64).to_vector<double>() ==
          std::vector<double>(expected.begin(), expected.end()));
  }
  CHECK(difference(arange(0, 2.5, 1), i64({0, 1, 2})) == "");
  CHECK(difference(arange(0, -2.5, -1), i64({0, -1, -2})) == "");
  CHECK(arange(3, 3.5).size() == 1);
}

TEST_CASE("arange refuses what has no elements to count") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(lacks(error_of([] { arange(0, 1, 0); }), {"arange", "step"}) == "");
  CHECK(lacks(error_of([] { arange(0, infinity, 1, float64); }), {"arange", "inf", "finite"}) == "");
  CHECK(lacks(error_of([] { arange(-most, most); }), {"arange", "more elements"}) == "");
  CHECK(lacks(error_of([] { arange(0, 1e30); }), {"arange", "more elements"}) == "");
  CHECK(lacks(error_of([] { arange(0, 1e300, 1e-300, float64); }), {"arange", "more elements"}) == "");
  CHECK(lacks(error_of([] { arange(0, 1, 0.25); }), {"arange", "0.25", "whole"}) == "");
  CHECK(lacks(error_of([] { arange(most - 2, 0x1p64, most); }), {"arange", "int64"}) == "");
}

}  // namespace xgrad
