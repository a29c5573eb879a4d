#include <autograd/ops/arrange.hpp>

#include <algorithm>

#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

void check_all_defined(const char* op, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) fail(op, "no tensors are given; expected at least one");
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!tensors[i].defined())
      fail(op, "argument 'tensors' holds an undefined Tensor (default-constructed or moved from), number " +
                   std::to_string(i));
}

void check_at_least(const char* op, const Tensor& x, int rank) {
  ops::check_defined(op, "x", x);
  if (x.rank() >= rank) return;
  fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected " + std::to_string(rank) +
               (rank == 1 ? " axis or more" : " axes or more"));
}

/// Every tensor by f.
template <class F>
std::vector<Tensor> each(const std::vector<Tensor>& tensors, const F& f) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(f(tensor));
  return result;
}

std::vector<Tensor> equal_parts(const char* op, const Tensor& x, std::int64_t parts, int axis) {
  const std::int64_t n = x.shape()[axis];
  if (parts < 1 || n % parts != 0) {
    fail(op, std::to_string(parts) + " parts of axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) +
                 "; expected 1 or more, of equal extents");
  }
  return tensor_split(x, parts, axis);
}

/// The axis that hsplit cuts.
int columns_of(const Tensor& x) { return x.rank() == 1 ? 0 : 1; }

}  // namespace

// ------------------------------------------------------------------------------------------------- views

Tensor select(const Operand& x, int axis, std::int64_t index) {
  const Called called("select");
  ops::check_defined("select", "x", x);
  const int checked = ops::checked_axis("select", axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  if (index < -n || index >= n) {
    fail("select", "index " + std::to_string(index) + " is out of range for axis " + std::to_string(checked) +
                       " of shape " + to_string(x.shape()) + "; expected " +
                       (n == 0 ? "none" : std::to_string(-n) + " to " + std::to_string(n - 1)));
  }
  const std::int64_t from = index < 0 ? index + n : index;
  return squeeze(slice(x, checked, from, from + 1), checked);
}

Tensor narrow(const Operand& x, int axis, std::int64_t start, std::int64_t length) {
  const Called called("narrow");
  ops::check_defined("narrow", "x", x);
  const int checked = ops::checked_axis("narrow", axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  const std::int64_t from = start < 0 && start >= -n ? start + n : start;
  if (from < 0 || from > n || length < 0 || length > n - from) {
    fail("narrow", "start is " + std::to_string(start) + " and length " + std::to_string(length) + " for axis " +
                       std::to_string(checked) + " of shape " + to_string(x.shape()) + "; expected a range within it");
  }
  return slice(x, checked, from, from + length);
}

Tensor unflatten(const Operand& x, int axis, const NewShape& shape) {
  const Called called("unflatten");
  ops::check_defined("unflatten", "x", x);
  const int checked = ops::checked_axis("unflatten", axis, x.shape());
  const std::span<const std::int64_t> extents = shape.list();
  const std::int64_t n = x.shape()[checked];
  std::int64_t known = 1, inferred = 0, most = 1;
  bool fits = x.rank() - 1 + static_cast<int>(extents.size()) <= Shape::max_rank;
  for (const std::int64_t extent : extents) {
    inferred += extent == -1;
    fits = fits && extent >= -1 && !__builtin_mul_overflow(known, extent == -1 ? 1 : extent, &known);
    fits = fits && !__builtin_mul_overflow(most, std::max<std::int64_t>(extent, 1), &most);
  }
  fits = fits && (inferred == 0 ? known == n : inferred == 1 && known != 0 && n % known == 0);
  if (!fits) {
    std::string given;
    for (const std::int64_t extent : extents) given += (given.empty() ? "" : ", ") + std::to_string(extent);
    fail("unflatten", "axis " + std::to_string(checked) + " of shape " + to_string(x.shape()) + " as (" + given +
                          "); expected extents whose product is " + std::to_string(n) +
                          ", one of them -1 at most, and " + "no more than " + std::to_string(Shape::max_rank) +
                          " axes in all");
  }
  std::vector<std::int64_t> result;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != checked)
      result.push_back(x.shape()[i]);
    else
      for (const std::int64_t extent : extents) result.push_back(extent == -1 ? n / known : extent);
  }
  return reshape(x, result);
}

Tensor movedim(const Operand& x, const std::vector<int>& axes_from, const std::vector<int>& axes_to) {
  const Called called("movedim");
  ops::check_defined("movedim", "x", x);
  if (axes_from.size() != axes_to.size()) {
    fail("movedim", std::to_string(axes_from.size()) + " axes of shape " + to_string(x.shape()) + " to " +
                        std::to_string(axes_to.size()) + " places; expected as many");
  }
  ops::axes_mask("movedim", axes_from, x.shape());
  ops::axes_mask("movedim", axes_to, x.shape());
  if (x.rank() == 0) return x;
  std::vector<int> order(x.shape().size(), -1);
  std::int64_t moved = 0;
  for (std::size_t i = 0; i < axes_from.size(); ++i) {
    const int from = ops::checked_axis("movedim", axes_from[i], x.shape());
    order[static_cast<std::size_t>(ops::checked_axis("movedim", axes_to[i], x.shape()))] = from;
    moved |= std::int64_t{1} << from;
  }
  int next = 0;
  for (int& axis : order) {
    if (axis >= 0) continue;
    while ((moved >> next & 1) != 0) ++next;
    axis = next++;
  }
  return transpose(x, order);
}

Tensor movedim(const Operand& x, int axis_from, int axis_to) {
  const Called called("movedim");
  return movedim(x, std::vector<int>{axis_from}, std::vector<int>{axis_to});
}

Tensor ravel(const Operand& x) {
  const Called called("ravel");
  return flatten(x);
}

Tensor reshape_as(const Operand& x, const Operand& other) {
  const Called called("reshape_as");
  ops::check_defined("reshape_as", "x", x);
  ops::check_defined("reshape_as", "other", other);
  return reshape(x, other.shape());
}

Tensor expand_as(const Operand& x, const Operand& other) {
  const Called called("expand_as");
  ops::check_defined("expand_as", "x", x);
  ops::check_defined("expand_as", "other", other);
  return broadcast_to(x, other.shape());
}

Tensor atleast_1d(const Operand& x) {
  const Called called("atleast_1d");
  ops::check_defined("atleast_1d", "x", x);
  return x.rank() == 0 ? reshape(x, {1}) : x.tensor();
}

Tensor atleast_2d(const Operand& x) {
  const Called called("atleast_2d");
  ops::check_defined("atleast_2d", "x", x);
  return x.rank() < 2 ? reshape(x, {1, x.size()}) : x.tensor();
}

Tensor atleast_3d(const Operand& x) {
  const Called called("atleast_3d");
  ops::check_defined("atleast_3d", "x", x);
  if (x.rank() < 2) return reshape(x, {1, x.size(), 1});
  return x.rank() == 2 ? expand_dims(x, 2) : x.tensor();
}

std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors) {
  const Called called("broadcast_tensors");
  check_all_defined("broadcast_tensors", tensors);
  Shape shape;
  for (const Tensor& tensor : tensors) shape = ops::broadcast_shapes("broadcast_tensors", shape, tensor.shape());
  return each(tensors, [&](const Tensor& tensor) { return broadcast_to(tensor, shape); });
}

Tensor rot90(const Operand& x, int count, int axis1, int axis2) {
  const Called called("rot90");
  check_at_least("rot90", x, 2);
  const int first = ops::checked_axis("rot90", axis1, x.shape()), second = ops::checked_axis("rot90", axis2, x.shape());
  if (first == second) {
    fail("rot90",
         "both axes are axis " + std::to_string(first) + " of shape " + to_string(x.shape()) + "; expected two");
  }
  switch ((count % 4 + 4) % 4) {
    case 1:
      return swapaxes(flip(x, second), first, second);
    case 2:
      return flip(x, {first, second});
    case 3:
      return flip(swapaxes(x, first, second), second);
    default:
      return x;
  }
}

Tensor fliplr(const Operand& x) {
  const Called called("fliplr");
  check_at_least("fliplr", x, 2);
  return flip(x, 1);
}

Tensor flipud(const Operand& x) {
  const Called called("flipud");
  check_at_least("flipud", x, 1);
  return flip(x, 0);
}

// ------------------------------------------------------------------------------------------------- joins

Tensor hstack(const std::vector<Tensor>& tensors) {
  const Called called("hstack");
  check_all_defined("hstack", tensors);
  const std::vector<Tensor> parts = each(tensors, [](const Tensor& x) { return atleast_1d(x); });
  return concatenate(parts, columns_of(parts.front()));
}

Tensor vstack(const std::vector<Tensor>& tensors) {
  const Called called("vstack");
  check_all_defined("vstack", tensors);
  return concatenate(each(tensors, [](const Tensor& x) { return atleast_2d(x); }), 0);
}

Tensor dstack(const std::vector<Tensor>& tensors) {
  const Called called("dstack");
  check_all_defined("dstack", tensors);
  return concatenate(each(tensors, [](const Tensor& x) { return atleast_3d(x); }), 2);
}

Tensor column_stack(const std::vector<Tensor>& tensors) {
  const Called called("column_stack");
  check_all_defined("column_stack", tensors);
  return concatenate(each(tensors, [](const Tensor& x) { return x.rank() < 2 ? reshape(x, {x.size(), 1}) : x; }), 1);
}

Tensor block_diag(const std::vector<Tensor>& tensors) {
  const Called called("block_diag");
  check_all_defined("block_diag", tensors);
  std::int64_t columns = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].rank() > 2) {
      fail("block_diag", "tensor number " + std::to_string(i) + " has shape " + to_string(tensors[i].shape()) +
                             "; expected two axes at most");
    }
    columns = extent_sum("block_diag", columns, atleast_2d(tensors[i]).size(1));
  }
  std::vector<Tensor> rows;
  std::int64_t before = 0;
  for (const Tensor& tensor : tensors) {
    const Tensor block = atleast_2d(tensor);
    const std::int64_t behind = before + block.size(1);
    rows.push_back(pad(block, {{0, 0}, {before, columns - behind}}));
    before = behind;
  }
  return concatenate(rows, 0);
}

Tensor cartesian_prod(const std::vector<Tensor>& tensors) {
  const Called called("cartesian_prod");
  check_all_defined("cartesian_prod", tensors);
  std::int64_t rows = 1;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].rank() != 1) {
      fail("cartesian_prod", "tensor number " + std::to_string(i) + " has shape " + to_string(tensors[i].shape()) +
                                 "; expected a vector");
    }
    rows = extent_product("cartesian_prod", rows, tensors[i].size());
  }
  if (tensors.size() == 1) return tensors.front();
  check_size("cartesian_prod", {rows, static_cast<std::int64_t>(tensors.size())});
  std::vector<Tensor> columns;
  std::int64_t outer = 1;
  for (const Tensor& tensor : tensors) {
    const std::int64_t inner = rows == 0 ? 0 : rows / outer / tensor.size();
    const Tensor column =
        broadcast_to(tensor.reshape({1, tensor.size(), 1}), {rows == 0 ? 0 : outer, tensor.size(), inner});
    columns.push_back(column.reshape({rows}));
    outer = std::max<std::int64_t>(1, outer * tensor.size());
  }
  return stack(columns, 1);
}

Tensor combinations(const Operand& x, std::int64_t count, CombinationsOptions options) {
  const Called called("combinations");
  ops::check_defined("combinations", "x", x);
  if (x.rank() != 1) fail("combinations", "argument 'x' has shape " + to_string(x.shape()) + "; expected a vector");
  if (count < 0) fail("combinations", "count is " + std::to_string(count) + "; expected 0 or more");
  if (count == 0) return zeros({0}, x.dtype());
  const std::int64_t n = x.size(), gap = options.with_replacement ? 0 : 1;
  if (n == 0 || (gap == 1 && count > n)) return zeros({0, count}, x.dtype());
  // Binomial numbers by Pascal's rule would need as much memory; the number is bounded as it grows.
  double total = 1;
  for (std::int64_t i = 0; i < count && total < 1e18; ++i)
    total *= static_cast<double>(gap == 1 ? n - i : n + i) / static_cast<double>(i + 1);
  constexpr double most = 1e9;
  if (!(total * static_cast<double>(count) <= most)) {
    fail("combinations",
         std::to_string(count) + " of " + std::to_string(n) +
             " elements: that is more combinations than are made at once; expected at most 1e9 elements");
  }
  std::vector<std::int64_t> places;
  std::vector<std::int64_t> chosen(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) chosen[static_cast<std::size_t>(i)] = gap * i;
  for (bool more = true; more;) {
    places.insert(places.end(), chosen.begin(), chosen.end());
    more = false;
    for (std::int64_t i = count; i-- > 0 && !more;) {
      if (chosen[static_cast<std::size_t>(i)] >= n - 1 - gap * (count - 1 - i)) continue;
      std::int64_t next = ++chosen[static_cast<std::size_t>(i)];
      for (std::int64_t k = i + 1; k < count; ++k) chosen[static_cast<std::size_t>(k)] = next += gap;
      more = true;
    }
  }
  const auto rows = static_cast<std::int64_t>(places.size()) / count;
  return take(x, tensor(std::span<const std::int64_t>(places), {rows, count}));
}

// ------------------------------------------------------------------------------------------------- parts

std::vector<Tensor> tensor_split(const Operand& x, std::int64_t parts, int axis) {
  const Called called("tensor_split");
  ops::check_defined("tensor_split", "x", x);
  const int checked = ops::checked_axis("tensor_split", axis, x.shape());
  constexpr std::int64_t most = std::int64_t{1} << 24;
  if (parts < 1 || parts > most) {
    fail("tensor_split",
         std::to_string(parts) + " parts of shape " + to_string(x.shape()) + "; expected 1 to " + std::to_string(most));
  }
  const std::int64_t n = x.shape()[checked];
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < parts; ++i) sizes.push_back(n / parts + (i < n % parts ? 1 : 0));
  return split(x, sizes, checked);
}

std::vector<Tensor> tensor_split(const Operand& x, const std::vector<std::int64_t>& before, int axis) {
  const Called called("tensor_split");
  ops::check_defined("tensor_split", "x", x);
  const int checked = ops::checked_axis("tensor_split", axis, x.shape());
  std::vector<Tensor> parts;
  std::int64_t start = 0;
  for (std::size_t i = 0; i <= before.size(); ++i) {
    const std::int64_t stop = i < before.size() ? before[i] : x.shape()[checked];
    parts.push_back(slice(x, checked, start, stop));
    start = stop;
  }
  return parts;
}

std::vector<Tensor> tensor_split(const Operand& x, std::initializer_list<std::int64_t> before, int axis) {
  return tensor_split(x, std::vector<std::int64_t>(before), axis);
}

std::vector<Tensor> hsplit(const Operand& x, std::int64_t parts) {
  const Called called("hsplit");
  check_at_least("hsplit", x, 1);
  return equal_parts("hsplit", x, parts, columns_of(x));
}

std::vector<Tensor> hsplit(const Operand& x, const std::vector<std::int64_t>& before) {
  const Called called("hsplit");
  check_at_least("hsplit", x, 1);
  return tensor_split(x, before, columns_of(x));
}

std::vector<Tensor> hsplit(const Operand& x, std::initializer_list<std::int64_t> before) {
  return hsplit(x, std::vector<std::int64_t>(before));
}

std::vector<Tensor> vsplit(const Operand& x, std::int64_t parts) {
  const Called called("vsplit");
  check_at_least("vsplit", x, 2);
  return equal_parts("vsplit", x, parts, 0);
}

std::vector<Tensor> vsplit(const Operand& x, const std::vector<std::int64_t>& before) {
  const Called called("vsplit");
  check_at_least("vsplit", x, 2);
  return tensor_split(x, before, 0);
}

std::vector<Tensor> vsplit(const Operand& x, std::initializer_list<std::int64_t> before) {
  return vsplit(x, std::vector<std::int64_t>(before));
}

std::vector<Tensor> dsplit(const Operand& x, std::int64_t parts) {
  const Called called("dsplit");
  check_at_least("dsplit", x, 3);
  return equal_parts("dsplit", x, parts, 2);
}

std::vector<Tensor> dsplit(const Operand& x, const std::vector<std::int64_t>& before) {
  const Called called("dsplit");
  check_at_least("dsplit", x, 3);
  return tensor_split(x, before, 2);
}

std::vector<Tensor> dsplit(const Operand& x, std::initializer_list<std::int64_t> before) {
  return dsplit(x, std::vector<std::int64_t>(before));
}

// ------------------------------------------------------------------------------------------------- indices

namespace {

/// The columns [first, last) of each row, by a function of the row.
template <class F>
Tensor triangle(const char* op, std::int64_t rows, std::int64_t columns, const F& range) {
  if (rows < 0 || columns < 0) {
    fail(op, std::to_string(rows) + " rows and " + std::to_string(columns) + " columns; expected 0 or more");
  }
  check_size(op, {rows, columns});
  constexpr std::int64_t most_on_side = std::int64_t{1} << 26, most = std::int64_t{1} << 31;
  if (rows > most_on_side || columns > most_on_side || rows * columns > most) {
    fail(op, std::to_string(rows) + " rows and " + std::to_string(columns) +
                 " columns: that is more than are listed at once; expected at most " + std::to_string(most) +
                 " places");
  }
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows; ++i) count += range(i).second - range(i).first;
  return make_tensor<std::int64_t>({2, count}, [&](std::span<std::int64_t> out) {
    std::size_t place = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = range(i).first; j < range(i).second; ++j, ++place) {
        out[place] = i;
        out[place + static_cast<std::size_t>(count)] = j;
      }
    }
  });
}

}  // namespace

Tensor tril_indices(std::int64_t rows, std::int64_t columns, int offset) {
  const Called called("tril_indices");
  return triangle("tril_indices", rows, columns, [=](std::int64_t row) {
    return std::pair(std::int64_t{0}, std::clamp<std::int64_t>(row + offset + 1, 0, columns));
  });
}

Tensor triu_indices(std::int64_t rows, std::int64_t columns, int offset) {
  const Called called("triu_indices");
  return triangle("triu_indices", rows, columns, [=](std::int64_t row) {
    return std::pair(std::clamp<std::int64_t>(row + offset, 0, columns), columns);
  });
}

// ------------------------------------------------------------------------------------------------- samples

namespace {

using ops::sample_values;
using Inputs = const std::vector<Tensor>&;

/// A call of a (2, 3) matrix.
Sample of_matrix(const char* name, Tensor (*f)(Inputs)) { return {name, f, {sample_values({2, 3}, -1, 1)}}; }
/// A call of a (2, 3) and a (2, 2) matrix.
Sample of_two(const char* name, Tensor (*f)(Inputs)) {
  return {name, f, {sample_values({2, 3}, -1, 1), sample_values({2, 2}, 1, 2)}};
}
/// A call of vectors of 2 and 3.
Sample of_vectors(const char* name, Tensor (*f)(Inputs)) {
  return {name, f, {sample_values({2}, -1, 1), sample_values({3}, 1, 2)}};
}

using Samples = std::vector<Sample>;

constexpr Composition list_of[] = {
    {"select", [] { return Samples{of_matrix("a column", [](Inputs x) { return select(x[0], 1, -1); })}; }},
    {"narrow", [] { return Samples{of_matrix("columns", [](Inputs x) { return narrow(x[0], 1, -2, 1); })}; }},
    {"unflatten",
     [] {
       return Samples{{"the middle axis",
                       [](Inputs x) {
                         return unflatten(x[0], 1, {2, -1});
                       },
                       {sample_values({2, 6, 2}, -1, 1)}}};
     }},
    {"movedim",
     [] {
       return Samples{{"two axes",
                       [](Inputs x) {
                         return movedim(x[0], {0, 1}, {-1, 0});
                       },
                       {sample_values({2, 3, 2}, -1, 1)}},
                      of_matrix("one", [](Inputs x) { return movedim(x[0], 0, 1); })};
     }},
    {"ravel", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return ravel(x[0]); })}; }},
    {"reshape_as",
     [] { return Samples{of_matrix("columns", [](Inputs x) {
            return reshape_as(x[0], zeros({3, 2}));
          })}; }},
    {"expand_as",
     [] { return Samples{of_matrix("a batch", [](Inputs x) {
            return expand_as(x[0], zeros({2, 2, 3}));
          })}; }},
    {"atleast_1d",
     [] {
       return Samples{{"a scalar", [](Inputs x) { return atleast_1d(x[0]); }, {sample_values({}, 1, 2)}}};
     }},
    {"atleast_2d",
     [] {
       return Samples{{"a vector", [](Inputs x) { return atleast_2d(x[0]); }, {sample_values({3}, 1, 2)}}};
     }},
    {"atleast_3d", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return atleast_3d(x[0]); })}; }},
    {"broadcast_tensors",
     [] {
       return Samples{{"a row and a column",
                       [](Inputs x) { return stack(broadcast_tensors(x)); },
                       {sample_values({2, 1}, -1, 1), sample_values({3}, 1, 2)}}};
     }},
    {"rot90",
     [] {
       return Samples{of_matrix("once", [](Inputs x) { return rot90(x[0]); }),
                      of_matrix("twice", [](Inputs x) { return rot90(x[0], 2); }),
                      of_matrix("back", [](Inputs x) { return rot90(x[0], -1); })};
     }},
    {"fliplr", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return fliplr(x[0]); })}; }},
    {"flipud", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return flipud(x[0]); })}; }},
    {"hstack", [] { return Samples{of_two("matrices", [](Inputs x) { return hstack(x); })}; }},
    {"vstack",
     [] {
       return Samples{{"a vector and a matrix",
                       [](Inputs x) { return vstack(x); },
                       {sample_values({3}, -1, 1), sample_values({2, 3}, 1, 2)}}};
     }},
    {"dstack",
     [] {
       return Samples{
           {"vectors", [](Inputs x) { return dstack(x); }, {sample_values({3}, -1, 1), sample_values({3}, 1, 2)}}};
     }},
    {"column_stack",
     [] {
       return Samples{{"a vector and a matrix",
                       [](Inputs x) { return column_stack(x); },
                       {sample_values({2}, -1, 1), sample_values({2, 2}, 1, 2)}}};
     }},
    {"block_diag", [] { return Samples{of_two("two matrices", [](Inputs x) { return block_diag(x); })}; }},
    {"cartesian_prod", [] { return Samples{of_vectors("two", [](Inputs x) { return cartesian_prod(x); })}; }},
    {"combinations",
     [] {
       return Samples{
           of_vectors("pairs", [](Inputs x) { return combinations(x[1]); }),
           of_vectors("with replacement", [](Inputs x) { return combinations(x[1], 2, {.with_replacement = true}); })};
     }},
    {"tensor_split",
     [] {
       return Samples{of_matrix("parts", [](Inputs x) { return tensor_split(x[0], 2, 1)[0]; }),
                      of_matrix("before indices", [](Inputs x) { return tensor_split(x[0], {1}, 1)[1]; })};
     }},
    {"hsplit", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return hsplit(x[0], 3)[1]; })}; }},
    {"vsplit", [] { return Samples{of_matrix("a matrix", [](Inputs x) { return vsplit(x[0], {1})[1]; })}; }},
    {"dsplit",
     [] {
       return Samples{{"a batch", [](Inputs x) { return dsplit(x[0], 2)[1]; }, {sample_values({1, 2, 4}, -1, 1)}}};
     }},
    {"tril_indices",
     [] {
       return Samples{{"above the diagonal",
                       [](Inputs) { return tril_indices(2, 3, 1); },
                       {},
                       tensor({{0, 0, 1, 1, 1}, {0, 1, 0, 1, 2}}, int64)}};
     },
     false},
    {"triu_indices",
     [] {
       return Samples{{"below the diagonal",
                       [](Inputs) { return triu_indices(3, 2, -1); },
                       {},
                       tensor({{0, 0, 1, 1, 2}, {0, 1, 0, 1, 1}}, int64)}};
     },
     false},
};

}  // namespace

std::span<const Composition* const> arrange_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
