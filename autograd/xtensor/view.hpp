#pragma once

#include <array>
#include <memory>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

#include <autograd/shared_memory.hpp>
#include <autograd/xtensor/elements.hpp>

#pragma GCC visibility push(default)
namespace xgrad {
namespace detail {

template <class T>
using SharedBuffer = xt::xbuffer_adaptor<const T*, xt::smart_ownership, std::shared_ptr<run::Buffer>>;
template <class T, xt::layout_type layout>
using SharedArray = xt::xarray_adaptor<SharedBuffer<T>, layout, xt::svector<std::size_t, 4>>;

template <Element T>
SharedBuffer<T> shared_buffer(SharedValues&& values) {
  const auto size = static_cast<std::size_t>(values.array.shape.elements());  // what xtensor takes it to be
  // xtensor knows ownership by smart pointers only.
  std::shared_ptr<run::Buffer> memory(values.memory.release(), [](run::Buffer* buffer) { buffer->release(); });
  return SharedBuffer<T>(static_cast<const T*>(values.array.template as<T>()), size, std::move(memory));
}

}  // namespace detail

/// An xtensor array of a tensor's values, without a copy; runs what the tensor waits for. It is row-major and
/// read-only, and keeps the values alive itself, so it may outlive the tensor. Throws Error where T is not the tensor's
/// element type.
template <Element T>
auto as_xtensor(const Tensor& tensor) {
  detail::SharedValues values = detail::contiguous_values("as_xtensor", tensor, dtype_of<T>());
  const xt::svector<std::size_t, 4> shape(tensor.shape().begin(), tensor.shape().end());
  using View = const detail::SharedArray<T, xt::layout_type::row_major>;
  return View(detail::shared_buffer<T>(std::move(values)), shape);
}

/// The same with a number of axes that the compiler knows, as xt::xtensor has. Throws Error where the tensor has
/// another number.
template <Element T, std::size_t rank>
auto as_xtensor(const Tensor& tensor) {
  if (tensor.defined() && static_cast<std::size_t>(tensor.rank()) != rank) {
    fail("as_xtensor",
         "the tensor has shape " + to_string(tensor.shape()) + "; " + std::to_string(rank) + " axes were asked for");
  }
  detail::SharedValues values = detail::contiguous_values("as_xtensor", tensor, dtype_of<T>());
  std::array<std::size_t, rank> shape{};
  std::copy(tensor.shape().begin(), tensor.shape().end(), shape.begin());
  using View = const xt::xtensor_adaptor<detail::SharedBuffer<T>, rank, xt::layout_type::row_major>;
  return View(detail::shared_buffer<T>(std::move(values)), shape);
}

/// The values of a tensor where they lie. A transpose, slice or broadcast of a tensor that has its values is not
/// copied: the array has strides over those. Else it is what as_xtensor() gives, with a layout that is known only as
/// the program runs.
template <Element T>
auto as_strided_xtensor(const Tensor& tensor) {
  detail::SharedValues values = detail::strided_values("as_strided_xtensor", tensor, dtype_of<T>());
  const Shape& extents = tensor.shape();
  const xt::svector<std::size_t, 4> shape(extents.begin(), extents.end());
  using View = const detail::SharedArray<T, xt::layout_type::dynamic>;
  typename View::strides_type strides(extents.size());
  for (std::size_t axis = 0; axis < strides.size(); ++axis)  // xtensor steps by 0 along an axis of 1
    strides[axis] = extents[static_cast<int>(axis)] == 1 ? 0 : values.array.strides[axis];
  return View(detail::shared_buffer<T>(std::move(values)), shape, strides);
}

}  // namespace xgrad
#pragma GCC visibility pop
