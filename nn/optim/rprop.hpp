#pragma once

#include <nn/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

struct RpropOptions {
  /// The start of the step sizes. The learning rate has no other use: set_lr changes nothing.
  double lr = 1e-2;
  /// Factors of a step size where the gradient changed its sign, and where it kept it.
  double eta_minus = 0.5;
  double eta_plus = 1.2;
  /// Bounds of step sizes.
  double step_size_min = 1e-6;
  double step_size_max = 50;
  bool maximize = false;
};

/// Rprop (Riedmiller and Braun, 1993), in PyTorch's form, for gradients of the whole data set: each number has its own
/// step size s, and its previous gradient h, 0 before the first step:
///
///     s <- clip(s * (eta_minus if g h < 0, eta_plus if g h > 0, otherwise 1), step_size_min, step_size_max),
///     g <- 0 if g h < 0,   p <- p - sign(g) s,   h <- g.
///
/// The paper takes its last step back where the gradient changed its sign; PyTorch, and this, only pass over one step
/// (iRprop-, Igel and Huesken, 2000). PyTorch takes the bounds of step sizes as they are given, and counts steps in its
/// state; neither changes the numbers.
/// state() has h as "prev", s as "step_size". Throws Error unless 0 < eta_minus < 1 < eta_plus and
/// 0 <= step_size_min <= step_size_max.
class Rprop : public GroupedOptimizer<RpropOptions> {
 public:
  explicit Rprop(const std::vector<ParameterGroup<RpropOptions>>& groups);
  explicit Rprop(const nn::ParameterList& parameters, const RpropOptions& options = {})
      : Rprop(Groups{{parameters, options}}) {}

 protected:
  Tensor update(std::size_t i, const Tensor& parameter, const Tensor& gradient) override;
};

}  // namespace xgrad::optim
#pragma GCC visibility pop
