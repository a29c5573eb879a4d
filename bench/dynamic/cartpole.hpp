#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cases.hpp"

namespace bench::dynamic {

/// "cartpole": a policy of so many tanh units; an episode ends after so many steps at most.
inline constexpr std::int64_t policy_units = 32;
inline constexpr int longest_episode = 200;
inline constexpr double discount = 0.99;

/// The learning rate. It is small because the sides round differently: at 3e-3 the differences grow from episode to
/// episode until the sides take different actions.
inline constexpr double policy_rate = 1e-3;

/// The pole on a cart of Barto, Sutton and Anderson (1983), as in Gym's CartPole-v1: Euler steps of 0.02 s, a force of
/// 10 N to one of two sides, and an end where the cart is 2.4 m or the pole 12 degrees off.
class CartPole {
 public:
  /// Starts with every number in [-0.05, 0.05).
  explicit CartPole(Draws& draws) {
    for (double& value : state_) value = 0.1 * draws.uniform() - 0.05;
  }

  /// Position, velocity, angle, angular velocity.
  std::vector<float> state() const { return {state_.begin(), state_.end()}; }

  /// Pushes to the right for action 1, to the left for 0. Gives whether the episode goes on.
  bool step(int action) {
    constexpr double gravity = 9.8, cart = 1.0, pole = 0.1, half_length = 0.5, interval = 0.02;
    auto& [x, velocity, angle, spin] = state_;
    const double force = action == 1 ? 10.0 : -10.0;
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const double pushed = (force + pole * half_length * spin * spin * sine) / (cart + pole);
    const double turning =
        (gravity * sine - cosine * pushed) / (half_length * (4.0 / 3.0 - pole * cosine * cosine / (cart + pole)));
    const double acceleration = pushed - pole * half_length * turning * cosine / (cart + pole);
    x += interval * velocity;
    velocity += interval * acceleration;
    angle += interval * spin;
    spin += interval * turning;
    constexpr double steepest = 12 * 2 * 3.14159265358979323846 / 360;
    return std::abs(x) <= 2.4 && std::abs(angle) <= steepest;
  }

 private:
  std::array<double, 4> state_;
};

/// The discounted returns of an episode that earns 1 in each step, brought to mean 0 and deviation 1.
inline std::vector<float> normalized_returns(std::size_t steps) {
  std::vector<double> returns(steps);
  double later = 0;
  for (std::size_t i = steps; i-- > 0;) returns[i] = later = 1 + discount * later;
  double mean = 0, variance = 0;
  for (const double one : returns) mean += one / static_cast<double>(steps);
  for (const double one : returns) variance += (one - mean) * (one - mean) / static_cast<double>(steps);
  std::vector<float> result(steps);
  for (std::size_t i = 0; i < steps; ++i)
    result[i] = static_cast<float>((returns[i] - mean) / (std::sqrt(variance) + 1e-8));
  return result;
}

}  // namespace bench::dynamic
