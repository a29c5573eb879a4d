#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// softmax along an axis.
class Softmax : public Module {
 public:
  explicit Softmax(int axis = -1) : Module("Softmax"), axis_(axis) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int axis_;
};

/// softmax(-x) along an axis.
class Softmin : public Module {
 public:
  explicit Softmin(int axis = -1) : Module("Softmin"), axis_(axis) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int axis_;
};

/// log_softmax along an axis.
class LogSoftmax : public Module {
 public:
  explicit LogSoftmax(int axis = -1) : Module("LogSoftmax"), axis_(axis) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int axis_;
};

/// softmax over the channels of each pixel: x is (N, C, H, W) or (C, H, W).
class Softmax2d : public Module {
 public:
  Softmax2d() : Module("Softmax2d") {}
  Tensor forward(const Tensor& x) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
