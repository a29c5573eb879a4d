#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <autograd/ops.hpp>
#include <autograd/ops/complex.hpp>

#pragma GCC visibility push(default)
/// Discrete Fourier transforms, y[k] = sum over j of x[j] exp(-2 pi i j k / n), of any length in n log n operations.
/// Complex numbers are pairs in the last axis (complex.hpp). Axes are those of the complex numbers: axis -1 is the one
/// before the pairs, so that it means the same for real and for complex tensors. All are linear, and their derivatives
/// are transforms again. Computed in float32 or float64; other dtypes are cast to float32.
namespace xgrad {

/// Which way divides by the number of elements n.
enum class FftNorm {
  backward,  ///< the inverse transform, by n
  forward,   ///< the transform, by n
  ortho,     ///< each by sqrt(n), so that both are unitary
};

struct FftOptions {
  /// The length of the transform: the axis is cut at its end, or extended with zeros. For irfft it is the length of the
  /// result.
  std::optional<std::int64_t> n = {};
  int axis = -1;
  FftNorm norm = FftNorm::backward;
};

/// The transform of complex numbers, and its inverse: pairs to pairs.
Tensor fft(const Operand& x, const FftOptions& options = {});
Tensor ifft(const Operand& x, const FftOptions& options = {});
/// The transform of real numbers: of n values the first n / 2 + 1 pairs; the others are their conjugates.
Tensor rfft(const Operand& x, const FftOptions& options = {});
/// The inverse of rfft: pairs to n real numbers, 2 (m - 1) of m pairs by default. Imaginary parts that a real sequence
/// does not have, those of entry 0 and, for an even n, of entry n / 2, are not read.
Tensor irfft(const Operand& x, const FftOptions& options = {});

struct FftnOptions {
  /// The lengths of the transforms, of the axes in order.
  std::optional<std::vector<std::int64_t>> s = {};
  /// By default the last two for fft2 and its like; for fftn the last of as many as there are lengths, or all.
  std::optional<std::vector<int>> axes = {};
  FftNorm norm = FftNorm::backward;
};

/// Transforms along several axes. The real ones transform the last of the axes as rfft and irfft do, and halve it; the
/// others are complex.
Tensor fft2(const Operand& x, const FftnOptions& options = {});
Tensor ifft2(const Operand& x, const FftnOptions& options = {});
Tensor rfft2(const Operand& x, const FftnOptions& options = {});
Tensor irfft2(const Operand& x, const FftnOptions& options = {});
Tensor fftn(const Operand& x, const FftnOptions& options = {});
Tensor ifftn(const Operand& x, const FftnOptions& options = {});
Tensor rfftn(const Operand& x, const FftnOptions& options = {});
Tensor irfftn(const Operand& x, const FftnOptions& options = {});

/// The frequencies of fft's entries, in cycles for samples that lie d apart: 0, 1, ..., then the negative ones, over
/// n d. Those of rfft's entries: 0, 1, ..., n / 2 over n d.
Tensor fftfreq(std::int64_t n, double d = 1, DType dtype = float32);
Tensor rfftfreq(std::int64_t n, double d = 1, DType dtype = float32);
/// x with the entry of frequency 0 in the middle of the given axes, as fft has it at their start; and back. The axes
/// are those of x as it is: for complex numbers, leave out the last.
Tensor fftshift(const Operand& x, const Axes& axes);
Tensor ifftshift(const Operand& x, const Axes& axes);

}  // namespace xgrad
#pragma GCC visibility pop
