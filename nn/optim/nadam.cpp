#include <nn/optim/nadam.hpp>

#include <cmath>

namespace xgrad::optim {
namespace {

double mu(const NAdamOptions& options, double step) {
  return options.beta1 * (1 - 0.5 * std::pow(0.96, step * options.momentum_decay));
}

}  // namespace

NAdam::NAdam(const std::vector<ParameterGroup<NAdamOptions>>& groups)
    : GroupedOptimizer("NAdam", groups, {"exp_avg", "exp_avg_sq"}), products_(parameters().size()) {
  require_moments();
  for (const auto& [parameters, options] : groups)
    require(options.momentum_decay >= 0, "momentum_decay", options.momentum_decay, "at least 0");
}

double NAdam::mu_product(std::size_t i) {
  Product& product = products_[i];
  const std::int64_t step = updates(i);
  if (product.step > step) product = {};
  while (product.step < step && product.value > 0) {
    const double factor = mu(options(i), static_cast<double>(product.step) + 1);
    if (factor == options(i).beta1) {  // all later factors are the same
      product.value *= std::pow(factor, static_cast<double>(step - product.step));
      break;
    }
    product.value *= factor;
    ++product.step;
  }
  product.step = step;
  return product.value;
}

Tensor NAdam::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay, momentum_decay, maximize] = options(i);
  const double now = mu(options(i), static_cast<double>(updates(i))),
               next = mu(options(i), static_cast<double>(updates(i)) + 1), product = mu_product(i);
  const double gradient_rate = rate(i) * (1 - now) / (1 - product);
  const double average_rate = rate(i) * next / (1 - product * next);
  const double root_scale = 1 / std::sqrt(1 - std::pow(beta2, static_cast<double>(updates(i))));

  const Tensor g = penalized(i, parameter, gradient);
  Tensor& m = remembered(0, i);
  Tensor& v = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * square(g);
  return parameter - (gradient_rate * g + average_rate * m) / (sqrt(v) * root_scale + eps);
}

}  // namespace xgrad::optim
