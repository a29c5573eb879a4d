#pragma once

#include <optional>
#include <vector>

#include <autograd/ops.hpp>
#include <autograd/ops/linalg.hpp>

#pragma GCC visibility push(default)
/// More factorizations, and solvers for matrices that are factorized, rectangular or without full rank. As in
/// linalg.hpp they work on the last two axes, leading axes are batches, and dtypes other than float32 and float64 are
/// cast to float32.
namespace xgrad {

/// x = p l u, for x: (..., M, N) and K = min(M, N): p (..., M, M), a permutation matrix, l (..., M, K), lower
/// triangular with a unit diagonal, and u (..., K, N), upper triangular. The derivative takes p as constant. It needs
/// the first K columns of x to be independent; else it has infinities or NaN.
struct Lu {
  Tensor p, l, u;
};
Lu lu(const Operand& x);

/// l and u of lu() in one matrix (..., M, N), without l's unit diagonal, and the row exchanges (..., K), int64: row i
/// changed places with row pivots[i] >= i, one after the other from row 0 on. Rows count from 0 (PyTorch's and LAPACK's
/// from 1). A singular matrix is factorized too.
struct LuFactor {
  Tensor lu, pivots;
};
LuFactor lu_factor(const Operand& x);

struct LuSolveOptions {
  bool left = true;         ///< whether a X = b is solved, or X a = b
  bool transposed = false;  ///< whether a^T takes a's place
};
/// X with a X = b, from lu and pivots of lu_factor(a), for a: (..., N, N) and b: (..., N, K), whose leading axes
/// broadcast. A zero on the diagonal of u gives infinities.
Tensor lu_solve(const Tensor& lu, const Tensor& pivots, const Operand& b, const LuSolveOptions& options = {});

/// X with a X = b, for the factor of cholesky(a): l l^T = a, or, with `upper`, l^T l = a. l is (..., N, N), b
/// (..., N, K), and leading axes broadcast. Reads one triangle of l.
Tensor cholesky_solve(const Operand& b, const Operand& l, CholeskyOptions options = {});
/// The inverse of a from its factor l, as for cholesky_solve().
Tensor cholesky_inverse(const Operand& l, CholeskyOptions options = {});

/// Singular values up to max(atol, rtol s), for the largest s, count as 0. The default of rtol is max(M, N) times the
/// dtype's epsilon where atol is absent or 0, else 0.
struct RankOptions {
  std::optional<double> atol = {};
  std::optional<double> rtol = {};
  /// Whether x is symmetric; reads the lower triangle only, and takes x to change symmetrically.
  bool hermitian = false;
};

/// The pseudoinverse (..., N, M) of x: (..., M, N), after Moore and Penrose. Its derivative (Golub and Pereyra, The
/// differentiation of pseudo-inverses, 1973) takes the rank to be constant, and is right for matrices of any rank and
/// for singular values that tie. NaN or infinite entries give NaN. Throws Error for a tolerance that is negative or
/// NaN.
Tensor pinv(const Operand& x, const RankOptions& options = {});

/// How many singular values are not 0, in int64: (...) for x: (..., M, N). It has no derivative.
Tensor matrix_rank(const Operand& x, const RankOptions& options = {});

struct LstsqOptions {
  /// Singular values up to rcond times the largest count as 0; max(M, N) times the dtype's epsilon by default.
  std::optional<double> rcond = {};
};
/// The X of least Euclidean norm among those with the least |a X - b|, for a: (..., M, N) and b: (..., M, K), whose
/// leading axes broadcast, or a vector b: (M,). By pinv(), so the derivative takes the rank of a to be constant. The
/// residuals are there for every shape and rank; PyTorch leaves them out unless a has full rank and M > N.
struct Lstsq {
  Tensor solution;         ///< (..., N, K)
  Tensor residuals;        ///< the sums of squares of the columns of a X - b: (..., K)
  Tensor rank;             ///< of a: (...), int64
  Tensor singular_values;  ///< of a: (..., min(M, N)), descending
};
Lstsq lstsq(const Operand& a, const Operand& b, LstsqOptions options = {});

/// The inverse of the linear map from the axes ind.. of x to the first `ind` axes, whose extents must have the same
/// product: tensordot(tensorinv(x, ind), y, ind) solves tensordot(x, X, ...) = y. The result has the axes ind.. of x,
/// then the first `ind`.
Tensor tensorinv(const Operand& x, int ind = 2);
/// X with tensordot(a, X, X.rank()) = b: the first axes of a have b's shape, the product of the others is b's number of
/// elements, and the result has their shape. The given axes of a are moved to its end before, in order.
Tensor tensorsolve(const Operand& a, const Operand& b, const std::vector<int>& axes = {});

}  // namespace xgrad
#pragma GCC visibility pop
