#include <nn/flatten.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Flatten::Flatten(int start_axis) : Module("Flatten"), start_axis_(start_axis) {}

Tensor Flatten::forward(const Tensor& x) const {
  if (start_axis_ >= x.rank() || start_axis_ < -x.rank())
    refuse(fmt::format("the input has shape {}, which has no axis {}", to_string(x.shape()), start_axis_));
  return flatten(x, start_axis_);
}

std::string Flatten::arguments() const { return fmt::format("start_axis={}", start_axis_); }

}  // namespace xgrad::nn
