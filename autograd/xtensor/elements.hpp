#pragma once

#include <array>
#include <complex>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <xtensor/xcontainer.hpp>
#include <xtensor/xexpression.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xtensor_forward.hpp>

#include <autograd/kernel/array.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// Anything of xtensor's that has elements: a container, a view, an adaptor (pytensor, rtensor), a lazy expression.
template <class E>
concept XExpression = xt::is_xexpression<std::remove_cvref_t<E>>::value;

namespace detail {

template <class T>
inline constexpr bool is_complex = false;
template <class T>
inline constexpr bool is_complex<std::complex<T>> = true;

template <class E>
using ValueOf = std::remove_cv_t<typename std::remove_cvref_t<E>::value_type>;

/// The element type of the tensor of an expression: bool, int64, float and double stay, other integers become int64,
/// long double becomes double.
template <class E>
struct ElementOf {
  using Value = ValueOf<E>;
  static_assert(!is_complex<Value>, "a tensor has no complex elements: give xt::real(e) and xt::imag(e)");
  static_assert(std::is_arithmetic_v<Value>,
                "a tensor's elements are bool, integers, float or double: convert with xt::cast<float>(e)");
  using type = Held<Value>;
};
template <class E>
using ElementOfT = typename ElementOf<E>::type;

/// Whether an expression has memory with strides: containers, and views of them by ranges.
template <class E>
concept Strided = requires(const E& e) {
  { e.data() } -> std::convertible_to<const void*>;
  e.strides();
  e.data_offset();
};

/// The shape of an expression. Throws Error on more than Shape::max_rank axes.
template <class E>
Shape shape_of(const E& expression) {
  Shape shape;
  for (const auto extent : expression.shape()) shape.push_back(static_cast<std::int64_t>(extent));
  return shape;
}

/// The strides of an expression with memory, in elements.
template <Strided E>
run::Strides strides_of(const E& expression) {
  run::Strides strides{};
  std::size_t axis = 0;
  for (const auto step : expression.strides()) strides[axis++] = static_cast<std::int64_t>(step);
  return strides;
}

/// The container for an expression's values: its own kind for a container, else an xarray, or an xtensor where the
/// number of axes is known. Instead of xt::temporary_type_t, which gives a container of 4 axes for lazy expressions of
/// xarrays where the compiler matches template parameters as C++17 has it (xtensor 0.24 tests for C++17 only).
template <class S>
struct ContainerFor {
  template <class T>
  using type = xt::xarray<T>;
};
template <class I, std::size_t N>
struct ContainerFor<std::array<I, N>> {
  template <class T>
  using type = xt::xtensor<T, N>;
};
template <std::size_t... N>
struct ContainerFor<xt::fixed_shape<N...>> {
  template <class T>
  using type = xt::xtensor_fixed<T, xt::xshape<N...>>;
};
template <class E>
struct ArrayOf {
  using type = typename ContainerFor<typename E::shape_type>::template type<ValueOf<E>>;
};
template <class E>
requires std::derived_from<E, xt::xcontainer<E>>
struct ArrayOf<E> {
  using type = typename E::temporary_type;
};
template <class E>
using ArrayOfT = typename ArrayOf<std::remove_cvref_t<E>>::type;

}  // namespace detail
}  // namespace xgrad
#pragma GCC visibility pop
