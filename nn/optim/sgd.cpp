#include <nn/optim/sgd.hpp>

#include <algorithm>

#include <autograd/ops/common.hpp>

namespace xgrad::optim {
namespace {

std::vector<std::string> remembered_by(const std::vector<ParameterGroup<SGDOptions>>& groups) {
  if (std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.options.momentum > 0; }))
    return {"momentum_buffer"};
  return {};
}

}  // namespace

SGD::SGD(const std::vector<ParameterGroup<SGDOptions>>& groups)
    : GroupedOptimizer("SGD", groups, remembered_by(groups)) {
  for (const auto& [parameters, options] : groups) {
    require(options.momentum >= 0, "momentum", options.momentum, "at least 0");
    require(options.weight_decay >= 0, "weight_decay", options.weight_decay, "at least 0");
    require(options.dampening >= 0, "dampening", options.dampening, "at least 0");
    require(!options.nesterov || options.momentum > 0, "momentum", options.momentum, "above 0 for nesterov");
    require(!options.nesterov || options.dampening == 0, "dampening", options.dampening, "0 for nesterov");
  }
}

void SGD::set_momentum(double momentum) {
  lr();  // refuses an optimizer that was moved from
  require(momentum > 0, "momentum", momentum, "above 0");
  for (const SGDOptions& options : all_options())
    require(options.momentum > 0, "momentum", options.momentum, "above 0 from the start, in order to change");
  for (SGDOptions& options : all_options()) options.momentum = momentum;
}

Tensor SGD::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, momentum, dampening, weight_decay, nesterov, maximize] = options(i);
  if (momentum == 0 && weight_decay == 0)
    if (const auto rows = ops::added_rows(gradient))
      return ops::with_added(parameter, 0, rows->indices, rows->values * (maximize ? rate(i) : -rate(i)), "SGD::step");
  const Tensor g = penalized(i, parameter, gradient);
  if (momentum == 0) return parameter - rate(i) * g;
  Tensor& buffer = remembered(0, i);
  if (updates(i) == 1)
    buffer = g;
  else
    buffer = momentum * buffer + (dampening == 0 ? g : (1 - dampening) * g);
  return parameter - rate(i) * (nesterov ? g + momentum * buffer : buffer);
}

}  // namespace xgrad::optim
