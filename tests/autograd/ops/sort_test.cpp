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
      {error_of([&] { sort(1.0); }), {"sort:", "scalar"}},
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

}  // namespace xgrad
