#pragma once

#include <cstdint>

/// Discrete Fourier transforms of any length in n log n operations: passes of small radices, and for lengths with
/// larger prime factors Bluestein's convolution (Bluestein, A linear filtering approach to the computation of discrete
/// Fourier transform, 1970). Complex numbers are pairs. Arrays are contiguous (outer, n, inner), and transformed along
/// n. Plans of recent lengths are kept.
namespace xgrad::run {

struct FftExtents {
  std::int64_t outer, n, inner;  ///< n real or complex numbers; n / 2 + 1 complex ones belong to n real ones
};

enum class FftSign : std::int32_t { minus, plus };  ///< of the exponent

// Each is multiplied by `scale`.

/// Complex numbers to complex numbers.
template <class T>
void complex_fft(const FftExtents& extents, FftSign sign, double scale, const T* x, T* y);
/// n real numbers to n / 2 + 1 complex ones, with the sign minus.
template <class T>
void real_fft(const FftExtents& extents, double scale, const T* x, T* y);
/// n / 2 + 1 complex numbers, and the conjugates that follow from them, to n real ones, with the sign plus. Imaginary
/// parts of entry 0 and, for even n, n / 2 are not read.
template <class T>
void inverse_real_fft(const FftExtents& extents, double scale, const T* x, T* y);

}  // namespace xgrad::run
