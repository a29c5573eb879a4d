#include <examples/lbfgs.hpp>

#include <doctest/doctest.h>

#include <autograd/ops.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("L-BFGS solves a badly scaled quadratic") {
  const Tensor scales = tensor({1, 10, 100, 1000, 10000}, float64), target = tensor({1, -2, 3, -4, 5}, float64);
  const LbfgsResult found =
      lbfgs([&](const Tensor& x) { return sum(scales * square(x - target)); }, zeros({5}, float64));
  CHECK(found.converged);
  CHECK(max(abs(found.x - target)).item() < 1e-9);
}

TEST_CASE("L-BFGS backs out of where a function is not a number") {
  // The first step of 1 leads from 0.1 to below 0, where log is NaN.
  const LbfgsResult found = lbfgs([](const Tensor& x) { return sum(x - log(x)); }, tensor({0.1, 3}, float64));
  CHECK(found.converged);
  CHECK(max(abs(found.x - 1)).item() < 1e-8);
}

TEST_CASE("L-BFGS goes far where a function falls for long") {
  // From 1000 the minimum of a function with slopes of at most 1 lies many doublings away.
  const LbfgsResult found = lbfgs([](const Tensor& x) { return sum(sqrt(1 + square(x))); }, full({3}, 1000, float64));
  CHECK(found.converged);
  CHECK(max(abs(found.x)).item() < 1e-8);
}

TEST_CASE("L-BFGS ends where rounding hides what is left, and says that it did not converge") {
  const LbfgsResult found = lbfgs([](const Tensor& x) { return sum(square(x - 1)) + 1; }, tensor({3, 4}, float64),
                                  {.max_iterations = 100, .gradient_tolerance = 0});
  CHECK(found.iterations < 100);
  CHECK(max(abs(found.x - 1)).item() < 1e-7);
  const LbfgsResult short_walk =
      lbfgs([](const Tensor& x) { return sum(square(square(x))); }, tensor({3.0}, float64), {.max_iterations = 2});
  CHECK_FALSE(short_walk.converged);
  CHECK(short_walk.iterations == 2);
}

TEST_CASE("L-BFGS refuses a start without a value and reports its progress") {
  CHECK_THROWS_WITH_AS(lbfgs([](const Tensor& x) { return sum(log(x)); }, tensor({-1.0}, float64)),
                       "lbfgs: f(start) is not finite", Error);
  int calls = 0;
  double last = 0;
  const LbfgsResult found = lbfgs([](const Tensor& x) { return sum(cosh(x)); }, tensor({1.0, 2}, float64),
                                  {.progress = [&](int iteration, double value, double) {
                                    ++calls;
                                    CHECK(iteration == calls);
                                    last = value;
                                  }});
  CHECK(calls == found.iterations);
  CHECK(last == found.value);
}
