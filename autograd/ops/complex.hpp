#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Complex numbers as pairs: a tensor of shape S + (2,) holds the real and the imaginary parts of complex numbers of
/// shape S in its last axis, as PyTorch's view_as_real gives them. Sums, differences and multiples by real numbers are
/// those of the tensors, with the factor's shape S + (1,). Gradients with respect to a pair are pairs of derivatives by
/// the real and the imaginary part, which is PyTorch's convention. Operands are floating-point or cast to float32,
/// their shapes S broadcast, and Error is thrown where the last axis does not have extent 2.
namespace xgrad {

/// The pairs of two real tensors, which broadcast.
Tensor complex_pair(const Operand& real, const Operand& imag);
/// The pairs of numbers abs * exp(i angle).
Tensor complex_polar(const Operand& abs, const Operand& angle);
/// The real, the imaginary part: shape S.
Tensor complex_real(const Operand& x);
Tensor complex_imag(const Operand& x);
/// x with negated imaginary parts.
Tensor complex_conj(const Operand& x);
/// The product, the quotient of complex numbers. The quotient may overflow where the square of |b| does.
Tensor complex_multiply(const Operand& a, const Operand& b);
Tensor complex_divide(const Operand& a, const Operand& b);
/// |x|, without overflow, of shape S; its derivatives are 0 at 0.
Tensor complex_abs(const Operand& x);
/// The angle of x, in [-pi, pi], of shape S; 0 at 0, with derivatives of 0.
Tensor complex_angle(const Operand& x);

}  // namespace xgrad
#pragma GCC visibility pop
