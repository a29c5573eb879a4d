#pragma once

#include <cstdint>

#include <autograd/operand.hpp>
#include <autograd/ops/spatial.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Convolutions over one, two and three axes, with PyTorch's names, layouts and defaults. Inputs are of dtype float32
/// or float64; a batch may be empty, and a single image is taken without the axis N. Unless said otherwise everything
/// throws xgrad::Error where ranks or channels do not fit, on strides, kernels and dilations below 1, on negative
/// paddings, and where a kernel is larger than the padded input. Derivatives of any order exist.
namespace xgrad {

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

struct Conv3dOptions {
  Triple stride = 1;
  Padding3d padding = 0;
  Triple dilation = 1;
  std::int64_t groups = 1;
};

struct ConvTranspose1dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  /// Places added at the end of the output: they choose among the sizes that `stride` maps to one size of the input.
  std::int64_t output_padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};

struct ConvTranspose2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  /// Rows and columns added at the bottom and right of the output.
  Pair output_padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
};

struct ConvTranspose3dOptions {
  Triple stride = 1;
  Triple padding = 0;
  Triple output_padding = 0;
  Triple dilation = 1;
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
/// The same over three axes. x: (N, C, D, H, W), weight: (O, C / groups, kd, kh, kw), bias: (O,).
Tensor conv3d(const Operand& x, const Operand& weight, const Operand& bias = {}, const Conv3dOptions& options = {});
/// The adjoint of conv2d in its input, plus a bias where it is defined.
///
/// x: (N, C, H, W), weight: (C, O / groups, kh, kw), bias: (O,), y: (N, O, H', W') with
/// H' = (H - 1) s - 2 pad + d (kh - 1) + output_padding + 1. Throws Error also unless output_padding is smaller than
/// the stride or the dilation.
Tensor conv_transpose2d(const Operand& x, const Operand& weight, const Operand& bias = {},
                        const ConvTranspose2dOptions& options = {});
/// The same over one axis. x: (N, C, L), weight: (C, O / groups, k), bias: (O,).
Tensor conv_transpose1d(const Operand& x, const Operand& weight, const Operand& bias = {},
                        const ConvTranspose1dOptions& options = {});
/// The same over three axes. x: (N, C, D, H, W), weight: (C, O / groups, kd, kh, kw), bias: (O,).
Tensor conv_transpose3d(const Operand& x, const Operand& weight, const Operand& bias = {},
                        const ConvTranspose3dOptions& options = {});

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

}  // namespace xgrad
#pragma GCC visibility pop
