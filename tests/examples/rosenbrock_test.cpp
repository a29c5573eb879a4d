#include <examples/rosenbrock.hpp>

#include <vector>

#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <examples/lbfgs.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("Rosenbrock's valley and its gradient are those of the formula") {
  const std::vector<double> x = {-1.2, 1, 0.5};
  double value = 0;
  std::vector<double> slopes(3, 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i];
    value += 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
    slopes[i] += -400 * bend * x[i] - 2 * (1 - x[i]);
    slopes[i + 1] += 200 * bend;
  }
  const auto [found, gradient] = value_and_gradient(rosenbrock, tensor(x, {3}));
  CHECK(found.item() == doctest::Approx(value).epsilon(1e-14));
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(gradient.to_vector<double>()[i] == doctest::Approx(slopes[i]).epsilon(1e-13));
}

TEST_CASE("L-BFGS walks Rosenbrock's valley to (1, ..., 1) in 2 and in 100 dimensions") {
  for (const int n : {2, 100}) {
    CAPTURE(n);
    const LbfgsResult found = lbfgs(rosenbrock, rosenbrock_start(n));
    CHECK(found.converged);
    CHECK(max(abs(found.x - 1)).item() < 1e-8);
    CHECK(found.value < 1e-16);
  }
}
