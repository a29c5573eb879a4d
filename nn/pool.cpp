#include <nn/pool.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

/// "2", or "(2, 3)" where the numbers differ.
std::string text_of(const Pair& pair) {
  return pair.height == pair.width ? std::to_string(pair.height) : to_string(pair);
}

const char* text_of(bool value) { return value ? "True" : "False"; }

bool positive(const Pair& pair) { return pair.height > 0 && pair.width > 0; }

std::string images_expected(const Tensor& x) {
  return fmt::format("the input has shape {}; (N, C, H, W) was expected", to_string(x.shape()));
}

}  // namespace

MaxPool2d::MaxPool2d(const Pair& kernel_size, const MaxPool2dOptions& options)
    : Module("MaxPool2d"), kernel_size_(kernel_size), options_(options) {
  if (!positive(kernel_size)) refuse(fmt::format("kernel_size is {}; it must be positive", to_string(kernel_size)));
}

Tensor MaxPool2d::forward(const Tensor& x) const {
  if (x.rank() != 4) refuse(images_expected(x));
  return max_pool2d(x, kernel_size_, options_);
}

std::string MaxPool2d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}, dilation={}, ceil_mode={}", text_of(kernel_size_),
                     text_of(options_.stride.given.value_or(kernel_size_)), text_of(options_.padding),
                     text_of(options_.dilation), text_of(options_.ceil_mode));
}

AvgPool2d::AvgPool2d(const Pair& kernel_size, const AvgPool2dOptions& options)
    : Module("AvgPool2d"), kernel_size_(kernel_size), options_(options) {
  if (!positive(kernel_size)) refuse(fmt::format("kernel_size is {}; it must be positive", to_string(kernel_size)));
}

Tensor AvgPool2d::forward(const Tensor& x) const {
  if (x.rank() != 4) refuse(images_expected(x));
  return avg_pool2d(x, kernel_size_, options_);
}

std::string AvgPool2d::arguments() const {
  return fmt::format("kernel_size={}, stride={}, padding={}", text_of(kernel_size_),
                     text_of(options_.stride.given.value_or(kernel_size_)), text_of(options_.padding));
}

AdaptiveAvgPool2d::AdaptiveAvgPool2d(const Pair& output_size) : Module("AdaptiveAvgPool2d"), output_size_(output_size) {
  if (!positive(output_size)) refuse(fmt::format("output_size is {}; it must be positive", to_string(output_size)));
}

Tensor AdaptiveAvgPool2d::forward(const Tensor& x) const {
  if (x.rank() != 4) refuse(images_expected(x));
  return adaptive_avg_pool2d(x, output_size_);
}

std::string AdaptiveAvgPool2d::arguments() const { return "output_size=" + text_of(output_size_); }

}  // namespace xgrad::nn
