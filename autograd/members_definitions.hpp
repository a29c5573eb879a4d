// Written by scripts/generate-members from the declarations of the operations. Change those and run it again.
// clang-format off
#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

template <class Self>
Tensor Members<Self>::operator[](const Index& index) const {
  return xgrad::at(Operand(self(), index.call()), {index});
}
template <class Self>
Tensor Members<Self>::operator[](std::initializer_list<Index> indices) const {
  const CallSite call = indices.size() == 0 ? CallSite() : indices.begin()->call();
  return xgrad::at(Operand(self(), call), indices);
}
template <class Self>
Tensor Members<Self>::T(MemberCall call) const {
  return xgrad::transpose(Operand(self(), call));
}

template <class Self>
Tensor Members<Self>::add(const Operand& b, MemberCall call) const {
  return xgrad::add(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::subtract(const Operand& b, MemberCall call) const {
  return xgrad::subtract(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::multiply(const Operand& b, MemberCall call) const {
  return xgrad::multiply(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::divide(const Operand& b, MemberCall call) const {
  return xgrad::divide(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::negate(MemberCall call) const {
  return xgrad::negate(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::exp(MemberCall call) const {
  return xgrad::exp(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::log(MemberCall call) const {
  return xgrad::log(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::log1p(MemberCall call) const {
  return xgrad::log1p(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sqrt(MemberCall call) const {
  return xgrad::sqrt(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::square(MemberCall call) const {
  return xgrad::square(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::pow(const Operand& b, MemberCall call) const {
  return xgrad::pow(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::abs(MemberCall call) const {
  return xgrad::abs(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sign(MemberCall call) const {
  return xgrad::sign(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::tanh(MemberCall call) const {
  return xgrad::tanh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sigmoid(MemberCall call) const {
  return xgrad::sigmoid(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::relu(MemberCall call) const {
  return xgrad::relu(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::maximum(const Operand& b, MemberCall call) const {
  return xgrad::maximum(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::minimum(const Operand& b, MemberCall call) const {
  return xgrad::minimum(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::clip(std::optional<Number> low, std::optional<Number> high, MemberCall call) const {
  return xgrad::clip(Operand(self(), call), low, high);
}
template <class Self>
Tensor Members<Self>::equal(const Operand& b, MemberCall call) const {
  return xgrad::equal(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::not_equal(const Operand& b, MemberCall call) const {
  return xgrad::not_equal(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::less(const Operand& b, MemberCall call) const {
  return xgrad::less(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::less_equal(const Operand& b, MemberCall call) const {
  return xgrad::less_equal(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::greater(const Operand& b, MemberCall call) const {
  return xgrad::greater(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::greater_equal(const Operand& b, MemberCall call) const {
  return xgrad::greater_equal(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::cast(DType dtype, MemberCall call) const {
  return xgrad::cast(Operand(self(), call), dtype);
}
template <class Self>
Tensor Members<Self>::to(DType dtype, MemberCall call) const {
  return xgrad::cast(Operand(self(), call), dtype);
}
template <class Self>
Tensor Members<Self>::stop_gradient(MemberCall call) const {
  return xgrad::stop_gradient(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::clone(MemberCall call) const {
  return xgrad::clone(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sum(const Axes& axes, MemberCall call) const {
  return xgrad::sum(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::sum(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::sum(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::sum(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::sum(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::mean(const Axes& axes, MemberCall call) const {
  return xgrad::mean(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::mean(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::mean(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::mean(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::mean(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::var(const Axes& axes, MemberCall call) const {
  return xgrad::var(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::var(const Axes& axes, VarOptions options, MemberCall call) const {
  return xgrad::var(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::std(const Axes& axes, MemberCall call) const {
  return xgrad::std(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::std(const Axes& axes, VarOptions options, MemberCall call) const {
  return xgrad::std(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::stddev(const Axes& axes, MemberCall call) const {
  return xgrad::stddev(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::stddev(const Axes& axes, VarOptions options, MemberCall call) const {
  return xgrad::stddev(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::max(const Axes& axes, MemberCall call) const {
  return xgrad::max(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::max(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::max(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::max(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::max(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::min(const Axes& axes, MemberCall call) const {
  return xgrad::min(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::min(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::min(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::min(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::min(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::argmax(std::optional<int> axis, MemberCall call) const {
  return xgrad::argmax(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::argmax(std::optional<int> axis, ReduceOptions options, MemberCall call) const {
  return xgrad::argmax(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::argmax(std::optional<int> axis, Flag keepdims, MemberCall call) const {
  return xgrad::argmax(Operand(self(), call), axis, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::argmin(std::optional<int> axis, MemberCall call) const {
  return xgrad::argmin(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::argmin(std::optional<int> axis, ReduceOptions options, MemberCall call) const {
  return xgrad::argmin(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::argmin(std::optional<int> axis, Flag keepdims, MemberCall call) const {
  return xgrad::argmin(Operand(self(), call), axis, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::logsumexp(const Axes& axes, MemberCall call) const {
  return xgrad::logsumexp(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::logsumexp(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::logsumexp(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::logsumexp(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::logsumexp(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::matmul(const Operand& b, MemberCall call) const {
  return xgrad::matmul(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::reshape(const NewShape& shape, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), shape);
}
template <class Self>
Tensor Members<Self>::reshape(std::int64_t n0, std::int64_t n1, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1});
}
template <class Self>
Tensor Members<Self>::reshape(std::int64_t n0, std::int64_t n1, std::int64_t n2, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2});
}
template <class Self>
Tensor Members<Self>::reshape(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3});
}
template <class Self>
Tensor Members<Self>::reshape(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, std::int64_t n4, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3, n4});
}
template <class Self>
Tensor Members<Self>::reshape(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, std::int64_t n4, std::int64_t n5, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3, n4, n5});
}
template <class Self>
Tensor Members<Self>::view(const NewShape& shape, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), shape);
}
template <class Self>
Tensor Members<Self>::view(std::int64_t n0, std::int64_t n1, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1});
}
template <class Self>
Tensor Members<Self>::view(std::int64_t n0, std::int64_t n1, std::int64_t n2, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2});
}
template <class Self>
Tensor Members<Self>::view(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3});
}
template <class Self>
Tensor Members<Self>::view(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, std::int64_t n4, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3, n4});
}
template <class Self>
Tensor Members<Self>::view(std::int64_t n0, std::int64_t n1, std::int64_t n2, std::int64_t n3, std::int64_t n4, std::int64_t n5, MemberCall call) const {
  return xgrad::reshape(Operand(self(), call), {n0, n1, n2, n3, n4, n5});
}
template <class Self>
Tensor Members<Self>::transpose(MemberCall call) const {
  return xgrad::transpose(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::transpose(const std::vector<int>& order, MemberCall call) const {
  return xgrad::transpose(Operand(self(), call), order);
}
template <class Self>
Tensor Members<Self>::transpose(int axis1, int axis2, MemberCall call) const {
  return xgrad::transpose(Operand(self(), call), axis1, axis2);
}
template <class Self>
Tensor Members<Self>::swapaxes(int axis1, int axis2, MemberCall call) const {
  return xgrad::swapaxes(Operand(self(), call), axis1, axis2);
}
template <class Self>
Tensor Members<Self>::squeeze(const Axes& axes, MemberCall call) const {
  return xgrad::squeeze(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::expand_dims(const Axes& axes, MemberCall call) const {
  return xgrad::expand_dims(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::broadcast_to(const Shape& shape, MemberCall call) const {
  return xgrad::broadcast_to(Operand(self(), call), shape);
}
template <class Self>
Tensor Members<Self>::flatten(int start_axis, int end_axis, MemberCall call) const {
  return xgrad::flatten(Operand(self(), call), start_axis, end_axis);
}
template <class Self>
Tensor Members<Self>::slice(const std::vector<Slice>& ranges, MemberCall call) const {
  return xgrad::slice(Operand(self(), call), ranges);
}
template <class Self>
Tensor Members<Self>::slice(int axis, std::int64_t start, std::int64_t stop, std::int64_t step, MemberCall call) const {
  return xgrad::slice(Operand(self(), call), axis, start, stop, step);
}
template <class Self>
Tensor Members<Self>::take(const Operand& indices, int axis, MemberCall call) const {
  return xgrad::take(Operand(self(), call), indices, axis);
}
template <class Self>
Tensor Members<Self>::gather(int axis, const Operand& index, MemberCall call) const {
  return xgrad::gather(Operand(self(), call), axis, index);
}
template <class Self>
Tensor Members<Self>::softmax(int axis, MemberCall call) const {
  return xgrad::softmax(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::log_softmax(int axis, MemberCall call) const {
  return xgrad::log_softmax(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::softplus(double beta, double threshold, MemberCall call) const {
  return xgrad::softplus(Operand(self(), call), beta, threshold);
}
template <class Self>
Tensor Members<Self>::log_sigmoid(MemberCall call) const {
  return xgrad::log_sigmoid(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::gelu(MemberCall call) const {
  return xgrad::gelu(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::gelu(GeluApproximation approximate, MemberCall call) const {
  return xgrad::gelu(Operand(self(), call), approximate);
}
template <class Self>
Tensor Members<Self>::silu(MemberCall call) const {
  return xgrad::silu(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::mish(MemberCall call) const {
  return xgrad::mish(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::elu(double alpha, MemberCall call) const {
  return xgrad::elu(Operand(self(), call), alpha);
}
template <class Self>
Tensor Members<Self>::celu(double alpha, MemberCall call) const {
  return xgrad::celu(Operand(self(), call), alpha);
}
template <class Self>
Tensor Members<Self>::selu(MemberCall call) const {
  return xgrad::selu(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::leaky_relu(double negative_slope, MemberCall call) const {
  return xgrad::leaky_relu(Operand(self(), call), negative_slope);
}
template <class Self>
Tensor Members<Self>::prelu(const Operand& weight, MemberCall call) const {
  return xgrad::prelu(Operand(self(), call), weight);
}
template <class Self>
Tensor Members<Self>::hardtanh(double min, double max, MemberCall call) const {
  return xgrad::hardtanh(Operand(self(), call), min, max);
}
template <class Self>
Tensor Members<Self>::relu6(MemberCall call) const {
  return xgrad::relu6(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::hardsigmoid(MemberCall call) const {
  return xgrad::hardsigmoid(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::hardswish(MemberCall call) const {
  return xgrad::hardswish(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::softsign(MemberCall call) const {
  return xgrad::softsign(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::tanhshrink(MemberCall call) const {
  return xgrad::tanhshrink(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::glu(int axis, MemberCall call) const {
  return xgrad::glu(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::unsqueeze(const Axes& axes, MemberCall call) const {
  return xgrad::unsqueeze(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::permute(const std::vector<int>& order, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), order);
}
template <class Self>
Tensor Members<Self>::permute(int n0, int n1, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), {n0, n1});
}
template <class Self>
Tensor Members<Self>::permute(int n0, int n1, int n2, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), {n0, n1, n2});
}
template <class Self>
Tensor Members<Self>::permute(int n0, int n1, int n2, int n3, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), {n0, n1, n2, n3});
}
template <class Self>
Tensor Members<Self>::permute(int n0, int n1, int n2, int n3, int n4, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), {n0, n1, n2, n3, n4});
}
template <class Self>
Tensor Members<Self>::permute(int n0, int n1, int n2, int n3, int n4, int n5, MemberCall call) const {
  return xgrad::permute(Operand(self(), call), {n0, n1, n2, n3, n4, n5});
}
template <class Self>
Tensor Members<Self>::swapdims(int axis1, int axis2, MemberCall call) const {
  return xgrad::swapdims(Operand(self(), call), axis1, axis2);
}
template <class Self>
Tensor Members<Self>::moveaxis(const std::vector<int>& axes_from, const std::vector<int>& axes_to, MemberCall call) const {
  return xgrad::moveaxis(Operand(self(), call), axes_from, axes_to);
}
template <class Self>
Tensor Members<Self>::moveaxis(int axis_from, int axis_to, MemberCall call) const {
  return xgrad::moveaxis(Operand(self(), call), axis_from, axis_to);
}
template <class Self>
Tensor Members<Self>::view_as(const Operand& other, MemberCall call) const {
  return xgrad::view_as(Operand(self(), call), other);
}
template <class Self>
std::vector<Tensor> Members<Self>::unbind(int axis, MemberCall call) const {
  return xgrad::unbind(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::repeat_interleave(std::int64_t count, std::optional<int> axis, MemberCall call) const {
  return xgrad::repeat_interleave(Operand(self(), call), count, axis);
}
template <class Self>
Tensor Members<Self>::take_along_dim(const Operand& indices, int axis, MemberCall call) const {
  return xgrad::take_along_dim(Operand(self(), call), indices, axis);
}
template <class Self>
Tensor Members<Self>::clamp(std::optional<Number> low, std::optional<Number> high, MemberCall call) const {
  return xgrad::clamp(Operand(self(), call), low, high);
}
template <class Self>
Tensor Members<Self>::mul(const Operand& b, MemberCall call) const {
  return xgrad::mul(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::sub(const Operand& b, MemberCall call) const {
  return xgrad::sub(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::div(const Operand& b, MemberCall call) const {
  return xgrad::div(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::neg(MemberCall call) const {
  return xgrad::neg(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::negative(MemberCall call) const {
  return xgrad::negative(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::absolute(MemberCall call) const {
  return xgrad::absolute(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::power(const Operand& b, MemberCall call) const {
  return xgrad::power(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::mod(const Operand& b, MemberCall call) const {
  return xgrad::mod(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::arcsin(MemberCall call) const {
  return xgrad::arcsin(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::arccos(MemberCall call) const {
  return xgrad::arccos(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::arctan(MemberCall call) const {
  return xgrad::arctan(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::arctan2(const Operand& b, MemberCall call) const {
  return xgrad::arctan2(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::arcsinh(MemberCall call) const {
  return xgrad::arcsinh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::arccosh(MemberCall call) const {
  return xgrad::arccosh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::arctanh(MemberCall call) const {
  return xgrad::arctanh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::eq(const Operand& b, MemberCall call) const {
  return xgrad::eq(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::ne(const Operand& b, MemberCall call) const {
  return xgrad::ne(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::lt(const Operand& b, MemberCall call) const {
  return xgrad::lt(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::le(const Operand& b, MemberCall call) const {
  return xgrad::le(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::gt(const Operand& b, MemberCall call) const {
  return xgrad::gt(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::ge(const Operand& b, MemberCall call) const {
  return xgrad::ge(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::detach(MemberCall call) const {
  return xgrad::detach(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::amax(const Axes& axes, MemberCall call) const {
  return xgrad::amax(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::amax(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::amax(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::amax(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::amax(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::amin(const Axes& axes, MemberCall call) const {
  return xgrad::amin(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::amin(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::amin(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::amin(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::amin(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::inverse(MemberCall call) const {
  return xgrad::inverse(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::select(int axis, std::int64_t index, MemberCall call) const {
  return xgrad::select(Operand(self(), call), axis, index);
}
template <class Self>
Tensor Members<Self>::narrow(int axis, std::int64_t start, std::int64_t length, MemberCall call) const {
  return xgrad::narrow(Operand(self(), call), axis, start, length);
}
template <class Self>
Tensor Members<Self>::unflatten(int axis, const NewShape& shape, MemberCall call) const {
  return xgrad::unflatten(Operand(self(), call), axis, shape);
}
template <class Self>
Tensor Members<Self>::movedim(const std::vector<int>& axes_from, const std::vector<int>& axes_to, MemberCall call) const {
  return xgrad::movedim(Operand(self(), call), axes_from, axes_to);
}
template <class Self>
Tensor Members<Self>::movedim(int axis_from, int axis_to, MemberCall call) const {
  return xgrad::movedim(Operand(self(), call), axis_from, axis_to);
}
template <class Self>
Tensor Members<Self>::ravel(MemberCall call) const {
  return xgrad::ravel(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::reshape_as(const Operand& other, MemberCall call) const {
  return xgrad::reshape_as(Operand(self(), call), other);
}
template <class Self>
Tensor Members<Self>::expand_as(const Operand& other, MemberCall call) const {
  return xgrad::expand_as(Operand(self(), call), other);
}
template <class Self>
Tensor Members<Self>::atleast_1d(MemberCall call) const {
  return xgrad::atleast_1d(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::atleast_2d(MemberCall call) const {
  return xgrad::atleast_2d(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::atleast_3d(MemberCall call) const {
  return xgrad::atleast_3d(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rot90(int count, int axis1, int axis2, MemberCall call) const {
  return xgrad::rot90(Operand(self(), call), count, axis1, axis2);
}
template <class Self>
Tensor Members<Self>::fliplr(MemberCall call) const {
  return xgrad::fliplr(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::flipud(MemberCall call) const {
  return xgrad::flipud(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::combinations(std::int64_t count, MemberCall call) const {
  return xgrad::combinations(Operand(self(), call), count);
}
template <class Self>
Tensor Members<Self>::combinations(std::int64_t count, CombinationsOptions options, MemberCall call) const {
  return xgrad::combinations(Operand(self(), call), count, options);
}
template <class Self>
Tensor Members<Self>::combinations(std::int64_t count, Flag with_replacement, MemberCall call) const {
  return xgrad::combinations(Operand(self(), call), count, CombinationsOptions{with_replacement});
}
template <class Self>
std::vector<Tensor> Members<Self>::tensor_split(std::int64_t parts, int axis, MemberCall call) const {
  return xgrad::tensor_split(Operand(self(), call), parts, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::tensor_split(const std::vector<std::int64_t>& before, int axis, MemberCall call) const {
  return xgrad::tensor_split(Operand(self(), call), before, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::tensor_split(std::initializer_list<std::int64_t> before, int axis, MemberCall call) const {
  return xgrad::tensor_split(Operand(self(), call), before, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::hsplit(std::int64_t parts, MemberCall call) const {
  return xgrad::hsplit(Operand(self(), call), parts);
}
template <class Self>
std::vector<Tensor> Members<Self>::hsplit(const std::vector<std::int64_t>& before, MemberCall call) const {
  return xgrad::hsplit(Operand(self(), call), before);
}
template <class Self>
std::vector<Tensor> Members<Self>::hsplit(std::initializer_list<std::int64_t> before, MemberCall call) const {
  return xgrad::hsplit(Operand(self(), call), before);
}
template <class Self>
std::vector<Tensor> Members<Self>::vsplit(std::int64_t parts, MemberCall call) const {
  return xgrad::vsplit(Operand(self(), call), parts);
}
template <class Self>
std::vector<Tensor> Members<Self>::vsplit(const std::vector<std::int64_t>& before, MemberCall call) const {
  return xgrad::vsplit(Operand(self(), call), before);
}
template <class Self>
std::vector<Tensor> Members<Self>::vsplit(std::initializer_list<std::int64_t> before, MemberCall call) const {
  return xgrad::vsplit(Operand(self(), call), before);
}
template <class Self>
std::vector<Tensor> Members<Self>::dsplit(std::int64_t parts, MemberCall call) const {
  return xgrad::dsplit(Operand(self(), call), parts);
}
template <class Self>
std::vector<Tensor> Members<Self>::dsplit(const std::vector<std::int64_t>& before, MemberCall call) const {
  return xgrad::dsplit(Operand(self(), call), before);
}
template <class Self>
std::vector<Tensor> Members<Self>::dsplit(std::initializer_list<std::int64_t> before, MemberCall call) const {
  return xgrad::dsplit(Operand(self(), call), before);
}
template <class Self>
Tensor Members<Self>::isclose(const Operand& b, MemberCall call) const {
  return xgrad::isclose(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::isclose(const Operand& b, const CloseOptions& options, MemberCall call) const {
  return xgrad::isclose(Operand(self(), call), b, options);
}
template <class Self>
bool Members<Self>::allclose(const Operand& b, MemberCall call) const {
  return xgrad::allclose(Operand(self(), call), b);
}
template <class Self>
bool Members<Self>::allclose(const Operand& b, const CloseOptions& options, MemberCall call) const {
  return xgrad::allclose(Operand(self(), call), b, options);
}
template <class Self>
bool Members<Self>::array_equal(const Operand& b, MemberCall call) const {
  return xgrad::array_equal(Operand(self(), call), b);
}
template <class Self>
bool Members<Self>::array_equal(const Operand& b, const EqualOptions& options, MemberCall call) const {
  return xgrad::array_equal(Operand(self(), call), b, options);
}
template <class Self>
bool Members<Self>::array_equal(const Operand& b, Flag equal_nan, MemberCall call) const {
  return xgrad::array_equal(Operand(self(), call), b, EqualOptions{equal_nan});
}
template <class Self>
Tensor Members<Self>::complex_real(MemberCall call) const {
  return xgrad::complex_real(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::complex_imag(MemberCall call) const {
  return xgrad::complex_imag(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::complex_conj(MemberCall call) const {
  return xgrad::complex_conj(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::complex_multiply(const Operand& b, MemberCall call) const {
  return xgrad::complex_multiply(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::complex_divide(const Operand& b, MemberCall call) const {
  return xgrad::complex_divide(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::complex_abs(MemberCall call) const {
  return xgrad::complex_abs(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::complex_angle(MemberCall call) const {
  return xgrad::complex_angle(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::fft(MemberCall call) const {
  return xgrad::fft(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::fft(const FftOptions& options, MemberCall call) const {
  return xgrad::fft(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::ifft(MemberCall call) const {
  return xgrad::ifft(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::ifft(const FftOptions& options, MemberCall call) const {
  return xgrad::ifft(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::rfft(MemberCall call) const {
  return xgrad::rfft(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rfft(const FftOptions& options, MemberCall call) const {
  return xgrad::rfft(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::irfft(MemberCall call) const {
  return xgrad::irfft(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::irfft(const FftOptions& options, MemberCall call) const {
  return xgrad::irfft(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::fft2(MemberCall call) const {
  return xgrad::fft2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::fft2(const FftnOptions& options, MemberCall call) const {
  return xgrad::fft2(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::ifft2(MemberCall call) const {
  return xgrad::ifft2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::ifft2(const FftnOptions& options, MemberCall call) const {
  return xgrad::ifft2(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::rfft2(MemberCall call) const {
  return xgrad::rfft2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rfft2(const FftnOptions& options, MemberCall call) const {
  return xgrad::rfft2(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::irfft2(MemberCall call) const {
  return xgrad::irfft2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::irfft2(const FftnOptions& options, MemberCall call) const {
  return xgrad::irfft2(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::fftn(MemberCall call) const {
  return xgrad::fftn(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::fftn(const FftnOptions& options, MemberCall call) const {
  return xgrad::fftn(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::ifftn(MemberCall call) const {
  return xgrad::ifftn(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::ifftn(const FftnOptions& options, MemberCall call) const {
  return xgrad::ifftn(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::rfftn(MemberCall call) const {
  return xgrad::rfftn(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rfftn(const FftnOptions& options, MemberCall call) const {
  return xgrad::rfftn(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::irfftn(MemberCall call) const {
  return xgrad::irfftn(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::irfftn(const FftnOptions& options, MemberCall call) const {
  return xgrad::irfftn(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::fftshift(const Axes& axes, MemberCall call) const {
  return xgrad::fftshift(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::ifftshift(const Axes& axes, MemberCall call) const {
  return xgrad::ifftshift(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::logit(std::optional<double> eps, MemberCall call) const {
  return xgrad::logit(Operand(self(), call), eps);
}
template <class Self>
Tensor Members<Self>::sinc(MemberCall call) const {
  return xgrad::sinc(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::erfinv(MemberCall call) const {
  return xgrad::erfinv(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::ndtr(MemberCall call) const {
  return xgrad::ndtr(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::log_ndtr(MemberCall call) const {
  return xgrad::log_ndtr(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::i0(MemberCall call) const {
  return xgrad::i0(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::entr(MemberCall call) const {
  return xgrad::entr(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::xlog1py(const Operand& b, MemberCall call) const {
  return xgrad::xlog1py(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::logaddexp2(const Operand& b, MemberCall call) const {
  return xgrad::logaddexp2(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::multigammaln(int p, MemberCall call) const {
  return xgrad::multigammaln(Operand(self(), call), p);
}
template <class Self>
Tensor Members<Self>::float_power(const Operand& b, MemberCall call) const {
  return xgrad::float_power(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::ldexp(const Operand& b, MemberCall call) const {
  return xgrad::ldexp(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::deg2rad(MemberCall call) const {
  return xgrad::deg2rad(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rad2deg(MemberCall call) const {
  return xgrad::rad2deg(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::positive(MemberCall call) const {
  return xgrad::positive(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::frac(MemberCall call) const {
  return xgrad::frac(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sgn(MemberCall call) const {
  return xgrad::sgn(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::signbit(MemberCall call) const {
  return xgrad::signbit(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::copysign(const Operand& b, MemberCall call) const {
  return xgrad::copysign(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::heaviside(const Operand& values, MemberCall call) const {
  return xgrad::heaviside(Operand(self(), call), values);
}
template <class Self>
Tensor Members<Self>::isposinf(MemberCall call) const {
  return xgrad::isposinf(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::isneginf(MemberCall call) const {
  return xgrad::isneginf(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::nan_to_num(MemberCall call) const {
  return xgrad::nan_to_num(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::nan_to_num(const NanToNumOptions& options, MemberCall call) const {
  return xgrad::nan_to_num(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::fmax(const Operand& b, MemberCall call) const {
  return xgrad::fmax(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::fmin(const Operand& b, MemberCall call) const {
  return xgrad::fmin(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::round(int decimals, MemberCall call) const {
  return xgrad::round(Operand(self(), call), decimals);
}
template <class Self>
Tensor Members<Self>::softmin(int axis, MemberCall call) const {
  return xgrad::softmin(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::softshrink(double lambda, MemberCall call) const {
  return xgrad::softshrink(Operand(self(), call), lambda);
}
template <class Self>
Tensor Members<Self>::hardshrink(double lambda, MemberCall call) const {
  return xgrad::hardshrink(Operand(self(), call), lambda);
}
template <class Self>
Tensor Members<Self>::threshold(double threshold, double value, MemberCall call) const {
  return xgrad::threshold(Operand(self(), call), threshold, value);
}
template <class Self>
Tensor Members<Self>::bitwise_and(const Operand& b, MemberCall call) const {
  return xgrad::bitwise_and(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::bitwise_or(const Operand& b, MemberCall call) const {
  return xgrad::bitwise_or(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::bitwise_xor(const Operand& b, MemberCall call) const {
  return xgrad::bitwise_xor(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::bitwise_not(MemberCall call) const {
  return xgrad::bitwise_not(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::bitwise_left_shift(const Operand& b, MemberCall call) const {
  return xgrad::bitwise_left_shift(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::bitwise_right_shift(const Operand& b, MemberCall call) const {
  return xgrad::bitwise_right_shift(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::gcd(const Operand& b, MemberCall call) const {
  return xgrad::gcd(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::lcm(const Operand& b, MemberCall call) const {
  return xgrad::lcm(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::floor_divide(const Operand& b, MemberCall call) const {
  return xgrad::floor_divide(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::outer(const Operand& b, MemberCall call) const {
  return xgrad::outer(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::dot(const Operand& b, MemberCall call) const {
  return xgrad::dot(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::tensordot(const Operand& b, int count, MemberCall call) const {
  return xgrad::tensordot(Operand(self(), call), b, count);
}
template <class Self>
Tensor Members<Self>::tensordot(const Operand& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b, MemberCall call) const {
  return xgrad::tensordot(Operand(self(), call), b, axes_a, axes_b);
}
template <class Self>
Tensor Members<Self>::cholesky(MemberCall call) const {
  return xgrad::cholesky(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cholesky(CholeskyOptions options, MemberCall call) const {
  return xgrad::cholesky(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::cholesky(Flag upper, MemberCall call) const {
  return xgrad::cholesky(Operand(self(), call), CholeskyOptions{upper});
}
template <class Self>
Tensor Members<Self>::solve_triangular(const Operand& b, MemberCall call) const {
  return xgrad::solve_triangular(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::solve_triangular(const Operand& b, const TriangularOptions& options, MemberCall call) const {
  return xgrad::solve_triangular(Operand(self(), call), b, options);
}
template <class Self>
Tensor Members<Self>::solve(const Operand& b, MemberCall call) const {
  return xgrad::solve(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::inv(MemberCall call) const {
  return xgrad::inv(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::det(MemberCall call) const {
  return xgrad::det(Operand(self(), call));
}
template <class Self>
SlogDet Members<Self>::slogdet(MemberCall call) const {
  return xgrad::slogdet(Operand(self(), call));
}
template <class Self>
Qr Members<Self>::qr(MemberCall call) const {
  return xgrad::qr(Operand(self(), call));
}
template <class Self>
Eigh Members<Self>::eigh(MemberCall call) const {
  return xgrad::eigh(Operand(self(), call));
}
template <class Self>
Svd Members<Self>::svd(MemberCall call) const {
  return xgrad::svd(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::sin(MemberCall call) const {
  return xgrad::sin(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cos(MemberCall call) const {
  return xgrad::cos(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::tan(MemberCall call) const {
  return xgrad::tan(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::asin(MemberCall call) const {
  return xgrad::asin(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::acos(MemberCall call) const {
  return xgrad::acos(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::atan(MemberCall call) const {
  return xgrad::atan(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::atan2(const Operand& b, MemberCall call) const {
  return xgrad::atan2(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::sinh(MemberCall call) const {
  return xgrad::sinh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cosh(MemberCall call) const {
  return xgrad::cosh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::asinh(MemberCall call) const {
  return xgrad::asinh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::acosh(MemberCall call) const {
  return xgrad::acosh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::atanh(MemberCall call) const {
  return xgrad::atanh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::expm1(MemberCall call) const {
  return xgrad::expm1(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::exp2(MemberCall call) const {
  return xgrad::exp2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::log2(MemberCall call) const {
  return xgrad::log2(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::log10(MemberCall call) const {
  return xgrad::log10(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::rsqrt(MemberCall call) const {
  return xgrad::rsqrt(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::reciprocal(MemberCall call) const {
  return xgrad::reciprocal(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cbrt(MemberCall call) const {
  return xgrad::cbrt(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::hypot(const Operand& b, MemberCall call) const {
  return xgrad::hypot(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::logaddexp(const Operand& b, MemberCall call) const {
  return xgrad::logaddexp(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::xlogy(const Operand& b, MemberCall call) const {
  return xgrad::xlogy(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::lerp(const Operand& b, const Operand& weight, MemberCall call) const {
  return xgrad::lerp(Operand(self(), call), b, weight);
}
template <class Self>
Tensor Members<Self>::erf(MemberCall call) const {
  return xgrad::erf(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::erfc(MemberCall call) const {
  return xgrad::erfc(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::lgamma(MemberCall call) const {
  return xgrad::lgamma(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::digamma(MemberCall call) const {
  return xgrad::digamma(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::floor(MemberCall call) const {
  return xgrad::floor(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::ceil(MemberCall call) const {
  return xgrad::ceil(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::round(MemberCall call) const {
  return xgrad::round(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::trunc(MemberCall call) const {
  return xgrad::trunc(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::fmod(const Operand& b, MemberCall call) const {
  return xgrad::fmod(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::remainder(const Operand& b, MemberCall call) const {
  return xgrad::remainder(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::isnan(MemberCall call) const {
  return xgrad::isnan(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::isinf(MemberCall call) const {
  return xgrad::isinf(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::isfinite(MemberCall call) const {
  return xgrad::isfinite(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::logical_not(MemberCall call) const {
  return xgrad::logical_not(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::logical_and(const Operand& b, MemberCall call) const {
  return xgrad::logical_and(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::logical_or(const Operand& b, MemberCall call) const {
  return xgrad::logical_or(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::logical_xor(const Operand& b, MemberCall call) const {
  return xgrad::logical_xor(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::matrix_norm(const std::string& ord, MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call), ord);
}
template <class Self>
Tensor Members<Self>::matrix_norm(const std::string& ord, const MatrixNormOptions& options, MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call), ord, options);
}
template <class Self>
Tensor Members<Self>::matrix_norm(double ord, MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call), ord);
}
template <class Self>
Tensor Members<Self>::matrix_norm(double ord, const MatrixNormOptions& options, MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call), ord, options);
}
template <class Self>
Tensor Members<Self>::matrix_norm(MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::matrix_norm(const MatrixNormOptions& options, MemberCall call) const {
  return xgrad::matrix_norm(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::vector_norm(double ord, const Axes& axes, MemberCall call) const {
  return xgrad::vector_norm(Operand(self(), call), ord, axes);
}
template <class Self>
Tensor Members<Self>::vector_norm(double ord, const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::vector_norm(Operand(self(), call), ord, axes, options);
}
template <class Self>
Tensor Members<Self>::vector_norm(double ord, const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::vector_norm(Operand(self(), call), ord, axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::cond(double ord, MemberCall call) const {
  return xgrad::cond(Operand(self(), call), ord);
}
template <class Self>
Tensor Members<Self>::cond(const std::string& ord, MemberCall call) const {
  return xgrad::cond(Operand(self(), call), ord);
}
template <class Self>
Tensor Members<Self>::matrix_power(std::int64_t n, MemberCall call) const {
  return xgrad::matrix_power(Operand(self(), call), n);
}
template <class Self>
Tensor Members<Self>::matrix_exp(MemberCall call) const {
  return xgrad::matrix_exp(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::eigvalsh(MemberCall call) const {
  return xgrad::eigvalsh(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::svdvals(MemberCall call) const {
  return xgrad::svdvals(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cross(const Operand& b, int axis, MemberCall call) const {
  return xgrad::cross(Operand(self(), call), b, axis);
}
template <class Self>
Tensor Members<Self>::vander(std::optional<std::int64_t> count, MemberCall call) const {
  return xgrad::vander(Operand(self(), call), count);
}
template <class Self>
Tensor Members<Self>::householder_product(const Operand& tau, MemberCall call) const {
  return xgrad::householder_product(Operand(self(), call), tau);
}
template <class Self>
ValuesIndices Members<Self>::cummax(int axis, MemberCall call) const {
  return xgrad::cummax(Operand(self(), call), axis);
}
template <class Self>
ValuesIndices Members<Self>::cummin(int axis, MemberCall call) const {
  return xgrad::cummin(Operand(self(), call), axis);
}
template <class Self>
ValuesIndices Members<Self>::kthvalue(std::int64_t k, int axis, MemberCall call) const {
  return xgrad::kthvalue(Operand(self(), call), k, axis);
}
template <class Self>
ValuesIndices Members<Self>::kthvalue(std::int64_t k, int axis, ReduceOptions options, MemberCall call) const {
  return xgrad::kthvalue(Operand(self(), call), k, axis, options);
}
template <class Self>
ValuesIndices Members<Self>::kthvalue(std::int64_t k, int axis, Flag keepdims, MemberCall call) const {
  return xgrad::kthvalue(Operand(self(), call), k, axis, ReduceOptions{keepdims});
}
template <class Self>
ValuesIndices Members<Self>::mode(int axis, MemberCall call) const {
  return xgrad::mode(Operand(self(), call), axis);
}
template <class Self>
ValuesIndices Members<Self>::mode(int axis, ReduceOptions options, MemberCall call) const {
  return xgrad::mode(Operand(self(), call), axis, options);
}
template <class Self>
ValuesIndices Members<Self>::mode(int axis, Flag keepdims, MemberCall call) const {
  return xgrad::mode(Operand(self(), call), axis, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::bucketize(const Operand& boundaries, MemberCall call) const {
  return xgrad::bucketize(Operand(self(), call), boundaries);
}
template <class Self>
Tensor Members<Self>::bucketize(const Operand& boundaries, SearchOptions options, MemberCall call) const {
  return xgrad::bucketize(Operand(self(), call), boundaries, options);
}
template <class Self>
Tensor Members<Self>::bucketize(const Operand& boundaries, Flag right, MemberCall call) const {
  return xgrad::bucketize(Operand(self(), call), boundaries, SearchOptions{right});
}
template <class Self>
Tensor Members<Self>::isin(const Operand& elements, MemberCall call) const {
  return xgrad::isin(Operand(self(), call), elements);
}
template <class Self>
Unique Members<Self>::unique(MemberCall call) const {
  return xgrad::unique(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::mm(const Operand& b, MemberCall call) const {
  return xgrad::mm(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::mv(const Operand& b, MemberCall call) const {
  return xgrad::mv(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::bmm(const Operand& b, MemberCall call) const {
  return xgrad::bmm(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::vdot(const Operand& b, MemberCall call) const {
  return xgrad::vdot(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::inner(const Operand& b, MemberCall call) const {
  return xgrad::inner(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::kron(const Operand& b, MemberCall call) const {
  return xgrad::kron(Operand(self(), call), b);
}
template <class Self>
Tensor Members<Self>::addmm(const Operand& a, const Operand& b, MemberCall call) const {
  return xgrad::addmm(Operand(self(), call), a, b);
}
template <class Self>
Tensor Members<Self>::addmm(const Operand& a, const Operand& b, AddProductOptions options, MemberCall call) const {
  return xgrad::addmm(Operand(self(), call), a, b, options);
}
template <class Self>
Tensor Members<Self>::addmv(const Operand& a, const Operand& b, MemberCall call) const {
  return xgrad::addmv(Operand(self(), call), a, b);
}
template <class Self>
Tensor Members<Self>::addmv(const Operand& a, const Operand& b, AddProductOptions options, MemberCall call) const {
  return xgrad::addmv(Operand(self(), call), a, b, options);
}
template <class Self>
Tensor Members<Self>::baddbmm(const Operand& a, const Operand& b, MemberCall call) const {
  return xgrad::baddbmm(Operand(self(), call), a, b);
}
template <class Self>
Tensor Members<Self>::baddbmm(const Operand& a, const Operand& b, AddProductOptions options, MemberCall call) const {
  return xgrad::baddbmm(Operand(self(), call), a, b, options);
}
template <class Self>
Tensor Members<Self>::addbmm(const Operand& a, const Operand& b, MemberCall call) const {
  return xgrad::addbmm(Operand(self(), call), a, b);
}
template <class Self>
Tensor Members<Self>::addbmm(const Operand& a, const Operand& b, AddProductOptions options, MemberCall call) const {
  return xgrad::addbmm(Operand(self(), call), a, b, options);
}
template <class Self>
Tensor Members<Self>::addr(const Operand& a, const Operand& b, MemberCall call) const {
  return xgrad::addr(Operand(self(), call), a, b);
}
template <class Self>
Tensor Members<Self>::addr(const Operand& a, const Operand& b, AddProductOptions options, MemberCall call) const {
  return xgrad::addr(Operand(self(), call), a, b, options);
}
template <class Self>
Tensor Members<Self>::addcmul(const Operand& a, const Operand& b, double value, MemberCall call) const {
  return xgrad::addcmul(Operand(self(), call), a, b, value);
}
template <class Self>
Tensor Members<Self>::addcdiv(const Operand& a, const Operand& b, double value, MemberCall call) const {
  return xgrad::addcdiv(Operand(self(), call), a, b, value);
}
template <class Self>
Tensor Members<Self>::dist(const Operand& b, double p, MemberCall call) const {
  return xgrad::dist(Operand(self(), call), b, p);
}
template <class Self>
Tensor Members<Self>::pairwise_distance(const Operand& b, double p, double eps, MemberCall call) const {
  return xgrad::pairwise_distance(Operand(self(), call), b, p, eps);
}
template <class Self>
Tensor Members<Self>::pairwise_distance(const Operand& b, double p, double eps, ReduceOptions options, MemberCall call) const {
  return xgrad::pairwise_distance(Operand(self(), call), b, p, eps, options);
}
template <class Self>
Tensor Members<Self>::pairwise_distance(const Operand& b, double p, double eps, Flag keepdims, MemberCall call) const {
  return xgrad::pairwise_distance(Operand(self(), call), b, p, eps, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::cosine_similarity(const Operand& b, int axis, double eps, MemberCall call) const {
  return xgrad::cosine_similarity(Operand(self(), call), b, axis, eps);
}
template <class Self>
Tensor Members<Self>::normalize(double p, int axis, double eps, MemberCall call) const {
  return xgrad::normalize(Operand(self(), call), p, axis, eps);
}
template <class Self>
Tensor Members<Self>::renorm(double p, int axis, double maxnorm, MemberCall call) const {
  return xgrad::renorm(Operand(self(), call), p, axis, maxnorm);
}
template <class Self>
Tensor Members<Self>::pad(const std::vector<std::pair<std::int64_t, std::int64_t>>& pads, MemberCall call) const {
  return xgrad::pad(Operand(self(), call), pads);
}
template <class Self>
Tensor Members<Self>::pad(const std::vector<std::pair<std::int64_t, std::int64_t>>& pads, PadOptions options, MemberCall call) const {
  return xgrad::pad(Operand(self(), call), pads, options);
}
template <class Self>
Tensor Members<Self>::flip(const Axes& axes, MemberCall call) const {
  return xgrad::flip(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::roll(std::int64_t shift, std::optional<int> axis, MemberCall call) const {
  return xgrad::roll(Operand(self(), call), shift, axis);
}
template <class Self>
Tensor Members<Self>::roll(const std::vector<std::int64_t>& shifts, const std::vector<int>& axes, MemberCall call) const {
  return xgrad::roll(Operand(self(), call), shifts, axes);
}
template <class Self>
Tensor Members<Self>::tile(const std::vector<std::int64_t>& repeats, MemberCall call) const {
  return xgrad::tile(Operand(self(), call), repeats);
}
template <class Self>
Tensor Members<Self>::repeat(std::int64_t count, std::optional<int> axis, MemberCall call) const {
  return xgrad::repeat(Operand(self(), call), count, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::split(std::int64_t size, int axis, MemberCall call) const {
  return xgrad::split(Operand(self(), call), size, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::split(const std::vector<std::int64_t>& sizes, int axis, MemberCall call) const {
  return xgrad::split(Operand(self(), call), sizes, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::split(std::initializer_list<std::int64_t> sizes, int axis, MemberCall call) const {
  return xgrad::split(Operand(self(), call), sizes, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::chunk(std::int64_t chunks, int axis, MemberCall call) const {
  return xgrad::chunk(Operand(self(), call), chunks, axis);
}
template <class Self>
std::vector<Tensor> Members<Self>::unstack(int axis, MemberCall call) const {
  return xgrad::unstack(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::diagonal(int offset, int axis1, int axis2, MemberCall call) const {
  return xgrad::diagonal(Operand(self(), call), offset, axis1, axis2);
}
template <class Self>
Tensor Members<Self>::diag(int offset, MemberCall call) const {
  return xgrad::diag(Operand(self(), call), offset);
}
template <class Self>
Tensor Members<Self>::trace(int offset, int axis1, int axis2, MemberCall call) const {
  return xgrad::trace(Operand(self(), call), offset, axis1, axis2);
}
template <class Self>
Tensor Members<Self>::tril(int offset, MemberCall call) const {
  return xgrad::tril(Operand(self(), call), offset);
}
template <class Self>
Tensor Members<Self>::triu(int offset, MemberCall call) const {
  return xgrad::triu(Operand(self(), call), offset);
}
template <class Self>
Tensor Members<Self>::cumsum(int axis, MemberCall call) const {
  return xgrad::cumsum(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::cumsum(int axis, ScanOptions options, MemberCall call) const {
  return xgrad::cumsum(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::cumsum(int axis, Flag reverse, MemberCall call) const {
  return xgrad::cumsum(Operand(self(), call), axis, ScanOptions{reverse});
}
template <class Self>
Tensor Members<Self>::cumprod(int axis, MemberCall call) const {
  return xgrad::cumprod(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::cumprod(int axis, ScanOptions options, MemberCall call) const {
  return xgrad::cumprod(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::cumprod(int axis, Flag reverse, MemberCall call) const {
  return xgrad::cumprod(Operand(self(), call), axis, ScanOptions{reverse});
}
template <class Self>
Tensor Members<Self>::logcumsumexp(int axis, MemberCall call) const {
  return xgrad::logcumsumexp(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::linear_scan(const Operand& b, int axis, MemberCall call) const {
  return xgrad::linear_scan(Operand(self(), call), b, axis);
}
template <class Self>
Tensor Members<Self>::linear_scan(const Operand& b, int axis, ScanOptions options, MemberCall call) const {
  return xgrad::linear_scan(Operand(self(), call), b, axis, options);
}
template <class Self>
Tensor Members<Self>::linear_scan(const Operand& b, int axis, Flag reverse, MemberCall call) const {
  return xgrad::linear_scan(Operand(self(), call), b, axis, ScanOptions{reverse});
}
template <class Self>
Tensor Members<Self>::prod(const Axes& axes, MemberCall call) const {
  return xgrad::prod(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::prod(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::prod(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::prod(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::prod(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::norm(double p, const Axes& axes, MemberCall call) const {
  return xgrad::norm(Operand(self(), call), p, axes);
}
template <class Self>
Tensor Members<Self>::norm(double p, const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::norm(Operand(self(), call), p, axes, options);
}
template <class Self>
Tensor Members<Self>::norm(double p, const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::norm(Operand(self(), call), p, axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::cdist(const Operand& b, double p, MemberCall call) const {
  return xgrad::cdist(Operand(self(), call), b, p);
}
template <class Self>
Tensor Members<Self>::any(const Axes& axes, MemberCall call) const {
  return xgrad::any(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::any(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::any(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::any(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::any(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::all(const Axes& axes, MemberCall call) const {
  return xgrad::all(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::all(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::all(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::all(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::all(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::index_copy(int axis, const Operand& index, const Operand& source, MemberCall call) const {
  return xgrad::index_copy(Operand(self(), call), axis, index, source);
}
template <class Self>
Tensor Members<Self>::index_fill(int axis, const Operand& index, const Operand& value, MemberCall call) const {
  return xgrad::index_fill(Operand(self(), call), axis, index, value);
}
template <class Self>
Tensor Members<Self>::scatter(int axis, const Operand& index, const Operand& source, MemberCall call) const {
  return xgrad::scatter(Operand(self(), call), axis, index, source);
}
template <class Self>
Tensor Members<Self>::scatter(int axis, const Operand& index, const Operand& source, ScatterOptions options, MemberCall call) const {
  return xgrad::scatter(Operand(self(), call), axis, index, source, options);
}
template <class Self>
Tensor Members<Self>::scatter_reduce(int axis, const Operand& index, const Operand& source, ScatterReduction reduce, MemberCall call) const {
  return xgrad::scatter_reduce(Operand(self(), call), axis, index, source, reduce);
}
template <class Self>
Tensor Members<Self>::scatter_reduce(int axis, const Operand& index, const Operand& source, ScatterReduction reduce, ScatterReduceOptions options, MemberCall call) const {
  return xgrad::scatter_reduce(Operand(self(), call), axis, index, source, reduce, options);
}
template <class Self>
Tensor Members<Self>::scatter_reduce(int axis, const Operand& index, const Operand& source, ScatterReduction reduce, Flag include_self, MemberCall call) const {
  return xgrad::scatter_reduce(Operand(self(), call), axis, index, source, reduce, ScatterReduceOptions{include_self});
}
template <class Self>
Tensor Members<Self>::masked_scatter(const Operand& mask, const Operand& source, MemberCall call) const {
  return xgrad::masked_scatter(Operand(self(), call), mask, source);
}
template <class Self>
Tensor Members<Self>::put(const Operand& indices, const Operand& values, MemberCall call) const {
  return xgrad::put(Operand(self(), call), indices, values);
}
template <class Self>
Tensor Members<Self>::put(const Operand& indices, const Operand& values, PutOptions options, MemberCall call) const {
  return xgrad::put(Operand(self(), call), indices, values, options);
}
template <class Self>
Tensor Members<Self>::put(const Operand& indices, const Operand& values, Flag accumulate, MemberCall call) const {
  return xgrad::put(Operand(self(), call), indices, values, PutOptions{accumulate});
}
template <class Self>
Tensor Members<Self>::index_select(int axis, const Operand& index, MemberCall call) const {
  return xgrad::index_select(Operand(self(), call), axis, index);
}
template <class Self>
Tensor Members<Self>::index_add(int axis, const Operand& index, const Operand& source, MemberCall call) const {
  return xgrad::index_add(Operand(self(), call), axis, index, source);
}
template <class Self>
Tensor Members<Self>::take_along_axis(const Operand& indices, int axis, MemberCall call) const {
  return xgrad::take_along_axis(Operand(self(), call), indices, axis);
}
template <class Self>
Tensor Members<Self>::put_along_axis(const Operand& indices, const Operand& values, int axis, MemberCall call) const {
  return xgrad::put_along_axis(Operand(self(), call), indices, values, axis);
}
template <class Self>
Tensor Members<Self>::masked_fill(const Operand& mask, const Operand& value, MemberCall call) const {
  return xgrad::masked_fill(Operand(self(), call), mask, value);
}
template <class Self>
Tensor Members<Self>::masked_select(const Operand& mask, MemberCall call) const {
  return xgrad::masked_select(Operand(self(), call), mask);
}
template <class Self>
Tensor Members<Self>::nonzero(MemberCall call) const {
  return xgrad::nonzero(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::at(const std::vector<Index>& indices, MemberCall call) const {
  return xgrad::at(Operand(self(), call), indices);
}
template <class Self>
Tensor Members<Self>::index(const std::vector<Index>& indices, MemberCall call) const {
  return xgrad::at(Operand(self(), call), indices);
}
template <class Self>
Tensor Members<Self>::index_put(const std::vector<Index>& indices, const Operand& values, MemberCall call) const {
  return xgrad::index_put(Operand(self(), call), indices, values);
}
template <class Self>
Tensor Members<Self>::index_put(const std::vector<Index>& indices, const Operand& values, IndexPutOptions options, MemberCall call) const {
  return xgrad::index_put(Operand(self(), call), indices, values, options);
}
template <class Self>
Tensor Members<Self>::index_put(const std::vector<Index>& indices, const Operand& values, Flag accumulate, MemberCall call) const {
  return xgrad::index_put(Operand(self(), call), indices, values, IndexPutOptions{accumulate});
}
template <class Self>
Tensor Members<Self>::sort(int axis, MemberCall call) const {
  return xgrad::sort(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::sort(int axis, SortOptions options, MemberCall call) const {
  return xgrad::sort(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::sort(int axis, Flag descending, MemberCall call) const {
  return xgrad::sort(Operand(self(), call), axis, SortOptions{descending});
}
template <class Self>
Tensor Members<Self>::argsort(int axis, MemberCall call) const {
  return xgrad::argsort(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::argsort(int axis, SortOptions options, MemberCall call) const {
  return xgrad::argsort(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::argsort(int axis, Flag descending, MemberCall call) const {
  return xgrad::argsort(Operand(self(), call), axis, SortOptions{descending});
}
template <class Self>
TopK Members<Self>::topk(std::int64_t k, int axis, MemberCall call) const {
  return xgrad::topk(Operand(self(), call), k, axis);
}
template <class Self>
TopK Members<Self>::topk(std::int64_t k, int axis, TopKOptions options, MemberCall call) const {
  return xgrad::topk(Operand(self(), call), k, axis, options);
}
template <class Self>
TopK Members<Self>::topk(std::int64_t k, int axis, Flag largest, MemberCall call) const {
  return xgrad::topk(Operand(self(), call), k, axis, TopKOptions{largest});
}
template <class Self>
Tensor Members<Self>::quantile(double q, std::optional<int> axis, MemberCall call) const {
  return xgrad::quantile(Operand(self(), call), q, axis);
}
template <class Self>
Tensor Members<Self>::quantile(double q, std::optional<int> axis, QuantileOptions options, MemberCall call) const {
  return xgrad::quantile(Operand(self(), call), q, axis, options);
}
template <class Self>
Tensor Members<Self>::quantile(const std::vector<double>& q, std::optional<int> axis, MemberCall call) const {
  return xgrad::quantile(Operand(self(), call), q, axis);
}
template <class Self>
Tensor Members<Self>::quantile(const std::vector<double>& q, std::optional<int> axis, QuantileOptions options, MemberCall call) const {
  return xgrad::quantile(Operand(self(), call), q, axis, options);
}
template <class Self>
Tensor Members<Self>::median(std::optional<int> axis, MemberCall call) const {
  return xgrad::median(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::median(std::optional<int> axis, ReduceOptions options, MemberCall call) const {
  return xgrad::median(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::median(std::optional<int> axis, Flag keepdims, MemberCall call) const {
  return xgrad::median(Operand(self(), call), axis, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::nanmedian(std::optional<int> axis, MemberCall call) const {
  return xgrad::nanmedian(Operand(self(), call), axis);
}
template <class Self>
Tensor Members<Self>::nanmedian(std::optional<int> axis, ReduceOptions options, MemberCall call) const {
  return xgrad::nanmedian(Operand(self(), call), axis, options);
}
template <class Self>
Tensor Members<Self>::nanmedian(std::optional<int> axis, Flag keepdims, MemberCall call) const {
  return xgrad::nanmedian(Operand(self(), call), axis, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::nanquantile(double q, std::optional<int> axis, MemberCall call) const {
  return xgrad::nanquantile(Operand(self(), call), q, axis);
}
template <class Self>
Tensor Members<Self>::nanquantile(double q, std::optional<int> axis, QuantileOptions options, MemberCall call) const {
  return xgrad::nanquantile(Operand(self(), call), q, axis, options);
}
template <class Self>
VarMean Members<Self>::var_mean(const Axes& axes, MemberCall call) const {
  return xgrad::var_mean(Operand(self(), call), axes);
}
template <class Self>
VarMean Members<Self>::var_mean(const Axes& axes, VarOptions options, MemberCall call) const {
  return xgrad::var_mean(Operand(self(), call), axes, options);
}
template <class Self>
StdMean Members<Self>::std_mean(const Axes& axes, MemberCall call) const {
  return xgrad::std_mean(Operand(self(), call), axes);
}
template <class Self>
StdMean Members<Self>::std_mean(const Axes& axes, VarOptions options, MemberCall call) const {
  return xgrad::std_mean(Operand(self(), call), axes, options);
}
template <class Self>
MinMax Members<Self>::aminmax(const Axes& axes, MemberCall call) const {
  return xgrad::aminmax(Operand(self(), call), axes);
}
template <class Self>
MinMax Members<Self>::aminmax(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::aminmax(Operand(self(), call), axes, options);
}
template <class Self>
MinMax Members<Self>::aminmax(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::aminmax(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::nansum(const Axes& axes, MemberCall call) const {
  return xgrad::nansum(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::nansum(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::nansum(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::nansum(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::nansum(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::nanmean(const Axes& axes, MemberCall call) const {
  return xgrad::nanmean(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::nanmean(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::nanmean(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::nanmean(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::nanmean(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::count_nonzero(const Axes& axes, MemberCall call) const {
  return xgrad::count_nonzero(Operand(self(), call), axes);
}
template <class Self>
Tensor Members<Self>::count_nonzero(const Axes& axes, ReduceOptions options, MemberCall call) const {
  return xgrad::count_nonzero(Operand(self(), call), axes, options);
}
template <class Self>
Tensor Members<Self>::count_nonzero(const Axes& axes, Flag keepdims, MemberCall call) const {
  return xgrad::count_nonzero(Operand(self(), call), axes, ReduceOptions{keepdims});
}
template <class Self>
Tensor Members<Self>::cov(MemberCall call) const {
  return xgrad::cov(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::cov(const CovOptions& options, MemberCall call) const {
  return xgrad::cov(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::corrcoef(MemberCall call) const {
  return xgrad::corrcoef(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::diff(std::int64_t count, int axis, const Operand& prepend, const Operand& append, MemberCall call) const {
  return xgrad::diff(Operand(self(), call), count, axis, prepend, append);
}
template <class Self>
Tensor Members<Self>::histc(std::int64_t bins, double low, double high, MemberCall call) const {
  return xgrad::histc(Operand(self(), call), bins, low, high);
}
template <class Self>
Tensor Members<Self>::bincount(const Operand& weights, std::int64_t minlength, MemberCall call) const {
  return xgrad::bincount(Operand(self(), call), weights, minlength);
}
template <class Self>
Lu Members<Self>::lu(MemberCall call) const {
  return xgrad::lu(Operand(self(), call));
}
template <class Self>
LuFactor Members<Self>::lu_factor(MemberCall call) const {
  return xgrad::lu_factor(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::pinv(MemberCall call) const {
  return xgrad::pinv(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::pinv(const RankOptions& options, MemberCall call) const {
  return xgrad::pinv(Operand(self(), call), options);
}
template <class Self>
Tensor Members<Self>::matrix_rank(MemberCall call) const {
  return xgrad::matrix_rank(Operand(self(), call));
}
template <class Self>
Tensor Members<Self>::matrix_rank(const RankOptions& options, MemberCall call) const {
  return xgrad::matrix_rank(Operand(self(), call), options);
}
template <class Self>
Lstsq Members<Self>::lstsq(const Operand& b, MemberCall call) const {
  return xgrad::lstsq(Operand(self(), call), b);
}
template <class Self>
Lstsq Members<Self>::lstsq(const Operand& b, LstsqOptions options, MemberCall call) const {
  return xgrad::lstsq(Operand(self(), call), b, options);
}
template <class Self>
Tensor Members<Self>::tensorinv(int ind, MemberCall call) const {
  return xgrad::tensorinv(Operand(self(), call), ind);
}
template <class Self>
Tensor Members<Self>::tensorsolve(const Operand& b, const std::vector<int>& axes, MemberCall call) const {
  return xgrad::tensorsolve(Operand(self(), call), b, axes);
}

}  // namespace xgrad
#pragma GCC visibility pop
