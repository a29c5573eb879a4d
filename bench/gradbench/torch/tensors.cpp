#include "tensors.hpp"

namespace gradbench {

namespace {

template <class T>
Tensor copy(std::vector<T> values, const Extents& extents) {
  return torch::from_blob(values.data(), extents, c10::CppTypeToScalarType<T>::value).clone();
}

}  // namespace

Tensor make_tensor(const std::vector<double>& numbers, const Extents& extents) { return copy(numbers, extents); }

Tensor make_integers(const std::vector<std::int64_t>& integers, const Extents& extents) {
  return copy(integers, extents);
}

std::vector<double> numbers_of(const Tensor& tensor) {
  const Tensor rows = tensor.detach().contiguous();
  const double* first = rows.data_ptr<double>();
  return {first, first + rows.numel()};
}

std::span<const std::int64_t> integers_of(const Tensor& tensor) {
  return {tensor.data_ptr<std::int64_t>(), static_cast<std::size_t>(tensor.numel())};
}

Extents extents_of(const Tensor& tensor) { return tensor.sizes().vec(); }

double number(const Tensor& tensor) { return tensor.item<double>(); }

/// Derivatives turn the recording on for themselves.
std::vector<Tensor> computed(const std::function<std::vector<Tensor>()>& compute) {
  const torch::NoGradGuard no_grad;
  return compute();
}

}  // namespace gradbench
