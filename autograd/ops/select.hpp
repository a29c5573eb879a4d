#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Elements chosen by indices and masks. Indices are int64, negative ones count from the end, and those out of range
/// are an Error when the value is asked for. Masks are bool. If a shape depends on values, these are run at the call.
/// Values that are put into int64 or bool tensors must have their dtype, or be plain whole numbers. Floating-point
/// values are an Error there, and so are integers other than 0 and 1 for bool tensors.
namespace xgrad {

/// PyTorch's index_select: the entries of an axis at a vector of indices.
Tensor index_select(const Operand& x, int axis, const Operand& index);
/// x with `source` added at a vector of indices of an axis; repeated ones add up. The source has x's shape, with the
/// index's length along the axis.
Tensor index_add(const Operand& x, int axis, const Operand& index, const Operand& source);
/// NumPy's take_along_axis: gather, where the other axes of x and the indices broadcast.
Tensor take_along_axis(const Operand& x, const Operand& indices, int axis);
/// x with `values` put where take_along_axis would read; if several values go to one place, the last in the order of
/// the axis stays and gets the gradient. Indices have x's extents, or 1, on the other axes; values broadcast to the
/// indices.
Tensor put_along_axis(const Operand& x, const Operand& indices, const Operand& values, int axis);

/// `value` where the mask holds, x elsewhere; mask and x broadcast, the value is a scalar.
Tensor masked_fill(const Operand& x, const Operand& mask, const Operand& value);
/// The elements of x where the mask holds, as a vector; both broadcast. Runs the mask.
Tensor masked_select(const Operand& x, const Operand& mask);
/// The indices of elements that are not 0, in row-major order: int64 data of shape (count, rank). Runs x.
Tensor nonzero(const Operand& x);

struct EmbeddingOptions {
  /// A row of the weight that gets no gradient; negative numbers count from the end.
  std::optional<std::int64_t> padding_idx = {};
};
/// Rows of weight (N, D) at indices of shape S, of shape S + (D,).
Tensor embedding(const Operand& indices, const Operand& weight, EmbeddingOptions options = {});

/// A new axis of extent 1 in the result.
struct NewAxis {};
inline constexpr NewAxis newaxis{};
/// As many whole axes as are not indexed otherwise.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};
/// One index of NumPy's x[...]: a number (the axis goes), a range, a new axis, an ellipsis, an int64 tensor or a bool
/// mask.
class Index {
 public:
  using Value = std::variant<std::int64_t, Slice, NewAxis, Ellipsis, Tensor>;

  /// A number that int64 cannot hold is out of range for every axis.
  template <std::integral I>
  requires(!std::same_as<I, bool>) Index(I number, CallSite call = SourceLocation::current())
      : value_(std::in_range<std::int64_t>(number) ? static_cast<std::int64_t>(number)
                                                   : std::numeric_limits<std::int64_t>::max()),
        call_(call) {}
  Index(const Slice& range, CallSite call = SourceLocation::current()) : value_(range), call_(call) {}
  Index(NewAxis axis, CallSite call = SourceLocation::current()) : value_(axis), call_(call) {}
  Index(Ellipsis axes, CallSite call = SourceLocation::current()) : value_(axes), call_(call) {}
  Index(const Tensor& tensor, CallSite call = SourceLocation::current()) : value_(tensor), call_(call) {}
  /// Indices as NumPy's x[[0, 2]].
  Index(const std::vector<std::int64_t>& indices, CallSite call = SourceLocation::current());
  template <std::same_as<bool> B>
  Index(B) = delete;  // a mask is a tensor of bools

  const Value& value() const noexcept { return value_; }
  /// The line of the call where it was written.
  CallSite call() const noexcept { return call_; }

 private:
  Value value_;
  CallSite call_;
};
/// NumPy's x[...], from the first axis on. Axes without an index are taken whole. Tensors broadcast to one shape, which
/// takes the place of their axes: at(x, {i, j}) holds x[i[k]][j[k]]. If a range or a new axis stands between two of
/// them, the shape comes first: at(x, {i, Slice{}, j}) is (..., N) with x's middle axis last. Numbers take their axes
/// away beforehand, as PyTorch's. A mask stands for as many axes as it has, of its extents, and is run. A number that
/// is out of range is an Error at the call.
Tensor at(const Operand& x, const std::vector<Index>& indices);
struct IndexPutOptions {
  /// Whether values are added to x's elements; then those that go to one place add up.
  bool accumulate = false;
};
/// x with `values`, which broadcast to at(x, indices), in the places that it reads; PyTorch's index_put. If several
/// values go to one place, the last stays and gets the gradient, unless they accumulate. Tensors never change: write `x
/// = index_put(x, {0}, y)` for the x[0] = y of other libraries. Has x's shape and dtype.
Tensor index_put(const Operand& x, const std::vector<Index>& indices, const Operand& values,
                 IndexPutOptions options = {});

}  // namespace xgrad
#pragma GCC visibility pop
