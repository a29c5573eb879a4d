#pragma once

#include <concepts>
#include <string>
#include <vector>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

// Products of tensors along named or numbered axes. All are compositions of matmul, multiply, sum and views, and have
// derivatives of any order. Operands are floating-point after promotion.

/// NumPy's einsum: "ij,jk->ik" names the axes of each operand, then those of the result; axes that the result lacks are
/// summed, those of "..." too, as PyTorch's. Without "->" the result has the axes of "..." and then, in alphabetical
/// order, the labels that occur once. A label twice in one operand is its diagonal; "..." stands for the axes not
/// named, which broadcast from the last. Extents of 1 broadcast. More than two operands are contracted in pairs, the
/// cheapest first. Throws Error on malformed equations, ranks that differ from the labels, and labels with different
/// extents.
Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands,
              CallSite where = SourceLocation::current());

/// The same for operands in a row: einsum("ij,jk->ik", a, b).
template <class T>
requires std::convertible_to<const T&, Tensor> Tensor einsum(const std::string& equation, const T& a,
                                                             CallSite where = SourceLocation::current()) {
  return einsum(equation, std::vector<Tensor>{a}, where);
}
Tensor einsum(const std::string& equation, const Operand& a, const Operand& b);
Tensor einsum(const std::string& equation, const Operand& a, const Operand& b, const Operand& c);

/// a[i] * b[j] for all i, j: (N,) and (M,) to (N, M). Operands of other ranks are flattened, as by NumPy.
Tensor outer(const Operand& a, const Operand& b);

/// NumPy's dot: the product where either is a scalar, else the sum over the last axis of a and the second to last (or
/// only) axis of b; the result has the other axes of a, then those of b. For vectors the inner product.
Tensor dot(const Operand& a, const Operand& b);

/// The sum over the last `count` axes of a and the first `count` of b, in order; 0 is the outer product.
Tensor tensordot(const Operand& a, const Operand& b, int count = 2);
/// The sum over pairs of axes: axes_a[i] of a with axes_b[i] of b. The result has the other axes of a, then those of b.
Tensor tensordot(const Operand& a, const Operand& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b);

// Factorizations and solvers, by LAPACK. They work on the last two axes; leading axes are batches. All compute in
// float32 or float64; other dtypes are cast to float32. Derivatives of any order are compositions of these again
// (Giles, An extended collection of matrix derivative results, 2008; Townsend, Differentiating the singular value
// decomposition, 2016). Throws Error on operands that are not (square) matrices; a matrix that cannot be factorized is
// an Error, which says its place in the batch, when the value is asked for.

struct CholeskyOptions {
  /// Whether the result is the upper triangular factor, L^T.
  bool upper = false;
};

/// The lower triangular L with positive diagonal and L L^T = x, for a symmetric positive definite x: (..., N, N). Reads
/// the lower triangle only; its derivative takes x to change symmetrically. Error where x is not positive definite.
Tensor cholesky(const Operand& x, CholeskyOptions options = {});

struct TriangularOptions {
  bool upper = false;          ///< which triangle of a is read
  bool unit_diagonal = false;  ///< the diagonal is taken to be 1, and not read
  bool left = true;            ///< whether a X = b is solved, or X a = b
  bool transposed = false;     ///< whether a^T, of the triangle that is read, takes a's place
};

/// X with a X = b, for a triangular a: (..., N, N) and b: (..., N, K), whose leading axes broadcast; or X with X a = b
/// for b: (..., K, N). A zero on the diagonal gives infinities.
Tensor solve_triangular(const Operand& a, const Operand& b, const TriangularOptions& options = {});

/// X with a X = b, for a: (..., N, N) and b: (..., N, K), whose leading axes broadcast, or a vector b: (N,). By LU
/// factorization with pivoting. Error where a matrix is singular.
Tensor solve(const Operand& a, const Operand& b);

/// The inverse of x: (..., N, N). Multiplying by it is slower and less accurate than solve(). Error where x is
/// singular.
Tensor inv(const Operand& x);

/// The determinant of x: (..., N, N), of shape (...). A polynomial in the entries, it has derivatives of every order at
/// every x. The first is the matrix of cofactors: det(x) inv(x)^T for an x that is not singular, of rank 1 where the
/// rank is N - 1, and 0 below that. The order k + 1 costs N^(k + 1) operations beside a singular value decomposition.
Tensor det(const Operand& x);

/// det = sign * exp(logabs), a form in which determinants of large matrices do not overflow.
struct SlogDet {
  Tensor sign;    ///< -1, 0 or 1; its derivative is zero
  Tensor logabs;  ///< -inf for a singular matrix, whose derivative is an Error
};
SlogDet slogdet(const Operand& x);

/// x = q r, for x: (..., M, N) and K = min(M, N): q (..., M, K) with orthonormal columns, r (..., K, N) upper
/// triangular, whose diagonal may have any sign. The derivative needs the first K columns of x to be independent.
struct Qr {
  Tensor q, r;
};
Qr qr(const Operand& x);

/// x = vectors diag(values) vectors^T, for a symmetric x: (..., N, N): values (..., N), ascending, and orthonormal
/// eigenvectors as columns. Reads the lower triangle only; the derivative takes x to change symmetrically. The sign of
/// an eigenvector is arbitrary, and derivatives are right for functions that do not depend on it. Those of equal values
/// are not unique, and have no derivative: terms between equal values are left out. So first derivatives of functions
/// of the values are right there, those of the vectors, and all second ones, are not. NaN or infinite entries give NaN.
struct Eigh {
  Tensor values, vectors;
};
Eigh eigh(const Operand& x);

/// x = u diag(s) vh, for x: (..., M, N) and K = min(M, N): u (..., M, K) and vh (..., K, N) with orthonormal columns
/// and rows, and s (..., K), descending and not negative. As for eigh(), singular vectors are unique up to signs, and
/// derivatives leave out the terms between equal singular values, and where M and N differ those between a value of 0
/// and the directions beyond K. NaN or infinite entries give NaN.
struct Svd {
  Tensor u, s, vh;
};
Svd svd(const Operand& x);

}  // namespace xgrad
#pragma GCC visibility pop
