#include <nn/optim/adam.hpp>

#include <algorithm>
#include <cmath>

namespace xgrad::optim {
namespace {

std::vector<std::string> remembered_by(const std::vector<ParameterGroup<AdamOptions>>& groups) {
  std::vector<std::string> kinds{"exp_avg", "exp_avg_sq"};
  if (std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.options.amsgrad; }))
    kinds.emplace_back("max_exp_avg_sq");
  return kinds;
}

}  // namespace

Adam::Adam(std::string name, const Groups& groups) : GroupedOptimizer(std::move(name), groups, remembered_by(groups)) {
  require_moments();
}

Tensor Adam::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay, amsgrad, maximize] = options(i);
  const auto t = static_cast<double>(updates(i));
  const double step_size = rate(i) / (1 - std::pow(beta1, t));
  const double root_scale = 1 / std::sqrt(1 - std::pow(beta2, t));

  const Tensor g = penalized(i, parameter, gradient);
  Tensor& m = remembered(0, i);
  Tensor& v = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * square(g);
  if (amsgrad) remembered(2, i) = maximum(remembered(2, i), v);
  return parameter - step_size * m / (sqrt(amsgrad ? remembered(2, i) : v) * root_scale + eps);
}

}  // namespace xgrad::optim
