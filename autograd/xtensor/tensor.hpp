#pragma once

#include <algorithm>
#include <array>
#include <utility>
#include <xtensor/xadapt.hpp>
#include <xtensor/xassign.hpp>
#include <xtensor/xnoalias.hpp>

#include <autograd/kernel/array.hpp>
#include <autograd/xtensor/elements.hpp>
#include <autograd/xtensor/memory.hpp>

#pragma GCC visibility push(default)
namespace xgrad {
namespace detail {

/// Writes the values of an expression, row by row.
template <class T, class E>
void write_values(const E& source, const Shape& shape, std::span<T> out) {
  using Value = ValueOf<E>;
  if constexpr (Strided<E> && std::same_as<Value, T>) {
    run::Array from(const_cast<T*>(source.data()) + source.data_offset(), dtype_of<T>(), shape);
    from.strides = strides_of(source);
    run::copy(from, run::Array(out.data(), dtype_of<T>(), shape));
  } else if constexpr (std::unsigned_integral<Value> && !std::same_as<Value, bool> && sizeof(Value) == sizeof(T)) {
    std::transform(source.template begin<xt::layout_type::row_major>(),
                   source.template end<xt::layout_type::row_major>(), out.begin(), [](Value value) {
                     if (!std::in_range<std::int64_t>(value)) fail_beyond_int64(value);
                     return static_cast<T>(value);
                   });
  } else if constexpr (std::same_as<Value, T>) {  // xtensor's own loop, which is vectorised where xtensor is
    std::array<std::size_t, Shape::max_rank> room;
    std::copy(shape.begin(), shape.end(), room.begin());
    const xt::svector<std::size_t, 8> extents(room.begin(), room.begin() + shape.rank());
    auto target = xt::adapt(out.data(), out.size(), xt::no_ownership(), extents);
    xt::noalias(target) = source;
  } else {
    std::transform(source.template begin<xt::layout_type::row_major>(),
                   source.template end<xt::layout_type::row_major>(), out.begin(),
                   [](const Value& value) { return static_cast<T>(value); });
  }
}

template <class C>
inline constexpr bool is_pooled = false;
template <class T, class Shape, class Tag>
inline constexpr bool
    is_pooled<xt::xarray_container<xt::uvector<T, PoolAllocator<T>>, xt::layout_type::row_major, Shape, Tag>> =
        Element<T>;
template <class T, std::size_t N, class Tag>
inline constexpr bool
    is_pooled<xt::xtensor_container<xt::uvector<T, PoolAllocator<T>>, N, xt::layout_type::row_major, Tag>> = Element<T>;

}  // namespace detail

/// A tensor of the values of anything of xtensor's: a container, a view, an adaptor, a lazy expression. An expression
/// is evaluated once; indices stay what they are, whatever the layout. The dtype follows the element type:
///
/// | elements | dtype |
/// |---|---|
/// | bool | bool |
/// | integers of 8 to 64 bits, signed or not, and characters | int64 |
/// | float | float32 |
/// | double, long double | float64 |
///
/// Throws Error on an unsigned integer that int64 does not hold, and on more than Shape::max_rank axes. Complex
/// elements do not compile.
template <class E>
Tensor tensor(const xt::xexpression<E>& expression) {
  const E& source = expression.derived_cast();
  const Shape shape = detail::shape_of(source);
  using T = detail::ElementOfT<E>;
  return make_tensor<T>(shape, [&](std::span<T> out) {
    if (!out.empty()) detail::write_values(source, shape, out);
  });
}
/// The same, converted to a dtype as cast() does.
template <class E>
Tensor tensor(const xt::xexpression<E>& expression, DType dtype) {
  return tensor(expression).to(dtype);
}

/// The tensor that an array in the memory of the tensors' pool becomes, without a copy. The array is left empty.
template <class C>
requires(!std::is_reference_v<C> && detail::is_pooled<C>) Tensor tensor(C&& array) {
  C taken = std::move(array);  // its memory is the tensor's alone when it has gone
  const Shape shape = detail::shape_of(taken);
  if (taken.storage().empty()) return make_tensor<detail::ValueOf<C>>(shape, [](auto) {});
  run::Buffer* buffer = detail::buffer_of(taken.storage().data());
  buffer->retain();
  return detail::tensor_of_memory(shape, dtype_of<detail::ValueOf<C>>(), run::BufferHandle(buffer));
}

}  // namespace xgrad
#pragma GCC visibility pop
