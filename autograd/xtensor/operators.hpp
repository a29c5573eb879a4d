#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <autograd/ops.hpp>
#include <autograd/xtensor/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {
namespace detail {

template <class T>
concept IsTensor = std::derived_from<std::remove_cvref_t<T>, Tensor>;
/// A tensor and something of xtensor's, in either order.
template <class A, class B>
concept Mixed = (IsTensor<A> && XExpression<B>) || (XExpression<A> && IsTensor<B>);

/// A tensor as it is, the tensor of an expression, a plain number.
template <class T>
decltype(auto) as_operand(const T& value) {
  if constexpr (XExpression<T>)
    return tensor(value);
  else
    return (value);
}

}  // namespace detail

/// Operators of a tensor and something of xtensor's: the latter becomes a tensor, a constant to derivatives. Without
/// them xtensor would take the tensor for a scalar.
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator+(A&& a, B&& b) {
  return add(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator-(A&& a, B&& b) {
  return subtract(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator*(A&& a, B&& b) {
  return multiply(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator/(A&& a, B&& b) {
  return divide(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator<(A&& a, B&& b) {
  return less(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator<=(A&& a, B&& b) {
  return less_equal(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator>(A&& a, B&& b) {
  return greater(detail::as_operand(a), detail::as_operand(b));
}
template <class A, class B>
requires detail::Mixed<A, B> Tensor operator>=(A&& a, B&& b) {
  return greater_equal(detail::as_operand(a), detail::as_operand(b));
}

}  // namespace xgrad
#pragma GCC visibility pop
