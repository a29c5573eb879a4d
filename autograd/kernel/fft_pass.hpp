#pragma once

#include <cstdint>

#include <autograd/kernel/target.hpp>

/// One pass of a Stockham transform (Van Loan, Computational frameworks for the fast Fourier transform, 1992). Real and
/// imaginary parts lie in arrays of their own.
namespace xgrad::run {

/// Elements x[q + s (j + m k)] for j < m, k < radix become y[q + s (radix j + k)]: transforms of the `radix` elements
/// over k, times the twiddles (j, k), for all q < s.
template <class T>
struct FftPass {
  int radix;  ///< 2, 3, 4, 5, 7, 11 or 13
  std::int64_t m, s;
  const T* twiddles;  ///< real and imaginary part for all j and 1 <= k < radix; not read where m is 1
  const T* roots;     ///< cosines, then sines, of 2 pi k / radix, for an odd radix
  const T *x_real, *x_imag;
  T *y_real, *y_imag;
};

namespace baseline {
void fft_pass(const FftPass<float>& pass);
void fft_pass(const FftPass<double>& pass);
}  // namespace baseline
namespace avx2 {
void fft_pass(const FftPass<float>& pass);
void fft_pass(const FftPass<double>& pass);
}  // namespace avx2

}  // namespace xgrad::run
