#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  /// Decay of the running average of squares.
  double alpha = 0.99;
  /// Added to the root of that average.
  double eps = 1e-8;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  double momentum = 0;
  /// Divides by the root of the estimated variance instead of that of the mean square.
  bool centered = false;
  bool maximize = false;
};

/// RMSprop (Tieleman and Hinton, lecture 6.5, 2012; centered: Graves, 2013), in PyTorch's form:
///
///     v <- alpha v + (1 - alpha) g^2,   d = g / (sqrt(v) + eps),   b <- momentum b + d,   p <- p - lr b.
///
/// With centered also a <- alpha a + (1 - alpha) g, and v - a^2 stands under the root; where rounding makes that
/// negative it counts as 0 (PyTorch: NaN). state() has v as "square_avg" and, where they are used, b as
/// "momentum_buffer" and a as "grad_avg". Throws Error on negative values and alpha outside [0, 1].
class RMSprop : public GroupedOptimizer<RMSpropOptions> {
 public:
  explicit RMSprop(const std::vector<ParameterGroup<RMSpropOptions>>& groups);
  explicit RMSprop(const nn::ParameterList& parameters, const RMSpropOptions& options = {})
      : RMSprop(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;

 private:
  /// Places of the remembered tensors that only some options have.
  std::size_t momentum_buffer_ = 1, grad_avg_ = 1;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
