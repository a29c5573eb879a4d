#pragma once

#include <functional>
#include <vector>

#include <nn/nn.hpp>

namespace xgrad::examples {

struct GanOptions {
  std::int64_t units = 64;        ///< of each hidden layer
  std::int64_t noise = 8;         ///< numbers that the generator makes a point of
  std::int64_t batch = 256;       ///< points of each kind in a step
  std::int64_t critic_steps = 5;  ///< for each step of the generator
  std::int64_t steps = 3000;      ///< of the generator
  double penalty = 1;             ///< weight of the gradient penalty
  double lr = 1e-3;               ///< falls to 0 along a cosine
  std::int64_t report_every = 50;
  std::uint64_t seed = 1;
};

/// Two networks against each other: one makes points of noise, the other gives points a score.
struct Gan {
  nn::Sequential generator;
  nn::Sequential critic;

  /// Networks of two hidden layers for points of so many coordinates.
  Gan(std::int64_t dimensions, const GanOptions& options);
  /// New points, (count, dimensions).
  Tensor sample(std::int64_t count) const;
};

/// What the critic minimizes (Gulrajani et al., "Improved training of Wasserstein GANs", 2017): the score of generated
/// points less that of real ones, and a penalty on slopes of the score other than 1. real and fake: (N, dimensions).
struct CriticLoss {
  Tensor loss;
  Tensor distance;    ///< what the scores say of the Wasserstein distance of real and generated points
  Tensor slope_norm;  ///< the mean norm of the score's gradient, at points between real and generated ones
};
CriticLoss critic_loss(const nn::Module& critic, const Tensor& real, const Tensor& fake, double penalty);

/// A moment of the training: the critic's last estimates.
struct GanProgress {
  std::int64_t step = 0;
  double distance = 0;
  double slope_norm = 0;
};

/// Trains on points, (N, dimensions), and calls `progress` now and then. What that draws changes nothing.
Gan train_gan(const Tensor& points, const GanOptions& options = {},
              const std::function<void(const GanProgress&, const Gan&)>& progress = {});

}  // namespace xgrad::examples
