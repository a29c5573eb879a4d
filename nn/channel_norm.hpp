#pragma once

#include <optional>
#include <string>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// What BatchNorm and InstanceNorm share: a weight (ones) and a bias (zeros) for each channel, running statistics of
/// each, which running_mean (zeros) and running_var (ones) hold, all (C,), and num_batches_tracked, an int64 scalar.
/// Where they compute, channels are the last axis of a tensor or, with places, the last but one.
class ChannelNorm : public Module {
 public:
  std::string arguments() const override;

  Parameter weight;  ///< undefined unless affine
  Parameter bias;    ///< undefined unless affine
  Buffer running_mean;
  Buffer running_var;
  Buffer num_batches_tracked;

 protected:
  struct Settings {
    double eps;
    std::optional<double> momentum;
    bool affine, track_running_stats;
    DType dtype;
  };

  /// Throws Error on features < 0, eps < 0 and momentum outside [0, 1].
  ChannelNorm(std::string type_name, std::int64_t features, const Settings& settings);

  std::int64_t features() const noexcept { return features_; }
  double eps() const noexcept { return eps_; }
  std::optional<double> momentum() const noexcept { return momentum_; }
  bool tracks() const noexcept { return running_mean.defined() && running_var.defined(); }
  /// Whether the running statistics take the place of the input's.
  bool uses_running_statistics() const { return !is_training() && tracks(); }

  /// Values of channels, to be computed with what has places or not.
  Tensor spread(const Tensor& channels, bool places) const;
  /// x brought to mean 0 and variance 1 by the running statistics.
  Tensor normalized_by_running(const Tensor& x, bool places) const;
  /// x times the weight plus the bias, as far as there are any.
  Tensor scaled(const Tensor& x, bool places) const;
  /// running = (1 - momentum) running + momentum factor value.
  static void move_towards(const Tensor& value, const Buffer& running, double factor, double momentum);

 private:
  std::int64_t features_;
  double eps_;
  std::optional<double> momentum_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
