#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

/// The routines of LAPACK and BLAS that factorizations and solvers call, for float and double, through xtensor-blas's
/// layer below its array types. Matrices lie in columns, `ld` elements apart. They allocate nothing and check nothing;
/// what they return is LAPACK's info: 0, or the number of the first pivot, minor or value that is not as it has to be.
namespace xgrad::lapack {

enum class Triangle : std::int32_t { lower, upper };
enum class Diagonal : std::int32_t { read, ones };

/// Cholesky factorization, in place, of the given triangle.
template <class T>
int potrf(Triangle triangle, int n, T* a, int ld);
/// LU factorization with row exchanges, in place; `pivots` counts from 1.
template <class T>
int getrf(int m, int n, T* a, int ld, int* pivots);
/// Solves with a factorization of getrf, or with its transpose.
template <class T>
int getrs(bool transposed, int n, int count, const T* a, int ld, const int* pivots, T* b, int ldb);
/// Householder QR, in place; work of -1 elements asks how many are best.
template <class T>
int geqrf(int m, int n, T* a, int ld, T* scales, T* work, int size);
/// The first n columns of the product of k reflectors.
template <class T>
int orgqr(int m, int n, int k, T* a, int ld, const T* scales, T* work, int size);
/// Eigenvalues, and in place eigenvectors, from the given triangle.
template <class T>
int syevd(Triangle triangle, int n, T* a, int ld, T* values, T* work, int size, int* integers, int count);
/// The singular values and the first min(m, n) singular vectors; overwrites a.
template <class T>
int gesdd(int m, int n, T* a, int ld, T* s, T* u, int ldu, T* vt, int ldvt, T* work, int size, int* integers);

// These two take matrices in rows.

/// b = a^-1 b for a triangular a: (n, n) and b: (n, k).
template <class T>
void trsm(Triangle triangle, Diagonal diagonal, int n, int k, const T* a, T* b);
/// c = a b for a: (n, k), b: (k, m), c: (n, m), none of which is empty.
template <class T>
void gemm(int n, int m, int k, const T* a, const T* b, T* c);

/// Calls a routine twice: to ask how much memory it needs, and with that memory.
template <class T, class Call>
void with_workspace(Call call) {
  T wanted = 0;
  call(&wanted, -1);
  std::vector<T> workspace(static_cast<std::size_t>(std::max(T(1), wanted)));
  call(workspace.data(), static_cast<int>(workspace.size()));
}

}  // namespace xgrad::lapack
