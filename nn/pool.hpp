#pragma once

#include <autograd/ops/conv.hpp>
#include <nn/module.hpp>

namespace xgrad::nn {

/// The largest element of each window of (N, C, H, W): xgrad::max_pool2d.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(const Pair& kernel_size, const MaxPool2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  MaxPool2dOptions options_;
};

/// The mean of each window of (N, C, H, W): xgrad::avg_pool2d.
class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(const Pair& kernel_size, const AvgPool2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  AvgPool2dOptions options_;
};

/// Means over windows that divide (N, C, H, W) into (N, C) + output_size: xgrad::adaptive_avg_pool2d.
class AdaptiveAvgPool2d : public Module {
 public:
  explicit AdaptiveAvgPool2d(const Pair& output_size);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair output_size_;
};

}  // namespace xgrad::nn
