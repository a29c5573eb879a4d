#include <span>

#include <autograd/autograd.hpp>

#include "tensors.hpp"

namespace gradbench {

Tensor make_tensor(const std::vector<double>& numbers, const Extents& extents) {
  return xgrad::tensor(std::span(numbers), extents);
}

Tensor make_integers(const std::vector<std::int64_t>& integers, const Extents& extents) {
  return xgrad::tensor(std::span(integers), extents);
}

std::vector<double> numbers_of(const Tensor& tensor) {
  const std::span<const double> numbers = tensor.data<double>();
  return {numbers.begin(), numbers.end()};
}

std::span<const std::int64_t> integers_of(const Tensor& tensor) { return tensor.data<std::int64_t>(); }

Extents extents_of(const Tensor& tensor) { return {tensor.shape().begin(), tensor.shape().end()}; }

double number(const Tensor& tensor) { return tensor.item(); }

Tensor gradient_of(const TensorFunction& f, const Tensor& x) { return xgrad::gradient(f, x); }

std::vector<Tensor> gradients_of(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  return xgrad::gradient(f, xs);
}

std::vector<Tensor> computed(const std::function<std::vector<Tensor>()>& compute) {
  std::vector<Tensor> results = compute();
  xgrad::eval(results);
  return results;
}

}  // namespace gradbench
