#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct LAMBOptions {
  double lr = 1e-3;
  /// Decay of the running average of gradients, and of that of their squares.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to the root of the second average.
  double eps = 1e-6;
  /// weight_decay * parameter is added to the direction of the step, before it is scaled.
  double weight_decay = 1e-2;
  bool maximize = false;
};

/// LAMB (You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020, algorithm 2): in
/// step t each parameter, of a layer, moves by lr times its own length in Adam's direction:
///
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     r = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p,
///     p <- p - lr |p| / |r| r,
///
/// with the factor |p| / |r| being 1 where either length is 0. The paper's function phi of |p| is the identity.
/// state() has m as "exp_avg", v as "exp_avg_sq". Throws Error on negative values and betas outside [0, 1).
class LAMB : public GroupedOptimizer<LAMBOptions> {
 public:
  explicit LAMB(const std::vector<ParameterGroup<LAMBOptions>>& groups);
  explicit LAMB(const nn::ParameterList& parameters, const LAMBOptions& options = {})
      : LAMB(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
