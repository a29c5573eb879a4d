#include <nn/optim/rprop.hpp>

namespace xgrad::optim {

Rprop::Rprop(const std::vector<ParameterGroup<RpropOptions>>& groups)
    : GroupedOptimizer("Rprop", groups, {"prev", "step_size"}) {
  for (const auto& [list, options] : groups) {
    require(options.eta_minus > 0 && options.eta_minus < 1, "eta_minus", options.eta_minus, "in (0, 1)");
    require(options.eta_plus > 1, "eta_plus", options.eta_plus, "above 1");
    require(options.step_size_min >= 0, "step_size_min", options.step_size_min, "at least 0");
    require(options.step_size_max >= options.step_size_min, "step_size_max", options.step_size_max,
            "at least step_size_min");
  }
  for (std::size_t i = 0; i < parameters().size(); ++i) start(1, i, options(i).lr);
}

Tensor Rprop::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, eta_minus, eta_plus, step_size_min, step_size_max, maximize] = options(i);
  const Tensor g = descent(i, gradient);
  Tensor& previous = remembered(0, i);
  Tensor& step_size = remembered(1, i);
  const Tensor agreement = g * previous;
  // Plain numbers are combined with the step size first: combined with each other they would be float32.
  const Tensor changed =
      where(agreement > 0, eta_plus * step_size, where(agreement < 0, eta_minus * step_size, step_size));
  step_size = clip(changed, step_size_min, step_size_max);
  previous = where(agreement < 0, 0.0, g);
  return parameter - sign(previous) * step_size;
}

}  // namespace xgrad::optim
