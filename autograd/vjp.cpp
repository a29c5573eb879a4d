#include <autograd/vjp.hpp>

#include <utility>

#include <autograd/ops/common.hpp>
#include <autograd/recorder.hpp>

namespace xgrad {

Tensor Vjp::input(std::size_t i) const { return handle(node_.input(i)); }
Tensor Vjp::output() const { return handle(const_cast<Node*>(&node_)); }

void Vjp::give(std::size_t i, const Tensor& cotangent) {
  if (!wants(i)) return;
  const Node& input = *node_.input(i);
  Tensor result = cotangent.shape() == input.shape ? cotangent : sum_to(cotangent, input.shape);
  const DType dtype = computed_in(input.dtype);
  if (result.dtype() != dtype && !input.number) result = cast(result, dtype);
  given_[i] = given_[i].defined() ? add(given_[i], result) : std::move(result);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  const int extra = x.rank() - shape.rank();
  std::int64_t mask = 0;
  bool keeps_axes = false;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis >= extra && (shape[axis - extra] != 1 || x.shape()[axis] == 1)) continue;
    mask |= std::int64_t{1} << axis;
    keeps_axes = keeps_axes || axis >= extra;
  }
  const Tensor summed = mask == 0 ? x : ops::sum_axes(x, mask, {.keepdims = keeps_axes});
  return summed.shape() == shape ? summed : summed.reshape(shape);
}

}  // namespace xgrad
