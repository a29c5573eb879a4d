#include <nn/optim/lion.hpp>

namespace xgrad::optim {

Lion::Lion(const std::vector<ParameterGroup<LionOptions>>& groups) : GroupedOptimizer("Lion", groups, {"exp_avg"}) {
  for (const LionOptions& o : all_options()) {
    require(o.beta1 >= 0 && o.beta1 < 1, "beta1", o.beta1, "in [0, 1)");
    require(o.beta2 >= 0 && o.beta2 < 1, "beta2", o.beta2, "in [0, 1)");
    require(o.weight_decay >= 0, "weight_decay", o.weight_decay, "at least 0");
  }
}

Tensor Lion::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, weight_decay, maximize] = options(i);
  const Tensor g = descent(i, gradient);
  Tensor& m = remembered(0, i);
  const Tensor direction = sign(beta1 * m + (1 - beta1) * g);
  m = beta2 * m + (1 - beta2) * g;
  const Tensor decayed = weight_decay > 0 ? (1 - rate(i) * weight_decay) * parameter : parameter;
  return decayed - rate(i) * direction;
}

}  // namespace xgrad::optim
