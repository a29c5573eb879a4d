#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/buffer.hpp>
#include <autograd/ops/window.hpp>

/// Shared by convolutions whose kernels read the windows of images where they lie.
namespace xgrad::ops {

/// Memory of a call, of so many elements.
template <class T>
class CallMemory {
 public:
  explicit CallMemory(std::int64_t elements)
      : buffer_(run::Buffer::allocate(static_cast<std::size_t>(elements) * sizeof(T))) {}
  T* data() const { return static_cast<T*>(buffer_->data()); }

 private:
  run::BufferHandle buffer_;
};

/// What columns of windows beside each other are: as far apart as in the image, or next to each other, for which
/// columns of a copy are sorted by what is left of them divided by the stride.
enum class Columns : std::uint8_t { as_they_are, side_by_side };

/// Images (N, C, ...) such that all elements of all windows are there: as they are, or copied, with zeros around.
template <class T>
class WindowedImages {
 public:
  WindowedImages(const run::Array& x, const WindowGrid& grid, Columns columns = Columns::as_they_are)
      : x_(x),
        windows_(grid),
        extents_(volume_of(x.shape.begin(), grid.axes(), 1)),
        strides_(volume_of(x.strides.data(), grid.axes(), 0)) {
    if (columns == Columns::side_by_side) phases_ = windows_[2].stride;
    copies_ = strides_[2] != 1 || phases_ != 1;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const VolumeWindows::Axis& own = windows_[axis];
      size_[axis] = own.place(own.grid - 1, own.kernel - 1) - own.place(0, 0) + 1;
      copies_ = copies_ || own.padding != 0 || size_[axis] > extents_[axis];
    }
    if (!copies_) {
      steps_ = strides_;
      channel_ = x.strides[1];
      return;
    }
    of_phase_ = (size_[2] + phases_ - 1) / phases_;
    const std::int64_t row = phases_ * of_phase_;
    steps_ = {size_[1] * row, row, 1};
    channel_ = size_[0] * size_[1] * row;
    // Channels so far apart would all fall into the same few lines of a first-level cache.
    if (channel_ * static_cast<std::int64_t>(sizeof(T)) % 2048 == 0)
      channel_ += 64 / static_cast<std::int64_t>(sizeof(T));
  }

  const VolumeWindows& windows() const { return windows_; }
  std::int64_t channels() const { return x_.shape[1]; }
  /// From window to window along the last axis.
  std::int64_t column_step() const { return phases_ == 1 ? windows_[2].stride * steps_[2] : 1; }
  /// From channel to channel, and along the axes, of which the last one is by phases if there are several.
  std::int64_t channel_step() const { return channel_; }
  std::int64_t step(std::size_t axis) const { return steps_[axis]; }
  /// Elements that the copy of an image takes; 0 where none is needed.
  std::int64_t copied() const { return copies_ ? channels() * channel_ : 0; }
  std::int64_t copied_of_channel() const { return copies_ ? channel_ : 0; }

  /// Where the first element of the first window of image n lies: in `memory`, if it is copied.
  const T* image(std::int64_t n, T* memory) const {
    for (std::int64_t c = 0; c < channels(); ++c) plane(n, c, memory + c * channel_);
    return at(n, memory);
  }
  /// The same for one channel.
  const T* plane(std::int64_t n, std::int64_t c, T* memory) const {
    const T* const from = x_.as<T>() + n * x_.strides[0] + c * x_.strides[1];
    if (!copies_) return from;
    std::fill_n(memory, channel_, T(0));
    std::int64_t first[3], last[3];  // of the copy's places, those that are inside of the image
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::int64_t before = windows_[axis].padding;
      first[axis] = std::min(before, size_[axis]);
      last[axis] = std::clamp(extents_[axis] + before, first[axis], size_[axis]);
    }
    for (std::int64_t d = first[0]; d < last[0]; ++d) {
      for (std::int64_t i = first[1]; i < last[1]; ++i) {
        const T* row = from + (d - windows_[0].padding) * strides_[0] + (i - windows_[1].padding) * strides_[1] +
                       (first[2] - windows_[2].padding) * strides_[2];
        T* const to = memory + d * steps_[0] + i * steps_[1];
        if (strides_[2] == 1 && phases_ == 1) {
          std::copy(row, row + (last[2] - first[2]), to + first[2]);
          continue;
        }
        for (std::int64_t j = first[2]; j < std::min(last[2], first[2] + phases_); ++j) {
          const T* in = row + (j - first[2]) * strides_[2];
          T* out = to + column(j);
          for (std::int64_t k = j; k < last[2]; k += phases_, in += phases_ * strides_[2]) *out++ = *in;
        }
      }
    }
    return memory;
  }

  /// Where it lies by now.
  const T* at(std::int64_t n, const T* memory) const { return copies_ ? memory : x_.as<T>() + n * x_.strides[0]; }

  /// Writes the distances of a window's elements, in the order of the weights: by channel and place.
  void write_elements(std::int64_t of_channels, std::int64_t* to) const {
    for (std::int64_t c = 0; c < of_channels; ++c)
      for (std::int64_t p = 0; p < windows_[0].kernel; ++p)
        for (std::int64_t q = 0; q < windows_[1].kernel; ++q)
          for (std::int64_t r = 0; r < windows_[2].kernel; ++r)
            *to++ = c * channel_ + p * windows_[0].dilation * steps_[0] + q * windows_[1].dilation * steps_[1] +
                    column(r * windows_[2].dilation);
  }
  /// Writes the distances of windows from the first one.
  void write_places(std::int64_t* to) const {
    for (std::int64_t d = 0; d < windows_[0].grid; ++d)
      for (std::int64_t i = 0; i < windows_[1].grid; ++i)
        for (std::int64_t j = 0; j < windows_[2].grid; ++j)
          *to++ = d * windows_[0].stride * steps_[0] + i * windows_[1].stride * steps_[1] + j * column_step();
  }

 private:
  std::int64_t column(std::int64_t j) const {
    return phases_ == 1 ? j * steps_[2] : j % phases_ * of_phase_ + j / phases_;
  }

  const run::Array& x_;
  VolumeWindows windows_;
  std::array<std::int64_t, 3> extents_, strides_;
  bool copies_ = false;
  std::array<std::int64_t, 3> size_{};
  std::array<std::int64_t, 3> steps_{};
  std::int64_t channel_ = 0;
  std::int64_t phases_ = 1, of_phase_ = 0;  ///< columns of a row, sorted by phase
};

/// The array, or a copy of it, such that all axes but the first `outer` are contiguous.
inline run::Array contiguous_from(int outer, const run::Array& array, run::BufferHandle& storage) {
  std::int64_t step = 1;
  for (int axis = array.shape.rank() - 1; axis >= outer; --axis) {
    if (array.shape[axis] != 1 && array.strides[static_cast<std::size_t>(axis)] != step)
      return run::contiguous(array, storage);
    step *= array.shape[axis];
  }
  return array;
}

/// The spatial extents of a shape (N, C, ...).
inline PerAxis spatial_extents(const Shape& images) {
  PerAxis extents = PerAxis::of(images.rank() - 2, 0);
  for (int axis = 0; axis < extents.axes(); ++axis) extents[axis] = images[2 + axis];
  return extents;
}

/// Windows that begin at every element give back to their elements what is a convolution too, with the weights in
/// reverse: its windows, over images of these extents. Nothing where they do not.
inline std::optional<WindowGrid> reversed(const WindowGrid& grid, const PerAxis& extents) {
  WindowGrid back = grid;
  back.grid = extents;
  for (int axis = 0; axis < grid.axes(); ++axis) {
    if (grid.steps.stride[axis] != 1) return std::nullopt;
    back.steps.padding[axis] = grid.steps.dilation[axis] * (grid.kernel[axis] - 1) - grid.steps.padding[axis];
    if (back.steps.padding[axis] < 0) return std::nullopt;
  }
  return back;
}

/// Floating-point operations of weights (O, ...) or (C, ...) times windows.
std::int64_t window_product_flops(const Shape& weights, const Shape& result);
/// Of windows times images y, summed over both to such weights.
std::int64_t window_correlation_flops(const Shape& y, const Shape& weights);

/// What a primitive multiplies the windows of images with.
enum class WindowedOperand : std::uint8_t { weights, results };

/// Samples of a primitive of windows of all sorts: record(operand, images, windows). Weights are (O, C, ...), or for
/// each channel by itself (C, ...); results are (N, O, ...) or (N, C, ...).
std::vector<Sample> windowed_samples(Tensor (*record)(const Tensor&, const Tensor&, const WindowGrid&),
                                     WindowedOperand operand, bool by_channel);

// Of batching rules.

/// (examples, N, ...) as (N, examples channels, ...).
inline Tensor examples_as_channels(const Tensor& images) {
  Shape merged{images.size(1), images.size(0) * images.size(2)};
  for (int axis = 3; axis < images.rank(); ++axis) merged.push_back(images.size(axis));
  return swapaxes(images, 0, 1).reshape(merged);
}

/// (A, examples B, ...) as (A, examples, B, ...).
inline Tensor channels_apart(const Tensor& x, std::int64_t examples) {
  Shape apart{x.size(0), examples, x.size(1) / examples};
  for (int axis = 2; axis < x.rank(); ++axis) apart.push_back(x.size(axis));
  return x.reshape(apart);
}

/// (A, B, ...) with the first two axes as one.
inline Tensor first_merged(const Tensor& x) {
  Shape merged{x.size(0) * x.size(1)};
  for (int axis = 2; axis < x.rank(); ++axis) merged.push_back(x.size(axis));
  return x.reshape(merged);
}

}  // namespace xgrad::ops
