#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <tuple>

#include <autograd/ops/window.hpp>
#include <autograd/shape.hpp>

#pragma GCC visibility push(default)  // for nn/onnx/
/// The attributes of those primitives that others read as well: exporters (nn/onnx/), beside the primitive's own kernel
/// and rules. Windows are in window.hpp, reduced axes in autograd/attributes.hpp.
namespace xgrad::ops {

/// Of transpose: axis i of the result is axis order[i] of the input.
struct PermutationAttributes {
  std::array<std::int8_t, Shape::max_rank> order;

  explicit PermutationAttributes(std::span<const int> axes) : order{} {
    for (std::size_t i = 0; i < axes.size(); ++i) order[i] = static_cast<std::int8_t>(axes[i]);
  }
  int operator[](int axis) const noexcept { return order[static_cast<std::size_t>(axis)]; }
};

/// Of slice and embed: the elements start, start + step, ... of one axis.
struct SliceAttributes {
  std::int64_t axis;
  std::int64_t start;
  std::int64_t step;
};

struct ConcatenateAttributes {
  std::int64_t axis;
};

/// Of arange: start, start + step, ... in int64.
struct IntegerRangeAttributes {
  std::int64_t start;
  std::int64_t step;
};
/// The same in floating point.
struct RealRangeAttributes {
  double start;
  double step;

  auto fields() const noexcept { return std::tie(start, step); }
};

/// Of take, add_at, gather and scatter_add: the axis that an index counts along, and the function that refuses a wrong
/// index.
struct IndexAttributes {
  std::int64_t axis;
  const char* caller;
};

/// Of one_hot: classes, and the function that refuses a wrong label.
struct OneHotAttributes {
  std::int64_t classes;
  const char* caller;
};

/// Of argmax and argmin.
struct ArgReductionAttributes {
  std::int64_t axis;
};

/// Of argsort. The extent of the result is the number of indices that are wanted.
struct SortAttributes {
  enum class Direction : std::int64_t { ascending, descending };

  std::int64_t axis;
  Direction direction;

  SortAttributes(int along, bool is_descending) noexcept
      : axis(along), direction(is_descending ? Direction::descending : Direction::ascending) {}
  bool descending() const noexcept { return direction == Direction::descending; }
};

/// Of cumsum, linear_scan and logcumsumexp.
struct ScanAttributes {
  enum class Direction : std::int64_t { forward, reverse };

  std::int64_t axis;
  Direction direction;

  ScanAttributes(int along, bool reverse) noexcept
      : axis(along), direction(reverse ? Direction::reverse : Direction::forward) {}
  bool reverse() const noexcept { return direction == Direction::reverse; }
};

/// Of resample.
struct ResampleAttributes {
  Resampling resampling;
  std::int64_t axis;
  std::int64_t adjoint;  ///< whether it is the transposed matrix

  auto fields() const { return std::tuple_cat(resampling.fields(), std::tie(axis, adjoint)); }
};

}  // namespace xgrad::ops
#pragma GCC visibility pop
