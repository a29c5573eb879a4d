#pragma once

#include <tuple>
#include <utility>
#include <vector>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/xtensor/assign.hpp>
#include <autograd/xtensor/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {
namespace detail {

/// The container that holds a gradient in an array: one of the array's own kind (rank, layout), with its element type.
template <class E>
using GradientArray = ArrayOfT<E>;

template <class E>
constexpr bool check_differentiable() {
  static_assert(std::same_as<ValueOf<E>, float> || std::same_as<ValueOf<E>, double>,
                "derivatives are in arrays of float or double; let the function capture the others");
  return true;
}

template <class F, std::size_t... i>
Tensor apply(F& f, const std::vector<Tensor>& at, std::index_sequence<i...>) {
  return f(at[i]...);
}

template <class F, class... E>
TensorsFunction function_of_list(F& f) {
  return [&f](const std::vector<Tensor>& at) { return apply(f, at, std::index_sequence_for<E...>()); };
}

template <class... E, std::size_t... i>
std::tuple<GradientArray<E>...> arrays_of(const std::vector<Tensor>& tensors, std::index_sequence<i...>) {
  std::tuple<GradientArray<E>...> arrays;
  (assign(std::get<i>(arrays), tensors[i]), ...);
  return arrays;
}

}  // namespace detail

/// What value_and_gradient() gives: a function's value, and its gradient in one array, or a std::tuple of those in each
/// of several.
template <class T, class G>
struct ValueAndGradient {
  T value;
  G gradient;
};

/// The value of a function of arrays of xtensor's and its gradients in all of them:
///
///     auto [value, gradient] = value_and_gradient([](const Tensor& x) { return sum(x * exp(x)); }, array);
///
/// f takes as many tensors as there are arrays, and gives a tensor of one element. Each gradient is a container of its
/// array's kind, element type, layout and shape: an xt::xtensor of rank 2 for an xt::xtensor of rank 2, or a view of
/// one. The value is a float if all arrays hold floats, else a double. What f captures is constant; it may capture
/// arrays. Zeros in an array that f does not use. Throws Error where f gives several elements.
template <class F, class... E>
requires(sizeof...(E) > 0 && (XExpression<E> && ...)) auto value_and_gradient(F&& f, const E&... at) {
  static_assert((detail::check_differentiable<E>() && ...));
  using T = std::common_type_t<detail::ValueOf<E>...>;
  const std::vector<Tensor> inputs{tensor(at)...};
  auto [value, gradients] = xgrad::value_and_gradient(detail::function_of_list<F, E...>(f), inputs);
  gradients.push_back(value);
  eval(gradients);  // one run for all
  auto arrays = detail::arrays_of<E...>(gradients, std::index_sequence_for<E...>());
  if constexpr (sizeof...(E) == 1) {
    using G = std::tuple_element_t<0, decltype(arrays)>;
    return ValueAndGradient<T, G>{value.template item<T>(), std::move(std::get<0>(arrays))};
  } else {
    return ValueAndGradient<T, decltype(arrays)>{value.template item<T>(), std::move(arrays)};
  }
}

/// The gradient alone: one array, or a std::tuple of one for each.
template <class F, class... E>
requires(sizeof...(E) > 0 && (XExpression<E> && ...)) auto gradient(F&& f, const E&... at) {
  return value_and_gradient(f, at...).gradient;
}

/// All derivatives of a function of an array, which gives a tensor of any shape: entry (i..., j...) is df_i / dx_j, as
/// jacobian() of tensors has it.
template <class F, class E>
requires XExpression<E> xt::xarray<detail::ValueOf<E>> jacobian(F&& f, const E& at,
                                                                const JacobianOptions& options = {}) {
  static_assert(detail::check_differentiable<E>());
  const Tensor all = jacobian(TensorFunction([&](const Tensor& x) { return f(x); }), tensor(at), options);
  return to_xarray<detail::ValueOf<E>>(all.to(dtype_of<detail::ValueOf<E>>()));
}

/// All second derivatives of a function of an array, which gives one element, as hessian() of tensors has them.
template <class F, class E>
requires XExpression<E> xt::xarray<detail::ValueOf<E>> hessian(F&& f, const E& at,
                                                               const JacobianOptions& options = {}) {
  static_assert(detail::check_differentiable<E>());
  const Tensor all = hessian(TensorFunction([&](const Tensor& x) { return f(x); }), tensor(at), options);
  return to_xarray<detail::ValueOf<E>>(all.to(dtype_of<detail::ValueOf<E>>()));
}

}  // namespace xgrad
#pragma GCC visibility pop
