#pragma once

#include <string>
#include <vector>

#include <autograd/tensor.hpp>

/// Products of tensors along named or numbered axes. All are compositions of matmul, multiply, sum and views, and have
/// derivatives of any order. Operands are floating-point after promotion.
namespace xgrad {

/// NumPy's einsum: "ij,jk->ik" names the axes of each operand, then those of the result; what the result lacks is
/// summed. Without "->" the result has the axes of "..." and then, in alphabetical order, the labels that occur once.
/// A label twice in one operand is its diagonal; "..." stands for the axes not named, which broadcast from the last.
/// Extents of 1 broadcast. More than two operands are contracted in pairs, the cheapest first. Throws Error on
/// malformed equations, ranks that differ from the labels, and labels with different extents.
Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands);

/// a[i] * b[j] for all i, j: (N,) and (M,) to (N, M). Operands of other ranks are flattened, as by NumPy.
Tensor outer(const Tensor& a, const Tensor& b);

/// NumPy's dot: the product where either is a scalar, else the sum over the last axis of a and the second to last (or
/// only) axis of b; the result has the other axes of a, then those of b. For vectors the inner product.
Tensor dot(const Tensor& a, const Tensor& b);

/// The sum over the last `count` axes of a and the first `count` of b, in order; 0 is the outer product.
Tensor tensordot(const Tensor& a, const Tensor& b, int count = 2);
/// The sum over pairs of axes: axes_a[i] of a with axes_b[i] of b. The result has the other axes of a, then those of b.
Tensor tensordot(const Tensor& a, const Tensor& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b);

}  // namespace xgrad
