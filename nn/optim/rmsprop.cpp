#include <nn/optim/rmsprop.hpp>

#include <algorithm>

namespace xgrad::optim {
namespace {

using Groups = std::vector<ParameterGroup<RMSpropOptions>>;

bool with_momentum(const Groups& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.options.momentum > 0; });
}

std::vector<std::string> remembered_by(const Groups& groups) {
  std::vector<std::string> kinds{"square_avg"};
  if (with_momentum(groups)) kinds.emplace_back("momentum_buffer");
  if (std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group.options.centered; }))
    kinds.emplace_back("grad_avg");
  return kinds;
}

}  // namespace

RMSprop::RMSprop(const std::vector<ParameterGroup<RMSpropOptions>>& groups)
    : GroupedOptimizer("RMSprop", groups, remembered_by(groups)), grad_avg_(with_momentum(groups) ? 2 : 1) {
  require_eps_and_decay();
  for (const auto& [parameters, options] : groups) {
    require(options.alpha >= 0 && options.alpha <= 1, "alpha", options.alpha, "in [0, 1]");
    require(options.momentum >= 0, "momentum", options.momentum, "at least 0");
  }
}

Tensor RMSprop::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, alpha, eps, weight_decay, momentum, centered, maximize] = options(i);
  const Tensor g = penalized(i, parameter, gradient);
  Tensor& v = remembered(0, i);
  v = alpha * v + (1 - alpha) * square(g);
  Tensor variance = v;
  if (centered) {
    Tensor& a = remembered(grad_avg_, i);
    a = alpha * a + (1 - alpha) * g;
    variance = relu(v - square(a));
  }
  const Tensor direction = g / (sqrt(variance) + eps);
  if (momentum == 0) return parameter - rate(i) * direction;
  Tensor& b = remembered(momentum_buffer_, i);
  b = momentum * b + direction;
  return parameter - rate(i) * b;
}

}  // namespace xgrad::optim
