#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/blas.hpp>
#include <autograd/kernel/lapack.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/linalg.hpp>
#include <autograd/ops/rearrange.hpp>

namespace xgrad::lapack {

[[noreturn]] inline void refuse_matrix(const char* op, std::int64_t batch, std::int64_t batches,
                                       const std::string& reason) {
  const std::string which = batches > 1 ? "matrix " + std::to_string(batch) + " of the batch " : "the matrix ";
  fail(op, which + reason);
}

/// The rows and columns of the last two axes, and how many matrices there are.
struct Matrices {
  std::int64_t count, rows, columns;

  explicit Matrices(const Shape& shape) : count(1), rows(shape[shape.rank() - 2]), columns(shape[shape.rank() - 1]) {
    for (int axis = 0; axis < shape.rank() - 2; ++axis) count *= shape[axis];
  }
  std::int64_t size() const { return rows * columns; }
};

template <class T>
void transpose_into(const T* from, std::int64_t rows, std::int64_t columns, T* to) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
}

template <class T>
bool all_finite(const T* x, std::int64_t n) {
  return std::all_of(x, x + n, [](T value) { return std::isfinite(value); });
}

/// The number 1 where a leading extent is 0, which LAPACK refuses.
inline int leading(std::int64_t extent) { return static_cast<int>(std::max<std::int64_t>(1, extent)); }

/// LU factorization of a matrix in rows, which LAPACK reads as its transpose. Returns 0 if the matrix is not singular,
/// else the number of the first pivot that is 0.
template <class T>
int factorize(std::vector<T>& matrix, int n, std::vector<int>& pivots) {
  pivots.resize(static_cast<std::size_t>(n));
  return n > 0 ? getrf(n, n, matrix.data(), n, pivots.data()) : 0;
}

/// Calls f(sign, diagonal entry) for each diagonal entry of an LU factorization; sign is -1 where rows changed places.
template <class T, class F>
void each_pivot(std::vector<T>& matrix, int n, std::vector<int>& pivots, F f) {
  factorize(matrix, n, pivots);
  for (int i = 0; i < n; ++i)
    f(pivots[static_cast<std::size_t>(i)] != i + 1 ? T(-1) : T(1), matrix[static_cast<std::size_t>(i * (n + 1))]);
}

/// The parts of x = u diag(s) vh for a matrix in rows, which is overwritten: u (m, k), s (k) and vh (k, n), in rows,
/// for k = min(m, n) > 0. False where the iteration does not converge.
template <class T>
bool decompose(std::vector<T>& matrix, int m, int n, T* u, T* s, T* vh) {
  const int k = std::min(m, n);
  std::vector<int> integers(static_cast<std::size_t>(8 * k));
  int info = 0;
  // In columns the matrix is its transpose vh^T diag(s) u^T, and the memory of its parts, in rows, that of vh and u.
  with_workspace<T>(
      [&](T* work, int size) { info = gesdd(n, m, matrix.data(), n, s, vh, n, u, k, work, size, integers.data()); });
  return info == 0;
}

/// Calls f(matrix, index, result) for every matrix of input 0, which f may overwrite, with where its result goes.
template <class T, class F>
void each_matrix(const run::Call& call, F f) {
  ops::keep_blas_to_one_thread();
  const Matrices matrices(call.inputs[0].shape);
  if (matrices.count == 0) return;
  run::BufferHandle storage;
  const T* x = run::contiguous(call.inputs[0], storage).as<T>();
  std::vector<T> matrix(static_cast<std::size_t>(matrices.size()));
  const std::int64_t length = call.result.shape.elements() / matrices.count;
  for (std::int64_t i = 0; i < matrices.count; ++i) {
    std::copy_n(x + i * matrices.size(), matrices.size(), matrix.begin());
    f(matrix, i, call.result.as<T>() + i * length);
  }
}

/// The kernel of a template over the element type.
template <void (*single)(const run::Call&), void (*twice)(const run::Call&)>
void by_type(const run::Call& call) {
  if (Matrices(call.inputs[0].shape).count == 0) return;  // without matrices there is no scratch memory to allocate
  if (call.result.dtype == DType::float32)
    single(call);
  else
    twice(call);
}

/// Throws Error unless x is a batch of matrices of numbers; gives it in float32 or float64.
inline Tensor checked_matrices(const char* op, const char* argument, const Tensor& x) {
  ops::check_defined(op, argument, x);
  if (x.rank() < 2) {
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(x.shape()) +
                 "; a matrix, (..., M, N), is expected");
  }
  return cast(x, ops::real(x.dtype()));
}

/// The same for square matrices.
inline Tensor checked_square(const char* op, const char* argument, const Tensor& x) {
  const Tensor matrices = checked_matrices(op, argument, x);
  if (x.size(-1) != x.size(-2)) {
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(x.shape()) +
                 "; square matrices, (..., N, N), are expected");
  }
  return matrices;
}

inline Tensor t(const Tensor& x) { return swapaxes(x, -1, -2); }

/// The shape of one value for each matrix.
inline Shape of_batch(const Tensor& x) {
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  shape.erase(shape.rank() - 1);
  return shape;
}

/// Both operands of a system in one dtype and with the same leading axes.
struct System {
  Tensor a, b;
};

/// Throws Error unless a is a batch of square matrices, and b one of matrices with as many rows (columns, where it
/// stands on the left of a).
System checked_system(const char* op, const Tensor& a, const Tensor& b, bool left = true);

/// The inverse of matrices in float32 or float64, of infinities for a singular one.
Tensor inverse_or_infinity(const Tensor& x);

/// Matrices for samples whose diagonal keeps them far from singular.
inline Tensor sample_matrix(const Shape& shape) {
  return ops::sample_values(shape, -0.5, 0.5) + 2.0 * eye(shape[shape.rank() - 2], shape[shape.rank() - 1], float64);
}

/// Vectors in the last axis as columns and rows that broadcast.
inline Tensor as_columns(const Tensor& x) { return expand_dims(x, -1); }
inline Tensor as_rows(const Tensor& x) { return expand_dims(x, -2); }
/// The part of a packed result that begins at `start`, as matrices of a batch.
inline Tensor part(const Tensor& packed, std::int64_t start, std::int64_t rows, std::int64_t columns) {
  Shape shape = packed.shape();
  shape.erase(shape.rank() - 1);
  shape.push_back(rows);
  shape.push_back(columns);
  return slice(packed, -1, start, start + rows * columns).reshape(shape);
}

/// A result of `length` numbers for each matrix of a batch.
inline Tensor record_packed(const Primitive& primitive, const Tensor& x, std::int64_t length,
                            const Attributes& attributes = no_attributes) {
  Shape shape = of_batch(x);
  shape.push_back(length);
  return record1(primitive, x, shape, x.dtype(), attributes);
}

/// The same vectors as diagonal matrices.
inline Tensor diagonals(const Tensor& x) { return as_columns(x) * eye(x.size(-1), {}, x.dtype()); }

/// Symmetric matrices with distinct, positive eigenvalues, from samples of any.
inline Tensor symmetric(const Tensor& x) {
  return 0.5 * (x + t(x)) + diagonals(arange(0, static_cast<double>(x.size(-1)), 1, float64) * 1.5 + 3.0);
}

}  // namespace xgrad::lapack
