#include <nn/optim/adamax.hpp>

#include <cmath>

namespace xgrad::optim {

Adamax::Adamax(const std::vector<ParameterGroup<AdamaxOptions>>& groups)
    : GroupedOptimizer("Adamax", groups, {"exp_avg", "exp_inf"}) {
  require_moments();
}

Tensor Adamax::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay, maximize] = options(i);
  const double step_size = rate(i) / (1 - std::pow(beta1, static_cast<double>(updates(i))));
  const Tensor g = penalized(i, parameter, gradient);
  Tensor& m = remembered(0, i);
  Tensor& u = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  u = maximum(beta2 * u, abs(g) + eps);
  return parameter - step_size * m / u;
}

}  // namespace xgrad::optim
