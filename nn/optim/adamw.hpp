#pragma once

#include <nn/optim/adam.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AdamWOptions {
  double lr = 1e-3;
  /// Decay of the running average of gradients, and of that of their squares.
  double beta1 = 0.9;
  double beta2 = 0.999;
  /// Added to the root of the second average.
  double eps = 1e-8;
  /// Each step multiplies the parameter by 1 - lr * weight_decay; the gradient does not contain it.
  double weight_decay = 1e-2;
  /// Divides by the largest second average so far (Reddi et al., 2018).
  bool amsgrad = false;
  bool maximize = false;
};

/// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019): p <- (1 - lr weight_decay) p, then
/// Adam's step without its penalty. state() and errors are Adam's.
class AdamW : public Adam {
 public:
  explicit AdamW(const std::vector<ParameterGroup<AdamWOptions>>& groups);
  explicit AdamW(const nn::ParameterList& parameters, const AdamWOptions& options = {})
      : AdamW(std::vector<ParameterGroup<AdamWOptions>>{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;

 private:
  std::vector<double> weight_decay_;  ///< by group
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
