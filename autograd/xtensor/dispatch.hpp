#pragma once

#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtensor/xmath.hpp>
#include <xtensor/xreducer.hpp>
#include <xtensor/xslice.hpp>
#include <xtensor/xview.hpp>

#include <autograd/ops.hpp>
#include <autograd/xtensor/operators.hpp>

#pragma GCC visibility push(default)
/// Function objects that do one thing to tensors and another to all else: what autograd/xtensor/names.hpp is made of.
namespace xgrad::detail {

template <class Option>
inline constexpr bool keeps_dims = false;
template <class... Options>
inline constexpr bool keeps_dims<std::tuple<Options...>> = (std::same_as<Options, xt::keep_dims_type> || ...);

/// A function of tensors and numbers, as many as it has: ours if one argument is a tensor, else xtensor's.
template <class Ours, class Theirs>
struct Elementwise {
  Ours ours;
  Theirs theirs;

  template <class... A>
  decltype(auto) operator()(A&&... a) const {
    if constexpr ((IsTensor<A> || ...))
      return ours(as_operand(a)...);
    else
      return theirs(std::forward<A>(a)...);
  }
};
template <class Ours, class Theirs>
Elementwise(Ours, Theirs) -> Elementwise<Ours, Theirs>;

/// The axes of a call of xtensor's: one, or a container of them.
template <class X>
Axes axes_of(const X& axes) {
  if constexpr (std::integral<X>) {
    return Axes(static_cast<int>(axes));
  } else {
    std::vector<int> list;
    for (const auto axis : axes) list.push_back(static_cast<int>(axis));
    return Axes(list);
  }
}

/// An axis or a count as xtensor's functions take it; containers of them as they are.
template <class X>
decltype(auto) as_size(X&& value) {
  if constexpr (std::integral<std::remove_cvref_t<X>>)
    return static_cast<std::size_t>(value);
  else
    return std::forward<X>(value);
}

/// A reduction over all axes or those given, with xtensor's options. Of these keep_dims counts for tensors; they have
/// no use for strategies of evaluation. With options xtensor's result is evaluated here: xtensor 0.24 reads beyond a
/// lazy one with keep_dims that is broadcast, and evaluates at once to 4 axes (see ArrayOf).
template <class Ours, class Theirs>
struct Reduction {
  Ours ours;
  Theirs theirs;

  template <class E, class... O>
  requires(xt::is_reducer_options<O>::value&&...) auto operator()(E&& e, O...) const {
    if constexpr (IsTensor<E>)
      return ours(e, Axes(), (keeps_dims<O> || ...));
    else
      return reduced<O...>(std::forward<E>(e));
  }
  template <class E, class X, class... O>
  requires(!xt::is_reducer_options<X>::value) auto operator()(E&& e, X&& axes, O...) const {
    if constexpr (IsTensor<E>)
      return ours(e, axes_of(axes), (keeps_dims<O> || ...));
    else
      return reduced<O...>(std::forward<E>(e), std::forward<X>(axes));
  }
  template <class E, class I, std::size_t N, class... O>
  auto operator()(E&& e, const I (&axes)[N], O...) const {
    if constexpr (IsTensor<E>)
      return ours(e, axes_of(axes), (keeps_dims<O> || ...));
    else
      return reduced<O...>(std::forward<E>(e), axes);
  }

 private:
  template <class... O, class... A>
  auto reduced(A&&... arguments) const {
    if constexpr ((keeps_dims<O> || ...)) {
      auto lazy = theirs(std::forward<A>(arguments)..., xt::keep_dims);
      return ArrayOfT<decltype(lazy)>(lazy);
    } else if constexpr (sizeof...(O) > 0) {
      auto lazy = theirs(std::forward<A>(arguments)...);
      return ArrayOfT<decltype(lazy)>(lazy);
    } else {
      return theirs(std::forward<A>(arguments)...);
    }
  }
};
template <class Ours, class Theirs>
Reduction(Ours, Theirs) -> Reduction<Ours, Theirs>;

/// The variance of an array, evaluated: xt::variance over some axes evaluates means at once, and so to 4 axes.
template <class E>
auto variance_of(const E& e) {
  return xt::xarray<ValueOf<decltype(xt::mean(e))>>(xt::variance(e));
}
template <class E, class X, class... O>
auto variance_of(const E& e, const X& axes, O... options) {
  if constexpr (std::integral<X>) {
    return variance_of(e, std::array<X, 1>{axes}, options...);
  } else {
    const xt::xarray<ValueOf<E>> values = e;
    xt::xarray<ValueOf<decltype(xt::mean(values))>> means = xt::mean(values, axes);
    auto kept = values.shape();
    for (const auto axis : axes) kept[static_cast<std::size_t>(axis)] = 1;
    means.reshape(kept);
    return decltype(means)(xt::mean(xt::square(values - means), axes, options...));
  }
}
template <class E, class Keep>
requires(xt::is_reducer_options<Keep>::value) auto variance_of(const E& e, const Keep&) {
  auto variance = variance_of(e);
  variance.reshape(std::vector<std::size_t>(e.dimension(), 1));
  return variance;
}

/// A function of something with elements and of numbers and lists that say how: ours if the first is a tensor.
template <class Ours, class Theirs>
struct OfFirst {
  Ours ours;
  Theirs theirs;

  template <class E, class... A>
  decltype(auto) operator()(E&& e, A&&... a) const {
    if constexpr (IsTensor<E>)
      return ours(e, std::forward<A>(a)...);
    else
      return theirs(std::forward<E>(e), std::forward<A>(a)...);
  }
  template <class E, class I, std::size_t N, class... A>
  decltype(auto) operator()(E&& e, const I (&list)[N], A&&... a) const {
    if constexpr (IsTensor<E>)
      return ours(e, list, std::forward<A>(a)...);
    else
      return theirs(std::forward<E>(e), list, std::forward<A>(a)...);
  }
};
template <class Ours, class Theirs>
OfFirst(Ours, Theirs) -> OfFirst<Ours, Theirs>;

/// A function of a tuple of xt::xtuple(a, b, ...): ours if one of them is a tensor.
template <class Ours, class Theirs>
struct OfTuple {
  Ours ours;
  Theirs theirs;

  template <class... E, class... A>
  decltype(auto) operator()(std::tuple<E...>&& parts, A... a) const {
    if constexpr ((IsTensor<E> || ...))
      return ours(std::apply([](const auto&... part) { return std::vector<Tensor>{as_operand(part)...}; }, parts),
                  static_cast<int>(a)...);
    else
      return theirs(std::move(parts), a...);
  }
};
template <class Ours, class Theirs>
OfTuple(Ours, Theirs) -> OfTuple<Ours, Theirs>;

/// The indices and ranges of a call of xt::view, as an index of a tensor's. `axis` is where the slice stands in it.
template <class S>
Index index_of(const Tensor& x, int& axis, const S& slice) {
  if constexpr (std::same_as<S, xt::xnewaxis_tag>) {
    return newaxis;
  } else if constexpr (std::same_as<S, xt::xellipsis_tag>) {
    axis = x.rank();  // only all() and new axes may follow
    return ellipsis;
  } else if constexpr (std::same_as<S, xt::xall_tag>) {
    ++axis;
    return Slice{};
  } else if constexpr (std::integral<S>) {
    ++axis;
    return slice;
  } else {
    const std::int64_t extent = axis < x.rank() ? x.size(axis) : 0;
    ++axis;
    if constexpr (requires { slice.get(std::size_t{}); }) {  // xt::range
      const auto range = slice.get(static_cast<std::size_t>(extent));
      const auto count = static_cast<std::int64_t>(range.size());
      if (count <= 0) return Slice{.start = 0, .stop = 0};
      const auto first = static_cast<std::int64_t>(range(0)), step = static_cast<std::int64_t>(range.step_size());
      const std::int64_t stop = first + step * count;
      return stop < 0 ? Slice{.start = first, .step = step} : Slice{.start = first, .stop = stop, .step = step};
    } else {  // xt::keep, xt::drop
      S placed = slice;
      placed.normalize(static_cast<std::size_t>(extent));
      std::vector<std::int64_t> places;
      for (std::size_t i = 0; i < static_cast<std::size_t>(placed.size()); ++i)
        places.push_back(static_cast<std::int64_t>(placed(static_cast<typename S::size_type>(i))));
      return Index(places);
    }
  }
}

/// The shape that a list of extents means, one of which may be -1.
template <class S>
std::vector<std::int64_t> list_of(const S& extents) {
  std::vector<std::int64_t> list;
  for (const auto extent : extents) list.push_back(static_cast<std::int64_t>(extent));
  return list;
}
template <class S>
std::vector<int> order_of(const S& axes) {
  std::vector<int> order;
  for (const auto axis : axes) order.push_back(static_cast<int>(axis));
  return order;
}

}  // namespace xgrad::detail
#pragma GCC visibility pop
