#pragma once

#include <optional>
#include <vector>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Order along an axis. NaN comes last everywhere, also in descending order, and equal elements keep their order.
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
/// What topk() gives.
struct TopK {
  Tensor values;   ///< x's shape, with extent k along the axis
  Tensor indices;  ///< int64, of the same shape
};
/// The k largest elements along an axis, the largest first, and where they are. Throws Error unless 0 <= k <= extent.
TopK topk(const Operand& x, std::int64_t k, int axis = -1, TopKOptions options = {});

/// The value at a place between two elements in order.
enum class Interpolation {
  linear,    ///< both, by how near they are
  lower,     ///< the one before
  higher,    ///< the one after
  midpoint,  ///< their mean
  nearest,   ///< the nearer one; if both are equally near, the one at an even place
};
struct QuantileOptions {
  bool keepdims = false;
  Interpolation interpolation = Interpolation::linear;
};
/// The value at the place q (n - 1) of the n elements along an axis (of all elements by default) in order, counted from
/// 0: 0 is the least, 0.5 the median, 1 the largest. NaN where there is one. For several q they are axis 0 of the
/// result, before the axes that stay. int64 and bool become float32. Throws Error over no elements, and unless 0 <= q
/// <= 1.
Tensor quantile(const Operand& x, double q, std::optional<int> axis = {}, QuantileOptions options = {});
Tensor quantile(const Operand& x, const std::vector<double>& q, std::optional<int> axis = {},
                QuantileOptions options = {});

/// The element in the middle of the order along an axis (of all elements by default); of an even number the lower of
/// the two in the middle, as PyTorch's. NaN where there is one. Throws Error over no elements.
Tensor median(const Operand& x, std::optional<int> axis = {}, ReduceOptions options = {});
/// median() and quantile() of the elements that are not NaN; NaN where there are none.
Tensor nanmedian(const Operand& x, std::optional<int> axis = {}, ReduceOptions options = {});
Tensor nanquantile(const Operand& x, double q, std::optional<int> axis = {}, QuantileOptions options = {});

}  // namespace xgrad
#pragma GCC visibility pop
