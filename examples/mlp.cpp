#include <examples/mlp.hpp>

#include <cmath>
#include <utility>

#include <autograd/ops.hpp>

namespace xgrad::examples {

Mlp::Mlp(std::vector<std::int64_t> widths) : widths_(std::move(widths)) {
  if (widths_.size() < 2) throw Error("Mlp: at least two widths are needed, those of the input and of the output");
  for (std::size_t i = 0; i + 1 < widths_.size(); ++i) parameter_count_ += (widths_[i] + 1) * widths_[i + 1];
}

Tensor Mlp::initial(std::uint64_t seed) const {
  Generator generator(seed);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i + 1 < widths_.size(); ++i) {
    const double std = 1 / std::sqrt(static_cast<double>(widths_[i]));
    parts.push_back(normal(0, std, {widths_[i] * widths_[i + 1]}, float64, generator));
    parts.push_back(zeros({widths_[i + 1]}, float64));
  }
  return concatenate(parts);
}

Tensor Mlp::operator()(const Tensor& parameters, const Tensor& x) const {
  std::int64_t used = 0;
  const auto next = [&](const Shape& shape) {
    const std::int64_t start = std::exchange(used, used + shape.elements());
    return slice(parameters, 0, start, used).reshape(shape);
  };
  Tensor y = x;
  for (std::size_t i = 0; i + 1 < widths_.size(); ++i) {
    if (i > 0) y = tanh(y);
    const Tensor weight = next({widths_[i], widths_[i + 1]}), bias = next({widths_[i + 1]});
    y = matmul(y, weight) + bias;
  }
  return y;
}

}  // namespace xgrad::examples
