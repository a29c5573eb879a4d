#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct LionOptions {
  double lr = 1e-4;
  /// Weight of the running average in the direction of a step, and decay of the running average.
  double beta1 = 0.9;
  double beta2 = 0.99;
  /// Each step multiplies the parameter by 1 - lr * weight_decay.
  double weight_decay = 0;
  bool maximize = false;
};

/// Lion (Chen et al., "Symbolic discovery of optimization algorithms", 2023):
///
///     p <- (1 - lr weight_decay) p - lr sign(beta1 m + (1 - beta1) g),   m <- beta2 m + (1 - beta2) g.
///
/// Every number moves by lr, so rates are about a tenth of Adam's. state() has m as "exp_avg". Throws Error on negative
/// values and betas outside [0, 1).
class Lion : public GroupedOptimizer<LionOptions> {
 public:
  explicit Lion(const std::vector<ParameterGroup<LionOptions>>& groups);
  explicit Lion(const nn::ParameterList& parameters, const LionOptions& options = {})
      : Lion(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
