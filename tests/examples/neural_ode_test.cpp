#include <examples/neural_ode.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

const Tensor rotation = tensor({{-0.1, 2}, {-2, -0.3}}, float64);

Tensor linear(const Tensor& u) { return matmul(rotation, u); }

}  // namespace

TEST_CASE("the solver's error falls with the fourth power of the step") {
  const Tensor start = tensor({1, 0.5}, float64), exact = matmul(matrix_exp(rotation), start);
  const auto error = [&](std::int64_t steps) {
    return norm(solve_ode(linear, start, 1.0 / static_cast<double>(steps), steps)[-1] - exact).item();
  };
  CHECK(error(10) < 1e-3);
  CHECK(error(10) / error(20) == doctest::Approx(16).epsilon(0.1));
}

TEST_CASE("the derivative in the start is that of the flow") {
  const auto end = [&](const Tensor& start) { return solve_ode(linear, start, 0.02, 50)[-1]; };
  const Tensor found = jacobian(end, tensor({1, 0.5}, float64));
  CHECK(allclose(found, matrix_exp(rotation), {.rtol = 0, .atol = 1e-6}));
}

TEST_CASE("a pendulum without friction keeps its energy, and with friction loses some") {
  const Tensor start = tensor({{1, 0}, {2, -1}}, float64);
  const auto energy = [](const Tensor& states) {
    return 0.5 * square(states[{ellipsis, 1}]) - 4 * cos(states[{ellipsis, 0}]);
  };
  const Tensor kept = energy(solve_ode(pendulum(4, 0), start, 0.01, 300));
  CHECK(max(abs(kept - kept[0])).item() < 1e-7);
  const Tensor lost = energy(solve_ode(pendulum(4, 0.3), start, 0.01, 300));
  CHECK(all(lost[Slice{.start = 1}] < lost[Slice{.stop = -1}]));
}

TEST_CASE("a pendulum's constants are found from its motion, through the solver") {
  const Tensor start = tensor({{1, 0}, {-2, 1}}, float64);
  const Tensor observed = solve_ode(pendulum(4, 0.3), start, 0.1, 20);
  const nn::Parameter stiffness(tensor(3, float64)), friction(tensor(0, float64));
  optim::LBFGS lbfgs(nn::ParameterList{stiffness, friction}, {.line_search_fn = optim::LineSearch::strong_wolfe});
  for (int i = 0; i < 3; ++i)
    lbfgs.step([&] { return nn::mse_loss(solve_ode(pendulum(stiffness, friction), start, 0.1, 20), observed); });
  CHECK(stiffness.value().item() == doctest::Approx(4).epsilon(1e-5));
  CHECK(friction.value().item() == doctest::Approx(0.3).epsilon(1e-5));
}

TEST_CASE("a network learns to follow what was observed") {
  const NeuralOdeOptions options = {
      .units = 16, .trajectories = 4, .observations = 20, .piece = 4, .batch = 16, .steps = 100};
  const TrainedOde trained = train_ode(observe_pendulum(options), options);
  REQUIRE(trained.losses.size() == 100);
  CHECK(trained.losses.back() < 0.1 * trained.losses.front());
}
