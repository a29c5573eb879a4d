#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// What the elements of data sets are: a Tensor, a tuple, pair or array of Tensors, or a struct that has only Tensors,
/// at most six, and no constructor. A batch of records is a record whose tensors have the batch as their first axis.
namespace xgrad::data {

/// The tensors of a record, or of a batch of records, in their order.
using Fields = std::vector<Tensor>;

namespace detail {

/// Stands for a Tensor where the fields of a struct are counted.
struct AnyField {
  template <class T>
  requires std::same_as<T, Tensor>
  operator T() const;
};

/// Stands for a field of any type.
struct Anything {
  template <class T>
  operator T() const;
};

template <class R, std::size_t... i>
constexpr bool made_of(std::index_sequence<i...>) {
  constexpr bool enough = requires { R{((void)i, AnyField())...}; };
  constexpr bool more = requires { R{((void)i, AnyField())..., Anything()}; };
  return enough && !more;
}

/// The fields of a struct: so many Tensors, and not one more, make it.
template <class R, std::size_t n = 6>
constexpr std::size_t field_count() {
  if constexpr (n == 0)
    return 0;
  else if constexpr (made_of<R>(std::make_index_sequence<n>()))
    return n;
  else
    return field_count<R, n - 1>();
}

template <class R>
concept TupleLike = requires {
  std::tuple_size<R>::value;
};

template <class R>
constexpr bool is_record() {
  if constexpr (std::same_as<R, Tensor>) {
    return true;
  } else if constexpr (TupleLike<R>) {
    return []<std::size_t... i>(std::index_sequence<i...>) {
      return sizeof...(i) > 0 && (std::same_as<std::tuple_element_t<i, R>, Tensor> && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<R>>());
  } else if constexpr (std::is_aggregate_v<R> && !std::is_array_v<R>) {
    return field_count<R>() > 0;
  } else {
    return false;
  }
}

}  // namespace detail

/// A Tensor, a tuple-like type of Tensors, or a struct of at most six Tensors.
template <class R>
concept Record = detail::is_record<R>();

/// The number of tensors in a record.
template <Record R>
constexpr std::size_t field_count() {
  if constexpr (std::same_as<R, Tensor>)
    return 1;
  else if constexpr (detail::TupleLike<R>)
    return std::tuple_size_v<R>;
  else
    return detail::field_count<R>();
}

/// The tensors of a record, in their order.
template <Record R>
Fields fields_of(const R& record) {
  if constexpr (std::same_as<R, Tensor>) {
    return {record};
  } else if constexpr (detail::TupleLike<R>) {
    return std::apply([](const auto&... field) { return Fields{field...}; }, record);
  } else {
    constexpr std::size_t count = field_count<R>();
    if constexpr (count == 1) {
      const auto& [a] = record;
      return {a};
    } else if constexpr (count == 2) {
      const auto& [a, b] = record;
      return {a, b};
    } else if constexpr (count == 3) {
      const auto& [a, b, c] = record;
      return {a, b, c};
    } else if constexpr (count == 4) {
      const auto& [a, b, c, d] = record;
      return {a, b, c, d};
    } else if constexpr (count == 5) {
      const auto& [a, b, c, d, e] = record;
      return {a, b, c, d, e};
    } else {
      const auto& [a, b, c, d, e, f] = record;
      return {a, b, c, d, e, f};
    }
  }
}

/// The record of these tensors. Throws Error where there are more or fewer than it has.
template <Record R>
R record_of(Fields fields) {
  constexpr std::size_t count = field_count<R>();
  if (fields.size() != count) {
    fail("data::record_of", std::to_string(fields.size()) + " tensors; the record has " + std::to_string(count));
  }
  if constexpr (std::same_as<R, Tensor>) {
    return std::move(fields[0]);
  } else {
    return [&]<std::size_t... i>(std::index_sequence<i...>) { return R{std::move(fields[i])...}; }
    (std::make_index_sequence<count>());
  }
}

}  // namespace xgrad::data
#pragma GCC visibility pop
