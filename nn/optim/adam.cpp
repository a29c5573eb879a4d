#include <nn/optim/adam.hpp>

#include <cmath>

#include <autograd/ops.hpp>

namespace xgrad::optim {

Adam::Adam(const nn::ParameterList& parameters, const AdamOptions& options)
    : Optimizer("Adam", parameters, options.lr, {"exp_avg", "exp_avg_sq"}), options_(options) {
  require(options.beta1 >= 0 && options.beta1 < 1, "beta1", options.beta1, "in [0, 1)");
  require(options.beta2 >= 0 && options.beta2 < 1, "beta2", options.beta2, "in [0, 1)");
  require(options.eps >= 0, "eps", options.eps, "at least 0");
  require(options.weight_decay >= 0, "weight_decay", options.weight_decay, "at least 0");
}

Tensor Adam::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, beta1, beta2, eps, weight_decay] = options_;
  const auto t = static_cast<double>(steps());
  const double step_size = lr() / (1 - std::pow(beta1, t));
  const double root_scale = 1 / std::sqrt(1 - std::pow(beta2, t));

  const Tensor g = weight_decay > 0 ? gradient + weight_decay * parameter : gradient;
  Tensor& m = remembered(0, i);
  Tensor& v = remembered(1, i);
  m = beta1 * m + (1 - beta1) * g;
  v = beta2 * v + (1 - beta2) * square(g);
  return parameter - step_size * m / (sqrt(v) * root_scale + eps);
}

}  // namespace xgrad::optim
