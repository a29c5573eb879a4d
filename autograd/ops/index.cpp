#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numeric>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/integers.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::add_at;
using ops::checked_index;
using ops::IndexAttributes;
using ops::OneHotAttributes;
using ops::sample_values;
using ops::Split;

int axis_of(const Attributes& attributes) { return static_cast<int>(attributes.as<IndexAttributes>().axis); }
const char* caller_of(const Attributes& attributes) { return attributes.as<IndexAttributes>().caller; }

/// Indices as numbers from 0, checked.
std::vector<std::int64_t> resolved_indices(const char* op, const run::Array& indices, std::int64_t n) {
  run::BufferHandle storage;
  const run::Array flat = run::contiguous(indices, storage);
  std::vector<std::int64_t> resolved(static_cast<std::size_t>(flat.shape.elements()));
  for (std::size_t i = 0; i < resolved.size(); ++i)
    resolved[i] = checked_index(op, flat.as<std::int64_t>()[i], n, static_cast<std::int64_t>(i));
  return resolved;
}

// ------------------------------------------------------------------------------------------------- kernels

/// out (outer, k, inner) = x (outer, n, inner) at k indices of the middle axis.
void take_kernel(const run::Call& call) {
  const int axis = axis_of(call.attributes);
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const Split split(x.shape, axis);
  const std::vector<std::int64_t> indices = resolved_indices(caller_of(call.attributes), call.inputs[1], split.n);
  if (call.result.shape.elements() == 0) return;
  const std::size_t row = static_cast<std::size_t>(split.inner) * size_of(x.dtype);
  std::byte* out = call.result.data;
  for (std::int64_t i = 0; i < split.outer; ++i) {
    const std::byte* block = x.data + static_cast<std::size_t>(i * split.n) * row;
    for (const std::int64_t index : indices) {
      std::memcpy(out, block + static_cast<std::size_t>(index) * row, row);
      out += row;
    }
  }
}

/// What is added to a result (outer, n, inner): values (outer, k, inner), to k indices of the middle axis.
struct Addends {
  /// Input `values` of a call, and the indices behind it.
  Addends(const run::Call& call, std::size_t input)
      : values(run::contiguous(call.inputs[input], storage)),
        split(call.result.shape, axis_of(call.attributes)),
        indices(resolved_indices(caller_of(call.attributes), call.inputs[input + 1], split.n)) {}

  /// The k-th values of a place before the axis, and where the result has an index of it.
  template <class T>
  const T* value(std::int64_t outer, std::int64_t k) const {
    return values.as<T>() + (outer * static_cast<std::int64_t>(indices.size()) + k) * split.inner;
  }
  template <class T>
  T* place(const run::Array& result, std::int64_t outer, std::int64_t index) const {
    return result.as<T>() + (outer * split.n + index) * split.inner;
  }
  template <class T>
  void add(T* to, const T* from) const {
    for (std::int64_t j = 0; j < split.inner; ++j) to[j] = kernels::wrapping_add(to[j], from[j]);
  }

  run::BufferHandle storage;
  run::Array values;
  Split split;
  std::vector<std::int64_t> indices;
};

/// The adjoint of take: zeros, with values added.
void add_at_kernel(const run::Call& call) {
  const Addends addends(call, 0);
  std::memset(call.result.data, 0, call.result.bytes());
  if (addends.values.shape.elements() == 0) return;
  visit_dtype(addends.values.dtype, [&]<class T>(std::type_identity<T>) {
    for (std::int64_t i = 0; i < addends.split.outer; ++i)
      for (std::size_t k = 0; k < addends.indices.size(); ++k)
        addends.add(addends.place<T>(call.result, i, addends.indices[k]),
                    addends.value<T>(i, static_cast<std::int64_t>(k)));
  });
}

/// x with values added. Values of one place are added to each other first, as add_at does.
void index_add_kernel(const run::Call& call) {
  const Addends addends(call, 1);
  std::vector<std::int64_t> order(addends.indices.size());
  std::iota(order.begin(), order.end(), 0);
  const auto index_of = [&](std::int64_t k) { return addends.indices[static_cast<std::size_t>(k)]; };
  std::ranges::stable_sort(order, {}, index_of);
  if (call.result.data != call.inputs[0].data) run::copy(call.inputs[0], call.result);
  if (addends.values.shape.elements() == 0) return;
  visit_dtype(addends.values.dtype, [&]<class T>(std::type_identity<T>) {
    const std::int64_t inner = addends.split.inner;
    const auto sum = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(inner));
    for (std::int64_t i = 0; i < addends.split.outer; ++i) {
      for (std::size_t first = 0, next = 0; first < order.size(); first = next) {
        const std::int64_t index = index_of(order[first]);
        for (next = first + 1; next < order.size() && index_of(order[next]) == index;) ++next;
        const T* added = addends.value<T>(i, order[first]);
        if (next > first + 1) {
          std::copy_n(added, inner, sum.get());
          for (std::size_t k = first + 1; k < next; ++k) addends.add(sum.get(), addends.value<T>(i, order[k]));
          added = sum.get();
        }
        addends.add(addends.place<T>(call.result, i, index), added);
      }
    }
  });
}

/// Calls f(flat position in the index, flat position in the indexed array), on several threads where there is enough to
/// do: those of different places before the axis share nothing.
template <class F>
void each_gathered(const char* op, const run::Array& index, const Shape& source, int axis, F&& f) {
  if (index.shape.elements() == 0) return;
  const Split split(source, axis);
  run::BufferHandle storage;
  const run::Array flat = run::contiguous(index, storage);
  const std::int64_t* const given = flat.as<std::int64_t>();
  const std::int64_t n = split.n, inner = split.inner, k = index.shape[axis];
  ops::each_piece(split.outer, index.shape.elements(), [&](std::int64_t i) {
    std::int64_t place = i * k * inner;
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t j = 0; j < inner; ++j, ++place) {
        std::int64_t at = given[place];
        if (at < 0 || at >= n) at = checked_index(op, at, n, place);
        f(place, (i * n + at) * inner + j);
      }
    }
  });
}

void gather_kernel(const run::Call& call) {
  const int axis = axis_of(call.attributes);
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  visit_dtype(x.dtype, [&]<class T>(std::type_identity<T>) {
    each_gathered(caller_of(call.attributes), call.inputs[1], x.shape, axis,
                  [&](std::int64_t place, std::int64_t source) { call.result.as<T>()[place] = x.as<T>()[source]; });
  });
}

void scatter_add_kernel(const run::Call& call) {
  const int axis = axis_of(call.attributes);
  run::BufferHandle storage;
  const run::Array values = run::contiguous(call.inputs[0], storage);
  std::memset(call.result.data, 0, call.result.bytes());
  visit_dtype(values.dtype, [&]<class T>(std::type_identity<T>) {
    each_gathered(caller_of(call.attributes), call.inputs[1], call.result.shape, axis,
                  [&](std::int64_t place, std::int64_t target) {
                    T& total = call.result.as<T>()[target];
                    total = kernels::wrapping_add(total, values.as<T>()[place]);
                  });
  });
}

void one_hot_kernel(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array labels = run::contiguous(call.inputs[0], storage);
  const auto& attributes = call.attributes.as<OneHotAttributes>();
  const std::int64_t classes = attributes.classes;
  std::memset(call.result.data, 0, call.result.bytes());
  visit_dtype(call.result.dtype, [&]<class T>(std::type_identity<T>) {
    for (std::int64_t i = 0; i < labels.shape.elements(); ++i) {
      const std::int64_t label = labels.as<std::int64_t>()[i];
      if (label < 0 || label >= classes) {
        fail(attributes.caller, "label " + std::to_string(label) + " at position " + std::to_string(i) +
                                    " is out of range for " + std::to_string(classes) + " classes; expected " +
                                    (classes == 0 ? "no labels" : "0 to " + std::to_string(classes - 1)));
      }
      call.result.as<T>()[i * classes + label] = T(1);
    }
  });
}

// ------------------------------------------------------------------------------------------------- derivatives

int axis_of(const Vjp& v) { return axis_of(v.attributes()); }

// Derivatives and vmap refuse a wrong index in the name of the function that the user called.

void take_vjp(Vjp& v) {
  const Called called(caller_of(v.attributes()));
  v.give(0, add_at(v.input_shape(0), axis_of(v), v.input(1), v.cotangent()));
}
void add_at_vjp(Vjp& v) {
  const Called called(caller_of(v.attributes()));
  v.give(0, take(v.cotangent(), v.input(1), axis_of(v)));
}
void index_add_vjp(Vjp& v) {
  const Called called(caller_of(v.attributes()));
  v.give(0, v.cotangent());
  if (v.wants(1)) v.give(1, take(v.cotangent(), v.input(2), axis_of(v)));
}
void gather_vjp(Vjp& v) {
  const Called called(caller_of(v.attributes()));
  v.give(0, scatter_add(v.input_shape(0), axis_of(v), v.input(1), v.cotangent()));
}
void scatter_add_vjp(Vjp& v) {
  const Called called(caller_of(v.attributes()));
  v.give(0, gather(v.cotangent(), axis_of(v), v.input(1)));
}

// ------------------------------------------------------------------------------------------------- batching

/// The axis as it is counted for one example.
int axis_of(const BatchedCall& b) { return axis_of(b.attributes()); }

/// The shape behind the batch axis, with `axes` neighbouring axes from `axis` on joined to one.
Shape joined_axes(const BatchedCall& b, const Shape& shape, int axis, int axes) {
  Shape result = b.behind_batch(shape);
  std::int64_t count = 1;
  for (int i = 0; i < axes; ++i) {
    count *= result[axis + 1];
    result.erase(axis + 1);
  }
  result.insert(axis + 1, count);
  return result;
}

/// The indices of all examples, broadcast to the shape of an index of gather or scatter_add.
Tensor gather_index(const BatchedCall& b, const Shape& places, std::size_t input = 1) {
  const Tensor indices = b.mapped(input);
  Shape shape{b.size()};
  for (int i = 1; i < places.rank(); ++i) shape.push_back(i == axis_of(b) + 1 ? places[i] : 1);
  return broadcast_to(indices.reshape(shape), places);
}

Tensor take_batch(const BatchedCall& b) {
  const Called called(caller_of(b.attributes()));
  if (!b.maps(1)) return take(b.input(0), b.input(1), axis_of(b) + 1);
  if (!b.maps(0)) {
    // The batch axis is the first axis of the indices; it moves to the front.
    const Tensor taken = take(b.input(0), b.input(1), axis_of(b));
    std::vector<int> order{axis_of(b)};
    for (int axis = 0; axis < taken.rank(); ++axis)
      if (axis != axis_of(b)) order.push_back(axis);
    return transpose(taken, order);
  }
  const Shape places = joined_axes(b, b.shape(), axis_of(b), b.input_shape(1).rank());
  return gather(b.mapped(0), axis_of(b) + 1, gather_index(b, places)).reshape(b.behind_batch(b.shape()));
}

/// Zeros with input `values` added at the indices of the next one.
Tensor added_at(const BatchedCall& b, std::size_t values) {
  const Called called(caller_of(b.attributes()));
  const Shape shape = b.behind_batch(b.shape());
  const std::size_t indices = values + 1;
  if (!b.maps(indices)) return add_at(shape, axis_of(b) + 1, b.input(indices), b.mapped(values));
  const Shape places = joined_axes(b, b.input_shape(values), axis_of(b), b.input_shape(indices).rank());
  return scatter_add(shape, axis_of(b) + 1, gather_index(b, places, indices), b.mapped(values).reshape(places));
}

Tensor add_at_batch(const BatchedCall& b) { return added_at(b, 0); }
Tensor index_add_batch(const BatchedCall& b) { return b.mapped(0) + added_at(b, 1); }

// ------------------------------------------------------------------------------------------------- primitives

constexpr std::uint32_t reads_index = 2;

std::vector<Sample> take_samples() {
  return {{"repeated and negative rows",
           [](const std::vector<Tensor>& x) { return take(x[0], x[1]); },
           {sample_values({3, 2}, -1, 1), tensor({0, -1, 0, 1}, int64)}},
          {"a matrix of columns",
           [](const std::vector<Tensor>& x) { return take(x[0], x[1], 1); },
           {sample_values({2, 3}, -1, 1), tensor({{2, 0}, {2, 2}}, int64)}},
          {"none",
           [](const std::vector<Tensor>& x) { return take(x[0], x[1]); },
           {sample_values({3, 2}, -1, 1), zeros({0}, int64)}}};
}

std::vector<Sample> index_add_samples() {
  return {{"repeated and negative rows",
           [](const std::vector<Tensor>& x) { return index_add(x[0], 0, x[2], x[1]); },
           {sample_values({3, 2}, -1, 1), sample_values({4, 2}, 0.5, 2), tensor({2, 0, -1, 2}, int64)}},
          {"columns",
           [](const std::vector<Tensor>& x) { return index_add(x[0], 1, x[2], x[1]); },
           {sample_values({2, 3}, -1, 1), sample_values({2, 2}, 0.5, 2), tensor({1, 1}, int64)}},
          {"none",
           [](const std::vector<Tensor>& x) { return index_add(x[0], 0, x[2], x[1]); },
           {sample_values({3, 2}, -1, 1), zeros({0, 2}, float64), zeros({0}, int64)}}};
}

std::vector<Sample> gather_samples() {
  return {{"along rows",
           [](const std::vector<Tensor>& x) { return gather(x[0], 1, x[1]); },
           {sample_values({2, 3}, -1, 1), tensor({{2, 0, 2, 1}, {1, 1, 0, -1}}, int64)}},
          {"along columns",
           [](const std::vector<Tensor>& x) { return gather(x[0], 0, x[1]); },
           {sample_values({3, 2}, -1, 1), tensor({{2, 0}, {2, 1}}, int64)}}};
}

std::vector<Sample> scatter_add_samples() {
  return {{"duplicates add up",
           [](const std::vector<Tensor>& x) {
             return scatter_add({2, 3}, 1, x[1], x[0]);
           },
           {sample_values({2, 4}, -1, 1), tensor({{2, 0, 2, 1}, {1, 1, 0, -1}}, int64)}}};
}

constexpr Primitive take_primitive{.name = "take",
                                   .doc = "entries of one axis at given indices",
                                   .vjp = &take_vjp,
                                   .reads = reads_index,
                                   .traits = BlockTraits{.kernel = &take_kernel, .reads_bfloat16 = true},
                                   .batch = &take_batch,
                                   .samples = &take_samples};
constexpr Primitive add_at_primitive{
    .name = "add_at",
    .doc = "zeros with values added at given indices of one axis: the adjoint of take",
    .vjp = &add_at_vjp,
    .reads = reads_index,
    .traits = BlockTraits{.kernel = &add_at_kernel},
    .batch = &add_at_batch,
    .samples = [] {
      return std::vector<Sample>{{"repeated rows",
                                  [](const std::vector<Tensor>& x) {
                                    return add_at({3, 2}, 0, x[1], x[0]);
                                  },
                                  {sample_values({3, 2}, -1, 1), tensor({2, 0, 2}, int64)}}};
    }};
constexpr Primitive index_add_primitive{.name = "index_add",
                                        .doc = "x with values added at given indices of one axis",
                                        .vjp = &index_add_vjp,
                                        .reads = 4,
                                        .traits = BlockTraits{.kernel = &index_add_kernel, .updates = true},
                                        .batch = &index_add_batch,
                                        .samples = &index_add_samples};
constexpr Primitive gather_primitive{.name = "gather",
                                     .doc = "one entry of an axis for every place of an index",
                                     .vjp = &gather_vjp,
                                     .reads = reads_index,
                                     .traits = BlockTraits{.kernel = &gather_kernel},
                                     .batch = &batch::along_axis<IndexAttributes>,
                                     .samples = &gather_samples};
constexpr Primitive scatter_add_primitive{.name = "scatter_add",
                                          .doc = "zeros with values added at an index: the adjoint of gather",
                                          .vjp = &scatter_add_vjp,
                                          .reads = reads_index,
                                          .traits = BlockTraits{.kernel = &scatter_add_kernel},
                                          .batch = &batch::along_axis<IndexAttributes>,
                                          .samples = &scatter_add_samples};
constexpr Primitive one_hot_primitive{
    .name = "one_hot",
    .doc = "1 at each label, 0 elsewhere",
    .traits = BlockTraits{.kernel = &one_hot_kernel},
    .batch = &batch::behind,
    .samples = [] {
      return std::vector<Sample>{{"three classes",
                                  [](const std::vector<Tensor>& x) { return one_hot(x[0], 3); },
                                  {tensor({2, 0}, int64)},
                                  tensor({{0, 0, 1}, {1, 0, 0}})}};
    }};

/// Throws Error unless an index of gather or scatter_add has the tensor's rank and, except along the axis, at most its
/// extents.
void check_gather_index(const char* op, const Tensor& index, const Shape& shape, int axis) {
  bool fits = index.rank() == shape.rank();
  for (int i = 0; fits && i < shape.rank(); ++i) fits = i == axis || index.shape()[i] <= shape[i];
  if (!fits) {
    fail(op, "argument 'index' has shape " + to_string(index.shape()) + " for shape " + to_string(shape) +
                 "; expected as many axes, and at most its extents on every axis but " + std::to_string(axis));
  }
}

/// A shape with the extents of an index but along the axis.
Shape reached(const Shape& shape, const Shape& index, int axis) {
  Shape result = index;
  result[axis] = shape[axis];
  return result;
}

}  // namespace

Tensor ops::corner_of(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  std::vector<Slice> ranges;
  for (const std::int64_t extent : shape) ranges.push_back({0, extent, 1});
  return slice(x, ranges);
}

Tensor ops::add_at(const Shape& shape, int axis, const Tensor& indices, const Tensor& values) {
  return record2(add_at_primitive, values, indices, shape, values.dtype(), IndexAttributes{axis, Called::name("take")});
}

Tensor ops::with_added(const Tensor& x, int axis, const Tensor& indices, const Tensor& values, const char* caller) {
  return record(index_add_primitive, std::array{x, values, indices}, x.shape(), x.dtype(),
                IndexAttributes{axis, caller});
}

std::optional<ops::AddedRows> ops::added_rows(const Tensor& x) {
  const Node& node = *x.node();
  if (node.primitive != &add_at_primitive || node.has_value() || axis_of(node.attributes) != 0) return std::nullopt;
  return AddedRows{handle(node.input(1)), handle(node.input(0))};
}

Tensor take(const Operand& x, const Operand& indices, int axis) {
  ops::check_defined("take", "x", x);
  ops::check_indices("take", "indices", indices);
  if (ops::Along("take", x, axis).scalar) return take(reshape(x, {1}), indices, 0);
  ops::check_rank("take", x.rank() - 1 + indices.rank(), {&x.tensor(), &indices.tensor()});
  const int checked = ops::checked_axis("take", axis, x.shape());
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != checked) {
      shape.push_back(x.shape()[i]);
    } else {
      for (const std::int64_t extent : indices.shape()) shape.push_back(extent);
    }
  }
  return record2(take_primitive, x, indices, shape, x.dtype(), IndexAttributes{checked, Called::name("take")});
}

Tensor gather(const Operand& x, int axis, const Operand& index) {
  const Called called("gather");
  const ops::Along along("gather", x, axis);
  ops::check_indices("gather", "index", index);
  if (along.scalar && index.rank() == 0) return gather(along.x, 0, reshape(index, {1})).reshape(Shape());
  const int checked = along.axis;
  check_gather_index("gather", index, along.x.shape(), checked);
  return record2(gather_primitive, ops::corner_of(along.x, reached(along.x.shape(), index.shape(), checked)), index,
                 index.shape(), x.dtype(), IndexAttributes{checked, Called::name("gather")});
}

Tensor scatter_add(const Shape& shape, int axis, const Operand& index, const Operand& values) {
  const Called called("scatter_add");
  ops::check_defined("scatter_add", "values", values);
  ops::check_indices("scatter_add", "index", index);
  if (shape.rank() == 0 && index.rank() == 0 && values.rank() == 0 && (axis == 0 || axis == -1))
    return scatter_add({1}, 0, reshape(index, {1}), reshape(values, {1})).reshape(shape);
  const int checked = ops::checked_axis("scatter_add", axis, shape);
  check_gather_index("scatter_add", index, shape, checked);
  bool fits = values.rank() == index.rank();
  for (int i = 0; fits && i < index.rank(); ++i) fits = index.shape()[i] <= values.shape()[i];
  if (!fits) {
    fail("scatter_add", "argument 'values' has shape " + to_string(values.shape()) + " and 'index' " +
                            to_string(index.shape()) + "; expected as many axes, and at least the index's extents");
  }
  const Shape written = reached(shape, index.shape(), checked);
  const Tensor sums = record2(scatter_add_primitive, ops::corner_of(values, index.shape()), index, written,
                              values.dtype(), IndexAttributes{checked, Called::name("scatter_add")});
  if (written == shape) return sums;
  std::vector<std::pair<std::int64_t, std::int64_t>> pads;
  for (int i = 0; i < shape.rank(); ++i) pads.emplace_back(0, shape[i] - written[i]);
  return pad(sums, pads);
}

Tensor one_hot(const Operand& labels, std::int64_t classes, DType dtype) {
  ops::check_indices("one_hot", "labels", labels);
  ops::check_rank("one_hot", labels.rank() + 1, {&labels.tensor()});
  if (classes < 0) fail("one_hot", "classes is " + std::to_string(classes) + "; expected 0 or more");
  Shape shape = labels.shape();
  shape.push_back(1);
  shape[labels.rank()] = classes;
  check_size("one_hot", shape);
  return record1(one_hot_primitive, labels, shape, dtype, OneHotAttributes{classes, Called::name("one_hot")});
}

std::span<const Primitive* const> index_primitives() {
  static constexpr const Primitive* list[] = {&take_primitive,   &add_at_primitive,      &index_add_primitive,
                                              &gather_primitive, &scatter_add_primitive, &one_hot_primitive};
  return list;
}

}  // namespace xgrad
