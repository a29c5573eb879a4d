#pragma once

#include <examples/lbfgs.hpp>
#include <examples/mlp.hpp>

namespace xgrad::examples {

/// A network that solves u'' + u = 0 on [0, pi] with u(0) = 0 and u'(0) = 1, whose solution is sin(x). (Raissi,
/// Perdikaris, Karniadakis, "Physics-informed neural networks", 2019.)
///
/// With u(x) = x + x^2 network(x) both initial values hold for any parameters; the loss is the equation alone.
class Oscillator {
 public:
  /// Where the equation is asked for: `points` evenly spaced places.
  explicit Oscillator(std::int64_t points = 40, std::vector<std::int64_t> hidden = {16, 16});

  const Mlp& network() const { return network_; }
  /// The places: (N,), float64.
  const Tensor& points() const { return points_; }

  /// u at x: (N,).
  Tensor solution(const Tensor& parameters, const Tensor& x) const;
  /// u'' + u at x: (N,).
  Tensor residual(const Tensor& parameters, const Tensor& x) const;
  /// The mean square of the residual over the points. Differentiable in the parameters.
  Tensor loss(const Tensor& parameters) const;

  /// Minimizes the loss from drawn parameters.
  LbfgsResult solve(std::uint64_t seed, const LbfgsOptions& options = {.history = 50, .max_iterations = 500}) const;

 private:
  Mlp network_;
  Tensor points_;
};

}  // namespace xgrad::examples
