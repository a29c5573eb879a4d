#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <autograd/ops.hpp>
#include <autograd/ops/linalg.hpp>

#pragma GCC visibility push(default)
/// Norms, powers and products of matrices. Unless said otherwise they work on the last two axes, leading axes are
/// batches, and dtypes other than float32 and float64 are cast to float32.
namespace xgrad {

struct MatrixNormOptions {
  std::pair<int, int> axes = {-2, -1};  ///< of the rows and the columns
  bool keepdims = false;                ///< whether they stay, with extent 1
};
/// A norm of matrices by its name: "fro", the root of the sum of squares, or "nuc", the sum of the singular values.
Tensor matrix_norm(const Operand& x, const std::string& ord, const MatrixNormOptions& options = {});
/// By its number: 1 and -1 are the largest and least sum of |x| in a column, infinity and -infinity in a row, 2 and -2
/// the largest and least singular value. Elements that tie share the gradient. Throws Error for other numbers, and
/// where the largest or least of none is asked for.
Tensor matrix_norm(const Operand& x, double ord, const MatrixNormOptions& options = {});
/// The Frobenius norm.
Tensor matrix_norm(const Operand& x, const MatrixNormOptions& options = {});
/// norm(), by its name in torch.linalg.
Tensor vector_norm(const Operand& x, double ord = 2, const Axes& axes = {}, ReduceOptions options = {});

/// The condition number of x: the largest singular value over the least, or with ord = -2 its inverse, of (..., M, N);
/// with another ord of matrix_norm() that norm of a square x times that of its inverse. Infinite for a singular x.
Tensor cond(const Operand& x, double ord = 2);
Tensor cond(const Operand& x, const std::string& ord);

/// x multiplied by itself n times; the identity for n = 0, the power of inv(x) for n < 0.
Tensor matrix_power(const Operand& x, std::int64_t n);
/// The sum over k of x^k / k!, by scaling, a Pade approximant and squaring (Higham, The scaling and squaring method for
/// the matrix exponential revisited, 2005). Its derivative is a block of the exponential of a matrix of twice the size
/// (Mathias, A chain rule for matrix functions, 1996). NaN or infinite entries give NaN.
Tensor matrix_exp(const Operand& x);

/// The eigenvalues of eigh(), and the singular values of svd().
Tensor eigvalsh(const Operand& x);
Tensor svdvals(const Operand& x);

/// The vector product of a and b along an axis of extent 3; the other axes broadcast. Integers stay integers.
Tensor cross(const Operand& a, const Operand& b, int axis = -1);
/// The product of at least two matrices, multiplied in the order that takes the fewest operations. The first may be a
/// vector, a row, and the last, a column.
Tensor multi_dot(const std::vector<Tensor>& tensors);
/// The powers 0 .. count - 1 of x: (..., N), in the last axis of (..., N, count); N of them by default. int64 and bool
/// give int64.
Tensor vander(const Operand& x, std::optional<std::int64_t> count = {});
/// The first N columns of H_1 H_2 ... H_K, where H_i = I - tau_i v_i v_i^T, for x: (..., M, N) and tau: (..., K) with
/// K <= N <= M. v_i is column i of x below the diagonal, 1 on it and 0 above.
Tensor householder_product(const Operand& x, const Operand& tau);

}  // namespace xgrad
#pragma GCC visibility pop
