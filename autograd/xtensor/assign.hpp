#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

#include <autograd/shared_memory.hpp>
#include <autograd/xtensor/elements.hpp>
#include <autograd/xtensor/view.hpp>

#pragma GCC visibility push(default)
namespace xgrad {
namespace detail {

/// Whether elements of a tensor become elements of an array without losing anything, integers as far as they fit.
template <class From, class To>
constexpr bool keeps_values = [] {
  if constexpr (std::same_as<From, bool> || std::same_as<From, To>) return true;
  if constexpr (std::same_as<From, std::int64_t>) return std::integral<To> && !std::same_as<To, bool>;
  return std::floating_point<From> && std::floating_point<To> && sizeof(To) >= sizeof(From);
}();

/// "int8", "float64": what an array's elements are.
template <class T>
std::string name_of_elements() {
  if constexpr (std::same_as<T, bool>) return "bool";
  const std::string bits = std::to_string(8 * sizeof(T));
  return (std::floating_point<T> ? "float" : std::is_signed_v<T> ? "int" : "uint") + bits;
}

/// Whether an integer type holds a value, characters included.
template <class T>
constexpr bool holds(std::int64_t value) {
  if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) return value >= 0;
  return value >= static_cast<std::int64_t>(std::numeric_limits<T>::min()) &&
         value <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
}

template <class C>
inline constexpr bool is_adaptor = false;
template <class EC, xt::layout_type L, class SC, class Tag>
inline constexpr bool is_adaptor<xt::xarray_adaptor<EC, L, SC, Tag>> = true;
template <class EC, std::size_t N, xt::layout_type L, class Tag>
inline constexpr bool is_adaptor<xt::xtensor_adaptor<EC, N, L, Tag>> = true;

/// A container that takes on the shape of what it is assigned: xarray, xtensor, pyarray.
template <class C>
concept Resizes = !is_adaptor<C> && requires(C & c, typename C::shape_type& shape) {
  *shape.begin() = 1;
  c.resize(shape);
};
template <class C>
concept FixedRank = requires {
  std::tuple_size<typename C::shape_type>::value;
};

/// Gives an array a tensor's shape. Throws Error where it cannot take it on.
template <class C>
void take_shape(C& out, const Shape& shape) {
  if (shape_of(out) == shape) return;
  if constexpr (FixedRank<C>) {
    if (std::tuple_size<typename C::shape_type>::value != shape.size()) {
      fail("assign", "the tensor has shape " + to_string(shape) + "; the array has " +
                         std::to_string(std::tuple_size<typename C::shape_type>::value) + " axes, whatever its shape");
    }
  }
  if constexpr (Resizes<C>) {
    typename C::shape_type extents = xtl::make_sequence<typename C::shape_type>(shape.size(), 0);
    std::transform(shape.begin(), shape.end(), extents.begin(),
                   [](std::int64_t extent) { return static_cast<typename C::shape_type::value_type>(extent); });
    out.resize(extents);
  } else {
    fail("assign", "the tensor has shape " + to_string(shape) + "; the array has shape " + to_string(shape_of(out)) +
                       ", and cannot take on another one");
  }
}

template <class T, class C>
void assign_values(C& out, const Tensor& tensor) {
  using Value = ValueOf<C>;
  const SharedValues values = strided_values("assign", tensor, dtype_of<T>());
  if constexpr (std::same_as<T, Value> && Strided<C> && requires {
                  { out.data() } -> std::same_as<Value*>;
                }) {
    run::Array to(out.data() + out.data_offset(), dtype_of<T>(), tensor.shape());
    to.strides = strides_of(out);
    run::copy(values.array, to);
  } else {
    const auto from = as_strided_xtensor<T>(tensor);
    if constexpr (std::same_as<T, std::int64_t> && !std::same_as<Value, std::int64_t>) {
      for (const std::int64_t value : from)
        if (!holds<Value>(value))
          fail("assign",
               "the value " + std::to_string(value) + " does not fit the array's " + name_of_elements<Value>());
    }
    std::transform(from.template begin<xt::layout_type::row_major>(), from.template end<xt::layout_type::row_major>(),
                   out.template begin<xt::layout_type::row_major>(), [](T value) { return static_cast<Value>(value); });
  }
}

}  // namespace detail

/// Copies a tensor's values into an array of xtensor's: a container of any layout, which takes on the tensor's shape
/// (xt::xtensor of its number of axes only), or a view or adaptor, which has to have it. Runs what the tensor waits
/// for. No value changes: bool goes to all elements, int64 to integers that hold the values, bfloat16 and float32
/// to float and double, float64 to double. Throws Error otherwise; convert with to(). An array is left as it was then,
/// but perhaps for its shape.
template <class C>
requires XExpression<C>
void assign(C&& array, const Tensor& tensor) {
  static_assert(!std::is_const_v<std::remove_reference_t<C>>, "assign() writes to the array, which is const here");
  using Value = detail::ValueOf<C>;
  static_assert(std::is_arithmetic_v<Value>, "the array's elements are bool, integers, float or double");
  if (!tensor.defined()) fail("assign", "the Tensor is undefined (default-constructed or moved from)");
  if (tensor.dtype() == bfloat16) return assign(array, tensor.to(float32));
  visit_dtype(tensor.dtype(), [&]<class T>(std::type_identity<T>) {
    if constexpr (detail::keeps_values<T, Value>) {
      detail::take_shape(array, tensor.shape());
      if (tensor.size() != 0) detail::assign_values<T>(array, tensor);
    } else {
      fail("assign", "the tensor has dtype " + std::string(to_string(tensor.dtype())) + ", the array holds " +
                         detail::name_of_elements<Value>() + ", which would change values; convert with to()");
    }
  });
}

/// A copy of a tensor's values as an xt::xarray of T, or as an xt::xtensor of T with a number of axes that the compiler
/// knows. Throws Error as assign() does.
template <class T>
xt::xarray<T> to_xarray(const Tensor& tensor) {
  xt::xarray<T> array;
  assign(array, tensor);
  return array;
}
template <class T, std::size_t rank>
xt::xtensor<T, rank> to_xtensor(const Tensor& tensor) {
  xt::xtensor<T, rank> array;
  assign(array, tensor);
  return array;
}

}  // namespace xgrad
#pragma GCC visibility pop
