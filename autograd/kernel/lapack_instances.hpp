// What lapack.cpp and no_lapack.cpp instantiate: included once, behind the definitions.
namespace xgrad::lapack {

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
