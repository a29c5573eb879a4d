#include <autograd/ops/rearrange.hpp>

#include <algorithm>
#include <cstdlib>

#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

/// The first `count` elements of an axis, or the last.
Tensor first_of(const Tensor& x, int axis, std::int64_t count) { return slice(x, axis, 0, count); }
Tensor last_of(const Tensor& x, int axis, std::int64_t count) {
  const std::int64_t n = x.shape()[axis];
  return slice(x, axis, n - count, n);
}

/// The elements that pad adds before or after an axis.
Tensor padding(const Tensor& x, int axis, std::int64_t count, bool before, PadOptions options) {
  Shape shape = x.shape();
  shape[axis] = count;
  switch (options.mode) {
    case PadMode::constant:
      return full(shape, options.value, x.dtype());
    case PadMode::replicate:
      return broadcast_to(before ? first_of(x, axis, 1) : last_of(x, axis, 1), shape);
    case PadMode::circular:
      return before ? last_of(x, axis, count) : first_of(x, axis, count);
    case PadMode::reflect:
      break;
  }
  const std::int64_t n = x.shape()[axis];
  return flip(before ? slice(x, axis, 1, count + 1) : slice(x, axis, n - 1 - count, n - 1), axis);
}

/// Throws Error unless an axis of x can be padded by a pair of numbers.
void check_pads(const Shape& shape, int axis, std::pair<std::int64_t, std::int64_t> pads, PadMode mode) {
  const std::int64_t n = shape[axis];
  const std::string given = "axis " + std::to_string(axis) + " of shape " + to_string(shape) + " by (" +
                            std::to_string(pads.first) + ", " + std::to_string(pads.second) + "): ";
  const std::int64_t least = std::min(pads.first, pads.second), most = std::max(pads.first, pads.second);
  if (most > Shape::max_elements)
    fail("pad", given + "expected at most " + std::to_string(Shape::max_elements) + " elements on a side");
  if (least < -n || std::min(pads.first, std::int64_t{0}) + std::min(pads.second, std::int64_t{0}) < -n)
    fail("pad", given + "that takes away more than there is");
  if (mode == PadMode::reflect && most > 0 && most >= n)
    fail("pad", given + "reflect adds at most one element less than there are");
  if (mode == PadMode::circular && most > n) fail("pad", given + "circular adds at most as many elements as there are");
  if (mode == PadMode::replicate && most > 0 && n == 0) fail("pad", given + "replicate needs an edge");
}

/// How many blocks the axes before one make.
std::int64_t before(const Shape& shape, int axis) {
  std::int64_t product = 1;
  for (int i = 0; i < axis; ++i) product *= shape[i];
  return product;
}

/// The extent of an axis times a count. Throws Error where that is more elements than a tensor may have.
std::int64_t times(const char* op, const Shape& shape, int axis, std::int64_t count) {
  Shape result = shape;
  if (__builtin_mul_overflow(shape[axis], count, &result[axis]) || !result.fits()) {
    fail(op, "axis " + std::to_string(axis) + " of shape " + to_string(shape) + " " + std::to_string(count) +
                 " times: that is more elements than a tensor may have, " + std::to_string(Shape::max_elements));
  }
  return result[axis];
}

/// Every block of x, which starts at an axis of `shape`, `count` times in a row.
Tensor repeated(const char* op, const Tensor& x, const Shape& shape, int axis, std::int64_t count, bool entries) {
  if (count < 0) {
    fail(op, std::to_string(count) + " times along axis " + std::to_string(axis) + " of shape " + to_string(shape) +
                 "; expected 0 or more");
  }
  if (count == 1) return x;
  Shape result = shape;
  result[axis] = times(op, shape, axis, count);
  if (x.size() == 0) return zeros(result, x.dtype());
  const std::int64_t blocks = before(shape, entries ? axis + 1 : axis);
  const std::int64_t block = x.size() / blocks;
  return broadcast_to(x.reshape({blocks, 1, block}), {blocks, count, block}).reshape(result);
}

Tensor indices_along(std::int64_t n) { return arange(n); }

/// column - row for every element of a matrix.
Tensor column_minus_row(std::int64_t rows, std::int64_t columns) {
  return indices_along(columns) - expand_dims(indices_along(rows), 1);
}

void check_matrix(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  if (x.rank() < 2) fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected two axes or more");
}

}  // namespace

Tensor pad(const Operand& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads, PadOptions options) {
  const Called called("pad");
  ops::check_defined("pad", "x", x);
  if (pads.size() != x.shape().size()) {
    fail("pad", std::to_string(pads.size()) + " pairs were given for shape " + to_string(x.shape()) +
                    "; expected one for each axis, " + std::to_string(x.rank()));
  }
  for (int axis = 0; axis < x.rank(); ++axis)
    check_pads(x.shape(), axis, pads[static_cast<std::size_t>(axis)], options.mode);
  Shape padded = x.shape();
  for (int axis = 0; axis < x.rank(); ++axis)
    padded[axis] += pads[static_cast<std::size_t>(axis)].first + pads[static_cast<std::size_t>(axis)].second;
  check_size("pad", padded);
  Tensor result = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const auto [front, back] = pads[static_cast<std::size_t>(axis)];
    const std::int64_t n = x.shape()[axis];
    std::vector<Tensor> parts;
    if (front > 0) parts.push_back(padding(result, axis, front, true, options));
    parts.push_back(
        slice(result, axis, std::clamp<std::int64_t>(-front, 0, n), n - std::clamp<std::int64_t>(-back, 0, n)));
    if (back > 0) parts.push_back(padding(result, axis, back, false, options));
    result = parts.size() == 1 ? parts.front() : concatenate(parts, axis);
  }
  return result;
}

Tensor flip(const Operand& x, const Axes& axes) {
  const Called called("flip");
  ops::check_defined("flip", "x", x);
  const std::int64_t mask = ops::axes_mask("flip", axes, x.shape());
  std::vector<Slice> ranges(x.shape().size());
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) ranges[axis].step = (mask >> axis & 1) != 0 ? -1 : 1;
  return slice(x, ranges);
}

Tensor roll(const Operand& x, std::int64_t shift, std::optional<int> axis) {
  const Called called("roll");
  ops::check_defined("roll", "x", x);
  if (!axis) return roll(flatten(x), shift, 0).reshape(x.shape());
  const int checked = ops::checked_axis("roll", *axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  if (n == 0 || shift % n == 0) return x;
  const std::int64_t moved = (shift % n + n) % n;
  return concatenate({last_of(x, checked, moved), first_of(x, checked, n - moved)}, checked);
}

Tensor roll(const Operand& x, const std::vector<std::int64_t>& shifts, const std::vector<int>& axes) {
  const Called called("roll");
  ops::check_defined("roll", "x", x);
  if (shifts.size() != axes.size()) {
    fail("roll", std::to_string(shifts.size()) + " shifts were given for " + std::to_string(axes.size()) +
                     " axes of shape " + to_string(x.shape()) + "; expected as many");
  }
  for (const int axis : axes) ops::checked_axis("roll", axis, x.shape());
  Tensor result = x;
  for (std::size_t i = 0; i < axes.size(); ++i) result = roll(result, shifts[i], axes[i]);
  return result;
}

Tensor tile(const Operand& x, const std::vector<std::int64_t>& repeats) {
  const Called called("tile");
  ops::check_defined("tile", "x", x);
  const auto rank = static_cast<std::int64_t>(std::max(repeats.size(), x.shape().size()));
  if (rank > Shape::max_rank) {
    fail("tile", std::to_string(repeats.size()) + " repeats were given for shape " + to_string(x.shape()) +
                     "; a tensor has at most " + std::to_string(Shape::max_rank) + " axes");
  }
  Shape shape;
  for (int i = 0; i < rank - x.rank(); ++i) shape.push_back(1);
  for (const std::int64_t extent : x.shape()) shape.push_back(extent);
  Tensor result = x.reshape(shape);
  const int leading = static_cast<int>(rank) - static_cast<int>(repeats.size());
  for (std::size_t i = repeats.size(); i-- > 0;)
    result = repeated("tile", result, result.shape(), leading + static_cast<int>(i), repeats[i], false);
  return result;
}

Tensor repeat(const Operand& x, std::int64_t count, std::optional<int> axis) {
  const Called called("repeat");
  ops::check_defined("repeat", "x", x);
  if (!axis) return repeat(flatten(x), count, 0);
  const int checked = ops::checked_axis("repeat", *axis, x.shape());
  return repeated("repeat", x, x.shape(), checked, count, true);
}

namespace {

/// Throws Error for too many parts: each part is a tensor, even if it has no elements.
void check_parts(const char* op, std::int64_t parts, const Shape& shape, int axis) {
  constexpr std::int64_t most = std::int64_t{1} << 24;
  if (parts > most) {
    fail(op, "axis " + std::to_string(axis) + " of shape " + to_string(shape) + " would be cut into " +
                 std::to_string(parts) + " parts; expected at most " + std::to_string(most));
  }
}

}  // namespace

std::vector<Tensor> split(const Operand& x, std::int64_t size, int axis) {
  const Called called("split");
  ops::check_defined("split", "x", x);
  const int checked = ops::checked_axis("split", axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  if (size < 1) fail("split", "size is " + std::to_string(size) + "; expected 1 or more");
  if (n == 0) return {x};
  check_parts("split", n / size, x.shape(), checked);
  std::vector<Tensor> parts;
  for (std::int64_t start = 0; start < n; start += std::min(size, n - start))
    parts.push_back(slice(x, checked, start, start + std::min(size, n - start)));
  return parts;
}

std::vector<Tensor> split(const Operand& x, const std::vector<std::int64_t>& sizes, int axis) {
  const Called called("split");
  ops::check_defined("split", "x", x);
  const int checked = ops::checked_axis("split", axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  std::int64_t total = 0;
  bool fits = true;
  for (const std::int64_t size : sizes) fits = fits && size >= 0 && !__builtin_add_overflow(total, size, &total);
  if (!fits || total != n) {
    std::string given;
    for (const std::int64_t size : sizes) given += (given.empty() ? "" : ", ") + std::to_string(size);
    fail("split", "sizes [" + given + "] for axis " + std::to_string(checked) + " of shape " + to_string(x.shape()) +
                      "; expected numbers from 0 on whose sum is " + std::to_string(n));
  }
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(slice(x, checked, start, start + size));
    start += size;
  }
  return parts;
}

std::vector<Tensor> split(const Operand& x, std::initializer_list<std::int64_t> sizes, int axis) {
  return split(x, std::vector<std::int64_t>(sizes), axis);
}

std::vector<Tensor> chunk(const Operand& x, std::int64_t chunks, int axis) {
  const Called called("chunk");
  ops::check_defined("chunk", "x", x);
  const int checked = ops::checked_axis("chunk", axis, x.shape());
  if (chunks < 1) fail("chunk", "chunks is " + std::to_string(chunks) + "; expected 1 or more");
  const std::int64_t n = x.shape()[checked];
  return split(x, std::max<std::int64_t>(1, n / chunks + (n % chunks != 0 ? 1 : 0)), checked);
}

std::vector<Tensor> unstack(const Operand& x, int axis) {
  const Called called("unstack");
  ops::check_defined("unstack", "x", x);
  const int checked = ops::checked_axis("unstack", axis, x.shape());
  check_parts("unstack", x.shape()[checked], x.shape(), checked);
  std::vector<Tensor> entries;
  for (std::int64_t i = 0; i < x.shape()[checked]; ++i)
    entries.push_back(squeeze(slice(x, checked, i, i + 1), checked));
  return entries;
}

std::vector<Tensor> meshgrid(const std::vector<Tensor>& tensors, Indexing indexing) {
  if (tensors.empty()) fail("meshgrid", "no tensors were given; expected at least one");
  std::vector<std::int64_t> lengths;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].defined())
      fail("meshgrid", "tensor number " + std::to_string(i) + " of argument 'tensors' is undefined");
    if (tensors[i].rank() > 1) {
      fail("meshgrid", "tensor number " + std::to_string(i) + " has shape " + to_string(tensors[i].shape()) +
                           "; expected a vector or a scalar");
    }
    lengths.push_back(tensors[i].size());
  }
  if (lengths.size() > Shape::max_rank) {
    fail("meshgrid", std::to_string(lengths.size()) + " tensors were given; a tensor has at most " +
                         std::to_string(Shape::max_rank) + " axes");
  }
  const bool exchanged = indexing == Indexing::xy && lengths.size() > 1;
  if (exchanged) std::swap(lengths[0], lengths[1]);
  std::vector<Tensor> grid;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::vector<std::int64_t> along(lengths.size(), 1);
    along[exchanged && i < 2 ? 1 - i : i] = tensors[i].size();
    grid.push_back(broadcast_to(reshape(tensors[i], along), Shape(lengths)));
  }
  return grid;
}

namespace {

Tensor diagonal_of(const char* op, const Tensor& x, int offset, int axis1, int axis2) {
  check_matrix(op, x);
  const int row = ops::checked_axis(op, axis1, x.shape());
  const int column = ops::checked_axis(op, axis2, x.shape());
  if (row == column) {
    fail(op, "both axes are axis " + std::to_string(row) + " of shape " + to_string(x.shape()) + "; expected two");
  }
  std::vector<int> order;
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis == row || axis == column) continue;
    order.push_back(axis);
    shape.push_back(x.shape()[axis]);
  }
  const int last = static_cast<int>(order.size());
  order.insert(order.end(), {row, column});
  // Row-major, neighbours on a diagonal lie columns + 1 apart.
  const std::int64_t rows = x.shape()[row], columns = x.shape()[column], k = offset;
  const std::int64_t count = std::max<std::int64_t>(0, std::min(rows + std::min<std::int64_t>(k, 0),  //
                                                                columns - std::max<std::int64_t>(k, 0)));
  const std::int64_t start = count == 0 ? 0 : k >= 0 ? k : -k * columns;
  const std::int64_t stop = count == 0 ? 0 : start + (count - 1) * (columns + 1) + 1;
  shape.push_back(rows * columns);
  return slice(transpose(x, order).reshape(shape), last, start, stop, columns + 1);
}

}  // namespace

Tensor diagonal(const Operand& x, int offset, int axis1, int axis2) {
  const Called called("diagonal");
  return diagonal_of("diagonal", x, offset, axis1, axis2);
}

Tensor diag(const Operand& x, int offset) {
  const Called called("diag");
  ops::check_defined("diag", "x", x);
  if (x.rank() == 2) return diagonal(x, offset);
  if (x.rank() != 1) fail("diag", "argument 'x' has shape " + to_string(x.shape()) + "; expected a vector or a matrix");
  const std::int64_t k = offset, added = std::abs(k), n = x.size() + added;
  // x[i] lies in row i where the offset is not negative, else in column i.
  const Tensor along = expand_dims(pad(x, {{0, added}}), k >= 0 ? 1 : 0);
  return where(equal(column_minus_row(n, n), k), along, cast(0, x.dtype()));
}

Tensor trace(const Operand& x, int offset, int axis1, int axis2) {
  const Called called("trace");
  return sum(diagonal_of("trace", x, offset, axis1, axis2), -1);
}

Tensor tril(const Operand& x, int offset) {
  const Called called("tril");
  check_matrix("tril", x);
  return where(less_equal(column_minus_row(x.size(-2), x.size(-1)), offset), x, cast(0, x.dtype()));
}

Tensor triu(const Operand& x, int offset) {
  const Called called("triu");
  check_matrix("triu", x);
  return where(greater_equal(column_minus_row(x.size(-2), x.size(-1)), offset), x, cast(0, x.dtype()));
}

}  // namespace xgrad
