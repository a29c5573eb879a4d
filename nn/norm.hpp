#pragma once

#include <optional>
#include <string>

#include <autograd/ops/pool.hpp>
#include <nn/channel_norm.hpp>

#pragma GCC visibility push(default)
/// Normalizations of single samples. Unlike batch normalization they do the same in training and in evaluation, and the
/// result for a sample does not depend on the rest of the batch. Results have the input's shape, inputs are
/// floating-point.
namespace xgrad::nn {

struct LayerNormOptions {
  /// Added to the variance.
  double eps = 1e-5;
  /// Whether there is a weight for each entry.
  bool elementwise_affine = true;
  /// Whether there is a bias beside the weight.
  bool bias = true;
  DType dtype = float32;
};

/// Layer normalization (Ba, Kiros and Hinton, 2016) over the last axes,
///
///     (x - mu) / sqrt(var + eps) * weight + bias,   mu = mean(x),   var = mean(square(x - mu)).
///
/// x: (..., *normalized_shape), weight (ones) and bias (zeros): normalized_shape, of one axis or more.
/// Throws Error on another normalized_shape, eps < 0, and inputs whose last axes are others.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  explicit LayerNorm(std::int64_t features, const LayerNormOptions& options = {})
      : LayerNorm(Shape{features}, options) {}

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;  ///< undefined unless elementwise_affine
  Parameter bias;    ///< undefined without weight, and where the options say so

 private:
  Shape normalized_shape_;
  LayerNormOptions options_;
};

struct RMSNormOptions {
  /// Added to the mean of squares. nullopt: the distance of 1 to the next number of the input's dtype.
  std::optional<double> eps = {};
  bool elementwise_affine = true;
  DType dtype = float32;
};

/// Root mean square normalization (Zhang and Sennrich, 2019) over the last axes: x / sqrt(mean(square(x)) + eps) *
/// weight.
///
/// Shapes and errors are those of LayerNorm; there is no bias.
class RMSNorm : public Module {
 public:
  explicit RMSNorm(const Shape& normalized_shape, const RMSNormOptions& options = {});
  explicit RMSNorm(std::int64_t features, const RMSNormOptions& options = {}) : RMSNorm(Shape{features}, options) {}

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;  ///< undefined unless elementwise_affine

 private:
  Shape normalized_shape_;
  RMSNormOptions options_;
};

struct GroupNormOptions {
  double eps = 1e-5;
  /// Whether there are a weight and a bias for each channel.
  bool affine = true;
  DType dtype = float32;
};

/// Group normalization (Wu and He, 2018): layer normalization of each group of channels, with a weight (ones) and a
/// bias (zeros) for each channel.
///
/// x: (N, num_channels, ...), weight and bias: (num_channels,).
/// Throws Error unless num_groups > 0 divides num_channels >= 0, on eps < 0, and on inputs of another shape.
class GroupNorm : public Module {
 public:
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;  ///< undefined unless affine
  Parameter bias;    ///< undefined unless affine

 private:
  std::int64_t num_groups_;
  std::int64_t num_channels_;
  GroupNormOptions options_;
};

struct InstanceNormOptions {
  double eps = 1e-5;
  /// Weight of the new value in the running statistics: running = (1 - momentum) running + momentum new.
  double momentum = 0.1;
  /// Whether there are a weight and a bias for each channel.
  bool affine = false;
  /// Whether running statistics are kept, and used in evaluation.
  bool track_running_stats = false;
  DType dtype = float32;
};

/// Instance normalization (Ulyanov, Vedaldi and Lempitsky, 2016): each channel of each sample is brought to mean 0 and
/// variance 1 over its places. The base of InstanceNorm1d, InstanceNorm2d and InstanceNorm3d, which differ in the
/// inputs they take.
///
/// weight (ones) and bias (zeros), running_mean (zeros) and running_var (ones) are (C,). The running statistics, if
/// any, move in training mode towards the batch's average of means and of unbiased variances; in evaluation mode x is
/// normalized by them. num_batches_tracked, an int64 scalar, is in the state for compatibility with PyTorch and stays
/// 0, as it does there.
///
/// Throws Error on inputs of another shape, on channels of one place unless running statistics are used (they have no
/// variance), on features < 0, eps < 0 and momentum outside [0, 1].
class InstanceNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) const override;

 protected:
  InstanceNorm(std::string type_name, std::int64_t features, int places, const InstanceNormOptions& options);

 private:
  void check_input(const Tensor& x) const;
  void update_running_statistics(const Tensor& mean_of_each, const Tensor& variance, std::int64_t count) const;

  int places_;  ///< how many axes follow the channels
};

/// Instance normalization of (N, C, L) or (C, L), over L.
class InstanceNorm1d : public InstanceNorm {
 public:
  explicit InstanceNorm1d(std::int64_t features, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm1d", features, 1, options) {}
};

/// Instance normalization of images (N, C, H, W) or (C, H, W), over H and W.
class InstanceNorm2d : public InstanceNorm {
 public:
  explicit InstanceNorm2d(std::int64_t features, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm2d", features, 2, options) {}
};

/// Instance normalization of volumes (N, C, D, H, W) or (C, D, H, W), over D, H and W.
class InstanceNorm3d : public InstanceNorm {
 public:
  explicit InstanceNorm3d(std::int64_t features, const InstanceNormOptions& options = {})
      : InstanceNorm("InstanceNorm3d", features, 3, options) {}
};

/// Each number divided by the size of its neighbours in other channels: xgrad::local_response_norm. Throws Error on a
/// size below 1.
class LocalResponseNorm : public Module {
 public:
  explicit LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t size_;
  LocalResponseNormOptions options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
