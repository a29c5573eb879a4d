#pragma once

#include <cstdint>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Operations that draw random numbers (autograd/random.hpp has those that make tensors of them).
namespace xgrad {

struct MultinomialOptions {
  /// Whether an index may be drawn more than once.
  bool replacement = false;
};
/// `count` indices drawn with probabilities in proportion to the weights: int64 of shape (..., count) for weights
/// (..., N), from 0 on. Runs the weights. Throws Error on weights that are negative, NaN or infinite, on rows without a
/// positive one, and where more are to be drawn without replacement than there are positive ones.
Tensor multinomial(const Operand& weights, std::int64_t count, MultinomialOptions options = {},
                   Generator& generator = default_generator());

struct GumbelSoftmaxOptions {
  double tau = 1;     ///< temperature
  bool hard = false;  ///< whether the result is 1 at the largest and 0 elsewhere, with the gradient of the soft one
  int axis = -1;
};
/// softmax((logits + Gumbel noise) / tau) (Jang et al., 2017). Throws Error unless tau > 0.
Tensor gumbel_softmax(const Operand& logits, const GumbelSoftmaxOptions& options = {},
                      Generator& generator = default_generator());

struct RReluOptions {
  double lower = 1. / 8;
  double upper = 1. / 3;
  bool training = false;
};
/// x where it is positive, else x times a slope: drawn from [lower, upper) for each element in training, else the mean
/// of both. Throws Error unless lower <= upper, and both are finite.
Tensor rrelu(const Operand& x, const RReluOptions& options = {}, Generator& generator = default_generator());

}  // namespace xgrad
#pragma GCC visibility pop
