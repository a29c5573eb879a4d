#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct NAdamOptions {
  double lr = 2e-3;
  /// Decay of the running average of gradients, and of that of their squares.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to the root of the second average.
  double eps = 1e-8;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool maximize = false;
};

/// NAdam (Dozat, "Incorporating Nesterov momentum into Adam", 2016), in PyTorch's form: in step t, with
/// mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2) and M_t = mu_1 ... mu_t,
///
///     m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///     p <- p - lr ((1 - mu_t) / (1 - M_t) * g + mu_t+1 / (1 - M_t+1) * m) / (sqrt(v / (1 - beta2^t)) + eps).
///
/// PyTorch multiplies M_t up in a tensor of the default dtype, float32 as a rule, which it saves as "mu_product"; here
/// it is computed in float64 from the number of steps. So updates differ from PyTorch's in the seventh digit, also for
/// float64 parameters. PyTorch's option decoupled_weight_decay is not here.
/// state() has m as "exp_avg", v as "exp_avg_sq". Throws Error on negative values
/// and betas outside [0, 1).
class NAdam : public GroupedOptimizer<NAdamOptions> {
 public:
  explicit NAdam(const std::vector<ParameterGroup<NAdamOptions>>& groups);
  explicit NAdam(const nn::ParameterList& parameters, const NAdamOptions& options = {})
      : NAdam(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;

 private:
  /// M_t of a step, with the step it belongs to: the next one needs one factor more.
  struct Product {
    std::int64_t step = 0;
    double value = 1;
  };
  /// M_t for the current step of parameter i.
  double mu_product(std::size_t i);

  std::vector<Product> products_;  ///< by parameter
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
