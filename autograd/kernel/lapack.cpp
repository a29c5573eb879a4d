#include <autograd/kernel/lapack.hpp>

#include <xtensor-blas/xblas.hpp>
#include <xtensor-blas/xlapack.hpp>

// xtensor-blas declares CBLAS itself, so <cblas.h> must not be included here.
namespace xgrad::lapack {
namespace {

char letter(Triangle triangle) { return triangle == Triangle::upper ? 'U' : 'L'; }

}  // namespace

template <class T>
int potrf(Triangle triangle, int n, T* a, int ld) {
  return cxxlapack::potrf<int>(letter(triangle), n, a, ld);
}

template <class T>
int getrf(int m, int n, T* a, int ld, int* pivots) {
  return cxxlapack::getrf<int>(m, n, a, ld, pivots);
}

template <class T>
int getrs(bool transposed, int n, int count, const T* a, int ld, const int* pivots, T* b, int ldb) {
  return cxxlapack::getrs<int>(transposed ? 'T' : 'N', n, count, a, ld, pivots, b, ldb);
}

template <class T>
int geqrf(int m, int n, T* a, int ld, T* scales, T* work, int size) {
  return cxxlapack::geqrf<int>(m, n, a, ld, scales, work, size);
}

template <class T>
int orgqr(int m, int n, int k, T* a, int ld, const T* scales, T* work, int size) {
  return cxxlapack::orgqr<int>(m, n, k, a, ld, scales, work, size);
}

template <class T>
int syevd(Triangle triangle, int n, T* a, int ld, T* values, T* work, int size, int* integers, int count) {
  return cxxlapack::syevd<int>('V', letter(triangle), n, a, ld, values, work, size, integers, count);
}

template <class T>
int gesdd(int m, int n, T* a, int ld, T* s, T* u, int ldu, T* vt, int ldvt, T* work, int size, int* integers) {
  return cxxlapack::gesdd<int>('S', m, n, a, ld, s, u, ldu, vt, ldvt, work, size, integers);
}

template <class T>
void trsm(Triangle triangle, Diagonal diagonal, int n, int k, const T* a, T* b) {
  cxxblas::trsm<int>(cxxblas::RowMajor, cxxblas::Left, triangle == Triangle::upper ? cxxblas::Upper : cxxblas::Lower,
                     cxxblas::NoTrans, diagonal == Diagonal::ones ? cxxblas::Unit : cxxblas::NonUnit, n, k, T(1), a, n,
                     b, k);
}

template <class T>
void gemm(int n, int m, int k, const T* a, const T* b, T* c) {
  cxxblas::gemm<int>(cxxblas::RowMajor, cxxblas::NoTrans, cxxblas::NoTrans, n, m, k, T(1), a, k, b, m, T(0), c, m);
}

}  // namespace xgrad::lapack

#include <autograd/kernel/lapack_instances.hpp>
