#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct RAdamOptions {
  double lr = 1e-3;
  /// Decay of the running average of gradients, and of that of their squares.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to the root of the second average.
  double eps = 1e-8;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  bool maximize = false;
};

/// RAdam (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020), in PyTorch's form: in step t,
/// with R = 2 / (1 - beta2) - 1 and r = R - 2 t beta2^t / (1 - beta2^t),
///
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     p <- p - lr m / (1 - beta1^t) * l,
///     l = sqrt((r - 4) (r - 2) R / ((R - 4) (R - 2) r)) * sqrt(1 - beta2^t) / (sqrt(v) + eps) if r > 5, otherwise 1.
///
/// The paper rectifies from r > 4 on and has no eps; PyTorch, and this, from r > 5 on.
/// state() has m as "exp_avg", v as "exp_avg_sq". Throws Error on negative values and betas outside [0, 1).
class RAdam : public GroupedOptimizer<RAdamOptions> {
 public:
  explicit RAdam(const std::vector<ParameterGroup<RAdamOptions>>& groups);
  explicit RAdam(const nn::ParameterList& parameters, const RAdamOptions& options = {})
      : RAdam(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
