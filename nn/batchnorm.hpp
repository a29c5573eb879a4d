#pragma once

#include <optional>
#include <string>
#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <nn/channel_norm.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Which estimate of the batch variance enters the running variance: the one with divisor n - 1 (PyTorch's), or the one
/// with divisor n, by which the batch itself is normalized (TensorFlow 1's).
enum class RunningVariance { unbiased, biased };

struct BatchNormOptions {
  /// Added to the variance. TensorFlow 1 has 1e-3.
  double eps = 1e-5;
  /// Weight of the new value in the running statistics: running = (1 - momentum) running + momentum batch. A decay of
  /// 0.99, as TensorFlow 1 has it, is a momentum of 0.01. nullopt: the average of all batches so far.
  std::optional<double> momentum = 0.1;
  /// Whether there are a weight and a bias for each channel.
  bool affine = true;
  /// Whether running statistics are kept. Without them batch statistics are used in evaluation, too.
  bool track_running_stats = true;
  RunningVariance running_variance = RunningVariance::unbiased;
  DType dtype = float32;
};

/// Batch normalization (Ioffe and Szegedy, 2015): every channel is brought to mean 0 and variance 1 over the batch,
///
///     (x - mu) / sqrt(var + eps) * weight + bias,   mu = mean(x),   var = mean(square(x - mu)).
///
/// The base of BatchNorm1d, BatchNorm2d and BatchNorm3d, which differ in the inputs they take. The result has the
/// input's shape. weight (ones) and bias (zeros), running_mean (zeros) and running_var (ones) are (C,),
/// num_batches_tracked is an int64 scalar.
///
/// In training mode mu and var are the batch's, and the running statistics move towards them; no gradient flows through
/// those. In evaluation mode the running statistics take their place: 0 and 1 before the first training step.
/// A channel of one value has no variance: in training mode a batch with one value per channel is an Error, as in
/// PyTorch. An empty batch gives an empty result, zero gradients, and leaves the buffers as they are.
///
/// Where the statistics are synchronized (convert_sync_batchnorm), mean() is that over the batches of all ranks, which
/// may be of different sizes, in the same formula: mu and var are sums that all_reduce adds up, over their number.
///
/// Throws Error on inputs of another rank or number of channels, on features < 0, eps < 0 and momentum outside [0, 1].
class BatchNorm : public ChannelNorm {
 public:
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 protected:
  BatchNorm(std::string type_name, std::int64_t features, const BatchNormOptions& options);

  /// Throws Error unless x is of the shapes that the layer takes, with `features` as axis 1.
  virtual void check_input(const Tensor& x) const = 0;

 private:
  friend void convert_sync_batchnorm(const Module& module, const distributed::Communicator& group);

  /// How many values each channel has, over which means are taken: of this rank's batch, or of all ranks'.
  struct Count {
    std::int64_t own;
    Tensor all = {};  ///< a scalar, where statistics are synchronized
  };
  bool synchronized() const { return sync_group_.size() > 0; }
  Tensor mean_over_batch(const Tensor& rows, int batch, Count& count) const;
  void update_running_statistics(const Tensor& mean, const Tensor& variance, const Count& count) const;

  RunningVariance running_variance_;
  Shared<std::vector<distributed::Communicator>> sync_group_;  ///< one, or none
};

/// Lets all batch normalizations in a module, and copies of them, take their training statistics over the batches of
/// all ranks of a group (PyTorch's SyncBatchNorm): in each forward three all_reduces of a number for each channel. All
/// ranks have to make the same calls. A group of one rank makes them what they were.
void convert_sync_batchnorm(const Module& module, const distributed::Communicator& group = distributed::world());

/// Batch normalization of (N, C) or (N, C, L), with means over N, or N and L.
class BatchNorm1d : public BatchNorm {
 public:
  explicit BatchNorm1d(std::int64_t features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm1d", features, options) {}

 private:
  void check_input(const Tensor& x) const override;
};

/// Batch normalization of images (N, C, H, W), with means over N, H and W.
class BatchNorm2d : public BatchNorm {
 public:
  explicit BatchNorm2d(std::int64_t features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm2d", features, options) {}

 private:
  void check_input(const Tensor& x) const override;
};

/// Batch normalization of volumes (N, C, D, H, W), with means over N, D, H and W.
class BatchNorm3d : public BatchNorm {
 public:
  explicit BatchNorm3d(std::int64_t features, const BatchNormOptions& options = {})
      : BatchNorm("BatchNorm3d", features, options) {}

 private:
  void check_input(const Tensor& x) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
