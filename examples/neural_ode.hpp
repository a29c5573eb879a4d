#pragma once

#include <functional>
#include <vector>

#include <nn/nn.hpp>

namespace xgrad::examples {

/// The derivative of a state in time, of the state's shape.
using Dynamics = std::function<Tensor(const Tensor& state)>;

/// The states at 0, step, 2 step, ... of the solution of u' = f(u) from a start, by Runge and Kutta's method of fourth
/// order. start: (...), the result: (steps + 1, ...), differentiable in the start and in what f makes use of.
Tensor solve_ode(const Dynamics& f, const Tensor& start, double step, std::int64_t steps);

/// A pendulum with friction: states (..., 2) of angle and angular velocity, angle'' = -stiffness sin(angle) - friction
/// angle'. Both constants may be numbers or scalars to differentiate in.
Dynamics pendulum(const Tensor& stiffness, const Tensor& friction);

struct NeuralOdeOptions {
  std::int64_t units = 32;         ///< of the two hidden layers
  std::int64_t trajectories = 16;  ///< observed, from starts that are drawn
  std::int64_t observations = 60;  ///< of each
  double interval = 0.1;           ///< seconds between them
  double noise = 0.02;             ///< standard deviation of what is added to each observation
  std::int64_t piece = 10;         ///< observations that the network has to follow in a training step
  std::int64_t batch = 64;         ///< pieces in a training step
  std::int64_t steps = 2000;
  double lr = 5e-3;  ///< falls to 0 along a cosine
  std::uint64_t seed = 1;
};

/// Observed trajectories of a pendulum of stiffness 4 and friction 0.3, (observations, trajectories, 2), with noise.
Tensor observe_pendulum(const NeuralOdeOptions& options);

/// The network, a function of states (..., 2), and the loss of each training step.
struct TrainedOde {
  nn::Sequential network;
  std::vector<double> losses;
};
/// Trains a network f so that the solution of u' = f(u) goes through the observations (Chen et al., "Neural ordinary
/// differential equations", 2018). Gradients go back through all steps of the solver.
TrainedOde train_ode(const Tensor& observed, const NeuralOdeOptions& options = {});

}  // namespace xgrad::examples
