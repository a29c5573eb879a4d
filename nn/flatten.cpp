#include <nn/flatten.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Flatten::Flatten(int start_axis, int end_axis) : Module("Flatten"), start_axis_(start_axis), end_axis_(end_axis) {}

Tensor Flatten::forward(const Tensor& x) const {
  for (const int axis : {start_axis_, end_axis_})
    if (axis >= x.rank() || axis < -x.rank())
      refuse(fmt::format("the input has shape {}, which has no axis {}", to_string(x.shape()), axis));
  return flatten(x, start_axis_, end_axis_);
}

std::string Flatten::arguments() const {
  const std::string start = fmt::format("start_axis={}", start_axis_);
  return end_axis_ == -1 ? start : fmt::format("{}, end_axis={}", start, end_axis_);
}

}  // namespace xgrad::nn
