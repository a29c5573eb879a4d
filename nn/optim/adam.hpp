#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AdamOptions {
  double lr = 1e-3;
  /// Decay of the running average of gradients, and of that of their squares.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to the root of the second average.
  double eps = 1e-8;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  /// Divides by the largest second average so far (Reddi et al., 2018).
  bool amsgrad = false;
  bool maximize = false;
};

/// Adam (Kingma and Ba, 2015), with its bias correction, in PyTorch's form: in step t
///
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps).
///
/// With amsgrad the largest v so far stands in the last line. state() has m as "exp_avg", v as "exp_avg_sq", the
/// largest v as "max_exp_avg_sq". Throws Error on negative values and betas outside [0, 1).
class Adam : public GroupedOptimizer<AdamOptions> {
 public:
  explicit Adam(const std::vector<ParameterGroup<AdamOptions>>& groups) : Adam("Adam", groups) {}
  explicit Adam(const nn::ParameterList& parameters, const AdamOptions& options = {})
      : Adam(Groups{{parameters, options}}) {}

 protected:
  Adam(std::string name, const Groups& groups);
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
