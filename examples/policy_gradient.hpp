#pragma once

#include <vector>

#include <nn/nn.hpp>

namespace xgrad::examples {

/// Poles on carts that can be pushed to the left or to the right (Barto, Sutton and Anderson, 1983), with the constants
/// of Gym's CartPole-v1. A state is (N, 4): position, velocity, angle and angular velocity of N carts, one a row.
namespace cart_pole {

/// N carts at the middle, every number drawn from [-0.05, 0.05).
Tensor start(std::int64_t n);
/// The states 0.02 s later. actions: (N,) int64, 1 pushes to the right, 0 to the left.
Tensor step(const Tensor& state, const Tensor& actions);
/// Which carts are within 2.4 m of the middle and their poles within 12 degrees of upright, (N,) bool.
Tensor upright(const Tensor& state);

/// An episode ends after so many steps at the latest.
inline constexpr std::int64_t longest = 500;

}  // namespace cart_pole

struct PolicyGradientOptions {
  std::int64_t units = 64;
  std::int64_t carts = 16;  ///< episodes that run side by side, for one update
  std::int64_t updates = 100;
  double discount = 0.99;
  double lr = 1e-2;
  bool baseline = true;           ///< whether a second network says what returns to expect
  std::int64_t value_steps = 20;  ///< that this network learns in, for one update of the policy
  std::uint64_t seed = 1;
};

/// Episodes that ran side by side, T steps of N carts: (T, N, 4), (T, N) and (T, N).
struct Episodes {
  Tensor states;
  Tensor actions;
  Tensor running;  ///< 1 for the steps that a cart took with its pole upright, 0 afterwards

  /// The mean number of steps, which is the mean return.
  double mean_length() const;
};
/// Lets a policy act, from logits of actions (N, 2) that it gives for states (N, 4), until all poles have fallen.
Episodes run_episodes(const nn::Module& policy, std::int64_t carts);

/// For each step the rewards, 1 for each step, that were still to come, discounted: (T, N), of running as in Episodes.
Tensor returns(const Tensor& running, double discount);

/// A trained policy, and the mean length of the episodes before each update.
struct TrainedPolicy {
  nn::Sequential policy;
  std::vector<double> lengths;
};
TrainedPolicy train_policy(const PolicyGradientOptions& options = {});

}  // namespace xgrad::examples
