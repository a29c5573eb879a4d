#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct AdadeltaOptions {
  double lr = 1;
  /// Decay of the running averages of squares.
  double rho = 0.9;
  /// Added under both roots.
  double eps = 1e-6;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  bool maximize = false;
};

/// Adadelta (Zeiler, 2012), in PyTorch's form:
///
///     v <- rho v + (1 - rho) g^2,   d = sqrt(u + eps) / sqrt(v + eps) * g,   u <- rho u + (1 - rho) d^2,
///     p <- p - lr d.
///
/// state() has v as "square_avg", u as "acc_delta". Throws Error on negative values and rho outside [0, 1].
class Adadelta : public GroupedOptimizer<AdadeltaOptions> {
 public:
  explicit Adadelta(const std::vector<ParameterGroup<AdadeltaOptions>>& groups);
  explicit Adadelta(const nn::ParameterList& parameters, const AdadeltaOptions& options = {})
      : Adadelta(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
