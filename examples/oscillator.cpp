#include <examples/oscillator.hpp>

#include <numbers>

#include <autograd/ops.hpp>

namespace xgrad::examples {

namespace {

std::vector<std::int64_t> scalar_to_scalar(std::vector<std::int64_t> hidden) {
  hidden.insert(hidden.begin(), 1);
  hidden.push_back(1);
  return hidden;
}

/// f'(x) for a function that treats the entries of x one by one: then the gradient of the sum holds each derivative.
TensorFunction derivative(TensorFunction f) {
  return [f = std::move(f)](const Tensor& x) { return gradient([&](const Tensor& t) { return sum(f(t)); }, x); };
}

}  // namespace

Oscillator::Oscillator(std::int64_t points, std::vector<std::int64_t> hidden)
    : network_(scalar_to_scalar(std::move(hidden))), points_(linspace(0, std::numbers::pi, points, float64)) {
  eval(points_);
}

Tensor Oscillator::solution(const Tensor& parameters, const Tensor& x) const {
  return x + square(x) * squeeze(network_(parameters, expand_dims(x, 1)), 1);
}

Tensor Oscillator::residual(const Tensor& parameters, const Tensor& x) const {
  const TensorFunction u = [&](const Tensor& t) { return solution(parameters, t); };
  return derivative(derivative(u))(x) + u(x);
}

Tensor Oscillator::loss(const Tensor& parameters) const { return mean(square(residual(parameters, points_))); }

LbfgsResult Oscillator::solve(std::uint64_t seed, const LbfgsOptions& options) const {
  return lbfgs([&](const Tensor& parameters) { return loss(parameters); }, network_.initial(seed), options);
}

}  // namespace xgrad::examples
