#include <examples/logistic_regression.hpp>

#include <cmath>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>
#include <examples/conjugate_gradients.hpp>
#include <examples/linear_solve.hpp>

namespace xgrad::examples {

namespace {

/// The loss of logits z: (N,).
Tensor loss_of_logits(const Tensor& z, const Tensor& y) { return mean(softplus(z) - y * z); }

/// Steps from 0 until the gradient is small, each as `step(w, gradient)` says.
template <class Step>
Fit descend(const LogisticData& data, const FitOptions& options, Step step) {
  const auto loss = [&](const Tensor& w) { return logistic_loss(data, w); };
  Fit fit{zeros({data.x.size(1)}, float64), {}};
  while (true) {
    const Tensor slope = gradient(loss, fit.w);
    fit.norms.push_back(std::sqrt(dot(slope, slope).item()));
    if (fit.norms.back() <= options.tolerance || std::ssize(fit.norms) > options.max_steps) return fit;
    fit.w = fit.w - step(fit.w, slope);
    eval(fit.w);
  }
}

}  // namespace

LogisticData draw_logistic_data(std::int64_t samples, std::int64_t features, std::uint64_t seed) {
  Generator generator(seed);
  const Tensor w = randn({features + 1}, float64, generator);
  const Tensor x = concatenate({ones({samples, 1}, float64), randn({samples, features}, float64, generator)}, 1);
  const Tensor y = cast(rand({samples}, float64, generator) < sigmoid(matmul(x, w)), float64);
  eval({x, y});
  return {x, y};
}

Tensor logistic_loss(const LogisticData& data, const Tensor& w) { return loss_of_logits(matmul(data.x, w), data.y); }

Fit newton(const LogisticData& data, const FitOptions& options) {
  const auto loss = [&](const Tensor& w) { return logistic_loss(data, w); };
  return descend(data, options, [&](const Tensor& w, const Tensor& slope) {
    return solve_positive_definite(hessian(loss, w), slope);
  });
}

Fit gauss_newton(const LogisticData& data, const FitOptions& options) {
  const auto logits = [&](const Tensor& w) { return matmul(data.x, w); };
  const auto loss = [&](const Tensor& z) { return loss_of_logits(z, data.y); };
  return descend(data, options, [&](const Tensor& w, const Tensor& slope) {
    const auto product = [&](const Tensor& v) {
      const auto [z, tangent] = jvp(logits, w, v);
      return vjp(logits, w, hvp(loss, z, tangent)).second;
    };
    return conjugate_gradients(product, slope);
  });
}

Fit gradient_descent(const LogisticData& data, const FitOptions& options) {
  return descend(data, options, [](const Tensor&, const Tensor& slope) { return 4 * slope; });
}

}  // namespace xgrad::examples
