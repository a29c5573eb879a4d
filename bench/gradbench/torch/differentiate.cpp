#include "differentiate.hpp"

namespace gradbench {

using torch::autograd::grad;

namespace {

/// x as the argument of a function that is differentiated: what f knows of x from elsewhere is a constant to it.
Tensor argument(const Tensor& x) { return x.requires_grad() ? x.view_as(x) : x.detach().requires_grad_(); }

}  // namespace

Tensor gradient_of(const TensorFunction& f, const Tensor& x) {
  return gradients_of([&](const std::vector<Tensor>& xs) { return f(xs[0]); }, {x})[0];
}

std::vector<Tensor> gradients_of(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  const bool again = torch::GradMode::is_enabled();
  const torch::AutoGradMode recording(true);
  std::vector<Tensor> at;
  for (const Tensor& x : xs) at.push_back(argument(x));
  return grad({f(at)}, at, {}, again, again);
}

std::vector<Tensor> jacobian_products(const TensorFunction& f, const Tensor& x, const std::vector<Tensor>& directions) {
  const bool again = torch::GradMode::is_enabled();
  const torch::AutoGradMode recording(true);
  const Tensor at = argument(x), y = f(at);
  // Zeros, since their value does not matter. They come out of y, so that the walk back to them ends after y: it would
  // go to the beginning of the recording in search of a leaf.
  const Tensor cotangent = 0 * y;
  const std::vector<Tensor> product = grad({y}, {at}, {cotangent}, true, true);
  std::vector<Tensor> products;
  for (const Tensor& direction : directions) {
    const bool more = products.size() + 1 < directions.size();
    products.push_back(grad(product, {cotangent}, {direction}, again || more, again)[0]);
  }
  return products;
}

Tensor slope(Mode mode, const TensorFunction& f, const Tensor& x) {
  if (mode == Mode::reverse) return gradient_of(f, x);
  return torch::stack(jacobian_products(f, x, torch::eye(x.numel(), x.options()).unbind()));
}

}  // namespace gradbench
