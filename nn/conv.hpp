#pragma once

#include <autograd/ops/conv.hpp>
#include <nn/module.hpp>

namespace xgrad::nn {

struct Conv1dOptions {
  std::int64_t stride = 1;
  Padding1d padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  DType dtype = float32;
};

struct Conv2dOptions {
  Pair stride = 1;
  Padding2d padding = 0;
  Pair dilation = 1;
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

/// Convolution layers: xgrad::conv1d, conv2d and conv_transpose2d with a weight and a bias of their own.
///
/// Weight and bias start as U(-k, k) with k = 1 / sqrt(fan_in), drawn from the default generator, as PyTorch's do;
/// fan_in is the product of the weight's extents but the first. Throw Error on negative numbers of channels, on
/// channels that the groups do not divide, on kernels and other options out of range, and on inputs of another shape.
///
/// x: (N, in_channels, L), y: (N, out_channels, L'), weight: (out_channels, in_channels / groups, kernel_size).
class Conv1d : public Module {
 public:
  Conv1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
         const Conv1dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< (out_channels,); undefined where the layer has none

 private:
  std::int64_t in_channels_;
  Conv1dOptions options_;
};

/// x: (N, in_channels, H, W), y: (N, out_channels, H', W'), weight: (out_channels, in_channels / groups, kh, kw).
class Conv2d : public Module {
 public:
  Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
         const Conv2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< (out_channels,); undefined where the layer has none

 private:
  std::int64_t in_channels_;
  Conv2dOptions options_;
};

/// x: (N, in_channels, H, W), y: (N, out_channels, H', W'), weight: (in_channels, out_channels / groups, kh, kw).
class ConvTranspose2d : public Module {
 public:
  ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
                  const ConvTranspose2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< (out_channels,); undefined where the layer has none

 private:
  std::int64_t in_channels_;
  ConvTranspose2dOptions options_;
};

}  // namespace xgrad::nn
