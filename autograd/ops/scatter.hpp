#pragma once

#include <concepts>
#include <optional>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Elements put into a tensor at indices and masks. Indices are int64, negative ones count from the end, and those out
/// of range are an Error when the value is asked for. Tensors never change: each gives a new one, of x's shape and
/// dtype. If several elements go to one place, the last in the order of the axis stays and gets the gradient, unless
/// they are reduced. Values that int64 or bool tensors cannot hold are an Error, as in select.hpp.
namespace xgrad {

/// x with the entries of an axis at a vector of indices replaced by those of `source`, which has x's shape, with the
/// index's length along the axis.
Tensor index_copy(const Operand& x, int axis, const Operand& index, const Operand& source);
/// x with the entries of an axis at a vector of indices replaced by `value`, a scalar.
Tensor index_fill(const Operand& x, int axis, const Operand& index, const Operand& value);

/// How elements that go to one place become one.
enum class ScatterReduction {
  sum,
  prod,
  mean,  ///< rounded down in int64
  amax,  ///< those that tie share the gradient equally, as do those of amin
  amin,
};

struct ScatterOptions {
  /// How x's element and those that go to its place become one; by default the last replaces the others.
  std::optional<ScatterReduction> reduce = {};
};
/// PyTorch's scatter: x with source[i][j] put at [index[i][j]][j] for axis 0, at [i][index[i][j]] for axis 1. The index
/// has x's rank, and on every axis but `axis` at most x's extent; the source has at least the index's extents, and the
/// first of its elements are taken. A scalar source goes to all places.
Tensor scatter(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterOptions options = {});
namespace detail {
struct ScatteredSum {
  static Tensor scatter_add(const Tensor& x, int axis, const Operand& index, const Operand& source);
};
}  // namespace detail
/// The same with source added: x + scatter_add(x.shape(), axis, index, source).
template <std::same_as<Tensor> T>
Tensor scatter_add(const T& x, int axis, const Operand& index, const Operand& source) {
  return detail::ScatteredSum::scatter_add(x, axis, index, source);
}

struct ScatterReduceOptions {
  /// Whether x's element is one of those that are reduced. Where nothing goes, it stays in either case.
  bool include_self = true;
};
/// PyTorch's scatter_reduce: as scatter, but elements that go to one place are reduced. The derivative of a product
/// contains no division, so zeros are no special case.
Tensor scatter_reduce(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterReduction reduce,
                      ScatterReduceOptions options = {});

/// x with the elements where the mask holds replaced by the first of source, in order. The mask broadcasts to x's
/// shape. Runs the mask. Throws Error where the source has too few elements.
Tensor masked_scatter(const Operand& x, const Operand& mask, const Operand& source);

struct PutOptions {
  /// Whether values are added to x's elements; then repeated indices add up.
  bool accumulate = false;
};
/// x with values put at indices into the flattened x; values broadcast to the indices.
Tensor put(const Operand& x, const Operand& indices, const Operand& values, PutOptions options = {});

}  // namespace xgrad
#pragma GCC visibility pop
