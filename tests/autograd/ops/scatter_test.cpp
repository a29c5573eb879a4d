#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::gradient_of;
using test::i64;

[[maybe_unused]] constexpr double nan = std::numeric_limits<double>::quiet_NaN();
[[maybe_unused]] constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("scatter_reduce gives PyTorch's values and derivatives, with ties and without x") {
  const Tensor x = f64({1, 2, 3, 5}), source = f64({1, 4, 2, 2}), index = i64({0, 0, 1, 1});
  using R = ScatterReduction;
  struct Case {
    R reduce;
    bool self;
    Tensor value, of_x, of_source;
  };
  const Case cases[] = {
      {R::sum, true, f64({6, 6, 3, 5}), f64({1, 1, 1, 1}), f64({1, 1, 1, 1})},
      {R::sum, false, f64({5, 4, 3, 5}), f64({0, 0, 1, 1}), f64({1, 1, 1, 1})},
      {R::prod, true, f64({4, 8, 3, 5}), f64({4, 4, 1, 1}), f64({4, 1, 4, 4})},
      {R::prod, false, f64({4, 4, 3, 5}), f64({0, 0, 1, 1}), f64({4, 1, 2, 2})},
      {R::mean, true, f64({2, 2, 3, 5}), f64({1. / 3, 1. / 3, 1, 1}), f64({1. / 3, 1. / 3, 1. / 3, 1. / 3})},
      {R::mean, false, f64({2.5, 2, 3, 5}), f64({0, 0, 1, 1}), f64({0.5, 0.5, 0.5, 0.5})},
      {R::amax, true, f64({4, 2, 3, 5}), f64({0, 1. / 3, 1, 1}), f64({0, 1, 1. / 3, 1. / 3})},
      {R::amin, true, f64({1, 2, 3, 5}), f64({0.5, 1. / 3, 1, 1}), f64({0.5, 0, 1. / 3, 1. / 3})},
      // PyTorch gives x a share here even though x is left out: 1/3 each. The two of the source share it.
      {R::amax, false, f64({4, 2, 3, 5}), f64({0, 0, 1, 1}), f64({0, 1, 0.5, 0.5})},
  };
  for (const Case& one : cases) {
    CAPTURE(static_cast<int>(one.reduce));
    CAPTURE(one.self);
    const auto f = [&](const Tensor& a, const Tensor& b) {
      return scatter_reduce(a, 0, index, b, one.reduce, {.include_self = one.self});
    };
    CHECK(difference(f(x, source), one.value) == "");
    CHECK(difference(gradient_of([&](const Tensor& a) { return f(a, source); }, x), one.of_x, {.rtol = 1e-15}) == "");
    CHECK(difference(gradient_of([&](const Tensor& b) { return f(x, b); }, source), one.of_source, {.rtol = 1e-15}) ==
          "");
  }
}

TEST_CASE("scatter_reduce keeps NaN and overflow in their places") {
  using R = ScatterReduction;
  const Tensor x = f64({0, 2, nan}), source = f64({0, 4, nan, 1}), index = i64({0, 0, 1, 2});
  CHECK(difference(scatter_reduce(x, 0, index, source, R::prod), f64({0, nan, nan})) == "");
  CHECK(difference(scatter_reduce(x, 0, index, source, R::amax), f64({4, nan, nan})) == "");
  CHECK(difference(scatter_reduce(x, 0, index, source, R::amin, {.include_self = false}), f64({0, nan, 1})) == "");
  CHECK(difference(scatter_reduce(f64({1e300, 2}), 0, i64({0, 1}), f64({1e300, 3}), R::prod), f64({inf, 6})) == "");
  CHECK(difference(scatter_reduce(i64({1, 2}), 0, i64({0, 0}), i64({3, -9}), R::mean), i64({-2, 2})) == "");
  const Tensor bools = equal(f64({0, 1}), 1);
  CHECK(scatter_reduce(bools, 0, i64({0}), equal(f64({1}), 1), R::amax).to_vector<bool>() ==
        std::vector<bool>{true, true});
}

TEST_CASE("scatter takes an index smaller than x and source, one value, and reductions") {
  const Tensor x = zeros({3, 4}, float64), source = f64({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}), index = i64({{3, 0}});
  CHECK(difference(scatter(x, 1, index, source), {{2, 0, 0, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}}) == "");
  CHECK(difference(scatter(x, 0, i64({{2, 1}}), 9), {{0, 0, 0, 0}, {0, 9, 0, 0}, {9, 0, 0, 0}}) == "");
  CHECK(difference(scatter(f64({1, 2}), 0, i64({0, 0}), f64({3, 5}), {.reduce = ScatterReduction::prod}),
                   f64({15, 2})) == "");
  CHECK(difference(scatter_add(f64({1, 2}), 0, i64({0, 0}), f64({3, 5})), f64({9, 2})) == "");
  CHECK(difference(scatter_add({3, 2}, 0, i64({{2}, {2}}), f64({{1, 2}, {3, 4}})), {{0, 0}, {0, 0}, {4, 0}}) == "");
  CHECK(difference(gather(source, 0, i64({{2, 1}})), {{7, 5}}) == "");
  CHECK(difference(scatter(x, 0, zeros({0, 2}, int64), source), x) == "");
}

TEST_CASE("index_copy, index_fill, put, masked_scatter and accumulating index_put give PyTorch's values") {
  CHECK(difference(index_copy(zeros({3, 2}), 0, i64({2, 0}), ones({2, 2})), {{1, 1}, {0, 0}, {1, 1}}) == "");
  CHECK(difference(index_fill(zeros({3, 2}), 1, i64({-1}), 5), {{0, 5}, {0, 5}, {0, 5}}) == "");
  CHECK(difference(put(zeros({2, 2}), i64({3, -4}), f64({1, 2})), {{2, 0}, {0, 1}}) == "");
  CHECK(difference(put(zeros({2, 2}), i64({3, 3}), f64({1, 2}), {.accumulate = true}), {{0, 0}, {0, 3}}) == "");
  const Tensor columns = equal(f64({1, 0}), 1);
  CHECK(difference(masked_scatter(zeros({2, 2}), columns, f64({1, 2, 3, 4})), {{1, 0}, {2, 0}}) == "");
  CHECK(difference(index_put(zeros({3}), {i64({0, 0})}, f64({1, 2}), {.accumulate = true}), {3, 0, 0}) == "");
  CHECK(difference(index_put(zeros({3}), {i64({0, 0})}, f64({1, 2}), true), {3, 0, 0}) == "");
  CHECK(difference(masked_fill(f64({0, 1, 2}), equal(f64({{1, 0, 1}, {0, 1, 0}}), 1), 9), {{9, 1, 9}, {0, 9, 2}}) ==
        "");
}

TEST_CASE("scatters of a scalar along axis 0") {
  const Tensor two = tensor(2, float64), first = tensor(0, int64), three = tensor(3, float64);
  CHECK(difference(index_copy(two, 0, i64({0}), three), three) == "");
  CHECK(difference(index_fill(two, -1, first, 3), three) == "");
  CHECK(difference(scatter(two, 0, first, three), three) == "");
  CHECK(difference(scatter_reduce(two, 0, first, three, ScatterReduction::prod), tensor(6, float64)) == "");
  CHECK(difference(index_add(two, 0, i64({0}), three), tensor(5, float64)) == "");
}

}  // namespace xgrad
