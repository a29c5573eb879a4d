#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
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

/// f along axis 1 of (outer, n, inner), a line at a time.
template <class F>
Tensor line_by_line(const Tensor& x, bool reverse, F f) {
  std::vector<double> values = x.to_vector<double>();
  const std::int64_t outer = x.size(0), n = x.size(1), inner = x.size(2);
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      const auto place = [&](std::int64_t k) {
        return static_cast<std::size_t>((i * n + (reverse ? n - 1 - k : k)) * inner + j);
      };
      for (std::int64_t k = 1; k < n; ++k) values[place(k)] = f(values[place(k - 1)], values[place(k)]);
    }
  }
  return tensor(std::span<const double>(values), x.shape());
}

}  // namespace

TEST_CASE("scans agree with loops along a middle axis, forwards and backwards") {
  Generator generator(1);
  const Tensor x = randn({3, 7, 5}, float64, generator);
  for (const bool reverse : {false, true}) {
    const auto plus = [](double a, double b) { return a + b; };
    const auto times = [](double a, double b) { return a * b; };
    CHECK(difference(cumsum(x, 1, {.reverse = reverse}), line_by_line(x, reverse, plus), {.rtol = 1e-13}) == "");
    CHECK(difference(cumprod(x, -2, {.reverse = reverse}), line_by_line(x, reverse, times), {.rtol = 1e-13}) == "");
  }
  const auto log_add = [](double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); };
  CHECK(difference(logcumsumexp(x, 1), line_by_line(x, false, log_add), {.rtol = 1e-12, .atol = 1e-12}) == "");
}

TEST_CASE("float32 running sums do not lose what float32 totals would") {
  // 2^24 + 1 is not a float32: a total kept in float32 stays at 2^24.
  const Tensor x = concatenate({tensor({16777216}), ones({64})});
  CHECK(cumsum(x, 0).to_vector<float>()[64] == 16777280.0f);
}

TEST_CASE("integers and bools scan in int64, and wrap around instead of being undefined") {
  CHECK(difference(cumsum(i64({1, 2, 3}), 0), i64({1, 3, 6})) == "");
  CHECK(difference(cumprod(i64({2, -3, 4}), 0), i64({2, -6, -24})) == "");
  CHECK(difference(cumsum(tensor({1, 0, 1}, boolean), 0), i64({1, 1, 2})) == "");
  CHECK(difference(prod(tensor({1, 0, 1}, boolean)), i64(0)) == "");
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Tensor large = tensor(std::span<const std::int64_t>(std::vector<std::int64_t>{most, 1}), {2});
  CHECK(cumsum(large, 0).to_vector<std::int64_t>()[1] == std::numeric_limits<std::int64_t>::min());
  CHECK(cumprod(cumsum(large, 0), 0).dtype() == int64);
}

TEST_CASE("a linear scan is its recurrence, and does not read its first factor") {
  const Tensor a = f64({nan, 2, 3}), b = f64({1, 10, 100});
  CHECK(difference(linear_scan(a, b, 0), {1, 12, 136}) == "");
  CHECK(difference(linear_scan(f64({2, 3, nan}), b, 0, {.reverse = true}), {621, 310, 100}) == "");
  CHECK(difference(linear_scan(0.5, f64({{1, 1}, {1, 1}}), 0), {{1, 1}, {1.5, 1.5}}) == "");
}

TEST_CASE("products of zeros have the derivatives of polynomials, to second order") {
  CHECK(difference(gradient_of([](const Tensor& x) { return prod(x); }, f64({2, 0, 3})), {0, 6, 0}) == "");
  CHECK(difference(gradient_of([](const Tensor& x) { return prod(x); }, f64({0, 5, 0})), {0, 0, 0}) == "");
  CHECK(difference(gradient_of([](const Tensor& x) { return cumprod(x, 0); }, f64({2, 0, 3})), {1, 8, 0}) == "");
  CHECK(difference(gradient_of([](const Tensor& x) { return prod(x); }, f64(4)), f64(1)) == "");
  CHECK(difference(gradient_of([](const Tensor& x) { return prod(x); }, zeros({0}, float64)), zeros({0}, float64)) ==
        "");
  for (const Tensor& x : {f64({{2, 0, 3}, {0, 5, 0}}), f64({{0, 0, 0}, {1, 2, 3}})}) {
    for (const Axes& axes : {Axes(), Axes(0), Axes(-1), Axes({0, 1})})
      CHECK(gradcheck([&](const Tensor& y) { return prod(y, axes); }, x, {.order = 2}).passed);
    CHECK(gradcheck([](const Tensor& y) { return cumprod(y, 1); }, x, {.order = 2}).passed);
    CHECK(gradcheck([](const Tensor& y) { return cumprod(y, 0, {.reverse = true}); }, x, {.order = 2}).passed);
  }
  const Tensor hessian_row = [] {
    const Tape tape;
    const Tensor x = f64({0, 5, 0});
    const Tensor first = tape.gradient(prod(x), x);
    return tape.gradient(slice(first, 0, 0, 1).reshape(Shape{}), x);
  }();
  CHECK(difference(hessian_row, {0, 0, 5}) == "");
}

TEST_CASE("prod takes any axes, and is 1 over nothing") {
  const Tensor x = f64({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}});
  CHECK(difference(prod(x), f64(40320)) == "");
  CHECK(difference(prod(x, {0, 2}), {60, 672}) == "");
  CHECK(difference(prod(x, {0, -1}, {.keepdims = true}), {{{60}, {672}}}) == "");
  CHECK(difference(prod(x, 1, {.keepdims = true}), {{{3, 8}}, {{35, 48}}}) == "");
  CHECK(difference(prod(zeros({2, 0}, float64), 1), {1, 1}) == "");
  CHECK(difference(prod(zeros({0, 2}, float64), 1), zeros({0}, float64)) == "");
  CHECK(difference(prod(f64(3)), f64(3)) == "");
}

TEST_CASE("logcumsumexp neither overflows nor loses its gradient, and is -inf before the first number") {
  CHECK(difference(logcumsumexp(f64({1000, 1000}), 0), {1000, 1000 + std::log(2)}, {.rtol = 1e-15}) == "");
  CHECK(difference(logcumsumexp(f64({-1000, 1000, -1000}), 0), {-1000, 1000, 1000}) == "");
  CHECK(difference(logcumsumexp(f64({-inf, -inf, 2, -inf}), 0), {-inf, -inf, 2, 2}) == "");
  CHECK(difference(logcumsumexp(f64({0, inf, 1}), 0), {0, inf, inf}) == "");
  CHECK(difference(logcumsumexp(f64({0, nan, 1}), 0), {0, nan, nan}) == "");
  const auto f = [](const Tensor& x) { return logcumsumexp(x, 0); };
  CHECK(difference(gradient_of(f, f64({-1000, 1000, -1000})), {1, 2, 0}) == "");
  CHECK(difference(gradient_of(f, f64({-inf, -inf, 2, -inf})), {0, 0, 2, 0}) == "");
  CHECK(difference(gradient_of(f, f64({800, 0, -800})), {3, 0, 0}) == "");
}

TEST_CASE("norms of every order, with a derivative of 0 at 0") {
  const Tensor x = f64({{3, -4}, {0, 0}});
  CHECK(difference(norm(x), f64(5)) == "");
  CHECK(difference(norm(x, 1, 1), {7, 0}) == "");
  CHECK(difference(norm(x, 2, 1), {5, 0}) == "");
  CHECK(difference(norm(x, inf, 1, {.keepdims = true}), {{4}, {0}}) == "");
  CHECK(difference(norm(x, 3, 1), {std::cbrt(91), 0}, {.rtol = 1e-14}) == "");
  CHECK(difference(norm(x, 0.5, 1), {7 + 2 * std::sqrt(12), 0}, {.rtol = 1e-14}) == "");
  CHECK(norm(i64({3, 4})).dtype() == float32);
  CHECK(difference(norm(zeros({0}, float64)), f64(0)) == "");
  for (const double p : {0.5, 1.0, 1.5, 2.0, 3.0, inf}) {
    INFO("p = ", p);
    const auto rows = [p](const Tensor& y) { return norm(y, p, 1); };
    CHECK(difference(slice(gradient_of(rows, x), 0, 1, 2), {{0, 0}}) == "");
    CHECK(gradcheck(rows, f64({{3, -4, 1}, {1, 2, -1.5}}), {.order = 2}).passed);
  }
  const auto cubes = [](const Tensor& y) { return norm(y, 3); };
  CHECK(difference(gradient_of(cubes, f64({0, 2})), {0, 1}, {.rtol = 1e-14}) == "");
  CHECK(difference(gradient_of([](const Tensor& y) { return norm(y, 1.5); }, f64({0, -2})), {0, -1}, {.rtol = 1e-14}) ==
        "");
}

TEST_CASE("any and all count NaN as not 0, and take nothing for false and true") {
  const Tensor x = f64({{0, nan}, {0, 0}, {1, 2}});
  CHECK(difference(any(x, 1), {1, 0, 1}) == "");
  CHECK(difference(all(x, 1), {0, 0, 1}) == "");
  CHECK(difference(any(x, 0, {.keepdims = true}), {{1, 1}}) == "");
  CHECK(any(x).dtype() == boolean);
  CHECK(difference(all(zeros({2, 0}), 1), {1, 1}) == "");
  CHECK(difference(any(zeros({2, 0}), 1), {0, 0}) == "");
  CHECK(difference(all(tensor({true, true}, boolean)), tensor(1, boolean)) == "");
  CHECK(difference(any(i64({0, 0})), tensor(0, boolean)) == "");
}

TEST_CASE("scans and their reductions refuse what has no meaning") {
  const Tensor none, x = zeros({2, 3});
  const std::vector<std::pair<std::string, std::vector<std::string>>> errors = {
      {error_of([&] { cumsum(none, 0); }), {"cumsum:", "undefined"}},
      {error_of([&] { cumsum(x, 2); }), {"cumsum:", "2", "(2, 3)"}},
      {error_of([&] { cumsum(1.0, 1); }), {"cumsum:", "scalar"}},
      {error_of([&] { cumprod(none, 0); }), {"cumprod:", "undefined"}},
      {error_of([&] { cumprod(x, -3); }), {"cumprod:", "-3", "(2, 3)"}},
      {error_of([&] { logcumsumexp(none, 0); }), {"logcumsumexp:", "undefined"}},
      {error_of([&] { logcumsumexp(x, 5); }), {"logcumsumexp:", "5", "(2, 3)"}},
      {error_of([&] { linear_scan(none, x, 0); }), {"linear_scan:", "'a'", "undefined"}},
      {error_of([&] { linear_scan(x, none, 0); }), {"linear_scan:", "'b'", "undefined"}},
      {error_of([&] { linear_scan(x, zeros({2}), 0); }), {"linear_scan:", "(2, 3)", "(2,)"}},
      {error_of([&] { linear_scan(x, x, 2); }), {"linear_scan:", "2", "(2, 3)"}},
      {error_of([&] { prod(none); }), {"prod:", "undefined"}},
      {error_of([&] {
         prod(x, {0, 0});
       }),
       {"prod:", "twice"}},
      {error_of([&] { norm(none); }), {"norm:", "undefined"}},
      {error_of([&] { norm(x, nan); }), {"norm:", "p is nan"}},
      {error_of([&] { norm(x, inf, 4); }), {"norm:", "4", "(2, 3)"}},
      {error_of([&] { norm(zeros({0}), inf); }), {"(0,)", "no elements"}},
      {error_of([&] { any(none); }), {"any:", "undefined"}},
      {error_of([&] { any(x, 2); }), {"any:", "2", "(2, 3)"}},
      {error_of([&] { all(none); }), {"all:", "undefined"}},
      {error_of([&] { all(x, -3); }), {"all:", "-3", "(2, 3)"}},
  };
  for (const auto& [text, parts] : errors) CHECK(lacks(text, parts) == "");
}

TEST_CASE("cdist is the norm of every difference of rows") {
  Generator generator(2);
  const Tensor a = randn({2, 4, 3}, float64, generator), b = randn({5, 3}, float64, generator);
  const std::vector<double> of_a = a.to_vector<double>(), of_b = b.to_vector<double>();
  for (const double p : {0.0, 0.5, 1.0, 2.0, 3.0, inf}) {
    std::vector<double> expected;
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t j = 0; j < 5; ++j) {
        double total = 0, largest = 0;
        for (std::size_t k = 0; k < 3; ++k) {
          const double distance = std::abs(of_a[3 * i + k] - of_b[3 * j + k]);
          total += p == 0 ? (distance != 0 ? 1 : 0) : std::pow(distance, p);
          largest = std::max(largest, distance);
        }
        expected.push_back(p == inf ? largest : p == 0 ? total : std::pow(total, 1 / p));
      }
    const Tensor distances = tensor(std::span<const double>(expected), {2, 4, 5});
    CHECK(difference(cdist(a, b, p), distances, {.rtol = 1e-13}) == "");
    CHECK(difference(cdist(b, a, p), swapaxes(distances, 1, 2), {.rtol = 1e-13}) == "");
  }
}

TEST_CASE("cdist of equal rows, of integers, and without rows or entries") {
  const Tensor x = tensor({{1, 2}, {1, 2}, {4, 6}});
  CHECK(difference(cdist(x, x), {{0, 0, 5}, {0, 0, 5}, {5, 5, 0}}) == "");
  CHECK(difference(cdist(x, x, 0), {{0, 0, 2}, {0, 0, 2}, {2, 2, 0}}) == "");
  CHECK(difference(cdist(x.to(int64), x.to(int64), 1), {{0, 0, 7}, {0, 0, 7}, {7, 7, 0}}) == "");
  const Tensor slope = test::gradient_of([&](const Tensor& t) { return cdist(t, x); }, clone(x));
  CHECK(difference(slope, {{-0.6, -0.8}, {-0.6, -0.8}, {1.2, 1.6}}, {.rtol = 1e-6}) == "");
  CHECK(cdist(zeros({0, 2}), x).shape() == Shape{0, 3});
  for (const double p : {0.0, 1.0, 2.0, inf})
    CHECK(difference(cdist(zeros({2, 0}), zeros({1, 0}), p), {{0}, {0}}) == "");
}

TEST_CASE("cdist's derivatives agree with central differences") {
  Generator generator(3);
  const Tensor a = randn({3, 2}, float64, generator), b = randn({2, 2}, float64, generator);
  for (const double p : {1.0, 1.5, 2.0, 3.0, inf}) {
    const auto f = [&](const std::vector<Tensor>& x) { return cdist(x[0], x[1], p); };
    const GradcheckResult result = gradcheck(TensorsFunction(f), {a, b}, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

}  // namespace xgrad
