#pragma once

#include <cstdint>

/// The largest elements of windows over one image of one channel.
namespace xgrad::ops {

/// What is done with the places of the largest elements.
enum class LargestUse {
  places,  ///< written: flat positions in the image
  pick,    ///< elements of another image of the same extents are taken from there
  spread,  ///< values of the windows are added there, to zeros: the adjoint of pick
};

/// An image of up to three axes, its windows, and what is done with them. NaN counts as larger than all numbers; of
/// equal elements the first one counts. Elements outside of the image count for nothing; each window has one inside.
template <class T>
struct LargestOfWindows {
  struct Axis {
    std::int64_t extent, step;                             ///< of the image, and how far apart its elements lie
    std::int64_t kernel, grid, stride, padding, dilation;  ///< of the windows
  };
  Axis axes[3];
  const T* x;
  LargestUse use;
  const T* values;       ///< contiguous: an image (pick), which may be x, or values of windows (spread)
  T* to;                 ///< contiguous: values of windows (pick), or an image (spread)
  std::int64_t* places;  ///< contiguous: of windows
  void* workspace;       ///< of largest_workspace() bytes, for each call its own
};

/// Elements of a workspace behind its rows, of which the last ones may be computed as a whole vector.
inline constexpr std::int64_t largest_spare = 16;

template <class T>
using LargestKernel = void (*)(const LargestOfWindows<T>& windows);

/// The kernel for this processor.
template <class T>
LargestKernel<T> largest_kernel();
/// Bytes that a call needs.
template <class T>
std::int64_t largest_workspace(const LargestOfWindows<T>& windows);

namespace baseline {
void largest_of_windows(const LargestOfWindows<float>& windows);
void largest_of_windows(const LargestOfWindows<double>& windows);
}  // namespace baseline
namespace avx2 {
void largest_of_windows(const LargestOfWindows<float>& windows);
void largest_of_windows(const LargestOfWindows<double>& windows);
}  // namespace avx2
namespace avx512 {
void largest_of_windows(const LargestOfWindows<float>& windows);
void largest_of_windows(const LargestOfWindows<double>& windows);
}  // namespace avx512

}  // namespace xgrad::ops
