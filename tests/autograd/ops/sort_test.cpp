#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::gradient_of;
using test::i64;
using test::lacks;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("sort agrees with std::stable_sort, in both orders") {
  Generator generator(1);
  const Tensor x = randint(0, 20, {100}, generator).to(float64);
  std::vector<double> values = x.to_vector<double>();
  std::vector<std::int64_t> order(100);
  for (std::size_t i = 0; i < 100; ++i) order[i] = static_cast<std::int64_t>(i);
  const auto at = [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return at(a) < at(b); });
  CHECK(argsort(x).to_vector<std::int64_t>() == order);
  std::stable_sort(order.begin(), order.end());
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return at(a) > at(b); });
  CHECK(argsort(x, 0, {.descending = true}).to_vector<std::int64_t>() == order);
  std::sort(values.begin(), values.end());
  CHECK(sort(x).to_vector<double>() == values);
}

TEST_CASE("sort takes any axis and dtype, infinities and nothing; NaN comes last") {
  CHECK(difference(sort(f64({{3, 1}, {2, 5}}), 0), {{2, 1}, {3, 5}}) == "");
  CHECK(difference(sort(f64({{3, 2}, {1, 5}}).T(), 0), {{2, 1}, {3, 5}}) == "");
  CHECK(difference(sort(f64({nan, inf, 0, -inf})), {-inf, 0, inf, nan}) == "");
  CHECK(difference(sort(f64({nan, inf, 0, -inf}), 0, {.descending = true}), {inf, 0, -inf, nan}) == "");
  CHECK(difference(sort(i64({3, 1, 2})), i64({1, 2, 3})) == "");
  CHECK(difference(sort(tensor({1, 0, 1}, boolean)), tensor({0, 1, 1}, boolean)) == "");
  CHECK(sort(zeros({2, 0})).shape() == Shape{2, 0});
}

TEST_CASE("gradients go back to where the elements came from") {
  const Tensor weights = f64({1, 10, 100});
  const auto f = [&](const Tensor& x) { return sort(x, -1, {.descending = true}) * weights; };
  CHECK(difference(gradient_of(f, f64({2, 3, 1})), {10, 1, 100}) == "");
  CHECK(gradcheck([](const Tensor& x) { return square(sort(x, 0)); }, f64({{3, 1}, {2, 5}, {-1, 0}}), {.order = 2})
            .passed);
  const auto two = [](const Tensor& x) { return topk(x, 2).values; };
  CHECK(difference(gradient_of(two, f64({2, 3, 1, 3})), {0, 1, 0, 1}) == "");
  CHECK(gradcheck([&](const Tensor& x) { return square(two(x)); }, f64({{2, 3, 1}, {4, -1, 0}}), {.order = 2}).passed);
}

TEST_CASE("topk gives the best first, of what ties the first, and as many as are asked for") {
  const Tensor x = f64({{1, 3, 2, 3}, {nan, -1, -3, -2}});
  const TopK best = topk(x, 2);
  CHECK(difference(best.values, {{3, 3}, {-1, -2}}) == "");
  CHECK(difference(best.indices, i64({{1, 3}, {1, 3}})) == "");
  CHECK(difference(topk(x, 1, 1, {.largest = false}).values, {{1}, {-3}}) == "");
  CHECK(difference(topk(x, 4, -1).values, sort(x, -1, {.descending = true})) == "");
  CHECK(topk(x, 0, 0).values.shape() == Shape{0, 4});
  CHECK(difference(topk(x, 1, 0).indices, i64({{0, 0, 0, 0}})) == "");
}

TEST_CASE("the median is the middle, the lower middle, or NaN") {
  CHECK(difference(median(f64({3, 1, 2})), f64(2)) == "");
  CHECK(difference(median(f64({4, 3, 1, 2})), f64(2)) == "");
  CHECK(difference(median(f64({{3, 1, 2}, {9, nan, 8}}), 1), {2, nan}) == "");
  CHECK(difference(median(f64({{3, 1}, {2, 5}}), 0, {.keepdims = true}), {{2, 1}}) == "");
  CHECK(difference(median(i64({{5, 1}, {2, 8}})), i64(2)) == "");
  CHECK(difference(median(f64(7)), f64(7)) == "");
  CHECK(median(zeros({2, 3}), {}, {.keepdims = true}).shape() == Shape{1, 1});
  CHECK(difference(gradient_of([](const Tensor& x) { return median(x, 1); }, f64({{3, 1, 2}, {5, 4, 6}})),
                   {{0, 0, 1}, {1, 0, 0}}) == "");
}

TEST_CASE("order refuses what has no meaning") {
  const Tensor none, x = zeros({2, 3});
  const std::vector<std::pair<std::string, std::vector<std::string>>> errors = {
      {error_of([&] { sort(none); }), {"sort:", "undefined"}},
      {error_of([&] { sort(x, 2); }), {"sort:", "2", "(2, 3)"}},
      {error_of([&] { sort(1.0, 1); }), {"sort:", "scalar"}},
      {error_of([&] { argsort(none); }), {"argsort:", "undefined"}},
      {error_of([&] { argsort(x, -3); }), {"argsort:", "-3", "(2, 3)"}},
      {error_of([&] { topk(none, 1); }), {"topk:", "undefined"}},
      {error_of([&] { topk(x, 4); }), {"topk:", "k is 4", "(2, 3)", "0 to 3"}},
      {error_of([&] { topk(x, -1); }), {"topk:", "k is -1"}},
      {error_of([&] { topk(x, 1, 2); }), {"topk:", "axis 2", "(2, 3)"}},
      {error_of([&] { median(none); }), {"median:", "undefined"}},
      {error_of([&] { median(x, 2); }), {"median:", "2", "(2, 3)"}},
      {error_of([&] {
         median(zeros({2, 0}), 1);
       }),
       {"median:", "(2, 0)", "no elements"}},
      {error_of([&] { median(zeros({0})); }), {"median:", "(0,)", "no elements"}},
  };
  for (const auto& [text, parts] : errors) CHECK(lacks(text, parts) == "");
}

TEST_CASE("quantile interpolates as NumPy and PyTorch do") {
  // numpy.quantile([3, 1, 4, 1.5, 9], q, method=...)
  const Tensor x = f64({3, 1, 4, 1.5, 9});
  const std::vector<double> q = {0, 0.1, 0.25, 0.4, 0.5, 0.625, 0.9, 1};
  const auto by = [&](Interpolation interpolation) { return quantile(x, q, 0, {.interpolation = interpolation}); };
  const test::Tolerance rounding{.rtol = 1e-14};
  CHECK(difference(by(Interpolation::linear), {1, 1.2, 1.5, 2.4, 3, 3.5, 7, 9}, rounding) == "");
  CHECK(difference(by(Interpolation::lower), {1, 1, 1.5, 1.5, 3, 3, 4, 9}) == "");
  CHECK(difference(by(Interpolation::higher), {1, 1.5, 1.5, 3, 3, 4, 9, 9}) == "");
  CHECK(difference(by(Interpolation::midpoint), {1, 1.25, 1.5, 2.25, 3, 3.5, 6.5, 9}) == "");
  CHECK(difference(by(Interpolation::nearest), {1, 1, 1.5, 3, 3, 3, 9, 9}) == "");  // 2.5 goes to the even place
}

TEST_CASE("quantile of random numbers is what the definition says, along any axis and for any q") {
  Generator generator(2);
  const Tensor x = randn({4, 7, 3}, float64, generator);
  for (const int axis : {0, 1, 2, -1}) {
    for (const double q : {0.0, 0.3, 0.77, 1.0}) {
      const Tensor moved = swapaxes(x, axis, -1);
      const std::int64_t n = moved.size(-1);
      const std::vector<double> values = moved.to_vector<double>();
      std::vector<double> expected;
      for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(n)) {
        std::vector<double> line(values.begin() + static_cast<std::ptrdiff_t>(row),
                                 values.begin() + static_cast<std::ptrdiff_t>(row) + n);
        std::sort(line.begin(), line.end());
        const double place = q * static_cast<double>(n - 1);
        const auto below = static_cast<std::size_t>(place);
        const double above = line[std::min(below + 1, line.size() - 1)];
        expected.push_back(line[below] + (place - static_cast<double>(below)) * (above - line[below]));
      }
      Shape shape = moved.shape();
      shape[2] = 1;
      const Tensor kept = swapaxes(tensor(std::span<const double>(expected), shape), axis, -1);
      const test::Tolerance rounding{.rtol = 1e-13, .atol = 1e-14};
      CHECK(difference(quantile(x, q, axis, {.keepdims = true}), kept, rounding) == "");
      CHECK(difference(quantile(x, q, axis), squeeze(kept, axis), rounding) == "");
      const Tensor several = quantile(x, {0.5, q}, axis);
      CHECK(difference(slice(several, 0, 1, 2), expand_dims(squeeze(kept, axis), 0), rounding) == "");
      CHECK(difference(slice(quantile(x, {0.5, q}, axis, {.keepdims = true}), 0, 1, 2), expand_dims(kept, 0),
                       rounding) == "");
    }
  }
}

TEST_CASE("quantile without an axis, of integers, of no quantiles, of infinities and NaN") {
  CHECK(difference(quantile(f64({{1, 2}, {3, 4}}), 0.5), f64(2.5)) == "");
  CHECK(quantile(f64({{1, 2}, {3, 4}}), 0.5, {}, {.keepdims = true}).shape() == Shape{1, 1});
  CHECK(quantile(f64({{1, 2}, {3, 4}}), {0.5, 0.1}, {}, {.keepdims = true}).shape() == Shape{2, 1, 1});
  CHECK(quantile(f64({{1, 2}, {3, 4}}), std::vector<double>{}, 1).shape() == Shape{0, 2});
  CHECK(difference(quantile(f64(5), 0.3), f64(5)) == "");
  CHECK(difference(quantile(i64({4, 1, 2, 3}), 0.5), tensor(2.5)) == "");
  CHECK(difference(quantile(f64({1, inf, inf}), {0.0, 0.25, 0.5, 0.75, 1.0}), {1, inf, inf, inf, inf}) == "");
  CHECK(difference(quantile(f64({-inf, -inf, 1}), {0.0, 0.25, 0.75, 1.0}), {-inf, -inf, -inf, 1}) == "");
  CHECK(difference(quantile(f64({{1, nan, 2}, {1, 3, 2}}), 0.5, 1), {nan, 2}) == "");
  CHECK(difference(quantile(f64({7, 7, 7, 7}), 0.3), f64(7)) == "");
}

TEST_CASE("quantile's derivatives agree with central differences, and halve between equal elements as PyTorch's") {
  const Tensor x = f64({{3, 1, 4}, {1.5, 9, 2}});
  for (const auto interpolation : {Interpolation::linear, Interpolation::lower, Interpolation::higher,
                                   Interpolation::midpoint, Interpolation::nearest}) {
    const auto f = [&](const Tensor& t) {
      return square(quantile(t, {0.1, 0.5, 0.8}, 1, {.interpolation = interpolation}));
    };
    const GradcheckResult result = gradcheck(f, x, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
  const auto middle = [](const Tensor& t) { return quantile(t, 0.5); };
  CHECK(difference(gradient_of(middle, f64({2, 2})), {0.5, 0.5}) == "");
  CHECK(difference(gradient_of(middle, f64({1, inf})), {0.5, 0.5}) == "");
  const Tensor batch = f64({{3, 1, 4}, {1.5, 9, 2}});
  CHECK(difference(vmap(middle)(batch), quantile(batch, 0.5, 1)) == "");
}

}  // namespace xgrad
