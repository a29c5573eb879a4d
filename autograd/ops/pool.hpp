#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <autograd/operand.hpp>
#include <autograd/ops/spatial.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Pooling over one, two and three axes, with PyTorch's names, layouts and defaults. Inputs are of dtype float32 or
/// float64; a batch may be empty, and a single image is taken without the axis N. Unless said otherwise everything
/// throws xgrad::Error where ranks do not fit, on kernels, strides and dilations below 1, on paddings that are negative
/// or more than half of the kernel, and where a kernel is larger than the padded input. Derivatives of any order exist.
namespace xgrad {

/// Steps between windows; the kernel's size where none are given, so that windows lie side by side.
struct PoolStride {
  std::optional<Pair> given = {};

  PoolStride() noexcept = default;
  PoolStride(std::int64_t both) noexcept : given(both) {}
  PoolStride(std::int64_t height, std::int64_t width) noexcept : given(Pair(height, width)) {}
  PoolStride(const Pair& pair) noexcept : given(pair) {}
};

/// The same for volumes.
struct PoolStride3d {
  std::optional<Triple> given = {};

  PoolStride3d() noexcept = default;
  PoolStride3d(std::int64_t all) noexcept : given(all) {}
  PoolStride3d(std::int64_t depth, std::int64_t height, std::int64_t width) noexcept
      : given(Triple(depth, height, width)) {}
  PoolStride3d(const Triple& triple) noexcept : given(triple) {}
};

/// Extents of an adaptive pool's result. An extent that is not given (nullopt) is that of the input.
struct AdaptiveSize2d {
  std::optional<std::int64_t> height, width;

  AdaptiveSize2d(std::int64_t both) noexcept : height(both), width(both) {}
  AdaptiveSize2d(std::optional<std::int64_t> of_height, std::optional<std::int64_t> of_width) noexcept
      : height(of_height), width(of_width) {}
  AdaptiveSize2d(const Pair& pair) noexcept : height(pair.height), width(pair.width) {}
};

struct AdaptiveSize3d {
  std::optional<std::int64_t> depth, height, width;

  AdaptiveSize3d(std::int64_t all) noexcept : depth(all), height(all), width(all) {}
  AdaptiveSize3d(std::optional<std::int64_t> of_depth, std::optional<std::int64_t> of_height,
                 std::optional<std::int64_t> of_width) noexcept
      : depth(of_depth), height(of_height), width(of_width) {}
  AdaptiveSize3d(const Triple& triple) noexcept : depth(triple.depth), height(triple.height), width(triple.width) {}
};

struct MaxPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  bool ceil_mode = false;
};

struct MaxPool2dOptions {
  PoolStride stride = {};
  Pair padding = 0;
  Pair dilation = 1;
  /// Whether a last window that leaves the input at the bottom or right counts.
  bool ceil_mode = false;
};

struct MaxPool3dOptions {
  PoolStride3d stride = {};
  Triple padding = 0;
  Triple dilation = 1;
  bool ceil_mode = false;
};

struct AvgPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
};

struct AvgPool2dOptions {
  PoolStride stride = {};
  Pair padding = 0;
  bool ceil_mode = false;
  /// Whether zeros of the padding count as elements of a mean.
  bool count_include_pad = true;
  /// What the sum of a window is divided by; how many elements count, where none is given. Throws Error on 0.
  std::optional<std::int64_t> divisor_override = {};
};

struct AvgPool3dOptions {
  PoolStride3d stride = {};
  Triple padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::optional<std::int64_t> divisor_override = {};
};

/// The largest element of each window; NaN where there is one. The whole gradient goes to the first (row-major) of
/// elements that tie, as in PyTorch, and to the first NaN. The padding never wins; it may be at most half of the
/// kernel, and a window of padding only is an Error. (N, C, H, W) to (N, C, H', W') with
/// H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1, or ceil; in ceil_mode windows that start beyond
/// the padded input's left part do not count.
Tensor max_pool2d(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options = {});
/// The same over the last axis of (N, C, L).
Tensor max_pool1d(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options = {});
/// The same over the last three axes of (N, C, D, H, W).
Tensor max_pool3d(const Operand& x, const Triple& kernel_size, const MaxPool3dOptions& options = {});

/// The result of a max pool, and where its elements were.
struct MaxPooled {
  Tensor values;
  /// int64, of the shape of `values`: the flat row-major position in the spatial axes of x.
  Tensor indices;
};

/// The max pools with the places of the elements: PyTorch's return_indices. max_unpool1d() and the others take them.
MaxPooled max_pool1d_with_indices(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options = {});
MaxPooled max_pool2d_with_indices(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options = {});
MaxPooled max_pool3d_with_indices(const Operand& x, const Triple& kernel_size, const MaxPool3dOptions& options = {});

struct MaxUnpool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
  /// Spatial extents of the result; (n - 1) stride - 2 padding + kernel_size where none are given. Throws Error where
  /// one differs from that by a stride or more.
  std::optional<std::int64_t> output_size = {};
};

struct MaxUnpool2dOptions {
  PoolStride stride = {};
  Pair padding = 0;
  std::optional<Pair> output_size = {};
};

struct MaxUnpool3dOptions {
  PoolStride3d stride = {};
  Triple padding = 0;
  std::optional<Triple> output_size = {};
};

/// Zeros, but for the elements of x at their `indices`, as the max pool of the same kernel, stride and padding gave
/// them: (N, C, H', W') to (N, C, H, W). Where two elements of a channel have one place, the last one (row-major) stays
/// and gets the gradient. Indices are int64 of x's shape; those out of range are an Error when the value is asked for.
Tensor max_unpool1d(const Operand& x, const Operand& indices, std::int64_t kernel_size,
                    const MaxUnpool1dOptions& options = {});
Tensor max_unpool2d(const Operand& x, const Operand& indices, const Pair& kernel_size,
                    const MaxUnpool2dOptions& options = {});
Tensor max_unpool3d(const Operand& x, const Operand& indices, const Triple& kernel_size,
                    const MaxUnpool3dOptions& options = {});

/// The mean of each window, with the extents of max_pool2d. Elements that ceil_mode adds beyond the padding never
/// count.
Tensor avg_pool2d(const Operand& x, const Pair& kernel_size, const AvgPool2dOptions& options = {});
/// The same over the last axis of (N, C, L).
Tensor avg_pool1d(const Operand& x, std::int64_t kernel_size, const AvgPool1dOptions& options = {});
/// The same over the last three axes of (N, C, D, H, W).
Tensor avg_pool3d(const Operand& x, const Triple& kernel_size, const AvgPool3dOptions& options = {});

struct LPPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  bool ceil_mode = false;
};

struct LPPool2dOptions {
  PoolStride stride = {};
  bool ceil_mode = false;
};

/// The p-norm of each window without signs, as PyTorch has it: (sum of x^p)^(1/p), NaN where the sum is negative. A
/// window that ceil_mode cuts off counts as if the rest of it had the mean of its powers. The derivative is 0 where
/// the sum is. Throws Error unless norm_type is positive and finite.
Tensor lp_pool2d(const Operand& x, double norm_type, const Pair& kernel_size, const LPPool2dOptions& options = {});
/// The same over the last axis of (N, C, L).
Tensor lp_pool1d(const Operand& x, double norm_type, std::int64_t kernel_size, const LPPool1dOptions& options = {});

/// Means over windows that divide (N, C, H, W) into output_size: window i of H' covers the rows floor(i H / H') to
/// ceil((i + 1) H / H'). An output_size of 1 is the mean over each channel. Throws Error where output_size is below 1
/// or above 2^31 - 1, or an image has no elements.
Tensor adaptive_avg_pool2d(const Operand& x, const AdaptiveSize2d& output_size);
/// The same over the last axis of (N, C, L).
Tensor adaptive_avg_pool1d(const Operand& x, std::int64_t output_size);
/// The same over the last three axes of (N, C, D, H, W).
Tensor adaptive_avg_pool3d(const Operand& x, const AdaptiveSize3d& output_size);

/// The largest element of each of the windows of adaptive_avg_pool2d, with ties and NaN as in max_pool2d.
Tensor adaptive_max_pool2d(const Operand& x, const AdaptiveSize2d& output_size);
Tensor adaptive_max_pool1d(const Operand& x, std::int64_t output_size);
Tensor adaptive_max_pool3d(const Operand& x, const AdaptiveSize3d& output_size);
/// The same with the places of the elements.
MaxPooled adaptive_max_pool1d_with_indices(const Operand& x, std::int64_t output_size);
MaxPooled adaptive_max_pool2d_with_indices(const Operand& x, const AdaptiveSize2d& output_size);
MaxPooled adaptive_max_pool3d_with_indices(const Operand& x, const AdaptiveSize3d& output_size);

struct LocalResponseNormOptions {
  double alpha = 1e-4;
  double beta = 0.75;
  double k = 1;
};

/// x / (k + alpha mean)^beta, with the mean of the squares of `size` neighbouring channels, zeros beyond the first and
/// last one included (Krizhevsky, Sutskever and Hinton, 2012, with alpha over size).
///
/// x: (N, C, ...), of rank 3 or more. Throws Error on a size below 1.
Tensor local_response_norm(const Operand& x, std::int64_t size, const LocalResponseNormOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
