#include <nn/conv.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

void initialise(const Parameter& weight, const Parameter& bias) {
  const std::int64_t fan_in = init::fans(weight.shape()).in;
  if (fan_in == 0) return;
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform(weight, {.low = -bound, .high = bound});
  if (bias.defined()) init::uniform(bias, {.low = -bound, .high = bound});
}

bool all_from(const PerAxis& numbers, std::int64_t least) {
  for (int axis = 0; axis < numbers.axes(); ++axis)
    if (numbers[axis] < least) return false;
  return true;
}

/// "(3, 2)", "(3,)".
std::string tuple(const PerAxis& numbers) {
  return numbers.axes() == 1 ? fmt::format("({},)", numbers[0]) : to_string(numbers);
}

/// ", name=(1, 1)" unless all are the default.
std::string shown_unless(const char* name, const PerAxis& numbers, std::int64_t ordinary) {
  return numbers == PerAxis::of(numbers.axes(), ordinary) ? "" : fmt::format(", {}={}", name, tuple(numbers));
}

const char* text_of(Padding padding) { return padding == Padding::same ? "same" : "valid"; }

const char* text_of(PaddingMode mode) {
  switch (mode) {
    case PaddingMode::zeros:
      return "zeros";
    case PaddingMode::reflect:
      return "reflect";
    case PaddingMode::replicate:
      return "replicate";
    case PaddingMode::circular:
      return "circular";
  }
  return "?";
}

PadMode pad_mode(PaddingMode mode) {
  return mode == PaddingMode::reflect     ? PadMode::reflect
         : mode == PaddingMode::replicate ? PadMode::replicate
                                          : PadMode::circular;
}

}  // namespace

Convolution::Convolution(std::string type_name, const Settings& settings)
    : Module(std::move(type_name)), settings_(settings) {
  const auto& [in, out, kernel_size, stride, padding, dilation, named, groups, has_bias, dtype, mode, output_padding] =
      settings;
  if (in < 0 || out < 0)
    refuse(fmt::format("({}, {}) channels were given; their numbers must not be negative", in, out));
  if (groups < 1 || in % groups != 0 || out % groups != 0)
    refuse(fmt::format("{} groups were given; their number must divide ({}, {}) channels", groups, in, out));
  for (const auto& [name, numbers] :
       {std::pair("kernel_size", kernel_size), std::pair("stride", stride), std::pair("dilation", dilation)})
    if (!all_from(numbers, 1)) refuse(fmt::format("{} is {}; it must be positive", name, to_string(numbers)));
  if (!all_from(padding, 0)) refuse(fmt::format("padding is {}; it must not be negative", to_string(padding)));
  if (std::string_view(text_of(mode)) == "?")
    refuse(fmt::format("padding_mode is {}; it must be a PaddingMode", static_cast<int>(mode)));
  const bool transposed = output_padding.has_value();
  Shape shape{transposed ? in : out, (transposed ? out : in) / groups};
  for (int axis = 0; axis < kernel_size.axes(); ++axis) shape.push_back(kernel_size[axis]);
  weight = register_parameter("weight", zeros(shape, dtype));
  bias = register_parameter("bias", has_bias ? zeros({out}, dtype) : Tensor());
  initialise(weight, bias);
}

Tensor Convolution::padded(const Tensor& x) const {
  const PerAxis& kernel = settings_.kernel_size;
  const int axes = kernel.axes();
  const bool ranks = x.rank() == axes + 1 || x.rank() == axes + 2;
  if (!ranks || x.size(-1 - axes) != settings_.in_channels) {
    const char* const extents = axes == 1 ? "L" : axes == 2 ? "H, W" : "D, H, W";
    refuse(fmt::format("the input has shape {0}; (N, {1}, {2}) or ({1}, {2}) was expected, for weights of shape {3}",
                       to_string(x.shape()), settings_.in_channels, extents, to_string(weight.shape())));
  }
  if (pads_zeros() || settings_.named_padding == Padding::valid) return x;
  std::vector<std::pair<std::int64_t, std::int64_t>> pads(x.shape().size());
  for (int axis = 0; axis < axes; ++axis) {
    auto& [before, after] = pads[pads.size() - static_cast<std::size_t>(axes - axis)];
    before = after = settings_.padding[axis];
    if (settings_.named_padding == Padding::same) {
      const std::int64_t total = settings_.dilation[axis] * (kernel[axis] - 1);
      before = total / 2;
      after = total - before;
    }
  }
  return pad(x, pads, {.mode = pad_mode(settings_.padding_mode)});
}

PerAxis Convolution::output_padding_for(const Tensor& x, const PerAxis& output_size) const {
  const PerAxis& kernel = settings_.kernel_size;
  const int axes = kernel.axes();
  const Tensor checked = padded(x);
  PerAxis least = kernel, most = kernel, result = kernel;
  bool fits = true;
  for (int axis = 0; axis < axes; ++axis) {
    // Products of options may exceed 64 bits.
    const auto number = [&](const PerAxis& of) { return static_cast<double>(of[axis]); };
    const auto whole = [](double size) { return static_cast<std::int64_t>(std::clamp(size, -9e18, 9e18)); };
    const double first = static_cast<double>(checked.size(axis - axes) - 1) * number(settings_.stride) -
                         2 * number(settings_.padding) + number(settings_.dilation) * (number(kernel) - 1) + 1;
    least[axis] = whole(first);
    most[axis] = whole(first + number(settings_.stride) - 1);
    const bool own = output_size[axis] >= least[axis] && output_size[axis] <= most[axis];
    if (own) result[axis] = output_size[axis] - least[axis];
    fits = fits && own;
  }
  if (fits) return result;
  refuse(fmt::format("output_size is {}; {} to {} was expected for an input of shape {}", to_string(output_size),
                     to_string(least), to_string(most), to_string(x.shape())));
}

Tensor Convolution::bias_value() const { return bias.defined() ? static_cast<Tensor>(bias) : Tensor(); }

std::string Convolution::arguments() const {
  const std::optional<PerAxis>& output_padding = settings_.output_padding;
  std::string text = fmt::format("{}, {}, kernel_size={}, stride={}", settings_.in_channels, settings_.out_channels,
                                 tuple(settings_.kernel_size), tuple(settings_.stride));
  text += settings_.named_padding ? fmt::format(", padding={}", text_of(*settings_.named_padding))
                                  : shown_unless("padding", settings_.padding, 0);
  text += shown_unless("dilation", settings_.dilation, 1);
  if (output_padding) text += shown_unless("output_padding", *output_padding, 0);
  if (settings_.groups != 1) text += fmt::format(", groups={}", settings_.groups);
  if (!bias.defined()) text += ", bias=False";
  if (!pads_zeros()) text += fmt::format(", padding_mode={}", text_of(settings_.padding_mode));
  return text;
}

Conv1d::Conv1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
               const Conv1dOptions& options)
    : Convolution("Conv1d",
                  {in_channels, out_channels, kernel_size, options.stride, options.padding.amount, options.dilation,
                   options.padding.named, options.groups, options.bias, options.dtype, options.padding_mode}),
      options_(options) {}

Tensor Conv1d::forward(const Tensor& x) const {
  return conv1d(padded(x), weight, bias_value(),
                {.stride = options_.stride,
                 .padding = pads_zeros() ? options_.padding : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
               const Conv2dOptions& options)
    : Convolution("Conv2d",
                  {in_channels, out_channels, kernel_size, options.stride, options.padding.amount, options.dilation,
                   options.padding.named, options.groups, options.bias, options.dtype, options.padding_mode}),
      options_(options) {}

Tensor Conv2d::forward(const Tensor& x) const {
  return conv2d(padded(x), weight, bias_value(),
                {.stride = options_.stride,
                 .padding = pads_zeros() ? options_.padding : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

Conv3d::Conv3d(std::int64_t in_channels, std::int64_t out_channels, const Triple& kernel_size,
               const Conv3dOptions& options)
    : Convolution("Conv3d",
                  {in_channels, out_channels, kernel_size, options.stride, options.padding.amount, options.dilation,
                   options.padding.named, options.groups, options.bias, options.dtype, options.padding_mode}),
      options_(options) {}

Tensor Conv3d::forward(const Tensor& x) const {
  return conv3d(padded(x), weight, bias_value(),
                {.stride = options_.stride,
                 .padding = pads_zeros() ? options_.padding : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

ConvTranspose1d::ConvTranspose1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
                                 const ConvTranspose1dOptions& options)
    : Convolution("ConvTranspose1d", {in_channels,
                                      out_channels,
                                      kernel_size,
                                      options.stride,
                                      options.padding,
                                      options.dilation,
                                      {},
                                      options.groups,
                                      options.bias,
                                      options.dtype,
                                      PaddingMode::zeros,
                                      options.output_padding}),
      options_(options) {}

Tensor ConvTranspose1d::operator()(const Operand& x, std::int64_t output_size) const {
  return scoped([&] {
    const PerAxis own = output_padding_for(x, output_size);
    return convolved(x, own[0]);
  });
}

Tensor ConvTranspose1d::forward(const Tensor& x) const { return convolved(x, options_.output_padding); }

Tensor ConvTranspose1d::convolved(const Tensor& x, std::int64_t output_padding) const {
  return conv_transpose1d(padded(x), weight, bias_value(),
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = output_padding,
                           .dilation = options_.dilation,
                           .groups = options_.groups});
}

ConvTranspose2d::ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
                                 const ConvTranspose2dOptions& options)
    : Convolution("ConvTranspose2d", {in_channels,
                                      out_channels,
                                      kernel_size,
                                      options.stride,
                                      options.padding,
                                      options.dilation,
                                      {},
                                      options.groups,
                                      options.bias,
                                      options.dtype,
                                      PaddingMode::zeros,
                                      options.output_padding}),
      options_(options) {}

Tensor ConvTranspose2d::operator()(const Operand& x, const Pair& output_size) const {
  return scoped([&] {
    const PerAxis own = output_padding_for(x, output_size);
    return convolved(x, Pair(own[0], own[1]));
  });
}

Tensor ConvTranspose2d::forward(const Tensor& x) const { return convolved(x, options_.output_padding); }

Tensor ConvTranspose2d::convolved(const Tensor& x, const Pair& output_padding) const {
  return conv_transpose2d(padded(x), weight, bias_value(),
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = output_padding,
                           .dilation = options_.dilation,
                           .groups = options_.groups});
}

ConvTranspose3d::ConvTranspose3d(std::int64_t in_channels, std::int64_t out_channels, const Triple& kernel_size,
                                 const ConvTranspose3dOptions& options)
    : Convolution("ConvTranspose3d", {in_channels,
                                      out_channels,
                                      kernel_size,
                                      options.stride,
                                      options.padding,
                                      options.dilation,
                                      {},
                                      options.groups,
                                      options.bias,
                                      options.dtype,
                                      PaddingMode::zeros,
                                      options.output_padding}),
      options_(options) {}

Tensor ConvTranspose3d::operator()(const Operand& x, const Triple& output_size) const {
  return scoped([&] {
    const PerAxis own = output_padding_for(x, output_size);
    return convolved(x, Triple(own[0], own[1], own[2]));
  });
}

Tensor ConvTranspose3d::forward(const Tensor& x) const { return convolved(x, options_.output_padding); }

Tensor ConvTranspose3d::convolved(const Tensor& x, const Triple& output_padding) const {
  return conv_transpose3d(padded(x), weight, bias_value(),
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = output_padding,
                           .dilation = options_.dilation,
                           .groups = options_.groups});
}

}  // namespace xgrad::nn
