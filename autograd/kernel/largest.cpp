#include <autograd/kernel/largest.hpp>
#include <autograd/kernel/processor.hpp>

namespace xgrad::ops {

template <class T>
LargestKernel<T> largest_kernel() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return &avx512::largest_of_windows;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return &avx2::largest_of_windows;
#endif
  return &baseline::largest_of_windows;
}

template <class T>
std::int64_t largest_workspace(const LargestOfWindows<T>& windows) {
  // An element and its place for each window of a row, and for each of all rows of an image.
  const auto& [depth, height, width] = windows.axes;
  constexpr std::int64_t bytes = 2 * sizeof(std::int64_t);
  return ((height.extent + 1) * width.grid + 2 * largest_spare) * bytes;
}

template LargestKernel<float> largest_kernel<float>();
template LargestKernel<double> largest_kernel<double>();
template std::int64_t largest_workspace(const LargestOfWindows<float>&);
template std::int64_t largest_workspace(const LargestOfWindows<double>&);

}  // namespace xgrad::ops
