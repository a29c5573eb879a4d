#include <nn/optim/radam.hpp>

#include <cmath>

namespace xgrad::optim {

RAdam::RAdam(const std::vector<ParameterGroup<RAdamOptions>>& groups)
    : GroupedOptimizer("RAdam", groups, {"exp_avg", "exp_avg_sq"}) {
  require_moments();
}

Tensor RAdam::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay, maximize] = options(i);
  const auto t = static_cast<double>(updates(i));
  const double step_size = rate(i) / (1 - std::pow(beta1, t));
  const double power = std::pow(beta2, t);
  const double longest = 2 / (1 - beta2) - 1;
  const double length = longest - 2 * t * power / (1 - power);

  const Tensor g = penalized(i, parameter, gradient);
  Tensor& m = remembered(0, i);
  Tensor& v = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * square(g);
  if (length <= 5) return parameter - step_size * m;
  const double rectification =
      std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
  return parameter - step_size * rectification * std::sqrt(1 - power) * m / (sqrt(v) + eps);
}

}  // namespace xgrad::optim
