#pragma once

#include <functional>

#include <autograd/differentiate/gradient.hpp>

namespace xgrad::examples {

struct LbfgsOptions {
  /// Pairs of steps and gradient differences that stand for the Hessian.
  int history = 10;
  int max_iterations = 1000;
  /// Largest entry of the gradient at which the search ends.
  double gradient_tolerance = 1e-9;
  /// Called after each iteration with its number, the value and the largest entry of the gradient.
  std::function<void(int iteration, double value, double gradient)> progress = {};
};

struct LbfgsResult {
  Tensor x;
  double value = 0;
  /// Largest entry of the gradient at x.
  double gradient = 0;
  int iterations = 0;
  /// How often the function was evaluated, each time together with its gradient.
  int evaluations = 0;
  /// Whether the gradient fell to the tolerance. Otherwise the iterations ran out, or no step along the last direction
  /// lowered the value: near a minimum because rounding hides what is left to gain.
  bool converged = false;
};

/// Minimizes a smooth scalar function of a vector by limited-memory BFGS with a line search for the strong Wolfe
/// conditions (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 7.4, 3.5 and 3.6). Works in the dtype of
/// `start`; float64 is advised. It shows the algorithm; optim::LBFGS (nn/optim/lbfgs.hpp) is the library's, for
/// parameters. Throws Error where f(start) is not finite, and as value_and_gradient does.
LbfgsResult lbfgs(const TensorFunction& f, const Tensor& start, const LbfgsOptions& options = {});

}  // namespace xgrad::examples
