#pragma once

#include <cstdint>

/// Windows over one plane of numbers, each weighted with the same numbers: convolutions of a channel by itself.
namespace xgrad::ops {

/// Element j of a window of the place in row i and column k lies at plane + i * line_step + k + table[j].
template <class T>
struct PlaneWindows {
  std::int64_t lines, line_step, columns;
  const T* plane;
  const std::int64_t* table;
  std::int64_t depth;  ///< entries of the table, and weights
};

/// The kernels of one instruction set. Sums go in the order of the table, or of places.
template <class T>
struct ChannelKernels {
  /// result (lines, columns), rows next to each other = the windows' elements times weights, summed.
  void (*weigh)(const PlaneWindows<T>& windows, const T* weights, T* result);
  /// weights (depth) += the windows' elements times values (lines, columns), summed over places.
  void (*correlate)(const PlaneWindows<T>& windows, const T* values, T* weights);
};

/// Those for this processor.
template <class T>
const ChannelKernels<T>& channel_kernels();

namespace baseline {
extern const ChannelKernels<float> channel_kernels_float;
extern const ChannelKernels<double> channel_kernels_double;
}  // namespace baseline
namespace avx2 {
extern const ChannelKernels<float> channel_kernels_float;
extern const ChannelKernels<double> channel_kernels_double;
}  // namespace avx2
namespace avx512 {
extern const ChannelKernels<float> channel_kernels_float;
extern const ChannelKernels<double> channel_kernels_double;
}  // namespace avx512

}  // namespace xgrad::ops
