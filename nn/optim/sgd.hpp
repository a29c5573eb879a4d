#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  /// L2 penalty: weight_decay * parameter is added to the gradient.
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
};

/// Stochastic gradient descent with momentum (Sutskever et al., 2013), in PyTorch's form:
///
///     g <- g + weight_decay p,   b <- momentum b + (1 - dampening) g,   p <- p - lr b,
///
/// which differs from the paper's form, p <- p + b with b <- momentum b - lr g, where the rate changes from step to
/// step. b is g in the first step, and nesterov descends along g + momentum b. Without momentum b is g. state() has
/// "momentum_buffer" where there is momentum. Without momentum and weight decay, the step of a table of embeddings
/// changes the rows that were used alone, in place where the tape has ended before the step (one that is alive could
/// still ask for the former table, so that it is copied). Throws Error on negative values, and on nesterov unless
/// momentum > 0 and dampening is 0.
class SGD : public GroupedOptimizer<SGDOptions> {
 public:
  explicit SGD(const std::vector<ParameterGroup<SGDOptions>>& groups);
  explicit SGD(const nn::ParameterList& parameters, const SGDOptions& options = {})
      : SGD(Groups{{parameters, options}}) {}

  /// Sets the momentum of all groups, as a schedule may ask for. Throws Error unless momentum > 0, and where a group
  /// was made without momentum.
  void set_momentum(double momentum);

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
