#pragma once

#include <optional>
#include <string>

#include <autograd/ops/conv.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// What a convolution finds beyond the edges of its input: zeros, or the input continued as PadMode says.
enum class PaddingMode { zeros, reflect, replicate, circular };

struct Conv1dOptions {
  std::int64_t stride = 1;
  Padding1d padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  DType dtype = float32;
};

struct Conv2dOptions {
  Pair stride = 1;
  Padding2d padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  DType dtype = float32;
};

struct Conv3dOptions {
  Triple stride = 1;
  Padding3d padding = 0;
  Triple dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  PaddingMode padding_mode = PaddingMode::zeros;
  DType dtype = float32;
};

struct ConvTranspose1dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t output_padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  DType dtype = float32;
};

struct ConvTranspose2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair output_padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  DType dtype = float32;
};

struct ConvTranspose3dOptions {
  Triple stride = 1;
  Triple padding = 0;
  Triple output_padding = 0;
  Triple dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  DType dtype = float32;
};

/// Convolution layers: xgrad::conv1d, conv_transpose1d and the others, with a weight and a bias of their own. The base
/// of the classes below, which differ in their axes. Inputs have the axis N or lack it, and so do results.
///
/// Weight and bias start as U(-k, k) with k = 1 / sqrt(fan_in), drawn from the default generator, as PyTorch's do;
/// fan_in is the product of the weight's extents but the first. Throw Error on negative numbers of channels, on
/// channels that the groups do not divide, on kernels and other options out of range, and on inputs of another shape.
class Convolution : public Module {
 public:
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< (out_channels,); undefined where the layer has none

 protected:
  struct Settings {
    std::int64_t in_channels, out_channels;
    PerAxis kernel_size, stride, padding, dilation;
    std::optional<Padding> named_padding;
    std::int64_t groups;
    bool bias;
    DType dtype;
    PaddingMode padding_mode = PaddingMode::zeros;
    std::optional<PerAxis> output_padding = {};  ///< of transposed convolutions
  };

  Convolution(std::string type_name, const Settings& settings);

  /// x with what lies beyond its edges, unless these are zeros, which the operation adds. Throws Error unless x has the
  /// shape that the layer takes.
  Tensor padded(const Tensor& x) const;
  /// Whether the operation adds the padding.
  bool pads_zeros() const noexcept { return settings_.padding_mode == PaddingMode::zeros; }
  /// The output_padding of a transposed convolution of x that gives a result of these extents. Throws Error where none
  /// does: they must be those of no output_padding, or larger, by less than the stride.
  PerAxis output_padding_for(const Tensor& x, const PerAxis& output_size) const;
  /// The bias, or an undefined Tensor.
  Tensor bias_value() const;

 private:
  Settings settings_;
};

/// x: (N, in_channels, L), y: (N, out_channels, L'), weight: (out_channels, in_channels / groups, kernel_size).
class Conv1d : public Convolution {
 public:
  Conv1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
         const Conv1dOptions& options = {});

  Tensor forward(const Tensor& x) const override;

 private:
  Conv1dOptions options_;
};

/// x: (N, in_channels, H, W), y: (N, out_channels, H', W'), weight: (out_channels, in_channels / groups, kh, kw).
class Conv2d : public Convolution {
 public:
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
         const Conv2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;

 private:
  Conv2dOptions options_;
};

/// x: (N, in_channels, D, H, W), y: (N, out_channels, D', H', W'),
/// weight: (out_channels, in_channels / groups, kd, kh, kw).
class Conv3d : public Convolution {
 public:
  Conv3d(std::int64_t in_channels, std::int64_t out_channels, const Triple& kernel_size,
         const Conv3dOptions& options = {});

  Tensor forward(const Tensor& x) const override;

 private:
  Conv3dOptions options_;
};

/// x: (N, in_channels, L), y: (N, out_channels, L'), weight: (in_channels, out_channels / groups, kernel_size).
class ConvTranspose1d : public Convolution {
 public:
  ConvTranspose1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
                  const ConvTranspose1dOptions& options = {});

  Tensor operator()(const Operand& x) const { return Module::operator()(x); }
  /// With a result of L' = output_size in the place of the one that output_padding gives.
  Tensor operator()(const Operand& x, std::int64_t output_size) const;
  Tensor forward(const Tensor& x) const override;

 private:
  Tensor convolved(const Tensor& x, std::int64_t output_padding) const;
  ConvTranspose1dOptions options_;
};

/// x: (N, in_channels, H, W), y: (N, out_channels, H', W'), weight: (in_channels, out_channels / groups, kh, kw).
class ConvTranspose2d : public Convolution {
 public:
  ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
                  const ConvTranspose2dOptions& options = {});

  Tensor operator()(const Operand& x) const { return Module::operator()(x); }
  /// With a result of (H', W') = output_size in the place of the one that output_padding gives.
  Tensor operator()(const Operand& x, const Pair& output_size) const;
  Tensor forward(const Tensor& x) const override;

 private:
  Tensor convolved(const Tensor& x, const Pair& output_padding) const;
  ConvTranspose2dOptions options_;
};

/// x: (N, in_channels, D, H, W), y: (N, out_channels, D', H', W'),
/// weight: (in_channels, out_channels / groups, kd, kh, kw).
class ConvTranspose3d : public Convolution {
 public:
  ConvTranspose3d(std::int64_t in_channels, std::int64_t out_channels, const Triple& kernel_size,
                  const ConvTranspose3dOptions& options = {});

  Tensor operator()(const Operand& x) const { return Module::operator()(x); }
  /// With a result of (D', H', W') = output_size in the place of the one that output_padding gives.
  Tensor operator()(const Operand& x, const Triple& output_size) const;
  Tensor forward(const Tensor& x) const override;

 private:
  Tensor convolved(const Tensor& x, const Triple& output_padding) const;
  ConvTranspose3dOptions options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
