#include <doctest/doctest.h>

#include <limits>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::i64;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

Tensor whole(std::int64_t value) { return tensor(std::span(&value, 1), {1}); }

}  // namespace

TEST_CASE("isclose allows atol and rtol of b, at the bound too") {
  const CloseOptions options{.rtol = 0.5, .atol = 1};
  CHECK(difference(isclose(f64({11, 16, 16.5, -6}), f64({10, 10, 10, -10}), options), tensor({1, 1, 0, 1}, boolean)) ==
        "");
  // Of b, not of a: 1 + 0.5 * 16.5 would do.
  CHECK(!allclose(f64(16.5), f64(10), options));
  CHECK(allclose(f64(10), f64(16.5), options));
  CHECK(allclose(f64({1, 1 + 1e-9}), f64({1 + 1e-5, 1})));
  CHECK(!allclose(f64({1, 1 + 2.1e-5}), f64({1, 1})));
  CHECK(allclose(f64(0), f64(1e-8)));
  CHECK(!allclose(f64(0), f64(1.1e-8)));
}

TEST_CASE("infinities are close to themselves only, NaN where that is asked for") {
  const Tensor a = f64({inf, inf, 1, -inf, nan, nan}), b = f64({inf, -inf, inf, -inf, nan, 1});
  CHECK(difference(isclose(a, b), tensor({1, 0, 0, 1, 0, 0}, boolean)) == "");
  CHECK(difference(isclose(a, b, {.equal_nan = true}), tensor({1, 0, 0, 1, 1, 0}, boolean)) == "");
  CHECK(difference(isclose(a, b, {.atol = inf}), tensor({1, 0, 0, 1, 0, 0}, boolean)) == "");
}

TEST_CASE("close tensors broadcast, and are of any dtypes") {
  CHECK(allclose(ones({3, 1}), ones({1, 4}, float64)));
  CHECK(allclose(tensor({0.1, 0.2}), f64({0.1, 0.2})));
  CHECK(allclose(tensor({1, 0}, boolean), f64({1, 0})));
  CHECK(allclose(zeros({0, 3}), zeros({3})));
  CHECK(allclose(f64({2, 2}), 2));
}

TEST_CASE("distances of int64 tensors are exact") {
  const CloseOptions exactly{.rtol = 0, .atol = 0}, by_one{.rtol = 0, .atol = 1};
  const std::int64_t large = std::int64_t{1} << 53;
  CHECK(!allclose(whole(large), whole(large + 1), exactly));
  CHECK(allclose(whole(large), whole(large + 1), by_one));
  CHECK(!allclose(whole(large), whole(large + 2), by_one));
  CHECK(allclose(whole(large + 1), whole(large + 3), {.rtol = 0, .atol = 2}));
  CHECK(!allclose(whole(least), whole(most), by_one));  // their difference in int64 is 1
  CHECK(!allclose(whole(most), whole(-1), {.rtol = 0, .atol = 1e18}));
}

TEST_CASE("array_equal compares shape and elements") {
  CHECK(array_equal(f64({1, 2}), f64({1, 2})));
  CHECK(array_equal(f64({1, 2}), tensor({1, 2})));
  CHECK(array_equal(i64({1, 2}), f64({1, 2})));
  CHECK(!array_equal(f64({1, 2}), f64({1, 3})));
  CHECK(!array_equal(f64({1, 1}), f64(1)));
  CHECK(!array_equal(f64({{1, 1}}), f64({1, 1})));
  CHECK(array_equal(zeros({0, 3}), ones({0, 3})));
  CHECK(!array_equal(f64({1, nan}), f64({1, nan})));
  CHECK(array_equal(f64({1, nan}), f64({1, nan}), {.equal_nan = true}));
  CHECK(!array_equal(f64({1, nan}), f64({1, 2}), {.equal_nan = true}));
  CHECK(array_equal(f64({0.0}), f64({-0.0})));
}

TEST_CASE("a clone has x's values and a gradient of its own") {
  const Tensor x = f64({1, 2});
  const Tape tape;
  const Tensor copy = clone(x);
  CHECK(difference(copy, x) == "");
  CHECK(!copy.same_as(x));
  const Tensor y = sum(x * copy);
  CHECK(difference(tape.gradient(y, copy), {1, 2}) == "");
  CHECK(difference(tape.gradient(y, x), {2, 4}) == "");
  CHECK(gradcheck([](const Tensor& t) { return square(clone(t)); }, x, {.order = 2}).passed);
}

TEST_CASE("zeros_like, ones_like and full_like have the shape, and the dtype unless another is given") {
  const Tensor x = f64({{1, 2}, {3, 4}});
  CHECK(difference(zeros_like(x), f64({{0, 0}, {0, 0}})) == "");
  CHECK(difference(ones_like(x, int64), i64({{1, 1}, {1, 1}})) == "");
  CHECK(difference(zeros_like(x, boolean), tensor({{0, 0}, {0, 0}}, boolean)) == "");
  CHECK(difference(full_like(x, 0.1), f64({{0.1, 0.1}, {0.1, 0.1}})) == "");
  CHECK(difference(full_like(x, 3, int64), i64({{3, 3}, {3, 3}})) == "");
  CHECK(difference(full_like(i64({1, 2}), 3.0), i64({3, 3})) == "");
  CHECK(full_like(i64({0}), most).item<std::int64_t>() == most);
  CHECK(difference(full_like(x, f64({{7}})), f64({{7, 7}, {7, 7}})) == "");
  CHECK(difference(test::gradient_of([&](const Tensor& value) { return full_like(x, value); }, f64(2)), f64(4)) == "");
}

}  // namespace xgrad
