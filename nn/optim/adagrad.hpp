#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AdagradOptions {
  double lr = 1e-2;
  /// The rate in step t is lr / (1 + (t - 1) lr_decay).
  double lr_decay = 0;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  /// The start of the sums of squares.
  double initial_accumulator_value = 0;
  /// Added to the root of the sum.
  double eps = 1e-10;
  bool maximize = false;
};

/// Adagrad (Duchi, Hazan and Singer, 2011), in PyTorch's form: in step t
///
///     s <- s + g^2,   p <- p - lr / (1 + (t - 1) lr_decay) * g / (sqrt(s) + eps).
///
/// state() has s as "sum". Throws Error on negative values.
class Adagrad : public GroupedOptimizer<AdagradOptions> {
 public:
  explicit Adagrad(const std::vector<ParameterGroup<AdagradOptions>>& groups);
  explicit Adagrad(const nn::ParameterList& parameters, const AdagradOptions& options = {})
      : Adagrad(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
