#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/threads.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/pool.hpp>
#include <autograd/ops/spatial.hpp>

#pragma GCC visibility push(default)  // for nn/onnx/
/// Shared by convolution, pooling and interpolation: windows that move over 1 to 3 spatial axes.
namespace xgrad::ops {

/// Where the windows of a grid lie: element p of window i is at i stride - padding + p dilation, for each axis.
struct WindowSteps {
  PerAxis stride;
  PerAxis padding;  ///< before the first place
  PerAxis dilation;
};

/// Windows of one size at the places of a grid: attributes of primitives.
struct WindowGrid {
  PerAxis kernel;  ///< extents of a window
  PerAxis grid;    ///< how many windows there are
  WindowSteps steps;

  int axes() const noexcept { return kernel.axes(); }
  /// Elements of a window, and windows.
  std::int64_t field() const;
  std::int64_t places() const;
};

/// A WindowGrid as kernels see it: always over the three axes of a volume, whose first ones may have one place.
struct VolumeWindows {
  struct Axis {
    std::int64_t kernel, grid, stride, padding, dilation;

    /// Where element p of window i is.
    std::int64_t place(std::int64_t i, std::int64_t p) const noexcept { return i * stride - padding + p * dilation; }
  };
  std::array<Axis, 3> axes;

  explicit VolumeWindows(const WindowGrid& windows) noexcept;
  const Axis& operator[](std::size_t axis) const noexcept { return axes[axis]; }
};

/// The spatial extents, or strides, of an array (N, C, ...) as those of volumes.
std::array<std::int64_t, 3> volume_of(const std::int64_t* of_axes, int axes, std::int64_t before) noexcept;

/// The places i of a grid, first to last, at which i * stride + offset lies in [0, extent).
struct Inside {
  std::int64_t first, last;

  Inside(std::int64_t grid, std::int64_t stride, std::int64_t offset, std::int64_t extent) {
    // A division takes as long as a short row.
    const auto steps = [stride](std::int64_t distance) { return stride == 1 ? distance : distance / stride; };
    first = offset >= 0 ? 0 : std::min(grid, steps(stride - 1 - offset));
    last = offset >= extent ? first : std::clamp(steps(extent - 1 - offset) + 1, first, grid);
  }
};

/// From so many elements on, kernels share their work among threads.
inline constexpr std::int64_t shared_work = std::int64_t{1} << 15;

/// Calls piece(i) for i < count, which write to memory of their own, on several threads where there is enough to do.
template <class F>
void each_piece(std::int64_t count, std::int64_t elements, F&& piece) {
  if (elements >= shared_work && count <= std::numeric_limits<int>::max())
    run::parallel_for(static_cast<int>(count), piece);
  else
    for (std::int64_t i = 0; i < count; ++i) piece(i);
}

/// A kernel by the dtype of its first operand, float32 or float64. Nothing to do for an empty result.
template <void (*of_float)(const run::Call&), void (*of_double)(const run::Call&)>
void by_dtype(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  return call.inputs[0].dtype == float64 ? of_double(call) : of_float(call);
}

/// The windows of x (N, C, ...) as (C, elements of a window, N, windows), with zeros outside of x. With the channel
/// first, a convolution of the whole batch is one matrix product.
Tensor windows(const Tensor& x, const WindowGrid& grid);
/// The adjoint: windows (C, elements of a window, N, windows) added up where they lie in images (N, C, ...) of spatial
/// extents `size`.
Tensor overlap_add(const Tensor& windows, const PerAxis& size, const WindowGrid& grid);

/// x (N, C, ...) along one axis times a banded matrix: every element of the result is a sum of elements of x, of
/// whatever places and weights the kind says.
struct Resampling {
  enum class Kind : std::int64_t {
    nearest,
    nearest_exact,
    linear,
    cubic,
    divide,         ///< means over windows that divide the axis, as adaptive_avg_pool has them
    mean,           ///< means over windows at steps of `stride`, of the elements in the input and the padding
    mean_of_input,  ///< or of those in the input
    sum,            ///< sums over these windows
  };
  Kind kind;
  std::int64_t from, to;  ///< extents of the axis
  // Of interpolation.
  std::int64_t align_corners = 0;
  double scale_factor = 0;  ///< where coordinates follow from it, else 0
  // Of windows.
  std::int64_t kernel = 1, stride = 1, padding = 0;

  auto fields() const { return std::tie(kind, from, to, align_corners, scale_factor, kernel, stride, padding); }
};
/// The axis is not the first.
Tensor resampled(const Tensor& x, int axis, const Resampling& resampling);

/// The spatial axes of (N, C, ...), each resampled in its own way.
Tensor resampled_places(const Tensor& x, std::span<const Resampling> of_axes);

/// The spatial extents of (N, C, ...).
PerAxis extents_of(const Tensor& x);

/// An input that may be a single image. `x` has the axis N.
struct Images {
  Tensor x;
  bool single;

  /// Throws Error unless the tensor is floating, and has 2 axes and the spatial ones, or lacks the first.
  Images(const char* op, const char* argument, const Tensor& given, int axes);
  /// A result (N, ...) without the axis that the input did not have.
  Tensor restored(const Tensor& y) const { return single ? squeeze(y, 0) : y; }
};

/// "(N, C, H, W)" for two axes.
std::string images_layout(int axes);
/// Throws Error unless the tensor is floating and has as many axes as `layout` names.
void check_layout(const char* op, const char* argument, const Tensor& x, const char* layout);
/// Throws Error unless low <= all numbers < 2^31.
void check_numbers(const char* op, const char* argument, const PerAxis& numbers, std::int64_t low);

/// Throws Error on numbers that no pooling has, or paddings of more than half the kernel.
void check_pool(const char* op, const PerAxis& kernel, const WindowSteps& steps);

/// Extents of an adaptive pool's result, of which some may not be given.
class AdaptiveSize {
 public:
  AdaptiveSize(std::int64_t of_signal) : numbers_{of_signal}, axes_(1) {}
  AdaptiveSize(const AdaptiveSize2d& size) : numbers_{size.height, size.width}, axes_(2) {}
  AdaptiveSize(const AdaptiveSize3d& size) : numbers_{size.depth, size.height, size.width}, axes_(3) {}

  int axes() const noexcept { return axes_; }
  /// With the extents of x (N, C, ...) for those that are not given. Throws Error where x has no places, and on numbers
  /// below 1 or from 2^31 on.
  PerAxis resolved(const char* op, const Tensor& x) const;

 private:
  std::array<std::optional<std::int64_t>, 3> numbers_;
  int axes_;
};

enum class Rounding { down, up };

/// How many windows there are over images of the given spatial extents, with `padding` in total at both ends of each
/// axis. Throws Error, which shows the whole shape, where a kernel is larger than the padded input.
PerAxis window_grid(const char* op, const PerAxis& extents, const Shape& shape, const PerAxis& kernel,
                    const WindowSteps& steps, const PerAxis& padding, Rounding rounding = Rounding::down);

/// All numbers multiplied.
std::int64_t product(const PerAxis& numbers);
/// Twice the numbers.
PerAxis doubled(const PerAxis& numbers);
/// A shape of (n, c) and the spatial extents.
Shape images_shape(std::int64_t n, std::int64_t c, const PerAxis& extents);

}  // namespace xgrad::ops
#pragma GCC visibility pop
