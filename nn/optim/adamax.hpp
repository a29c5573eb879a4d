#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AdamaxOptions {
  double lr = 2e-3;
  /// Decay of the running average of gradients, and of that of their largest magnitude.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to a gradient's magnitude.
  double eps = 1e-8;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  bool maximize = false;
};

/// Adamax (Kingma and Ba, 2015, section 7), in PyTorch's form: in step t
///
///     m <- beta1 m + (1 - beta1) g,   u <- max(beta2 u, |g| + eps),   p <- p - lr / (1 - beta1^t) * m / u.
///
/// The paper has no eps: its u is max(beta2 u, |g|).
/// state() has m as "exp_avg", u as "exp_inf". Throws Error on negative values and betas outside [0, 1).
class Adamax : public GroupedOptimizer<AdamaxOptions> {
 public:
  explicit Adamax(const std::vector<ParameterGroup<AdamaxOptions>>& groups);
  explicit Adamax(const nn::ParameterList& parameters, const AdamaxOptions& options = {})
      : Adamax(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
