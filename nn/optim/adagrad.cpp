#include <nn/optim/adagrad.hpp>

namespace xgrad::optim {

Adagrad::Adagrad(const std::vector<ParameterGroup<AdagradOptions>>& groups)
    : GroupedOptimizer("Adagrad", groups, {"sum"}) {
  require_eps_and_decay();
  for (const auto& [list, options] : groups) {
    const double initial = options.initial_accumulator_value;
    require(options.lr_decay >= 0, "lr_decay", options.lr_decay, "at least 0");
    require(initial >= 0, "initial_accumulator_value", initial, "at least 0");
  }
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (options(i).initial_accumulator_value > 0) start(0, i, options(i).initial_accumulator_value);
}

Tensor Adagrad::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const double step_size = rate(i) / (1 + static_cast<double>(updates(i) - 1) * options(i).lr_decay);
  const Tensor g = penalized(i, parameter, gradient);
  Tensor& s = remembered(0, i);
  s = s + square(g);
  return parameter - step_size * g / (sqrt(s) + options(i).eps);
}

}  // namespace xgrad::optim
