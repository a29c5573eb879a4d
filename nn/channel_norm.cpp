#include <nn/channel_norm.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

ChannelNorm::ChannelNorm(std::string type_name, std::int64_t features, const Settings& settings)
    : Module(std::move(type_name)), features_(features), eps_(settings.eps), momentum_(settings.momentum) {
  if (features < 0) refuse(fmt::format("{} features were given; their number must not be negative", features));
  if (!(eps_ >= 0)) refuse(fmt::format("eps is {}; it must not be negative", eps_));
  if (momentum_ && !(*momentum_ >= 0 && *momentum_ <= 1))
    refuse(fmt::format("momentum is {}; it must lie in [0, 1]", *momentum_));
  const bool affine = settings.affine, tracks = settings.track_running_stats;
  weight = register_parameter("weight", affine ? ones({features}, settings.dtype) : Tensor());
  bias = register_parameter("bias", affine ? zeros({features}, settings.dtype) : Tensor());
  running_mean = register_buffer("running_mean", tracks ? zeros({features}, settings.dtype) : Tensor());
  running_var = register_buffer("running_var", tracks ? ones({features}, settings.dtype) : Tensor());
  num_batches_tracked = register_buffer("num_batches_tracked", tracks ? zeros({}, int64) : Tensor());
}

Tensor ChannelNorm::spread(const Tensor& channels, bool places) const {
  return places ? channels.reshape({features_, 1}) : channels;
}

Tensor ChannelNorm::normalized_by_running(const Tensor& x, bool places) const {
  return (x - spread(running_mean, places)) / sqrt(spread(running_var, places) + eps_);
}

Tensor ChannelNorm::scaled(const Tensor& x, bool places) const {
  const Tensor y = weight.defined() ? x * spread(weight, places) : x;
  return bias.defined() ? y + spread(bias, places) : y;
}

void ChannelNorm::move_towards(const Tensor& value, const Buffer& running, double factor, double momentum) {
  running.set(running * (1 - momentum) + value.to(running.dtype()) * (factor * momentum));
}

std::string ChannelNorm::arguments() const {
  const auto truth = [](bool value) { return value ? "True" : "False"; };
  return fmt::format("{}, eps={}, momentum={}, affine={}, track_running_stats={}", features_, eps_,
                     momentum_ ? fmt::format("{}", *momentum_) : "None", truth(weight.defined()), truth(tracks()));
}

}  // namespace xgrad::nn
