#include <examples/oscillator.hpp>

#include <numbers>

#include <doctest/doctest.h>

#include <autograd/ops.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("the network finds sin(x) as the solution of u'' + u = 0, from several starts") {
  const Oscillator oscillator;
  const Tensor x = linspace(0, std::numbers::pi, 501, float64);
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    const LbfgsResult found = oscillator.solve(seed);
    CHECK(max(abs(oscillator.solution(found.x, x) - sin(x))).item() < 1e-3);
  }
}

TEST_CASE("the residual holds the second derivative of the network: that of central differences") {
  const Oscillator oscillator(5, {7});
  const Tensor parameters = oscillator.network().initial(4), x = tensor({0.3, 1, 2.5}, float64);
  const auto u = [&](const Tensor& t) { return oscillator.solution(parameters, t); };
  const double h = 1e-4;  // rounding errs by 1e-16 / h^2, the difference by h^2
  const Tensor second = (u(x + h) - 2 * u(x) + u(x - h)) / (h * h);
  CHECK(max(abs(oscillator.residual(parameters, x) - (second + u(x)))).item() < 1e-6);
}

TEST_CASE("the initial values hold for any parameters") {
  const Oscillator oscillator;
  for (const std::uint64_t seed : {1U, 2U}) {
    const Tensor parameters = oscillator.network().initial(seed);
    const auto u = [&](const Tensor& x) { return sum(oscillator.solution(parameters, x)); };
    const auto [value, slope] = value_and_gradient(u, zeros({1}, float64));
    CHECK(value.item() == 0);
    CHECK(slope.item() == 1);
  }
}

TEST_CASE("the gradient of the loss, of third order in all, is that of central differences") {
  const Oscillator oscillator(4, {3});
  const Tensor parameters = oscillator.network().initial(2);
  const auto loss = [&](const Tensor& p) { return oscillator.loss(p); };
  Generator generator(1);
  const Tensor along = randn(parameters.shape(), float64, generator);
  const double difference = ((loss(parameters + 1e-5 * along) - loss(parameters - 1e-5 * along)) / 2e-5).item();
  CHECK(sum(gradient(loss, parameters) * along).item() == doctest::Approx(difference).epsilon(1e-7));
}
