#include <autograd/error.hpp>
#include <autograd/kernel/lapack.hpp>

// Of a build without LAPACK: XGRAD_LAPACK=OFF.

namespace xgrad::lapack {
namespace {

[[noreturn]] void refuse(const char* routine) {
  fail(routine, "xgrad was built without LAPACK (XGRAD_LAPACK=OFF); factorizations and solvers need it");
}

}  // namespace

template <class T>
int potrf(Triangle, int, T*, int) {
  refuse("potrf");
}

template <class T>
int getrf(int, int, T*, int, int*) {
  refuse("getrf");
}

template <class T>
int getrs(bool, int, int, const T*, int, const int*, T*, int) {
  refuse("getrs");
}

template <class T>
int geqrf(int, int, T*, int, T*, T*, int) {
  refuse("geqrf");
}

template <class T>
int orgqr(int, int, int, T*, int, const T*, T*, int) {
  refuse("orgqr");
}

template <class T>
int syevd(Triangle, int, T*, int, T*, T*, int, int*, int) {
  refuse("syevd");
}

template <class T>
int gesdd(int, int, T*, int, T*, T*, int, T*, int, T*, int, int*) {
  refuse("gesdd");
}

template <class T>
void trsm(Triangle, Diagonal, int, int, const T*, T*) {
  refuse("trsm");
}

template <class T>
void gemm(int, int, int, const T*, const T*, T*) {
  refuse("gemm");
}

}  // namespace xgrad::lapack

#include <autograd/kernel/lapack_instances.hpp>
