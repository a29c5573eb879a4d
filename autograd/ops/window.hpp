#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include <autograd/kernel/threads.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/conv.hpp>

/// Shared by convolution and pooling: windows that move over images.
namespace xgrad::ops {

/// Where the windows of a grid lie: element (p, q) of window (i, j) is at
/// (i stride - padding + p dilation, j stride - padding + q dilation).
struct WindowSteps {
  Pair stride = 1;
  Pair padding = 0;  ///< above and to the left
  Pair dilation = 1;
};

/// The places i of a grid, first to last, at which i * stride + offset lies in [0, extent).
struct Inside {
  std::int64_t first, last;

  Inside(std::int64_t grid, std::int64_t stride, std::int64_t offset, std::int64_t extent) {
    first = offset >= 0 ? 0 : std::min(grid, (stride - 1 - offset) / stride);
    last = offset >= extent ? first : std::clamp((extent - 1 - offset) / stride + 1, first, grid);
  }
};

/// WindowSteps as attributes of a primitive. The numbers fit, since check_pair has checked them.
struct WindowAttributes {
  struct Numbers {
    std::int32_t height, width;

    explicit Numbers(const Pair& pair) noexcept
        : height(static_cast<std::int32_t>(pair.height)), width(static_cast<std::int32_t>(pair.width)) {}
    operator Pair() const noexcept { return {height, width}; }
  };

  Numbers stride, padding, dilation;

  explicit WindowAttributes(const WindowSteps& steps) noexcept
      : stride(steps.stride), padding(steps.padding), dilation(steps.dilation) {}
  WindowSteps steps() const noexcept { return {.stride = stride, .padding = padding, .dilation = dilation}; }
};

/// Calls piece(i) for i < count, which write to memory of their own, on several threads where there is enough to do.
template <class F>
void each_piece(std::int64_t count, std::int64_t elements, F&& piece) {
  constexpr std::int64_t shared_work = std::int64_t{1} << 15;
  if (elements >= shared_work && count <= std::numeric_limits<int>::max())
    run::parallel_for(static_cast<int>(count), piece);
  else
    for (std::int64_t i = 0; i < count; ++i) piece(i);
}

/// The windows of x (N, C, H, W) as (C, kh, kw, N, rows, columns), with zeros outside of x. With the channel first, a
/// convolution of the whole batch is one matrix product.
Tensor windows(const Tensor& x, const Pair& kernel, const Pair& grid, const WindowSteps& steps);
/// The adjoint: windows (C, kh, kw, N, rows, columns) added up where they lie in images (N, C, size).
Tensor overlap_add(const Tensor& windows, const Pair& size, const WindowSteps& steps);

/// Throws Error unless the tensor is floating and has so many axes, which `layout` names.
void check_images(const char* op, const char* argument, const Tensor& x, const char* layout);
/// Both numbers of a pair. For an operation over signals (its name ends in 1d) only the one that the user gave.
std::string given_text(std::string_view op, const Pair& pair);
/// The shape of images. Signals are images of one row, which the text leaves out.
std::string given_text(std::string_view op, const Shape& images);

/// Throws Error unless low <= both numbers < 2^31.
void check_pair(const char* op, const char* argument, const Pair& pair, std::int64_t low);

enum class Rounding { down, up };

/// How many windows there are each way over images of shape (..., H, W), with `padding` in total at both ends of each
/// axis. Throws Error where a kernel is larger than the padded input.
Pair window_grid(const char* op, const Shape& images, const Pair& kernel, const WindowSteps& steps, const Pair& padding,
                 Rounding rounding = Rounding::down);

}  // namespace xgrad::ops
