#include <nn/pool.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

/// "(2, 3)", "(2,)".
std::string tuple(const PerAxis& numbers) {
  return numbers.axes() == 1 ? fmt::format("({},)", numbers[0]) : to_string(numbers);
}

/// "2", or "(2, 3)" where the numbers differ.
std::string text_of(const PerAxis& numbers) {
  return numbers == PerAxis::of(numbers.axes(), numbers[0]) ? std::to_string(numbers[0]) : to_string(numbers);
}

const char* text_of(bool value) { return value ? "True" : "False"; }

using Extents = std::vector<std::optional<std::int64_t>>;
Extents extents(std::int64_t size) { return {size}; }
Extents extents(const AdaptiveSize2d& size) { return {size.height, size.width}; }
Extents extents(const AdaptiveSize3d& size) { return {size.depth, size.height, size.width}; }

/// "2" where all are equal, "(2, None)".
std::string text_of(const Extents& size) {
  const auto one = [](std::optional<std::int64_t> extent) { return extent ? std::to_string(*extent) : "None"; };
  if (std::all_of(size.begin(), size.end(), [&](const auto& extent) { return extent == size[0]; })) return one(size[0]);
  std::string text;
  for (const auto& extent : size) text += (text.empty() ? "(" : ", ") + one(extent);
  return text + ")";
}

/// "" where all numbers are positive, else a text that says what is wrong.
std::string mistake(const char* name, const PerAxis& numbers) {
  for (int axis = 0; axis < numbers.axes(); ++axis)
    if (numbers[axis] < 1) return fmt::format("{} is {}; it must be positive", name, to_string(numbers));
  return "";
}

std::string mistake(const Extents& size) {
  for (const auto& extent : size) {
    if (!extent || *extent >= 1) continue;
    std::string text;
    for (const auto& each : size)
      text += (text.empty() ? "" : ", ") + (each ? std::to_string(*each) : std::string("None"));
    return fmt::format("output_size is {}; it must be positive", size.size() == 1 ? text : "(" + text + ")");
  }
  return "";
}

std::string mistake(double norm_type, const PerAxis& kernel) {
  if (!(norm_type > 0) || std::isinf(norm_type))
    return fmt::format("norm_type is {}; it must be positive and finite", norm_type);
  return mistake("kernel_size", kernel);
}

}  // namespace

MaxPool1d::MaxPool1d(std::int64_t kernel_size, const MaxPool1dOptions& options)
    : Module("MaxPool1d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxPool1d::forward(const Tensor& x) const { return max_pool1d(x, kernel_size_, options_); }

MaxPooled MaxPool1d::with_indices(const Operand& x) const {
  return scoped([&] { return max_pool1d_with_indices(x, kernel_size_, options_); });
}

std::string MaxPool1d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}", text_of(PerAxis(kernel_size_)),
                     text_of(PerAxis(options_.stride.value_or(kernel_size_))), text_of(PerAxis(options_.padding)),
                     text_of(PerAxis(options_.dilation)), text_of(options_.ceil_mode));
}

MaxPool2d::MaxPool2d(const Pair& kernel_size, const MaxPool2dOptions& options)
    : Module("MaxPool2d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxPool2d::forward(const Tensor& x) const { return max_pool2d(x, kernel_size_, options_); }

MaxPooled MaxPool2d::with_indices(const Operand& x) const {
  return scoped([&] { return max_pool2d_with_indices(x, kernel_size_, options_); });
}

std::string MaxPool2d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}", text_of(PerAxis(kernel_size_)),
                     text_of(PerAxis(options_.stride.given.value_or(kernel_size_))), text_of(PerAxis(options_.padding)),
                     text_of(PerAxis(options_.dilation)), text_of(options_.ceil_mode));
}

MaxPool3d::MaxPool3d(const Triple& kernel_size, const MaxPool3dOptions& options)
    : Module("MaxPool3d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxPool3d::forward(const Tensor& x) const { return max_pool3d(x, kernel_size_, options_); }

MaxPooled MaxPool3d::with_indices(const Operand& x) const {
  return scoped([&] { return max_pool3d_with_indices(x, kernel_size_, options_); });
}

std::string MaxPool3d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}", text_of(PerAxis(kernel_size_)),
                     text_of(PerAxis(options_.stride.given.value_or(kernel_size_))), text_of(PerAxis(options_.padding)),
                     text_of(PerAxis(options_.dilation)), text_of(options_.ceil_mode));
}

MaxUnpool1d::MaxUnpool1d(std::int64_t kernel_size, const MaxUnpoolOptions1d& options)
    : Module("MaxUnpool1d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxUnpool1d::operator()(const Operand& x, const Operand& indices, std::int64_t output_size) const {
  return scoped([&] {
    return max_unpool1d(x, indices, kernel_size_,
                        {.stride = options_.stride, .padding = options_.padding, .output_size = output_size});
  });
}

Tensor MaxUnpool1d::forward(const Tensor& x, const Tensor& indices) const {
  return max_unpool1d(x, indices, kernel_size_, {.stride = options_.stride, .padding = options_.padding});
}

std::string MaxUnpool1d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", tuple(kernel_size_),
                     tuple(options_.stride.value_or(kernel_size_)), tuple(options_.padding));
}

MaxUnpool2d::MaxUnpool2d(const Pair& kernel_size, const MaxUnpoolOptions2d& options)
    : Module("MaxUnpool2d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxUnpool2d::operator()(const Operand& x, const Operand& indices, const Pair& output_size) const {
  return scoped([&] {
    return max_unpool2d(x, indices, kernel_size_,
                        {.stride = options_.stride, .padding = options_.padding, .output_size = output_size});
  });
}

Tensor MaxUnpool2d::forward(const Tensor& x, const Tensor& indices) const {
  return max_unpool2d(x, indices, kernel_size_, {.stride = options_.stride, .padding = options_.padding});
}

std::string MaxUnpool2d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", tuple(kernel_size_),
                     tuple(options_.stride.given.value_or(kernel_size_)), tuple(options_.padding));
}

MaxUnpool3d::MaxUnpool3d(const Triple& kernel_size, const MaxUnpoolOptions3d& options)
    : Module("MaxUnpool3d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor MaxUnpool3d::operator()(const Operand& x, const Operand& indices, const Triple& output_size) const {
  return scoped([&] {
    return max_unpool3d(x, indices, kernel_size_,
                        {.stride = options_.stride, .padding = options_.padding, .output_size = output_size});
  });
}

Tensor MaxUnpool3d::forward(const Tensor& x, const Tensor& indices) const {
  return max_unpool3d(x, indices, kernel_size_, {.stride = options_.stride, .padding = options_.padding});
}

std::string MaxUnpool3d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", tuple(kernel_size_),
                     tuple(options_.stride.given.value_or(kernel_size_)), tuple(options_.padding));
}

AvgPool1d::AvgPool1d(std::int64_t kernel_size, const AvgPool1dOptions& options)
    : Module("AvgPool1d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor AvgPool1d::forward(const Tensor& x) const { return avg_pool1d(x, kernel_size_, options_); }

std::string AvgPool1d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", tuple(kernel_size_),
                     tuple(options_.stride.value_or(kernel_size_)), tuple(options_.padding));
}

AvgPool2d::AvgPool2d(const Pair& kernel_size, const AvgPool2dOptions& options)
    : Module("AvgPool2d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor AvgPool2d::forward(const Tensor& x) const { return avg_pool2d(x, kernel_size_, options_); }

std::string AvgPool2d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", text_of(PerAxis(kernel_size_)),
                     text_of(PerAxis(options_.stride.given.value_or(kernel_size_))),
                     text_of(PerAxis(options_.padding)));
}

AvgPool3d::AvgPool3d(const Triple& kernel_size, const AvgPool3dOptions& options)
    : Module("AvgPool3d"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor AvgPool3d::forward(const Tensor& x) const { return avg_pool3d(x, kernel_size_, options_); }

std::string AvgPool3d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", text_of(PerAxis(kernel_size_)),
                     text_of(PerAxis(options_.stride.given.value_or(kernel_size_))),
                     text_of(PerAxis(options_.padding)));
}

LPPool1d::LPPool1d(double norm_type, std::int64_t kernel_size, const LPPool1dOptions& options)
    : Module("LPPool1d"), norm_type_(norm_type), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake(norm_type, kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor LPPool1d::forward(const Tensor& x) const { return lp_pool1d(x, norm_type_, kernel_size_, options_); }

std::string LPPool1d::arguments() const {
  return fmt::format("norm_type={}, kernel_size={}, stride={}, ceil_mode={}", norm_type_,
                     text_of(PerAxis(kernel_size_)), options_.stride ? text_of(PerAxis(*options_.stride)) : "None",
                     text_of(options_.ceil_mode));
}

LPPool2d::LPPool2d(double norm_type, const Pair& kernel_size, const LPPool2dOptions& options)
    : Module("LPPool2d"), norm_type_(norm_type), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake(norm_type, kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor LPPool2d::forward(const Tensor& x) const { return lp_pool2d(x, norm_type_, kernel_size_, options_); }

std::string LPPool2d::arguments() const {
  return fmt::format(
      "norm_type={}, kernel_size={}, stride={}, ceil_mode={}", norm_type_, text_of(PerAxis(kernel_size_)),
      options_.stride.given ? text_of(PerAxis(*options_.stride.given)) : "None", text_of(options_.ceil_mode));
}

AdaptiveAvgPool1d::AdaptiveAvgPool1d(std::int64_t output_size)
    : Module("AdaptiveAvgPool1d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveAvgPool1d::forward(const Tensor& x) const { return adaptive_avg_pool1d(x, output_size_); }

std::string AdaptiveAvgPool1d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

AdaptiveAvgPool2d::AdaptiveAvgPool2d(const AdaptiveSize2d& output_size)
    : Module("AdaptiveAvgPool2d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) const { return adaptive_avg_pool2d(x, output_size_); }

std::string AdaptiveAvgPool2d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

AdaptiveAvgPool3d::AdaptiveAvgPool3d(const AdaptiveSize3d& output_size)
    : Module("AdaptiveAvgPool3d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveAvgPool3d::forward(const Tensor& x) const { return adaptive_avg_pool3d(x, output_size_); }

std::string AdaptiveAvgPool3d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

AdaptiveMaxPool1d::AdaptiveMaxPool1d(std::int64_t output_size)
    : Module("AdaptiveMaxPool1d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveMaxPool1d::forward(const Tensor& x) const { return adaptive_max_pool1d(x, output_size_); }

MaxPooled AdaptiveMaxPool1d::with_indices(const Operand& x) const {
  return scoped([&] { return adaptive_max_pool1d_with_indices(x, output_size_); });
}

std::string AdaptiveMaxPool1d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

AdaptiveMaxPool2d::AdaptiveMaxPool2d(const AdaptiveSize2d& output_size)
    : Module("AdaptiveMaxPool2d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveMaxPool2d::forward(const Tensor& x) const { return adaptive_max_pool2d(x, output_size_); }

MaxPooled AdaptiveMaxPool2d::with_indices(const Operand& x) const {
  return scoped([&] { return adaptive_max_pool2d_with_indices(x, output_size_); });
}

std::string AdaptiveMaxPool2d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

AdaptiveMaxPool3d::AdaptiveMaxPool3d(const AdaptiveSize3d& output_size)
    : Module("AdaptiveMaxPool3d"), output_size_(output_size) {
  if (const std::string wrong = mistake(extents(output_size)); !wrong.empty()) refuse(wrong);
}

Tensor AdaptiveMaxPool3d::forward(const Tensor& x) const { return adaptive_max_pool3d(x, output_size_); }

MaxPooled AdaptiveMaxPool3d::with_indices(const Operand& x) const {
  return scoped([&] { return adaptive_max_pool3d_with_indices(x, output_size_); });
}

std::string AdaptiveMaxPool3d::arguments() const { return "output_size=" + text_of(extents(output_size_)); }

}  // namespace xgrad::nn
