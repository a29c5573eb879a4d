#pragma once

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

struct JacobianOptions {
  /// How many rows (or columns) are recorded at once, as one batch. More is faster, fewer need less memory: values of
  /// a function's size exist once for each row of a chunk. 0 takes as many as keep such a batch below 4 million
  /// numbers.
  std::int64_t chunk = 0;
};

/// The matrix of all derivatives of f at x, of shape f(x).shape + x.shape: entry (i..., j...) is df_i / dx_j. By rows
/// (vjp) or by columns (jvp), whichever are fewer, a chunk of them at a time by vmap. f is called once. Differentiable
/// itself. Throws Error where x or f(x) is not floating-point, where both have more than Shape::max_rank axes
/// together, and on a negative chunk.
Tensor jacobian(const TensorFunction& f, const Tensor& x, const JacobianOptions& options = {});

/// The matrix of second derivatives of a scalar function at x, of shape x.shape + x.shape: the Jacobian of its
/// gradient. Throws Error where f(x) has several elements, and as jacobian does.
Tensor hessian(const TensorFunction& f, const Tensor& x, const JacobianOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
