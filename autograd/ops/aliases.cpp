#include <autograd/ops/aliases.hpp>

namespace xgrad {

Tensor cat(const std::vector<Tensor>& tensors, int axis) {
  const Called called("cat");
  return concatenate(tensors, axis);
}

Tensor concat(const std::vector<Tensor>& tensors, int axis) {
  const Called called("concat");
  return concatenate(tensors, axis);
}

Tensor unsqueeze(const Operand& x, const Axes& axes) {
  const Called called("unsqueeze");
  return expand_dims(x, axes);
}

Tensor permute(const Operand& x, const std::vector<int>& order) {
  const Called called("permute");
  return transpose(x, order);
}

Tensor swapdims(const Operand& x, int axis1, int axis2) {
  const Called called("swapdims");
  return swapaxes(x, axis1, axis2);
}

Tensor moveaxis(const Operand& x, const std::vector<int>& axes_from, const std::vector<int>& axes_to) {
  const Called called("moveaxis");
  return movedim(x, axes_from, axes_to);
}

Tensor moveaxis(const Operand& x, int axis_from, int axis_to) {
  const Called called("moveaxis");
  return movedim(x, axis_from, axis_to);
}

Tensor view_as(const Operand& x, const Operand& other) {
  const Called called("view_as");
  return reshape_as(x, other);
}

Tensor row_stack(const std::vector<Tensor>& tensors) {
  const Called called("row_stack");
  return vstack(tensors);
}

std::vector<Tensor> unbind(const Operand& x, int axis) {
  const Called called("unbind");
  return unstack(x, axis);
}

Tensor repeat_interleave(const Operand& x, std::int64_t count, std::optional<int> axis) {
  const Called called("repeat_interleave");
  return repeat(x, count, axis);
}

Tensor take_along_dim(const Operand& x, const Operand& indices, int axis) {
  const Called called("take_along_dim");
  return take_along_axis(x, indices, axis);
}

Tensor clamp(const Operand& x, std::optional<Number> low, std::optional<Number> high) {
  const Called called("clamp");
  return clip(x, low, high);
}

Tensor mul(const Operand& a, const Operand& b) {
  const Called called("mul");
  return multiply(a, b);
}

Tensor sub(const Operand& a, const Operand& b) {
  const Called called("sub");
  return subtract(a, b);
}

Tensor div(const Operand& a, const Operand& b) {
  const Called called("div");
  return divide(a, b);
}

Tensor neg(const Operand& x) {
  const Called called("neg");
  return negate(x);
}

Tensor negative(const Operand& x) {
  const Called called("negative");
  return negate(x);
}

Tensor absolute(const Operand& x) {
  const Called called("absolute");
  return abs(x);
}

Tensor power(const Operand& a, const Operand& b) {
  const Called called("power");
  return pow(a, b);
}

Tensor mod(const Operand& a, const Operand& b) {
  const Called called("mod");
  return remainder(a, b);
}

Tensor arcsin(const Operand& x) {
  const Called called("arcsin");
  return asin(x);
}

Tensor arccos(const Operand& x) {
  const Called called("arccos");
  return acos(x);
}

Tensor arctan(const Operand& x) {
  const Called called("arctan");
  return atan(x);
}

Tensor arctan2(const Operand& a, const Operand& b) {
  const Called called("arctan2");
  return atan2(a, b);
}

Tensor arcsinh(const Operand& x) {
  const Called called("arcsinh");
  return asinh(x);
}

Tensor arccosh(const Operand& x) {
  const Called called("arccosh");
  return acosh(x);
}

Tensor arctanh(const Operand& x) {
  const Called called("arctanh");
  return atanh(x);
}

Tensor eq(const Operand& a, const Operand& b) {
  const Called called("eq");
  return equal(a, b);
}

Tensor ne(const Operand& a, const Operand& b) {
  const Called called("ne");
  return not_equal(a, b);
}

Tensor lt(const Operand& a, const Operand& b) {
  const Called called("lt");
  return less(a, b);
}

Tensor le(const Operand& a, const Operand& b) {
  const Called called("le");
  return less_equal(a, b);
}

Tensor gt(const Operand& a, const Operand& b) {
  const Called called("gt");
  return greater(a, b);
}

Tensor ge(const Operand& a, const Operand& b) {
  const Called called("ge");
  return greater_equal(a, b);
}

Tensor detach(const Operand& x) {
  const Called called("detach");
  return stop_gradient(x);
}

Tensor amax(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("amax");
  return max(x, axes, options);
}

Tensor amin(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("amin");
  return min(x, axes, options);
}

Tensor inverse(const Operand& x) {
  const Called called("inverse");
  return inv(x);
}

}  // namespace xgrad
