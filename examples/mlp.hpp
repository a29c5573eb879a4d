#pragma once

#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// A multilayer perceptron with tanh between its layers, as a function of one vector of all its parameters: what
/// minimizers of vectors, Hessian-vector products and gradients per sample are written for.
class Mlp {
 public:
  /// Widths of the input, of the hidden layers and of the output. Throws Error where there are fewer than two.
  explicit Mlp(std::vector<std::int64_t> widths);

  std::int64_t parameter_count() const { return parameter_count_; }

  /// Parameters to begin with, float64: weights N(0, 1 / inputs), biases 0. (parameter_count(),).
  Tensor initial(std::uint64_t seed) const;

  /// x: (..., inputs), the result: (..., outputs).
  Tensor operator()(const Tensor& parameters, const Tensor& x) const;

 private:
  std::vector<std::int64_t> widths_;
  std::int64_t parameter_count_ = 0;
};

}  // namespace xgrad::examples
