#pragma once

#include <cstdint>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// More about order along an axis: running extremes, single places of the order, places among sorted values. As in
/// sort.hpp NaN comes last in order, and gradients follow the elements to the places they came from.
namespace xgrad {

/// Elements of a tensor, and their places along its axis (int64, of the same shape).
struct ValuesIndices {
  Tensor values, indices;
};

/// The largest (smallest) element so far along an axis, and where it is. Of those that tie, the last; NaN from the
/// first NaN on.
ValuesIndices cummax(const Operand& x, int axis);
ValuesIndices cummin(const Operand& x, int axis);
/// The k-th smallest element along an axis, counted from 1, and where it is. Throws Error unless 1 <= k <= extent.
ValuesIndices kthvalue(const Operand& x, std::int64_t k, int axis = -1, ReduceOptions options = {});
/// The element that occurs most often along an axis, and where it is last. Of those that occur equally often, the
/// smallest; every NaN is another element. Throws Error over no elements.
ValuesIndices mode(const Operand& x, int axis = -1, ReduceOptions options = {});

struct SearchOptions {
  /// Whether values go behind elements that equal them.
  bool right = false;
};
/// Where values would go into sorted sequences, to keep them sorted: int64 of the values' shape. sorted: a vector, or
/// (..., N) for values (..., M) with the same leading axes.
Tensor searchsorted(const Operand& sorted, const Operand& values, SearchOptions options = {});
/// The same with the arguments exchanged, for a vector of boundaries: the number of the bucket of each element.
Tensor bucketize(const Operand& x, const Operand& boundaries, SearchOptions options = {});
/// Whether each element is one of `elements`. NaN is none of them.
Tensor isin(const Operand& x, const Operand& elements);

/// What unique() gives.
struct Unique {
  Tensor values;   ///< in order; every NaN is one
  Tensor inverse;  ///< for each element of x where it is among the values, of x's shape
  Tensor counts;   ///< how often each value occurs
};
/// The elements of x without repetition. The gradient of a value goes to the first element that has it. Runs x.
Unique unique(const Operand& x);

}  // namespace xgrad
#pragma GCC visibility pop
