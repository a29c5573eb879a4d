#pragma once

#include <algorithm>
#include <xtensor/xadapt.hpp>
#include <xtensor/xexpression.hpp>

#include <autograd/tensor.hpp>

/// The bridge to xtensor, for those who want it. Needs xtensor (https://xtensor.readthedocs.io) on the include path.
namespace xgrad {

/// A tensor of the values of any xtensor expression, evaluated once, row-major. The element type follows the
/// expression's: float, double and bool stay, integers become int64, other real types double.
template <class E>
Tensor tensor(const xt::xexpression<E>& expression) {
  const E& source = expression.derived_cast();
  using Value = typename E::value_type;
  using T =
      std::conditional_t<Element<Value>, Value, std::conditional_t<std::is_integral_v<Value>, std::int64_t, double>>;
  Shape shape;
  for (const auto extent : source.shape()) shape.push_back(static_cast<std::int64_t>(extent));
  return make_tensor<T>(shape, [&](std::span<T> out) {
    std::transform(source.template begin<xt::layout_type::row_major>(),
                   source.template end<xt::layout_type::row_major>(), out.begin(),
                   [](const auto& value) { return static_cast<T>(value); });
  });
}

/// An xtensor view of a tensor's values, without a copy; runs what it needs. It lives as long as a handle to the
/// tensor. Throws Error where T is not the tensor's element type.
template <Element T>
auto as_xtensor(const Tensor& tensor) {
  const std::span<const T> values = tensor.data<T>();
  std::vector<std::size_t> shape;
  for (const std::int64_t extent : tensor.shape()) shape.push_back(static_cast<std::size_t>(extent));
  return xt::adapt(values.data(), values.size(), xt::no_ownership(), shape);
}
template <Element T>
auto as_xtensor(const Tensor&& tensor) = delete;

}  // namespace xgrad
