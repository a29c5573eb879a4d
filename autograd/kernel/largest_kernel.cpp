#include <autograd/kernel/lanes.hpp>
#include <autograd/kernel/largest.hpp>
#include <cstring>
#include <limits>

// Compiled for the baseline and, on x86-64, for AVX2 with FMA and for AVX-512, as winograd_kernel.cpp is: loops are
// written so that the compiler makes vectors of them.

namespace xgrad::ops {
namespace {

using Index = std::int64_t;

/// Numbers of as many bits as T, so that all lanes of a loop have one width.
template <class T>
struct PlaceOf {
  using type = std::int64_t;
};
template <>
struct PlaceOf<float> {
  using type = std::int32_t;
};

/// Elements and their places, of windows next to each other.
template <class T, class Place>
struct Best {
  T* value;
  Place* place;
};

/// Whether an element takes the place of one that comes before it.
template <class T>
bool larger(T value, T old) {
  return bool(int(!(value <= old)) & int(old == old));
}

/// Of each window of a row the elements `from`, of which the first is at `place`, where they are larger than all
/// before. Windows without an element yet have a place below 0.
template <Index fixed_step, class T, class Place>
void look_at(const T* from, Index step, Place place, Place apart, Index count, Best<T, Place> best) {
  if (fixed_step != 0) step = fixed_step;
  T* __restrict const values = best.value;
  Place* __restrict const places = best.place;
  for (Index j = 0; j < count; ++j) {
    const T value = from[j * step], old = values[j];
    const bool better = bool(int(places[j] < 0) | int(larger(value, old)));
    values[j] = better ? value : old;
    places[j] = better ? place + static_cast<Place>(j) * apart : places[j];
  }
}

/// Uses the windows from `first` on.
template <class T, class Place>
void use(const LargestOfWindows<T>& w, const Best<T, Place>& best, Index first, Index count) {
  switch (w.use) {
    case LargestUse::places:
      for (Index j = 0; j < count; ++j) w.places[first + j] = best.place[j];
      return;
    case LargestUse::pick:
      if (w.values == w.x) {
        for (Index j = 0; j < count; ++j) w.to[first + j] = best.value[j];
      } else {
        for (Index j = 0; j < count; ++j) w.to[first + j] = w.values[best.place[j]];
      }
      return;
    case LargestUse::spread:
      for (Index j = 0; j < count; ++j) w.to[best.place[j]] += w.values[first + j];
      return;
  }
}

/// Any windows, a row of them at a time: first element of each, then the second, and so on.
template <class T, class Place>
void row_by_row(const LargestOfWindows<T>& w, Best<T, Place> best) {
  const auto& [depth, height, width] = w.axes;
  const auto place = [](const typename LargestOfWindows<T>::Axis& axis, Index i, Index p) {
    return i * axis.stride - axis.padding + p * axis.dilation;
  };
  const Index step = width.stride * width.step, count = width.grid;
  Index first = 0;
  for (Index d = 0; d < depth.grid; ++d) {
    for (Index i = 0; i < height.grid; ++i, first += count) {
      for (Index j = 0; j < count; ++j) best.place[j] = -1;
      for (Index e = 0; e < depth.kernel * height.kernel; ++e) {
        const Index layer = place(depth, d, e / height.kernel), row = place(height, i, e % height.kernel);
        if (layer < 0 || layer >= depth.extent || row < 0 || row >= height.extent) continue;
        const T* const elements = w.x + layer * depth.step + row * height.step;
        for (Index q = 0; q < width.kernel; ++q) {
          // The windows whose element q lies inside the image.
          const Index left = place(width, 0, q);
          Index begin = left >= 0 ? 0 : (width.stride - 1 - left) / width.stride;
          Index end = left >= width.extent ? 0 : (width.extent - 1 - left) / width.stride + 1;
          if (end > count) end = count;
          if (begin >= end) continue;
          const Index at = begin * width.stride + left;
          const T* const from = elements + at * width.step;
          const auto here = static_cast<Place>((layer * height.extent + row) * width.extent + at);
          const auto apart = static_cast<Place>(width.stride);
          const Best<T, Place> some{best.value + begin, best.place + begin};
          if (step == 1)
            look_at<1>(from, step, here, apart, end - begin, some);
          else if (step == 2)
            look_at<2>(from, step, here, apart, end - begin, some);
          else
            look_at<0>(from, step, here, apart, end - begin, some);
        }
      }
      use(w, best, first, count);
    }
  }
}

/// Whether neighbouring pairs of elements, all rows of a contiguous image counted through, are rows of windows.
template <class T>
bool in_pairs(const LargestOfWindows<T>& w) {
  const auto& [depth, height, width] = w.axes;
  const bool inside = height.padding == 0 && (height.grid - 1) * height.stride + height.kernel <= height.extent;
  return depth.extent == 1 && depth.grid == 1 && depth.kernel == 1 && depth.padding == 0 && height.dilation == 1 &&
         inside && width.kernel == 2 && width.stride == 2 && width.dilation == 1 && width.padding == 0 &&
         width.extent == 2 * width.grid && width.step == 1 && height.step == width.extent;
}

/// The larger of each two elements.
template <class T, class Place>
void take_larger(Best<T, Place> first, Best<T, Place> second, Index count, Best<T, Place> to) {
  for (Index j = 0; j < count; ++j) {
    const bool better = larger(second.value[j], first.value[j]);
    to.value[j] = better ? second.value[j] : first.value[j];
    to.place[j] = better ? second.place[j] : first.place[j];
  }
}

/// Windows of two columns side by side: the larger of each pair, then the largest of each column of pairs. The first of
/// equal elements wins in both, so it is the first of the window.
template <class T, class Place>
void pair_by_pair(const LargestOfWindows<T>& w, Best<T, Place> best, T* pairs, Place* pair_places) {
  const auto& height = w.axes[1];
  const Index count = w.axes[2].grid, all = height.extent * count;
  const T* __restrict const x = w.x;
  T* __restrict const values = pairs;
  Place* __restrict const places = pair_places;
  for (Index f = 0; f < all; ++f) {
    const T left = x[2 * f], right = x[2 * f + 1];
    const bool second = larger(right, left);
    values[f] = second ? right : left;
    places[f] = static_cast<Place>(2 * f) + static_cast<Place>(second);
  }
  // Whole vectors are computed: what is behind a row's end is not used.
  const Index whole = (count + largest_spare - 1) / largest_spare * largest_spare;
  for (Index i = 0; i < height.grid; ++i) {
    Best<T, Place> largest{pairs + i * height.stride * count, pair_places + i * height.stride * count};
    for (Index p = 1; p < height.kernel; ++p) {
      const Index row = (i * height.stride + p) * count;
      take_larger(largest, {pairs + row, pair_places + row}, whole, best);
      largest = best;
    }
    use(w, largest, i * count, count);
  }
}

template <class T, class Place>
void with_places(const LargestOfWindows<T>& w) {
  const auto& [depth, height, width] = w.axes;
  if (w.use == LargestUse::spread)
    std::memset(w.to, 0, static_cast<std::size_t>(depth.extent * height.extent * width.extent) * sizeof(T));
  char* const memory = static_cast<char*>(w.workspace);
  const Index row = width.grid + largest_spare, all = row + height.extent * width.grid + largest_spare;
  T* const values = reinterpret_cast<T*>(memory);
  Place* const places = reinterpret_cast<Place*>(memory + static_cast<std::size_t>(all) * sizeof(std::int64_t));
  const Best<T, Place> best{values, places};
  in_pairs(w) ? pair_by_pair(w, best, values + row, places + row) : row_by_row(w, best);
}

template <class T>
void largest(const LargestOfWindows<T>& w) {
  const Index elements = w.axes[0].extent * w.axes[1].extent * w.axes[2].extent;
  if (elements <= std::numeric_limits<typename PlaceOf<T>::type>::max())
    with_places<T, typename PlaceOf<T>::type>(w);
  else
    with_places<T, Index>(w);
}

}  // namespace

namespace XGRAD_LANES {

void largest_of_windows(const LargestOfWindows<float>& windows) { largest(windows); }
void largest_of_windows(const LargestOfWindows<double>& windows) { largest(windows); }

}  // namespace XGRAD_LANES

}  // namespace xgrad::ops
