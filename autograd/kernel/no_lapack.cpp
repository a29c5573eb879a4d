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

template int potrf(Triangle, int, float*, int);
template int potrf(Triangle, int, double*, int);
template int getrf(int, int, float*, int, int*);
template int getrf(int, int, double*, int, int*);
template int getrs(bool, int, int, const float*, int, const int*, float*, int);
template int getrs(bool, int, int, const double*, int, const int*, double*, int);
template int geqrf(int, int, float*, int, float*, float*, int);
template int geqrf(int, int, double*, int, double*, double*, int);
template int orgqr(int, int, int, float*, int, const float*, float*, int);
template int orgqr(int, int, int, double*, int, const double*, double*, int);
template int syevd(Triangle, int, float*, int, float*, float*, int, int*, int);
template int syevd(Triangle, int, double*, int, double*, double*, int, int*, int);
template int gesdd(int, int, float*, int, float*, float*, int, float*, int, float*, int, int*);
template int gesdd(int, int, double*, int, double*, double*, int, double*, int, double*, int, int*);
template void trsm(Triangle, Diagonal, int, int, const float*, float*);
template void trsm(Triangle, Diagonal, int, int, const double*, double*);
template void gemm(int, int, int, const float*, const float*, float*);
template void gemm(int, int, int, const double*, const double*, double*);

}  // namespace xgrad::lapack
