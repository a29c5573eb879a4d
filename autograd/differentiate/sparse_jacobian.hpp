#pragma once

#include <autograd/differentiate/coloring.hpp>
#include <autograd/differentiate/jacobian.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// A matrix of derivatives of which only the places of a pattern are kept. It has a row for each element of f(x) and a
/// column for each element of x, both flattened.
struct SparseJacobian {
  SparsityPattern pattern;
  Tensor values;  ///< (nnz,), in the pattern's order, of x's dtype

  /// The matrix, of the pattern's shape, with zeros elsewhere. Throws Error where no memory holds it.
  Tensor to_dense() const;
};

/// The derivatives of f at x in the places of a pattern, by as many products with the Jacobian as the coloring has
/// colors, a chunk of them at a time by vmap (jacobian takes as many as f(x) or x has elements). f is called once. The
/// values are differentiable.
///
/// The pattern must have every place where the Jacobian differs from 0: what it lacks is added to other places, and
/// nothing tells. jacobian_sparsity(f, x) is such a pattern. To evaluate several times, make a JacobianColoring once
/// and give it in place of the pattern.
///
/// Throws Error where the pattern's shape is not (f(x).size(), x.size()), where it is none (SparsityPattern), where x
/// or f(x) is not floating-point, and on a negative chunk.
SparseJacobian sparse_jacobian(const TensorFunction& f, const Tensor& x, const SparsityPattern& pattern,
                               const JacobianOptions& options = {});
SparseJacobian sparse_jacobian(const TensorFunction& f, const Tensor& x, const JacobianColoring& coloring,
                               const JacobianOptions& options = {});

/// The second derivatives of a scalar function at x in the places of a pattern: the sparse Jacobian of its gradient.
/// The pattern, as hessian_sparsity(f, x) is, has every place where the Hessian differs from 0: those on both sides of
/// the diagonal. Throws Error where f(x) has several elements, and as sparse_jacobian does.
SparseJacobian sparse_hessian(const TensorFunction& f, const Tensor& x, const SparsityPattern& pattern,
                              const JacobianOptions& options = {});
SparseJacobian sparse_hessian(const TensorFunction& f, const Tensor& x, const JacobianColoring& coloring,
                              const JacobianOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
