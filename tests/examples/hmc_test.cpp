#include <examples/hmc.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

const Tensor mean_of_target = tensor({1, -2}, float64);
const Tensor covariance = tensor({{1, 0.9}, {0.9, 2}}, float64);

}  // namespace

TEST_CASE("log-densities are those of the formulas, up to a constant") {
  const LogDensity normal = gaussian(mean_of_target, covariance);
  const Tensor x = tensor({{1, -2}, {2, -2}}, float64);
  // The precision's first entry is 2 / (2 - 0.81).
  const Tensor apart = normal(x);
  CHECK((apart[0] - apart[1]).item() == doctest::Approx(0.5 * 2 / 1.19));
  const Tensor bent = banana(2, 0.25)(tensor({{0, -1}, {2, 1}, {4, 3}}, float64));
  CHECK(bent.to_vector<double>() == std::vector{0.0, -1.0, -2.0});
}

TEST_CASE("a motion can be reversed") {
  manual_seed(1);
  const LogDensity log_density = banana(2, 0.25);
  const Tensor x = randn({5, 2}, float64), momentum = randn({5, 2}, float64);
  const Motion there = leapfrog(log_density, {x, momentum}, 0.3, 7);
  const Motion back = leapfrog(log_density, {there.x, -there.momentum}, 0.3, 7);
  CHECK(max(abs(there.x - x)).item() > 0.5);
  CHECK(max(abs(back.x - x)).item() < 1e-12);
  CHECK(max(abs(back.momentum + momentum)).item() < 1e-12);
}

TEST_CASE("the error of the energy falls with the square of the step") {
  manual_seed(2);
  const LogDensity log_density = banana(2, 0.25);
  const Motion at{randn({20, 2}, float64), randn({20, 2}, float64)};
  const auto energy = [&](const Motion& m) { return 0.5 * sum(square(m.momentum), 1) - log_density(m.x); };
  const auto error = [&](double step, std::int64_t steps) {
    return mean(abs(energy(leapfrog(log_density, at, step, steps)) - energy(at))).item();
  };
  CHECK(error(0.05, 20) / error(0.025, 40) == doctest::Approx(4).epsilon(0.1));
}

TEST_CASE("mean and covariance of samples are the target's, as far as they can be told") {
  const HmcResult found = hmc(gaussian(mean_of_target, covariance), 2, {.warmup = 50, .samples = 100});
  CHECK(found.samples.shape() == Shape{100, 64, 2});
  CHECK(found.accepted > 0.6);
  CHECK(found.accepted < 0.97);
  const auto check = [](const Tensor& samples, const Tensor& expected) {
    const Tensor error = abs(mean(samples, {0, 1}) - expected);
    CHECK(max(error / standard_error(samples)).item() < 5);
    CHECK(max(error).item() < 0.3);
  };
  check(found.samples, mean_of_target);
  const Tensor centred = found.samples - mean_of_target;
  check(expand_dims(centred, 3) * expand_dims(centred, 2), covariance);
}

TEST_CASE("the standard error is the deviation of the chains' means over the root of their number") {
  const Tensor samples = tensor({{1, 2, 3, 6}, {3, 4, 5, 8}}, float64);  // means 2, 3, 4, 7
  CHECK(standard_error(samples).item() == doctest::Approx(std::sqrt(14.0 / 3) / 2));
}
