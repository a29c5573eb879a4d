#include <nn/batchnorm.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

BatchNorm1d::BatchNorm1d(std::int64_t features, const BatchNormOptions& options)
    : Module("BatchNorm1d"), features_(features), options_(options) {
  if (features < 0) refuse(fmt::format("{} features were given; their number must not be negative", features));
  if (!(options.eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", options.eps));
  if (options.momentum && !(*options.momentum >= 0 && *options.momentum <= 1))
    refuse(fmt::format("momentum is {}; it must lie in [0, 1]", *options.momentum));
  if (options.affine) {
    weight = register_parameter("weight", ones({features}, options.dtype));
    bias = register_parameter("bias", zeros({features}, options.dtype));
  }
  if (options.track_running_stats) {
    running_mean = register_buffer("running_mean", zeros({features}, options.dtype));
    running_var = register_buffer("running_var", ones({features}, options.dtype));
    num_batches_tracked = register_buffer("num_batches_tracked", zeros({}, int64));
  }
}

Tensor BatchNorm1d::forward(const Tensor& x) const {
  check_input(x);
  // (C,) as it broadcasts against x.
  const auto spread = [&](const Tensor& channels) {
    return x.rank() == 2 ? channels : channels.reshape({features_, 1});
  };
  const auto affine = [&](const Tensor& normalized) {
    return options_.affine ? normalized * spread(weight) + spread(bias) : normalized;
  };

  if (!is_training() && options_.track_running_stats)
    return affine((x - spread(running_mean)) / sqrt(spread(running_var) + options_.eps));

  const std::int64_t count = features_ == 0 ? 0 : x.size() / features_;
  if (count == 1)
    refuse(fmt::format("more than one value per channel is needed in training, the input has shape {}",
                       to_string(x.shape())));
  const Axes axes = x.rank() == 2 ? Axes{0} : Axes{0, 2};
  const Tensor mu = mean(x, axes);
  const Tensor centred = x - spread(mu);
  const Tensor variance = mean(square(centred), axes);
  if (options_.track_running_stats && count > 0) update_running_statistics(mu, variance, count);
  return affine(centred / sqrt(spread(variance) + options_.eps));
}

void BatchNorm1d::check_input(const Tensor& x) const {
  if ((x.rank() == 2 || x.rank() == 3) && x.size(1) == features_) return;
  refuse(fmt::format("the input has shape {}; (N, {}) or (N, {}, L) was expected", to_string(x.shape()), features_,
                     features_));
}

void BatchNorm1d::update_running_statistics(const Tensor& mean, const Tensor& variance, std::int64_t count) const {
  const auto n = static_cast<double>(count);
  const double correction = options_.running_variance == RunningVariance::unbiased ? n / (n - 1) : 1;
  const auto move = [&](const Buffer& running, const Tensor& batch, double factor) {
    const DType dtype = running.dtype();
    const Tensor value = stop_gradient(batch).to(dtype);
    if (options_.momentum)
      running.set(running * (1 - *options_.momentum) + value * (factor * *options_.momentum));
    else
      running.set(running + (value * factor - running) / num_batches_tracked.value().to(dtype));
  };
  num_batches_tracked.set(num_batches_tracked + 1);
  move(running_mean, mean, 1);
  move(running_var, variance, correction);
}

std::string BatchNorm1d::arguments() const {
  const auto truth = [](bool value) { return value ? "True" : "False"; };
  return fmt::format("{}, eps={}, momentum={}, affine={}, track_running_stats={}{}", features_, options_.eps,
                     options_.momentum ? fmt::format("{}", *options_.momentum) : "None", truth(options_.affine),
                     truth(options_.track_running_stats),
                     options_.running_variance == RunningVariance::biased ? ", running_variance=biased" : "");
}

}  // namespace xgrad::nn
