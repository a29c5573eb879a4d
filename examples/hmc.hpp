#pragma once

#include <functional>

#include <autograd/autograd.hpp>

namespace xgrad::examples {

/// The logarithm of a density at each of N places, up to a constant: (N, D) to (N,). Each entry depends on its own row
/// only.
using LogDensity = std::function<Tensor(const Tensor& x)>;

/// N(mean, covariance). mean: (D,), covariance: (D, D).
LogDensity gaussian(const Tensor& mean, const Tensor& covariance);

/// A bent Gaussian in two dimensions (Haario, Saksman and Tamminen, 1999): x is N(0, width^2) and y given x is
/// N(bend (x^2 - width^2), 1). Its mean is 0, its covariance diag(width^2, 1 + 2 bend^2 width^4).
LogDensity banana(double width, double bend);

struct HmcOptions {
  std::int64_t chains = 64;  ///< that run side by side
  std::int64_t warmup = 200;
  std::int64_t samples = 500;       ///< of each chain, after the warmup
  std::int64_t leapfrog_steps = 8;  ///< in a move
  double acceptance = 0.8;          ///< of the moves, which the step size is adapted to in the warmup
  std::uint64_t seed = 1;
};

/// Places and momenta, (N, D) each.
struct Motion {
  Tensor x, momentum;
};
/// Moves by Hamilton's equations, in steps that are reversible and keep volumes. step: a scalar, or (N, 1).
Motion leapfrog(const LogDensity& log_density, Motion at, const Tensor& step, std::int64_t steps);

struct HmcResult {
  Tensor samples;  ///< (samples, chains, D)
  double step = 0;
  double accepted = 0;  ///< the share of the moves after the warmup
};
/// Hamiltonian Monte Carlo (Duane et al., 1987; Neal, "MCMC using Hamiltonian dynamics", 2011) from N(0, 1), in
/// float64.
HmcResult hmc(const LogDensity& log_density, std::int64_t dimensions, const HmcOptions& options = {});

/// The standard error of the mean over all samples, from how far the means of the chains are apart. samples:
/// (samples, chains, ...); the result: (...).
Tensor standard_error(const Tensor& samples);

}  // namespace xgrad::examples
