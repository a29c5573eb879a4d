#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/blas.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/linalg.hpp>
#include <autograd/ops/rearrange.hpp>

// LAPACK's Fortran routines; the last arguments are the lengths of texts.
#define XGRAD_LAPACK(prefix, T)                                                                                    \
  void prefix##potrf_(const char*, const int*, T*, const int*, int*, std::size_t);                                 \
  void prefix##getrf_(const int*, const int*, T*, const int*, int*, int*);                                         \
  void prefix##getrs_(const char*, const int*, const int*, const T*, const int*, const int*, T*, const int*, int*, \
                      std::size_t);                                                                                \
  void prefix##geqrf_(const int*, const int*, T*, const int*, T*, T*, const int*, int*);                           \
  void prefix##orgqr_(const int*, const int*, const int*, T*, const int*, const T*, T*, const int*, int*);         \
  void prefix##syevd_(const char*, const char*, const int*, T*, const int*, T*, T*, const int*, int*, const int*,  \
                      int*, std::size_t, std::size_t);                                                             \
  void prefix##gesdd_(const char*, const int*, const int*, T*, const int*, T*, T*, const int*, T*, const int*, T*, \
                      const int*, int*, int*, std::size_t);

extern "C" {
XGRAD_LAPACK(s, float)
XGRAD_LAPACK(d, double)
}

namespace xgrad::lapack {

/// The routine for float or for double.
template <class T, class Single, class Twice>
auto choose(Single single, Twice twice) {
  if constexpr (sizeof(T) == sizeof(float))
    return single;
  else
    return twice;
}

/// Calls a routine twice: to ask how much memory it needs, and with that memory.
template <class T, class Call>
void with_workspace(Call call) {
  T wanted = 0;
  call(&wanted, -1);
  std::vector<T> workspace(static_cast<std::size_t>(std::max(T(1), wanted)));
  call(workspace.data(), static_cast<int>(workspace.size()));
}

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

/// Vectors in the last axis as columns and rows that broadcast.
inline Tensor as_columns(const Tensor& x) { return expand_dims(x, -1); }
inline Tensor as_rows(const Tensor& x) { return expand_dims(x, -2); }
/// The same vectors as diagonal matrices.
inline Tensor diagonals(const Tensor& x) { return as_columns(x) * eye(x.size(-1), {}, x.dtype()); }

/// Symmetric matrices with distinct, positive eigenvalues, from samples of any.
inline Tensor symmetric(const Tensor& x) {
  return 0.5 * (x + t(x)) + diagonals(arange(0, static_cast<double>(x.size(-1)), 1, float64) * 1.5 + 3.0);
}

}  // namespace xgrad::lapack
