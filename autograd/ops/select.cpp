#include <autograd/batched_call.hpp>
#include <autograd/ops/select.hpp>

#include <algorithm>

#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

// ------------------------------------------------------------------------------------------------- kernels

/// The axis that an index counts along, and the function that refuses a wrong index.
struct PositionAttributes {
  std::int64_t axis;
  const char* caller;
};

/// For each entry of the axis the last position whose index names it, or -1.
void last_position_kernel(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array index = run::contiguous(call.inputs[0], storage);
  const auto& attributes = call.attributes.as<PositionAttributes>();
  const auto axis = static_cast<int>(attributes.axis);
  const std::int64_t n = call.result.shape[axis];
  const auto [outer, k, inner] = ops::Split(index.shape, axis);
  auto* out = call.result.as<std::int64_t>();
  std::fill_n(out, call.result.shape.elements(), -1);
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t j = 0; j < inner; ++j) {
        const std::int64_t place = index.as<std::int64_t>()[(i * k + p) * inner + j];
        out[(i * n + ops::checked_index(attributes.caller, place, n, (i * k + p) * inner + j)) * inner + j] = p;
      }
    }
  }
}

/// The extents of two neighbouring axes, and the function that refuses a wrong index.
struct JointIndexAttributes {
  std::int64_t rows;
  std::int64_t columns;
  const char* caller;
};

/// The index into both axes as one.
void joint_index_kernel(const run::Call& call) {
  run::BufferHandle row_storage, column_storage;
  const auto* rows = run::contiguous(call.inputs[0], row_storage).as<std::int64_t>();
  const auto* columns = run::contiguous(call.inputs[1], column_storage).as<std::int64_t>();
  const auto& extents = call.attributes.as<JointIndexAttributes>();
  auto* out = call.result.as<std::int64_t>();
  for (std::int64_t i = 0; i < call.result.shape.elements(); ++i) {
    out[i] = ops::checked_index(extents.caller, rows[i], extents.rows, i) * extents.columns +
             ops::checked_index(extents.caller, columns[i], extents.columns, i);
  }
}

// ------------------------------------------------------------------------------------------------- primitives

using ops::check_mask;
using ops::last_position;
Tensor joint_index(const Tensor& rows, const Tensor& columns, std::int64_t n, std::int64_t m);

constexpr Primitive last_position_primitive{
    .name = "last_position",
    .doc = "for each entry of an axis the last position whose index names it, or -1",
    .traits = BlockTraits{.kernel = &last_position_kernel},
    .batch = &batch::along_axis<PositionAttributes>,
    .samples = [] {
      const Tensor rows = tensor({{2, 0, 2}, {-1, -1, 1}}, int64);
      return std::vector<Sample>{{"rows with repeated and negative indices",
                                  [](const std::vector<Tensor>& x) { return last_position(x[0], 1, 4); },
                                  {rows},
                                  tensor({{1, -1, 2, -1}, {-1, 2, -1, 1}}, int64)},
                                 {"columns of a transpose",
                                  [](const std::vector<Tensor>& x) { return last_position(x[0].T(), 0, 3); },
                                  {rows},
                                  tensor({{1, -1}, {-1, 2}, {2, 1}}, int64)},
                                 {"no indices",
                                  [](const std::vector<Tensor>& x) { return last_position(x[0], 0, 2); },
                                  {zeros({0}, int64)},
                                  tensor({-1, -1}, int64)}};
    }};
constexpr Primitive joint_index_primitive{
    .name = "joint_index",
    .doc = "the index into two axes as one, from an index into each",
    .traits = BlockTraits{.kernel = &joint_index_kernel},
    .batch = &batch::behind,
    .samples = [] {
      return std::vector<Sample>{{"pairs into 3 x 4",
                                  [](const std::vector<Tensor>& x) { return joint_index(x[0], x[1], 3, 4); },
                                  {tensor({0, 2, -1}, int64), tensor({3, -4, 1}, int64)},
                                  tensor({3, 8, 9}, int64)},
                                 {"a column and a row",
                                  [](const std::vector<Tensor>& x) { return joint_index(x[0], x[1], 2, 2); },
                                  {tensor({{0}, {1}}, int64), tensor({1, 0}, int64)},
                                  tensor({{1, 0}, {3, 2}}, int64)}};
    }};

Tensor joint_index(const Tensor& rows, const Tensor& columns, std::int64_t n, std::int64_t m) {
  const Shape shape = ops::broadcast_shapes("at", rows.shape(), columns.shape());
  return record2(joint_index_primitive, broadcast_to(rows, shape), broadcast_to(columns, shape), shape, int64,
                 JointIndexAttributes{n, m, Called::name("at")});
}

// ------------------------------------------------------------------------------------------------- checks

void check_vector(const char* op, const Tensor& index) {
  ops::check_indices(op, "index", index);
  if (index.rank() != 1) fail(op, "argument 'index' has shape " + to_string(index.shape()) + "; expected a vector");
}

void check_ranks(const char* op, const Tensor& x, const Tensor& indices) {
  if (indices.rank() != x.rank()) {
    fail(op, "argument 'indices' has shape " + to_string(indices.shape()) + " for shape " + to_string(x.shape()) +
                 "; expected " + std::to_string(x.rank()) + " axes");
  }
}

/// The flat row-major positions of elements that are not 0.
std::vector<std::int64_t> places_of(const Tensor& x) {
  const Tensor hits = cast(x, boolean);
  const std::span<const bool> values = hits.data<bool>();
  std::vector<std::int64_t> positions;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i]) positions.push_back(static_cast<std::int64_t>(i));
  return positions;
}

Tensor vector_of(const std::vector<std::int64_t>& values) {
  return tensor(std::span<const std::int64_t>(values), {static_cast<std::int64_t>(values.size())});
}

// ------------------------------------------------------------------------------------------------- at

/// How one axis of x is indexed, once ellipses, missing axes and masks are spelled out.
struct AxisIndex {
  Index::Value index;
  bool advanced() const { return std::holds_alternative<Tensor>(index); }
};

/// The columns of a mask's nonzero(), one for each of its axes.
std::vector<Tensor> mask_indices(const Tensor& mask) {
  const Tensor places = nonzero(mask);
  return unstack(places, 1);
}

/// The indices with one entry for each axis of x and each new axis.
std::vector<AxisIndex> spelled_out(const char* op, const Tensor& x, const std::vector<Index>& indices) {
  int named = 0, ellipses = 0;
  for (const Index& entry : indices) {
    const Index::Value& index = entry.value();
    if (std::holds_alternative<Ellipsis>(index)) {
      ++ellipses;
    } else if (const Tensor* tensor = std::get_if<Tensor>(&index)) {
      ops::check_defined(op, "indices", *tensor);
      if (tensor->dtype() == boolean && tensor->rank() == 0)
        fail(op, "a mask of shape () was given for shape " + to_string(x.shape()) + "; expected one axis or more");
      if (tensor->dtype() != boolean) ops::check_indices(op, "indices", *tensor);
      named += tensor->dtype() == boolean ? tensor->rank() : 1;
    } else if (!std::holds_alternative<NewAxis>(index)) {
      ++named;
    }
  }
  if (ellipses > 1) fail(op, std::to_string(ellipses) + " ellipses were given; expected at most one");
  if (named > x.rank()) {
    fail(op, "indices for " + std::to_string(named) + " axes were given for shape " + to_string(x.shape()) +
                 "; expected at most " + std::to_string(x.rank()));
  }
  std::vector<AxisIndex> result;
  int axis = 0;
  const auto take_whole = [&](int count) {
    for (; count > 0; --count, ++axis) result.push_back({Slice{}});
  };
  for (const Index& entry : indices) {
    const Index::Value& index = entry.value();
    if (std::holds_alternative<Ellipsis>(index)) {
      take_whole(x.rank() - named);
      continue;
    }
    const Tensor* tensor = std::get_if<Tensor>(&index);
    if (tensor && tensor->dtype() == boolean) {
      for (int i = 0; i < tensor->rank(); ++i) {
        if (tensor->shape()[i] == x.shape()[axis + i]) continue;
        fail(op, "a mask of shape " + to_string(tensor->shape()) + " was given for the axes from " +
                     std::to_string(axis) + " on of shape " + to_string(x.shape()) + "; expected equal extents");
      }
      for (const Tensor& places : mask_indices(*tensor)) result.push_back({places});
      axis += tensor->rank();
      continue;
    }
    if (const std::int64_t* number = std::get_if<std::int64_t>(&index)) {
      const std::int64_t n = x.shape()[axis];
      if (*number < -n || *number >= n) {
        fail(op, "index " + std::to_string(*number) + " is out of range for axis " + std::to_string(axis) +
                     " of shape " + to_string(x.shape()) + "; expected " +
                     (n == 0 ? "none" : std::to_string(-n) + " to " + std::to_string(n - 1)));
      }
    }
    if (const Slice* range = std::get_if<Slice>(&index); range && range->step == 0) {
      fail(op, "step 0 was given for axis " + std::to_string(axis) + " of shape " + to_string(x.shape()) +
                   "; expected another number");
    }
    result.push_back({index});
    if (!std::holds_alternative<NewAxis>(index)) ++axis;
  }
  take_whole(x.rank() - axis);
  return result;
}

/// x with the neighbouring axes from `first` on, each of which has an index, replaced by the shape of the indices.
Tensor take_jointly(const Tensor& x, int first, const std::vector<Tensor>& indices) {
  Tensor joint = indices.front();
  std::int64_t extent = x.shape()[first];
  for (std::size_t i = 1; i < indices.size(); ++i) {
    const std::int64_t next = x.shape()[first + static_cast<int>(i)];
    joint = joint_index(joint, indices[i], extent, next);
    extent *= next;
  }
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis == first)
      shape.push_back(extent);
    else if (axis < first || axis >= first + static_cast<int>(indices.size()))
      shape.push_back(x.shape()[axis]);
  }
  return take(x.reshape(shape), joint, first);
}

Tensor at_in(const char* op, const Tensor& x, const std::vector<Index>& indices) {
  ops::check_defined(op, "x", x);
  const std::vector<AxisIndex> entries = spelled_out(op, x, indices);
  // Ranges and numbers first. A number leaves an axis of extent 1, which is removed below.
  std::vector<Slice> ranges;
  int rank = 0, advanced_rank = 0;
  for (const AxisIndex& entry : entries) {
    if (const Tensor* tensor = std::get_if<Tensor>(&entry.index))
      advanced_rank = std::max(advanced_rank, tensor->rank());
    else if (!std::holds_alternative<std::int64_t>(entry.index))
      ++rank;
    if (std::holds_alternative<NewAxis>(entry.index)) continue;
    const std::int64_t* number = std::get_if<std::int64_t>(&entry.index);
    const Slice* range = std::get_if<Slice>(&entry.index);
    if (range)
      ranges.push_back(*range);
    else if (number)
      ranges.push_back({*number, *number == -1 ? std::optional<std::int64_t>{} : *number + 1});
    else
      ranges.push_back({});
  }
  ops::check_rank(op, rank + advanced_rank, {&x});
  Tensor result = slice(x, ranges);
  Shape shape;
  std::vector<Tensor> joint;
  std::vector<int> joint_axes, others;
  int axis = 0;
  for (const AxisIndex& entry : entries) {
    const bool is_new = std::holds_alternative<NewAxis>(entry.index);
    if (!std::holds_alternative<std::int64_t>(entry.index)) {
      (entry.advanced() ? joint_axes : others).push_back(shape.rank());
      if (entry.advanced()) joint.push_back(std::get<Tensor>(entry.index));
      shape.push_back(is_new ? 1 : result.shape()[axis]);
    }
    if (!is_new) ++axis;
  }
  result = result.reshape(shape);
  if (joint.empty()) return result;
  if (joint_axes.back() - joint_axes.front() + 1 == static_cast<int>(joint_axes.size()))
    return take_jointly(result, joint_axes.front(), joint);
  joint_axes.insert(joint_axes.end(), others.begin(), others.end());
  return take_jointly(transpose(result, joint_axes), 0, joint);
}

}  // namespace

Tensor ops::last_position(const Tensor& index, int axis, std::int64_t n) {
  Shape shape = index.shape();
  shape[axis] = n;
  return record1(last_position_primitive, index, shape, int64,
                 PositionAttributes{axis, Called::name("put_along_axis")});
}

void ops::check_mask(const char* op, const Tensor& mask) {
  ops::check_defined(op, "mask", mask);
  if (mask.dtype() != boolean) {
    fail(op, "argument 'mask' has dtype " + std::string(to_string(mask.dtype())) + " and shape " +
                 to_string(mask.shape()) + "; bool is expected, as comparisons give");
  }
}

Tensor ops::positions_of(const Tensor& x) { return vector_of(places_of(x)); }

Tensor index_select(const Operand& x, int axis, const Operand& index) {
  const Called called("index_select");
  const ops::Along along("index_select", x, axis);
  check_vector("index_select", index);
  if (along.scalar && index.size() != 1) {
    fail("index_select",
         "argument 'index' has shape " + to_string(index.shape()) + " for a scalar, shape (); expected one index");
  }
  return along.restored(take(along.x, index, along.axis));
}

Tensor index_add(const Operand& x, int axis, const Operand& index, const Operand& source) {
  const Called called("index_add");
  ops::check_defined("index_add", "x", x);
  ops::check_defined("index_add", "source", source);
  check_vector("index_add", index);
  const ops::Along along("index_add", x, axis);
  if (along.scalar)
    return index_add(along.x, 0, index, source.rank() == 0 ? source.reshape({1}) : source.tensor()).reshape(Shape());
  const int checked = along.axis;
  Shape expected = x.shape();
  expected[checked] = index.size();
  if (source.shape() != expected) {
    fail("index_add", "argument 'source' has shape " + to_string(source.shape()) + " for " +
                          std::to_string(index.size()) + " indices into axis " + std::to_string(checked) +
                          " of shape " + to_string(x.shape()) + "; expected " + to_string(expected));
  }
  const Tensor values = ops::fitted("index_add", "source", source, x.dtype());
  // Sums of bools are integers.
  if (x.dtype() == boolean) return x + ops::add_at(x.shape(), checked, index, values);
  return ops::with_added(cast(x, x.dtype()), checked, index, values, Called::name("index_add"));
}

Tensor take_along_axis(const Operand& x, const Operand& indices, int axis) {
  const Called called("take_along_axis");
  ops::check_defined("take_along_axis", "x", x);
  ops::check_indices("take_along_axis", "indices", indices);
  check_ranks("take_along_axis", x, indices);
  const int checked = ops::checked_axis("take_along_axis", axis, x.shape());
  Shape others = x.shape(), index_others = indices.shape();
  others[checked] = index_others[checked] = 1;
  for (int i = 0; i < x.rank(); ++i) {
    if (others[i] == index_others[i] || others[i] == 1 || index_others[i] == 1) continue;
    fail("take_along_axis", "argument 'indices' has shape " + to_string(indices.shape()) + " for shape " +
                                to_string(x.shape()) + "; expected equal extents, or 1, on every axis but " +
                                std::to_string(checked));
  }
  const Shape common = ops::broadcast_shapes("take_along_axis", others, index_others);
  Shape source = common, result = common;
  source[checked] = x.shape()[checked];
  result[checked] = indices.shape()[checked];
  return gather(broadcast_to(x, source), checked, broadcast_to(indices, result));
}

Tensor put_along_axis(const Operand& x, const Operand& indices, const Operand& values, int axis) {
  const Called called("put_along_axis");
  ops::check_defined("put_along_axis", "x", x);
  ops::check_indices("put_along_axis", "indices", indices);
  ops::check_defined("put_along_axis", "values", values);
  check_ranks("put_along_axis", x, indices);
  const int checked = ops::checked_axis("put_along_axis", axis, x.shape());
  Shape shape = x.shape();
  shape[checked] = indices.shape()[checked];
  if (!ops::broadcasts_to(indices.shape(), shape) || !ops::broadcasts_to(values.shape(), shape)) {
    fail("put_along_axis", "argument 'indices' has shape " + to_string(indices.shape()) + ", 'values' " +
                               to_string(values.shape()) + " for axis " + std::to_string(checked) + " of shape " +
                               to_string(x.shape()) + "; expected shapes that broadcast to " + to_string(shape));
  }
  if (shape[checked] == 0) return x;
  check_size("put_along_axis", shape);
  const Tensor last = last_position(broadcast_to(indices, shape), checked, x.shape()[checked]);
  const Tensor put = broadcast_to(ops::fitted("put_along_axis", "values", values, x.dtype()), shape);
  return where(greater_equal(last, 0), gather(put, checked, maximum(last, 0)), x);
}

Tensor masked_fill(const Operand& x, const Operand& mask, const Operand& value) {
  const Called called("masked_fill");
  ops::check_defined("masked_fill", "x", x);
  check_mask("masked_fill", mask);
  ops::check_defined("masked_fill", "value", value);
  if (value.rank() != 0)
    fail("masked_fill", "argument 'value' has shape " + to_string(value.shape()) + "; expected ()");
  ops::broadcast_shapes("masked_fill", x.shape(), mask.shape());
  return where(mask, ops::fitted("masked_fill", "value", value, x.dtype()), x);
}

Tensor masked_select(const Operand& x, const Operand& mask) {
  const Called called("masked_select");
  ops::check_defined("masked_select", "x", x);
  check_mask("masked_select", mask);
  const Shape shape = ops::broadcast_shapes("masked_select", x.shape(), mask.shape());
  const Tensor places = ops::positions_of(broadcast_to(mask, shape));
  return take(flatten(broadcast_to(x, shape)), places);
}

Tensor nonzero(const Operand& x) {
  const Called called("nonzero");
  ops::check_defined("nonzero", "x", x);
  const std::vector<std::int64_t> positions = places_of(x);
  const Shape& shape = x.shape();
  return make_tensor<std::int64_t>({static_cast<std::int64_t>(positions.size()), shape.rank()},
                                   [&](std::span<std::int64_t> out) {
                                     for (std::size_t i = 0; i < positions.size(); ++i) {
                                       std::int64_t rest = positions[i];
                                       for (int axis = shape.rank(); axis-- > 0; rest /= shape[axis])
                                         out[i * shape.size() + static_cast<std::size_t>(axis)] = rest % shape[axis];
                                     }
                                   });
}

Tensor embedding(const Operand& indices, const Operand& weight, EmbeddingOptions options) {
  const Called called("embedding");
  ops::check_indices("embedding", "indices", indices);
  ops::check_defined("embedding", "weight", weight);
  if (weight.rank() != 2)
    fail("embedding", "argument 'weight' has shape " + to_string(weight.shape()) + "; expected (rows, width)");
  ops::check_rank("embedding", indices.rank() + 1, {&indices.tensor(), &weight.tensor()});
  const Tensor rows = take(weight, indices, 0);
  if (!options.padding_idx) return rows;
  const std::int64_t n = weight.shape()[0], given = *options.padding_idx;
  if (given < -n || given >= n) {
    fail("embedding", "padding_idx is " + std::to_string(given) + " for a weight of shape " +
                          to_string(weight.shape()) + "; expected " + std::to_string(-n) + " to " +
                          std::to_string(n - 1));
  }
  const Tensor from_start = where(less(indices, 0), indices + n, indices);
  const Tensor padding = expand_dims(equal(from_start, given < 0 ? given + n : given), -1);
  return where(padding, stop_gradient(rows), rows);
}

Tensor at(const Operand& x, const std::vector<Index>& indices) {
  const Called called("at");
  return at_in("at", x, indices);
}

Index::Index(const std::vector<std::int64_t>& indices, CallSite call) : value_(vector_of(indices)), call_(call) {}

Tensor index_put(const Operand& x, const std::vector<Index>& indices, const Operand& values, IndexPutOptions options) {
  const Called called("index_put");
  ops::check_defined("index_put", "x", x);
  ops::check_defined("index_put", "values", values);
  const Tensor places = at_in("index_put", arange(x.size()).reshape(x.shape()), indices);
  if (!ops::broadcasts_to(values.shape(), places.shape())) {
    fail("index_put", "argument 'values' has shape " + to_string(values.shape()) + " for the indexed shape " +
                          to_string(places.shape()) + "; expected a shape that broadcasts to it");
  }
  const Tensor put = broadcast_to(ops::fitted("index_put", "values", values, x.dtype()), places.shape());
  if (options.accumulate)
    return index_add(x.reshape(x.size()), 0, places.reshape(-1), put.reshape(-1)).reshape(x.shape());
  return put_along_axis(x.reshape(x.size()), places.reshape(-1), put.reshape(-1), 0).reshape(x.shape());
}

std::span<const Primitive* const> select_primitives() {
  static constexpr const Primitive* list[] = {&last_position_primitive, &joint_index_primitive};
  return list;
}

}  // namespace xgrad
