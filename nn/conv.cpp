#include <nn/conv.hpp>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

/// "" if a layer of these numbers exists, else a text that says what is wrong.
std::string mistake(std::int64_t in_channels, std::int64_t out_channels, std::int64_t groups, const Pair& kernel_size,
                    const Pair& stride, const Pair& dilation) {
  if (in_channels < 0 || out_channels < 0)
    return fmt::format("({}, {}) channels were given; their numbers must not be negative", in_channels, out_channels);
  if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0)
    return fmt::format("{} groups were given; their number must divide ({}, {}) channels", groups, in_channels,
                       out_channels);
  for (const auto& [name, pair] :
       {std::pair("kernel_size", kernel_size), std::pair("stride", stride), std::pair("dilation", dilation)})
    if (pair.height < 1 || pair.width < 1) return fmt::format("{} is {}; it must be positive", name, to_string(pair));
  return "";
}

std::string wrong_input(const Tensor& x, std::int64_t channels, const char* extents, const Parameter& weight) {
  return fmt::format("the input has shape {}; (N, {}, {}) was expected, for weights of shape {}", to_string(x.shape()),
                     channels, extents, to_string(weight.shape()));
}

bool fits(const Tensor& x, int rank, std::int64_t channels) { return x.rank() == rank && x.size(1) == channels; }

void initialise(const Parameter& weight, const Parameter& bias) {
  const std::int64_t fan_in = init::fans(weight.shape()).in;
  if (fan_in == 0) return;
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform(weight, {.low = -bound, .high = bound});
  if (bias.defined()) init::uniform(bias, {.low = -bound, .high = bound});
}

Tensor value_of(const Parameter& bias) { return bias.defined() ? static_cast<Tensor>(bias) : Tensor(); }

/// ", name=(1, 1)" unless the text is that of the default.
std::string shown_unless(const char* name, const std::string& text, const std::string& ordinary) {
  return text == ordinary ? "" : fmt::format(", {}={}", name, text);
}

std::string groups_and_bias(std::int64_t groups, bool bias) {
  return (groups == 1 ? "" : fmt::format(", groups={}", groups)) + (bias ? "" : ", bias=False");
}

std::string text_of(Padding padding) { return padding == Padding::same ? "same" : "valid"; }
std::string single(std::int64_t number) { return fmt::format("({},)", number); }

}  // namespace

Conv1d::Conv1d(std::int64_t in_channels, std::int64_t out_channels, std::int64_t kernel_size,
               const Conv1dOptions& options)
    : Module("Conv1d"), in_channels_(in_channels), options_(options) {
  const std::string wrong =
      mistake(in_channels, out_channels, options.groups, kernel_size, options.stride, options.dilation);
  if (!wrong.empty()) refuse(wrong);
  if (options.padding.amount < 0) refuse(fmt::format("padding is {}; it must not be negative", options.padding.amount));
  weight =
      register_parameter("weight", zeros({out_channels, in_channels / options.groups, kernel_size}, options.dtype));
  bias = register_parameter("bias", options.bias ? zeros({out_channels}, options.dtype) : Tensor());
  initialise(weight, bias);
}

Tensor Conv1d::forward(const Tensor& x) const {
  if (!fits(x, 3, in_channels_)) refuse(wrong_input(x, in_channels_, "L", weight));
  return conv1d(x, weight, value_of(bias),
                {.stride = options_.stride,
                 .padding = options_.padding,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

std::string Conv1d::arguments() const {
  const std::string padding =
      options_.padding.named ? text_of(*options_.padding.named) : single(options_.padding.amount);
  return fmt::format("{}, {}, kernel_size={}, stride={}", in_channels_, weight.shape()[0], single(weight.shape()[2]),
                     single(options_.stride)) +
         shown_unless("padding", padding, "(0,)") + shown_unless("dilation", single(options_.dilation), "(1,)") +
         groups_and_bias(options_.groups, bias.defined());
}

Conv2d::Conv2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
               const Conv2dOptions& options)
    : Module("Conv2d"), in_channels_(in_channels), options_(options) {
  const std::string wrong =
      mistake(in_channels, out_channels, options.groups, kernel_size, options.stride, options.dilation);
  if (!wrong.empty()) refuse(wrong);
  if (options.padding.amount.height < 0 || options.padding.amount.width < 0)
    refuse(fmt::format("padding is {}; it must not be negative", to_string(options.padding.amount)));
  weight = register_parameter(
      "weight",
      zeros({out_channels, in_channels / options.groups, kernel_size.height, kernel_size.width}, options.dtype));
  bias = register_parameter("bias", options.bias ? zeros({out_channels}, options.dtype) : Tensor());
  initialise(weight, bias);
}

Tensor Conv2d::forward(const Tensor& x) const {
  if (!fits(x, 4, in_channels_)) refuse(wrong_input(x, in_channels_, "H, W", weight));
  return conv2d(x, weight, value_of(bias),
                {.stride = options_.stride,
                 .padding = options_.padding,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

std::string Conv2d::arguments() const {
  const std::string padding =
      options_.padding.named ? text_of(*options_.padding.named) : to_string(options_.padding.amount);
  const Pair kernel(weight.shape()[2], weight.shape()[3]);
  return fmt::format("{}, {}, kernel_size={}, stride={}", in_channels_, weight.shape()[0], to_string(kernel),
                     to_string(options_.stride)) +
         shown_unless("padding", padding, "(0, 0)") + shown_unless("dilation", to_string(options_.dilation), "(1, 1)") +
         groups_and_bias(options_.groups, bias.defined());
}

ConvTranspose2d::ConvTranspose2d(std::int64_t in_channels, std::int64_t out_channels, const Pair& kernel_size,
                                 const ConvTranspose2dOptions& options)
    : Module("ConvTranspose2d"), in_channels_(in_channels), options_(options) {
  const std::string wrong =
      mistake(in_channels, out_channels, options.groups, kernel_size, options.stride, options.dilation);
  if (!wrong.empty()) refuse(wrong);
  if (options.padding.height < 0 || options.padding.width < 0)
    refuse(fmt::format("padding is {}; it must not be negative", to_string(options.padding)));
  weight = register_parameter(
      "weight",
      zeros({in_channels, out_channels / options.groups, kernel_size.height, kernel_size.width}, options.dtype));
  bias = register_parameter("bias", options.bias ? zeros({out_channels}, options.dtype) : Tensor());
  initialise(weight, bias);
}

Tensor ConvTranspose2d::forward(const Tensor& x) const {
  if (!fits(x, 4, in_channels_)) refuse(wrong_input(x, in_channels_, "H, W", weight));
  return conv_transpose2d(x, weight, value_of(bias),
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = options_.output_padding,
                           .dilation = options_.dilation,
                           .groups = options_.groups});
}

std::string ConvTranspose2d::arguments() const {
  const Pair kernel(weight.shape()[2], weight.shape()[3]);
  return fmt::format("{}, {}, kernel_size={}, stride={}", in_channels_, weight.shape()[1] * options_.groups,
                     to_string(kernel), to_string(options_.stride)) +
         shown_unless("padding", to_string(options_.padding), "(0, 0)") +
         shown_unless("dilation", to_string(options_.dilation), "(1, 1)") +
         shown_unless("output_padding", to_string(options_.output_padding), "(0, 0)") +
         groups_and_bias(options_.groups, bias.defined());
}

}  // namespace xgrad::nn
