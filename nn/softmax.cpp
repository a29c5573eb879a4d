#include <nn/softmax.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Tensor Softmax::forward(const Tensor& x) const { return softmax(x, axis_); }
std::string Softmax::arguments() const { return fmt::format("axis={}", axis_); }

Tensor Softmin::forward(const Tensor& x) const { return softmax(-x, axis_); }
std::string Softmin::arguments() const { return fmt::format("axis={}", axis_); }

Tensor LogSoftmax::forward(const Tensor& x) const { return log_softmax(x, axis_); }
std::string LogSoftmax::arguments() const { return fmt::format("axis={}", axis_); }

Tensor Softmax2d::forward(const Tensor& x) const {
  if (x.rank() != 3 && x.rank() != 4)
    refuse(fmt::format("the input has shape {}; (N, C, H, W) or (C, H, W) was expected", to_string(x.shape())));
  return softmax(x, -3);
}

}  // namespace xgrad::nn
