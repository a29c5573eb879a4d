#include <nn/optim/adadelta.hpp>

namespace xgrad::optim {

Adadelta::Adadelta(const std::vector<ParameterGroup<AdadeltaOptions>>& groups)
    : GroupedOptimizer("Adadelta", groups, {"square_avg", "acc_delta"}) {
  require_eps_and_decay();
  for (const auto& [parameters, options] : groups)
    require(options.rho >= 0 && options.rho <= 1, "rho", options.rho, "in [0, 1]");
}

Tensor Adadelta::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, rho, eps, weight_decay, maximize] = options(i);
  const Tensor g = penalized(i, parameter, gradient);
  Tensor& v = remembered(0, i);
  Tensor& u = remembered(1, i);
  v = rho * v + (1 - rho) * square(g);
  const Tensor delta = sqrt(u + eps) / sqrt(v + eps) * g;
  u = rho * u + (1 - rho) * square(delta);
  return parameter - rate(i) * delta;
}

}  // namespace xgrad::optim
