#include <nn/batchnorm.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

BatchNorm::BatchNorm(std::string type_name, std::int64_t features, const BatchNormOptions& options)
    : Module(std::move(type_name)), features_(features), options_(options) {
  if (features < 0) refuse(fmt::format("{} features were given; their number must not be negative", features));
  if (!(options.eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", options.eps));
  if (options.momentum && !(*options.momentum >= 0 && *options.momentum <= 1))
    refuse(fmt::format("momentum is {}; it must lie in [0, 1]", *options.momentum));
  const bool affine = options.affine, tracks = options.track_running_stats;
  weight = register_parameter("weight", affine ? ones({features}, options.dtype) : Tensor());
  bias = register_parameter("bias", affine ? zeros({features}, options.dtype) : Tensor());
  running_mean = register_buffer("running_mean", tracks ? zeros({features}, options.dtype) : Tensor());
  running_var = register_buffer("running_var", tracks ? ones({features}, options.dtype) : Tensor());
  num_batches_tracked = register_buffer("num_batches_tracked", tracks ? zeros({}, int64) : Tensor());
}

Tensor BatchNorm::forward(const Tensor& x) const {
  check_input(x);
  // The input is viewed as a matrix with the channels as one axis, so that means and operations on values of each
  // channel fuse into single passes.
  const bool channels_last = x.rank() == 2;
  const std::int64_t count = features_ == 0 ? 0 : x.size() / features_;
  const Tensor channels_first = channels_last ? x : swapaxes(x, 0, 1);
  const Tensor rows = channels_last ? x : channels_first.reshape({features_, count});
  const auto spread = [&](const Tensor& channels) {
    return channels_last ? channels : channels.reshape({features_, 1});
  };
  const auto finished = [&](const Tensor& normalized) {
    Tensor y = weight.defined() ? normalized * spread(weight) : normalized;
    if (bias.defined()) y = y + spread(bias);
    return channels_last ? y : swapaxes(y.reshape(channels_first.shape()), 0, 1);
  };

  if (!is_training() && tracks())
    return finished((rows - spread(running_mean)) / sqrt(spread(running_var) + options_.eps));

  if (count == 1)
    refuse(fmt::format("more than one value per channel is needed in training, the input has shape {}",
                       to_string(x.shape())));
  const int batch = channels_last ? 0 : 1;
  const Tensor mu = mean(rows, batch);
  const Tensor centred = rows - spread(mu);
  const Tensor variance = mean(square(centred), batch);
  if (tracks() && count > 0) update_running_statistics(mu, variance, count);
  return finished(centred / sqrt(spread(variance) + options_.eps));
}

void BatchNorm1d::check_input(const Tensor& x) const {
  if ((x.rank() == 2 || x.rank() == 3) && x.size(1) == features()) return;
  refuse(fmt::format("the input has shape {}; (N, {}) or (N, {}, L) was expected", to_string(x.shape()), features(),
                     features()));
}

void BatchNorm2d::check_input(const Tensor& x) const {
  if (x.rank() == 4 && x.size(1) == features()) return;
  refuse(fmt::format("the input has shape {}; (N, {}, H, W) was expected", to_string(x.shape()), features()));
}

void BatchNorm::update_running_statistics(const Tensor& mean, const Tensor& variance, std::int64_t count) const {
  const auto n = static_cast<double>(count);
  const double momentum = options_.momentum.value_or(BatchNormOptions().momentum.value());
  const double correction = options_.running_variance == RunningVariance::unbiased ? n / (n - 1) : 1;
  const auto move = [&](const Buffer& running, const Tensor& batch, double factor) {
    const DType dtype = running.dtype();
    const Tensor value = stop_gradient(batch).to(dtype);
    if (options_.momentum || !num_batches_tracked.defined())
      running.set(running * (1 - momentum) + value * (factor * momentum));
    else
      running.set(running + (value * factor - running) / static_cast<Tensor>(num_batches_tracked).to(dtype));
  };
  if (num_batches_tracked.defined()) num_batches_tracked.set(num_batches_tracked + 1);
  move(running_mean, mean, 1);
  move(running_var, variance, correction);
}

std::string BatchNorm::arguments() const {
  const auto truth = [](bool value) { return value ? "True" : "False"; };
  return fmt::format("{}, eps={}, momentum={}, affine={}, track_running_stats={}{}", features_, options_.eps,
                     options_.momentum ? fmt::format("{}", *options_.momentum) : "None", truth(weight.defined()),
                     truth(tracks()),
                     options_.running_variance == RunningVariance::biased ? ", running_variance=biased" : "");
}

}  // namespace xgrad::nn
