#pragma once

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// The places (row, column) of a matrix that may hold something other than 0, in any order and each once. Of a Jacobian
/// it has a row for each element of f(x) and a column for each element of x, both flattened.
struct SparsityPattern {
  Shape shape = {0, 0};  ///< rows and columns of the matrix
  Tensor rows = {};      ///< (nnz,), int64, from 0
  Tensor columns = {};   ///< (nnz,), int64, from 0

  /// Number of places.
  std::int64_t nnz() const { return rows.size(); }

  /// The places where a matrix is not 0 (where it is NaN, too), by rows. A pattern from a Jacobian at one x holds for
  /// this x: elsewhere other derivatives may differ from 0. Runs the matrix. Throws Error unless it has two axes.
  static SparsityPattern from_dense(const Tensor& matrix);
};

/// Where the Jacobian of f at x may differ from 0: the elements of x that each element of f(x) is computed from, by
/// rows. f is called once and recorded; dependencies are followed through its operations element by element:
/// elementwise functions, views, reductions, products of matrices (a row with a column), take, gather, concatenate,
/// slices, scans (all of a line), and their derivatives. Of other operations each element counts as depending on all
/// that they read, but for axes along which they work on parts, as batches. So the pattern holds at every x for which f
/// records the same operations with the same indices, and may have more places than needed: zeros that are values, as
/// in a product with 0 or with a matrix that has zeros, are not seen. Throws Error where x or f(x) is not
/// floating-point, and where a value that depends on x has more than 2^28 elements, or the pattern more places.
SparsityPattern jacobian_sparsity(const TensorFunction& f, const Tensor& x);

/// The same for the second derivatives of a scalar function: the pattern of the Jacobian of its gradient, symmetric.
/// Throws Error where f(x) has several elements, and as jacobian_sparsity does.
SparsityPattern hessian_sparsity(const TensorFunction& f, const Tensor& x);

}  // namespace xgrad
#pragma GCC visibility pop
