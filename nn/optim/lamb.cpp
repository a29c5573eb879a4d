#include <nn/optim/lamb.hpp>

#include <cmath>

namespace xgrad::optim {

LAMB::LAMB(const std::vector<ParameterGroup<LAMBOptions>>& groups)
    : GroupedOptimizer("LAMB", groups, {"exp_avg", "exp_avg_sq"}) {
  require_moments();
}

Tensor LAMB::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay, maximize] = options(i);
  const auto t = static_cast<double>(updates(i));
  const Tensor g = descent(i, gradient);
  Tensor& m = remembered(0, i);
  Tensor& v = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * square(g);
  const double scale = 1 / (1 - std::pow(beta1, t)), root_scale = 1 / std::sqrt(1 - std::pow(beta2, t));
  Tensor direction = scale * m / (sqrt(v) * root_scale + eps);
  if (weight_decay > 0) direction = direction + weight_decay * parameter;
  const Tensor length = sqrt(sum(square(parameter))), step_length = sqrt(sum(square(direction)));
  const Tensor scales = logical_and(greater(length, 0), greater(step_length, 0));
  const Tensor trust = where(scales, length / where(scales, step_length, 1), 1);
  return parameter - rate(i) * trust * direction;
}

}  // namespace xgrad::optim
