#pragma once

#include <optional>

#include <autograd/ops.hpp>

/// Order along an axis. Everywhere NaN comes last, also in descending order, and what is equal keeps its order.
/// Gradients follow the elements to the places they came from.
namespace xgrad {

struct SortOptions {
  bool descending = false;
};

/// x's elements in order along an axis.
Tensor sort(const Operand& x, int axis = -1, SortOptions options = {});
/// The int64 indices that sort x: sort(x, axis) is gather(x, axis, argsort(x, axis)).
Tensor argsort(const Operand& x, int axis = -1, SortOptions options = {});

struct TopKOptions {
  /// Whether the largest are wanted, else the smallest.
  bool largest = true;
};
struct TopK {
  Tensor values;   ///< x's shape, with extent k along the axis
  Tensor indices;  ///< int64, of the same shape
};
/// The k largest elements along an axis, the largest first, and where they are. Throws Error unless 0 <= k <= extent.
TopK topk(const Operand& x, std::int64_t k, int axis = -1, TopKOptions options = {});

/// The element in the middle of the order along an axis (of all elements by default); of an even number the lower of
/// the two in the middle, as PyTorch's. NaN where there is one. Throws Error over no elements.
Tensor median(const Operand& x, std::optional<int> axis = {}, ReduceOptions options = {});

}  // namespace xgrad
