#include <examples/policy_gradient.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

/// Pushes to one side in any state.
class Stubborn : public nn::Module {
 public:
  Stubborn() : Module("Stubborn") {}
  Tensor forward(const Tensor& state) const override { return broadcast_to(tensor({-100, 100}), {state.size(0), 2}); }
};

}  // namespace

TEST_CASE("a step obeys the equations of the cart and its pole") {
  // The equations of motion before they are solved for the accelerations: forces on both masses, torque on the pole.
  manual_seed(1);
  const Tensor state = uniform(-0.2, 0.2, {50, 4}, float64), actions = randint(2, {50});
  const Tensor next = cart_pole::step(state, actions), change = (next - state) / 0.02;
  const Tensor angle = state[{Slice{}, 2}], spin = state[{Slice{}, 3}];
  const Tensor acceleration = change[{Slice{}, 1}], turn = change[{Slice{}, 3}];
  const double m = 0.1, total = 1.1, half = 0.5;
  const Tensor force = where(actions == 1, tensor(10, float64), tensor(-10, float64));
  CHECK(allclose(total * acceleration + m * half * (turn * cos(angle) - square(spin) * sin(angle)), force,
                 {.rtol = 1e-9, .atol = 1e-9}));
  CHECK(allclose(4.0 / 3 * half * turn + acceleration * cos(angle), 9.8 * sin(angle), {.rtol = 1e-9, .atol = 1e-9}));
  CHECK(allclose(change[{Slice{}, 0}], state[{Slice{}, 1}]));
  CHECK(allclose(change[{Slice{}, 2}], spin));
}

TEST_CASE("an episode ends 2.4 m from the middle, or 12 degrees from upright") {
  const double steep = 12 * 3.14159265358979 / 180;
  const Tensor states = tensor({{2.39, 9, 0, 9}, {-2.41, 0, 0, 0}, {0, 0, steep - 0.01, 0}, {0, 0, -steep - 0.01, 0}});
  CHECK(cart_pole::upright(states).to_vector<bool>() == std::vector{true, false, true, false});
}

TEST_CASE("a pole that is always pushed to one side falls soon, and its episode stays over") {
  manual_seed(2);
  const Episodes episodes = run_episodes(Stubborn(), 8);
  const Tensor lengths = sum(episodes.running, 0);
  CHECK(min(lengths).item() >= 7);
  CHECK(max(lengths).item() <= 12);
  CHECK(episodes.running.size(0) == max(lengths).item<std::int64_t>());
  CHECK(all(episodes.running[Slice{.start = 1}] <= episodes.running[Slice{.stop = -1}]));
  CHECK(all(episodes.actions == 1));
}

TEST_CASE("returns are discounted sums of the rewards to come") {
  const Tensor running = tensor({{1, 1}, {1, 1}, {1, 0}});
  CHECK(array_equal(returns(running, 0.5), tensor({{1.75, 1.5}, {1.5, 1}, {1, 0}})));
}

TEST_CASE("a policy learns, with a baseline and without") {
  for (const bool baseline : {true, false}) {
    const std::vector<double> lengths = train_policy({.updates = 15, .baseline = baseline}).lengths;
    REQUIRE(lengths.size() == 15);
    CHECK(lengths.back() > 2 * lengths.front());
  }
}
