#include <nn/norm.hpp>

#include <limits>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

constexpr ReduceOptions keep{.keepdims = true};

const char* truth(bool value) { return value ? "True" : "False"; }

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

Tensor normalized(const Tensor& x, const Axes& axes, double eps) {
  const Tensor centred = x - mean(x, axes, keep);
  return centred / sqrt(mean(square(centred), axes, keep) + eps);
}

/// Whether x is floating-point and its last axes are the given ones.
bool ends_with(const Tensor& x, const Shape& last) {
  const int before = x.rank() - last.rank();
  bool fits = before >= 0 && is_floating(x.dtype());
  for (int axis = 0; fits && axis < last.rank(); ++axis) fits = x.shape()[before + axis] == last[axis];
  return fits;
}

/// "(..., 3, 4)": the shapes that ends_with accepts.
std::string ending(const Shape& last) {
  std::string text = "(...";
  for (const std::int64_t extent : last) text += fmt::format(", {}", extent);
  return text + ')';
}

Axes last_axes(int count) {
  std::vector<int> axes;
  for (int axis = -count; axis < 0; ++axis) axes.push_back(axis);
  return axes;
}

}  // namespace

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : Module("LayerNorm"), normalized_shape_(normalized_shape), options_(options) {
  if (normalized_shape.empty()) refuse("normalized_shape is (); one axis or more were expected");
  if (!(options.eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", options.eps));
  const bool affine = options.elementwise_affine;
  weight = register_parameter("weight", affine ? ones(normalized_shape, options.dtype) : Tensor());
  bias = register_parameter("bias", affine && options.bias ? zeros(normalized_shape, options.dtype) : Tensor());
}

Tensor LayerNorm::forward(const Tensor& x) const {
  if (!ends_with(x, normalized_shape_))
    refuse(fmt::format("the input is {}; floating-point {} was expected", described(x), ending(normalized_shape_)));
  Tensor y = normalized(x, last_axes(normalized_shape_.rank()), options_.eps);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

std::string LayerNorm::arguments() const {
  const bool says_bias = weight.defined() && !bias.defined();
  return fmt::format("{}, eps={}, elementwise_affine={}{}", to_string(normalized_shape_), options_.eps,
                     truth(weight.defined()), says_bias ? ", bias=False" : "");
}

RMSNorm::RMSNorm(const Shape& normalized_shape, const RMSNormOptions& options)
    : Module("RMSNorm"), normalized_shape_(normalized_shape), options_(options) {
  if (normalized_shape.empty()) refuse("normalized_shape is (); one axis or more were expected");
  if (options.eps && !(*options.eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", *options.eps));
  weight = register_parameter("weight", options.elementwise_affine ? ones(normalized_shape, options.dtype) : Tensor());
}

Tensor RMSNorm::forward(const Tensor& x) const {
  if (!ends_with(x, normalized_shape_))
    refuse(fmt::format("the input is {}; floating-point {} was expected", described(x), ending(normalized_shape_)));
  const double epsilon = x.dtype() != float64 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                              : std::numeric_limits<double>::epsilon();
  const Tensor mean_square = mean(square(x), last_axes(normalized_shape_.rank()), keep);
  const Tensor y = x / sqrt(mean_square + options_.eps.value_or(epsilon));
  return weight.defined() ? y * weight : y;
}

std::string RMSNorm::arguments() const {
  return fmt::format("{}, eps={}, elementwise_affine={}", to_string(normalized_shape_),
                     options_.eps ? fmt::format("{}", *options_.eps) : "None", truth(weight.defined()));
}

GroupNorm::GroupNorm(std::int64_t num_groups, std::int64_t num_channels, const GroupNormOptions& options)
    : Module("GroupNorm"), num_groups_(num_groups), num_channels_(num_channels), options_(options) {
  if (num_groups <= 0 || num_channels < 0 || num_channels % num_groups != 0) {
    refuse(fmt::format("{} groups of {} channels were given; groups must be positive and divide the channels",
                       num_groups, num_channels));
  }
  if (!(options.eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", options.eps));
  weight = register_parameter("weight", options.affine ? ones({num_channels}, options.dtype) : Tensor());
  bias = register_parameter("bias", options.affine ? zeros({num_channels}, options.dtype) : Tensor());
}

Tensor GroupNorm::forward(const Tensor& x) const {
  if (x.rank() < 2 || x.size(1) != num_channels_ || !is_floating(x.dtype()))
    refuse(fmt::format("the input is {}; floating-point (N, {}, ...) was expected", described(x), num_channels_));
  // All tensors have one shape, whose axes are samples, groups, channels and places, so that the operations fuse into
  // single passes.
  const std::int64_t channels = num_channels_ / num_groups_;
  std::int64_t places = 1;
  for (int axis = 2; axis < x.rank(); ++axis) places *= x.size(axis);
  Tensor y = normalized(x.reshape({x.size(0), num_groups_, channels, places}), {-2, -1}, options_.eps);
  const auto spread = [&](const Tensor& values) { return values.reshape({num_groups_, channels, 1}); };
  if (weight.defined()) y = y * spread(weight);
  if (bias.defined()) y = y + spread(bias);
  return y.reshape(x.shape());
}

std::string GroupNorm::arguments() const {
  return fmt::format("{}, {}, eps={}, affine={}", num_groups_, num_channels_, options_.eps, truth(weight.defined()));
}

InstanceNorm::InstanceNorm(std::string type_name, std::int64_t features, int places, const InstanceNormOptions& options)
    : ChannelNorm(std::move(type_name), features,
                  {.eps = options.eps,
                   .momentum = options.momentum,
                   .affine = options.affine,
                   .track_running_stats = options.track_running_stats,
                   .dtype = options.dtype}),
      places_(places) {}

void InstanceNorm::check_input(const Tensor& x) const {
  const bool ranks = x.rank() == places_ + 1 || x.rank() == places_ + 2;
  if (ranks && x.size(-1 - places_) == features() && is_floating(x.dtype())) return;
  const char* const names = places_ == 1 ? "L" : places_ == 2 ? "H, W" : "D, H, W";
  refuse(fmt::format("the input is {0}; floating-point (N, {1}, {2}) or ({1}, {2}) was expected", described(x),
                     features(), names));
}

Tensor InstanceNorm::forward(const Tensor& x) const {
  check_input(x);
  const std::int64_t samples = x.rank() == places_ + 2 ? x.size(0) : 1;
  std::int64_t count = 1;
  for (int axis = -places_; axis < 0; ++axis) count *= x.size(axis);
  const Tensor rows = x.reshape({samples, features(), count});
  const auto finished = [&](const Tensor& normalized) { return scaled(normalized, true).reshape(x.shape()); };

  if (uses_running_statistics()) return finished(normalized_by_running(rows, true));

  if (count == 1)
    refuse(fmt::format("more than one place per channel is needed, the input has shape {}", to_string(x.shape())));
  const Tensor mu = mean(rows, -1, keep);
  const Tensor centred = rows - mu;
  const Tensor variance = mean(square(centred), -1, keep);
  if (tracks() && x.size() > 0) update_running_statistics(mu, variance, count);
  return finished(centred / sqrt(variance + eps()));
}

void InstanceNorm::update_running_statistics(const Tensor& mean_of_each, const Tensor& variance,
                                             std::int64_t count) const {
  const auto n = static_cast<double>(count);
  const auto average = [](const Tensor& values) { return mean(stop_gradient(values), {0, 2}); };
  move_towards(average(mean_of_each), running_mean, 1, *momentum());
  move_towards(average(variance), running_var, n / (n - 1), *momentum());
}

LocalResponseNorm::LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options)
    : Module("LocalResponseNorm"), size_(size), options_(options) {
  if (size < 1) refuse(fmt::format("size is {}; it must be positive", size));
}

Tensor LocalResponseNorm::forward(const Tensor& x) const { return local_response_norm(x, size_, options_); }

std::string LocalResponseNorm::arguments() const {
  const std::string k = fmt::format("{}", options_.k);
  return fmt::format("{}, alpha={}, beta={}, k={}{}", size_, options_.alpha, options_.beta, k,
                     k.find_first_of(".en") == std::string::npos ? ".0" : "");
}

}  // namespace xgrad::nn
