#pragma once

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Activation functions (included by ops.hpp): compositions, with PyTorch's names, argument orders and defaults, for
/// inputs of any shape unless said otherwise. int64 and bool become float32. At finite inputs of any size values and
/// derivatives are finite; at infinite ones they are the limits; NaN stays NaN.
namespace xgrad {

/// log(1 + exp(beta x)) / beta; x itself where beta x > threshold. Throws Error unless beta > 0.
Tensor softplus(const Operand& x, double beta = 1, double threshold = 20);
/// log(sigmoid(x)), finite for every finite x.
Tensor log_sigmoid(const Operand& x);

/// How gelu computes the normal distribution function.
enum class GeluApproximation {
  none,  ///< (1 + erf(x / sqrt(2))) / 2
  tanh   ///< (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
};
/// x times the standard normal distribution function of x (Hendrycks and Gimpel, 2016).
Tensor gelu(const Operand& x, GeluApproximation approximate = GeluApproximation::none);
/// x sigmoid(x).
Tensor silu(const Operand& x);
/// x tanh(softplus(x)) (Misra, 2019).
Tensor mish(const Operand& x);

/// x above 0, alpha (exp(x) - 1) elsewhere. The derivative at 0 is alpha.
Tensor elu(const Operand& x, double alpha = 1);
/// x above 0, alpha (exp(x / alpha) - 1) elsewhere. Throws Error where alpha is 0.
Tensor celu(const Operand& x, double alpha = 1);
/// scale * elu(x, alpha), with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017).
Tensor selu(const Operand& x);
/// x above 0, negative_slope x elsewhere. The derivative at 0 is negative_slope.
Tensor leaky_relu(const Operand& x, double negative_slope = 0.01);
/// x above 0, weight x elsewhere. weight: one number, or (C,) for the channels of x: (N, C, ...). The derivative in x
/// at 0 is the weight. Throws Error for other shapes.
Tensor prelu(const Operand& x, const Operand& weight);

/// x limited to [min, max]; unlike clip's, the derivative is 0 at the bounds. Throws Error unless min < max.
Tensor hardtanh(const Operand& x, double min = -1, double max = 1);
/// hardtanh between 0 and 6.
Tensor relu6(const Operand& x);
/// relu6(x + 3) / 6.
Tensor hardsigmoid(const Operand& x);
/// x relu6(x + 3) / 6. The derivative is -1/2 at -3 and 3/2 at 3, as inside.
Tensor hardswish(const Operand& x);

/// x / (1 + |x|).
Tensor softsign(const Operand& x);
/// x - tanh(x).
Tensor tanhshrink(const Operand& x);
/// a sigmoid(b), where a and b are the halves of x along the axis. Throws Error where its extent is odd.
Tensor glu(const Operand& x, int axis = -1);

}  // namespace xgrad
#pragma GCC visibility pop
