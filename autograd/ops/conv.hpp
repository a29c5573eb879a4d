#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

/// Convolutions and pooling, with PyTorch's names, layouts and defaults. Images are (N, C, H, W), signals (N, C, L), of
/// dtype float32 or float64; a batch may be empty. Unless said otherwise everything throws xgrad::Error where ranks or
/// channels do not fit, on strides, kernels and dilations below 1, on negative paddings, and where a kernel is larger
/// than the padded input. Derivatives of any order exist.
namespace xgrad {

/// One number for the height and one for the width; a single number stands for both.
struct Pair {
  std::int64_t height = 1;
  std::int64_t width = 1;

  Pair(std::int64_t both) noexcept : height(both), width(both) {}
  Pair(std::int64_t of_height, std::int64_t of_width) noexcept : height(of_height), width(of_width) {}
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// "(2, 3)".
std::string to_string(const Pair& pair);

/// Paddings by name: `valid` is none, and `same` gives the output the extents of the input, for strides of 1. If the
/// total is odd, the bottom (right) gets one more row (column).
enum class Padding { valid, same };

/// Rows and columns of zeros on each side, as numbers or by name.
struct Padding2d {
  Pair amount = 0;
  std::optional<Padding> named = {};

  Padding2d(std::int64_t both) noexcept : amount(both) {}
  Padding2d(std::int64_t height, std::int64_t width) noexcept : amount(height, width) {}
  Padding2d(const Pair& pair) noexcept : amount(pair) {}
  Padding2d(Padding name) noexcept : named(name) {}
};

struct Padding1d {
  std::int64_t amount = 0;
  std::optional<Padding> named = {};

  Padding1d(std::int64_t number) noexcept : amount(number) {}
  Padding1d(Padding name) noexcept : named(name) {}
};

// ---------------------------------------------------------------------------------------------- convolutions

struct Conv1dOptions {
  std::int64_t stride = 1;
  Padding1d padding = 0;
  std::int64_t dilation = 1;
  /// Channels in and out are divided into so many groups, each of which is convolved independently.
  std::int64_t groups = 1;
};

struct Conv2dOptions {
  Pair stride = 1;
  Padding2d padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
};

struct ConvTranspose2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  /// Rows and columns added at the bottom and right of the output: they choose among the sizes that `stride` maps to
  /// one size of the input.
  Pair output_padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
};

/// Cross-correlation of x with a bank of kernels, plus a bias where it is defined:
///
///     y[n, o, i, j] = bias[o] + sum over c, p, q of weight[o, c, p, q] x[n, c, i s - pad + p d, j s - pad + q d]
///
/// x: (N, C, H, W), weight: (O, C / groups, kh, kw), bias: (O,), y: (N, O, H', W') with
/// H' = floor((H + 2 pad - d (kh - 1) - 1) / s) + 1.
Tensor conv2d(const Operand& x, const Operand& weight, const Operand& bias = {}, const Conv2dOptions& options = {});
/// The same over one axis. x: (N, C, L), weight: (O, C / groups, k), bias: (O,).
Tensor conv1d(const Operand& x, const Operand& weight, const Operand& bias = {}, const Conv1dOptions& options = {});
/// The adjoint of conv2d in its input, plus a bias where it is defined.
///
/// x: (N, C, H, W), weight: (C, O / groups, kh, kw), bias: (O,), y: (N, O, H', W') with
/// H' = (H - 1) s - 2 pad + d (kh - 1) + output_padding + 1. Throws Error also unless output_padding is smaller than
/// the stride or the dilation.
Tensor conv_transpose2d(const Operand& x, const Operand& weight, const Operand& bias = {},
                        const ConvTranspose2dOptions& options = {});

struct UnfoldOptions {
  Pair dilation = 1;
  Pair padding = 0;
  Pair stride = 1;
};

/// The windows of x as columns (im2col): (N, C, H, W) to (N, C kh kw, L), for L windows in row-major order. Entries of
/// a column are ordered by channel, row, column; those in the padding are 0.
Tensor unfold(const Operand& x, const Pair& kernel_size, const UnfoldOptions& options = {});
/// The adjoint of unfold: columns (N, C kh kw, L) added up where their windows lie in images (N, C, H, W) of extents
/// output_size. Throws Error also where there are not as many columns as windows.
Tensor fold(const Operand& x, const Pair& output_size, const Pair& kernel_size, const UnfoldOptions& options = {});

// ---------------------------------------------------------------------------------------------- pooling

/// Steps between windows; the kernel's size where none are given, so that windows lie side by side.
struct PoolStride {
  std::optional<Pair> given = {};

  PoolStride() noexcept = default;
  PoolStride(std::int64_t both) noexcept : given(both) {}
  PoolStride(std::int64_t height, std::int64_t width) noexcept : given(Pair(height, width)) {}
  PoolStride(const Pair& pair) noexcept : given(pair) {}
};

struct MaxPool2dOptions {
  PoolStride stride = {};
  Pair padding = 0;
  Pair dilation = 1;
  /// Whether a last window that leaves the input at the bottom or right counts.
  bool ceil_mode = false;
};

struct MaxPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  bool ceil_mode = false;
};

struct AvgPool2dOptions {
  PoolStride stride = {};
  Pair padding = 0;
  bool ceil_mode = false;
  /// Whether zeros of the padding count as elements of a mean.
  bool count_include_pad = true;
};

struct AvgPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
};

/// The largest element of each window; NaN where there is one. The whole gradient goes to the first (row-major) of
/// elements that tie, as in PyTorch, and to the first NaN. The padding never wins; it may be at most half of the
/// kernel, and a window of padding only is an Error. (N, C, H, W) to (N, C, H', W') with
/// H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1, or ceil; in ceil_mode windows that start beyond
/// the padded input's left part do not count.
Tensor max_pool2d(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options = {});
/// The same over the last axis of (N, C, L).
Tensor max_pool1d(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options = {});
/// The mean of each window, with the extents of max_pool2d. Elements that ceil_mode adds beyond the padding never
/// count.
Tensor avg_pool2d(const Operand& x, const Pair& kernel_size, const AvgPool2dOptions& options = {});
/// The same over the last axis of (N, C, L).
Tensor avg_pool1d(const Operand& x, std::int64_t kernel_size, const AvgPool1dOptions& options = {});
/// Means over windows that divide (N, C, H, W) into output_size: window i of H' covers the rows floor(i H / H') to
/// ceil((i + 1) H / H'). An output_size of 1 is the mean over each channel. Throws Error where output_size is below 1
/// or an image has no elements, and where the windows of an axis, if they overlap, have more than 2^28 places.
Tensor adaptive_avg_pool2d(const Operand& x, const Pair& output_size);
/// Every element repeated scale.height times down and scale.width times across: (N, C, H, W) to
/// (N, C, H scale.height, W scale.width). Throws Error on scales below 1.
Tensor upsample_nearest2d(const Operand& x, const Pair& scale);

}  // namespace xgrad
