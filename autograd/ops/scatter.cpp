#include <autograd/batched_call.hpp>
#include <autograd/ops/scatter.hpp>

#include <algorithm>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/integers.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

using ops::corner_of;
using ops::last_position;
using ops::sample_values;

// ------------------------------------------------------------------------------------------------- kernels

/// The axis that the index counts along, what is looked for, and the function that refuses a wrong index.
struct ExtremumAttributes {
  enum class Kind : std::int32_t { largest, largest_of_others, smallest, smallest_of_others };

  std::int32_t axis;
  Kind kind;
  const char* caller;

  bool includes_self() const noexcept { return kind == Kind::largest || kind == Kind::smallest; }
  bool largest() const noexcept { return kind == Kind::largest || kind == Kind::largest_of_others; }
};

template <class T>
void extremum_of(const run::Call& call) {
  run::BufferHandle storages[3];
  const auto& attributes = call.attributes.as<ExtremumAttributes>();
  const run::Array x = run::contiguous(call.inputs[0], storages[0]);
  const run::Array source = run::contiguous(call.inputs[1], storages[1]);
  const run::Array index = run::contiguous(call.inputs[2], storages[2]);
  T* out = call.result.as<T>();
  std::copy_n(x.as<T>(), x.shape.elements(), out);
  if (index.shape.elements() == 0) return;
  const auto [outer, k, inner] = ops::Split(index.shape, attributes.axis);
  const std::int64_t n = x.shape[attributes.axis];
  std::vector<bool> reached(static_cast<std::size_t>(x.shape.elements()), attributes.includes_self());
  std::int64_t place = 0;
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t j = 0; j < inner; ++j, ++place) {
        const std::int64_t row = ops::checked_index(attributes.caller, index.as<std::int64_t>()[place], n, place);
        const std::int64_t target = (i * n + row) * inner + j;
        const T value = source.as<T>()[place], best = out[target];
        const bool better = attributes.largest() ? value > best : value < best;
        if (!reached[static_cast<std::size_t>(target)] || (best == best && (better || value != value)))
          out[target] = value;
        reached[static_cast<std::size_t>(target)] = true;
      }
    }
  }
}

void extremum_kernel(const run::Call& call) {
  visit_dtype(call.result.dtype, [&]<class T>(std::type_identity<T>) { extremum_of<T>(call); });
}

struct SegmentedAttributes {
  enum class Direction : std::int64_t { forward, reverse };

  std::int64_t axis;
  Direction direction;

  bool reverse() const noexcept { return direction == Direction::reverse; }
};
using Direction = SegmentedAttributes::Direction;

template <class T>
void segmented_of(const run::Call& call) {
  const Shape& shape = call.result.shape;
  if (shape.elements() == 0) return;
  run::BufferHandle storages[3];
  const T* a = run::contiguous(call.inputs[0], storages[0]).as<T>();
  const T* b = run::contiguous(call.inputs[1], storages[1]).as<T>();
  const bool* starts = run::contiguous(call.inputs[2], storages[2]).as<bool>();
  const auto& attributes = call.attributes.as<SegmentedAttributes>();
  const auto [outer, n, inner] = ops::Split(shape, static_cast<int>(attributes.axis));
  T* out = call.result.as<T>();
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t row = (i * n + (attributes.reverse() ? n - 1 - k : k)) * inner;
      const std::int64_t before = row + (attributes.reverse() ? inner : -inner);
      for (std::int64_t j = 0; j < inner; ++j) {
        const std::int64_t place = row + j;
        out[place] = k == 0 || starts[place]
                         ? b[place]
                         : kernels::wrapping_add(kernels::wrapping_multiply(a[place], out[before + j]), b[place]);
      }
    }
  }
}

void segmented_kernel(const run::Call& call) {
  if (call.result.dtype == float32) return segmented_of<float>(call);
  if (call.result.dtype == float64) return segmented_of<double>(call);
  segmented_of<std::int64_t>(call);
}

// ------------------------------------------------------------------------------------------------- primitives

Tensor extremum(const Tensor& x, const Tensor& source, const Tensor& index, const ExtremumAttributes& attributes);
Tensor segmented_scan(const Tensor& a, const Tensor& b, const Tensor& starts, int axis, Direction direction);

/// Those that tie share the cotangent equally.
void extremum_vjp(Vjp& v) {
  const auto& attributes = v.attributes().as<ExtremumAttributes>();
  const Called called(attributes.caller);
  const Tensor x = v.input(0), source = v.input(1), index = v.input(2), y = v.output();
  const auto counted = [&](const Tensor& hits) {
    return scatter_add(x.shape(), attributes.axis, index, cast(hits, y.dtype()));
  };
  Tensor of_x = equal(x, y);
  if (!attributes.includes_self()) of_x = logical_and(of_x, equal(counted(ones(index.shape())), 0));
  const Tensor of_source = equal(source, gather(y, attributes.axis, index));
  const Tensor share = v.cotangent() / maximum(counted(of_source) + cast(of_x, y.dtype()), 1);
  if (v.wants(0)) v.give(0, where(of_x, share, 0));
  if (v.wants(1)) v.give(1, where(of_source, gather(share, attributes.axis, index), 0));
}

/// Entry i - 1 of x in place i (i + 1 for a scan in reverse), along an axis; the first is repeated.
Tensor shifted(const Tensor& x, int axis, Direction direction) {
  const std::int64_t n = x.shape()[axis];
  if (direction == Direction::forward) return concatenate({slice(x, axis, 0, 1), slice(x, axis, 0, n - 1)}, axis);
  return concatenate({slice(x, axis, 1, n), slice(x, axis, n - 1, n)}, axis);
}

/// The first place in the order of a scan.
Tensor is_first(const Shape& shape, int axis, Direction direction) {
  Shape along;
  for (int i = 0; i < shape.rank(); ++i) along.push_back(i == axis ? shape[axis] : 1);
  const Tensor first = equal(arange(shape[axis]), direction == Direction::forward ? 0 : shape[axis] - 1);
  return broadcast_to(first.reshape(along), shape);
}

/// The cotangent runs the other way: t[i] = a[i + 1] t[i + 1] + g[i] within a segment.
void segmented_vjp(Vjp& v) {
  const auto& attributes = v.attributes().as<SegmentedAttributes>();
  const auto axis = static_cast<int>(attributes.axis);
  if (v.input_shape(0)[axis] == 0) return;
  const Direction back = attributes.reverse() ? Direction::forward : Direction::reverse;
  const Tensor starts = logical_or(v.input(2), is_first(v.input_shape(0), axis, attributes.direction));
  const Tensor t =
      segmented_scan(shifted(v.input(0), axis, back), v.cotangent(), shifted(starts, axis, back), axis, back);
  if (v.wants(0)) v.give(0, where(starts, 0, t * shifted(v.output(), axis, attributes.direction)));
  if (v.wants(1)) v.give(1, t);
}

constexpr Primitive extremum_primitive{
    .name = "scatter_extremum",
    .doc = "the largest (smallest) of each element and those that an index sends to it",
    .vjp = &extremum_vjp,
    .reads = 0b111 | reads_output,
    .traits = BlockTraits{.kernel = &extremum_kernel},
    .batch = &batch::along_axis<ExtremumAttributes>,
    .samples = [] {
      const auto sample = [](const char* name, ScatterReduction reduce, bool include_self) {
        return Sample{
            name,
            [=](const std::vector<Tensor>& x) {
              return scatter_reduce(x[0], 1, x[2], x[1], reduce, {.include_self = include_self});
            },
            {sample_values({2, 3}, -1, 1), sample_values({2, 4}, -2, 2), tensor({{2, 0, 2, 2}, {1, 1, 0, -1}}, int64)}};
      };
      return std::vector<Sample>{sample("largest", ScatterReduction::amax, true),
                                 sample("largest of others", ScatterReduction::amax, false),
                                 sample("smallest", ScatterReduction::amin, true),
                                 sample("smallest of others", ScatterReduction::amin, false)};
    }};

constexpr Primitive segmented_primitive{
    .name = "segmented_scan",
    .doc = "y[i] = a[i] y[i - 1] + b[i] along an axis, b[i] where a segment starts",
    .vjp = &segmented_vjp,
    .reads = 0b101 | reads_output,
    .traits = BlockTraits{.kernel = &segmented_kernel},
    .batch = &batch::along_axis<SegmentedAttributes>,
    .samples = [] {
      const auto sample = [](const char* name, Direction direction) {
        return Sample{name,
                      [=](const std::vector<Tensor>& x) { return segmented_scan(x[0], x[1], x[2], 1, direction); },
                      {sample_values({2, 5}, -1, 2), sample_values({2, 5}, -1, 1),
                       equal(tensor({{0, 0, 1, 0, 1}, {1, 0, 0, 1, 0}}), 1)}};
      };
      return std::vector<Sample>{sample("forward", Direction::forward), sample("reverse", Direction::reverse)};
    }};

Tensor extremum(const Tensor& x, const Tensor& source, const Tensor& index, const ExtremumAttributes& attributes) {
  return record(extremum_primitive, std::vector<Tensor>{x, source, index}, x.shape(), x.dtype(), attributes);
}

Tensor segmented_scan(const Tensor& a, const Tensor& b, const Tensor& starts, int axis, Direction direction) {
  return record(segmented_primitive, std::vector<Tensor>{a, b, starts}, b.shape(), b.dtype(),
                SegmentedAttributes{axis, direction});
}

// ------------------------------------------------------------------------------------------------- recording

/// x with `part` in the place of its first extents.
Tensor with_corner(const Tensor& x, const Tensor& part) {
  Tensor result = part;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t from = part.shape()[axis], n = x.shape()[axis];
    if (from == n) continue;
    Shape rest = result.shape();
    rest[axis] = n;
    result = concatenate({result, slice(corner_of(x, rest), axis, from, n)}, axis);
  }
  return result;
}

/// The operands of a scatter: x with an axis, an index and a source of the index's shape, and the part of x that the
/// index reaches.
struct Scatter {
  ops::Along along;
  Tensor index, source, part;

  Scatter(const char* op, const Tensor& x, int axis, const Tensor& given_index, const Tensor& given_source)
      : along(op, x, axis), index(given_index) {
    ops::check_indices(op, "index", index);
    ops::check_defined(op, "source", given_source);
    source = ops::fitted(op, "source", given_source, x.dtype());
    if (along.scalar && index.rank() == 0) index = index.reshape({1});
    bool fits = index.rank() == along.x.rank();
    for (int i = 0; fits && i < index.rank(); ++i) fits = i == along.axis || index.shape()[i] <= along.x.shape()[i];
    if (!fits) {
      fail(op, "argument 'index' has shape " + to_string(index.shape()) + " for shape " + to_string(x.shape()) +
                   "; expected as many axes, and at most its extents on every axis but " + std::to_string(along.axis));
    }
    if (source.rank() == 0) source = broadcast_to(source, index.shape());
    fits = source.rank() == index.rank();
    for (int i = 0; fits && i < index.rank(); ++i) fits = index.shape()[i] <= source.shape()[i];
    if (!fits) {
      fail(op, "argument 'source' has shape " + to_string(source.shape()) + " and 'index' " + to_string(index.shape()) +
                   "; expected a scalar, or as many axes and at least the index's extents");
    }
    source = corner_of(source, index.shape());
    Shape reached = index.shape();
    reached[along.axis] = along.x.shape()[along.axis];
    part = corner_of(along.x, reached);
  }

  Tensor result(const Tensor& new_part) const { return along.restored(with_corner(along.x, new_part)); }
  /// How many elements go to each place.
  Tensor counts() const { return scatter_add(part.shape(), along.axis, index, ones(index.shape(), int64)); }
};

/// Products without a division: elements are put in the order of their places, and multiplied along each segment.
Tensor products(const Scatter& s, bool include_self) {
  const int axis = s.along.axis;
  const std::int64_t n = s.part.shape()[axis];
  Shape along;
  for (int i = 0; i < s.part.rank(); ++i) along.push_back(i == axis ? n : 1);
  const Tensor own = include_self ? s.part : where(greater(s.counts(), 0), 1, s.part);
  const Tensor factors = concatenate({own, s.source}, axis);
  const Tensor from_start = where(less(s.index, 0), s.index + n, s.index);
  const Tensor places = concatenate({broadcast_to(arange(n).reshape(along), s.part.shape()), from_start}, axis);
  const Tensor order = argsort(places, axis);
  const Tensor place = gather(places, axis, order), factor = gather(factors, axis, order);
  const Tensor starts = logical_or(not_equal(place, shifted(place, axis, Direction::forward)),
                                   is_first(place.shape(), axis, Direction::forward));
  const Tensor running = segmented_scan(factor, where(starts, factor, 0), starts, axis, Direction::forward);
  return gather(running, axis, last_position(place, axis, n));
}

void check_vector(const char* op, const Tensor& index) {
  ops::check_indices(op, "index", index);
  if (index.rank() > 1) fail(op, "argument 'index' has shape " + to_string(index.shape()) + "; expected a vector");
}

/// A vector of indices along an axis of a tensor with so many axes.
Tensor along_axis(const Tensor& index, int axis, int rank) {
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(i == axis ? index.size() : 1);
  return index.reshape(shape);
}

}  // namespace

Tensor index_copy(const Operand& x, int axis, const Operand& index, const Operand& source) {
  const Called called("index_copy");
  const ops::Along along("index_copy", x, axis);
  check_vector("index_copy", index);
  ops::check_defined("index_copy", "source", source);
  Shape expected = along.x.shape();
  expected[along.axis] = index.size();
  if (source.shape() != expected && !(along.scalar && source.rank() == 0)) {
    fail("index_copy", "argument 'source' has shape " + to_string(source.shape()) + " for " +
                           std::to_string(index.size()) + " indices into axis " + std::to_string(along.axis) +
                           " of shape " + to_string(x.shape()) + "; expected " + to_string(expected));
  }
  const Tensor copied = ops::fitted("index_copy", "source", source, x.dtype());
  return along.restored(put_along_axis(along.x, along_axis(index, along.axis, along.x.rank()), copied, along.axis));
}

Tensor index_fill(const Operand& x, int axis, const Operand& index, const Operand& value) {
  const Called called("index_fill");
  const ops::Along along("index_fill", x, axis);
  check_vector("index_fill", index);
  ops::check_defined("index_fill", "value", value);
  if (value.rank() != 0) fail("index_fill", "argument 'value' has shape " + to_string(value.shape()) + "; expected ()");
  const Tensor filled = ops::fitted("index_fill", "value", value, x.dtype());
  return along.restored(put_along_axis(along.x, along_axis(index, along.axis, along.x.rank()), filled, along.axis));
}

Tensor scatter(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterOptions options) {
  const Called called("scatter");
  if (options.reduce) return scatter_reduce(x, axis, index, source, *options.reduce);
  const Scatter s("scatter", x, axis, index, source);
  return s.result(put_along_axis(s.part, s.index, s.source, s.along.axis));
}

Tensor detail::ScatteredSum::scatter_add(const Tensor& x, int axis, const Operand& index, const Operand& source) {
  const Called called("scatter_add");
  return scatter_reduce(x, axis, index, source, ScatterReduction::sum);
}

Tensor scatter_reduce(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterReduction reduce,
                      ScatterReduceOptions options) {
  const Called called("scatter_reduce");
  ops::check_defined("scatter_reduce", "x", x);
  ops::check_defined("scatter_reduce", "source", source);
  if (x.dtype() == boolean) {
    const Tensor whole = ops::fitted("scatter_reduce", "source", source, boolean).to(int64);
    return cast(scatter_reduce(x.to(int64), axis, index, whole, reduce, options), boolean);
  }
  const Scatter s("scatter_reduce", x, axis, index, source);
  if (s.index.size() == 0) return x;
  using Kind = ExtremumAttributes::Kind;
  const auto extreme = [&](Kind with_self, Kind without) {
    return s.result(
        extremum(s.part, s.source, s.index,
                 {s.along.axis, options.include_self ? with_self : without, Called::name("scatter_reduce")}));
  };
  if (reduce == ScatterReduction::amax) return extreme(Kind::largest, Kind::largest_of_others);
  if (reduce == ScatterReduction::amin) return extreme(Kind::smallest, Kind::smallest_of_others);
  if (reduce == ScatterReduction::prod) return s.result(products(s, options.include_self));
  const Tensor own = options.include_self ? s.part : where(greater(s.counts(), 0), 0, s.part);
  const Tensor total = own + scatter_add(s.part.shape(), s.along.axis, s.index, s.source);
  if (reduce == ScatterReduction::sum) return s.result(total);
  const Tensor counts = maximum(options.include_self ? s.counts() + 1 : s.counts(), 1);
  return s.result(x.dtype() == int64 ? floor_divide(total, counts) : total / counts);
}

Tensor masked_scatter(const Operand& x, const Operand& mask, const Operand& source) {
  const Called called("masked_scatter");
  ops::check_defined("masked_scatter", "x", x);
  ops::check_mask("masked_scatter", mask);
  ops::check_defined("masked_scatter", "source", source);
  const Shape shape = ops::broadcast_shapes("masked_scatter", x.shape(), mask.shape());
  const Tensor places = ops::positions_of(broadcast_to(mask, shape));
  if (source.size() < places.size()) {
    fail("masked_scatter", "argument 'source' has shape " + to_string(source.shape()) + ", and the mask holds at " +
                               std::to_string(places.size()) + " places; expected as many elements at least");
  }
  const Tensor values =
      slice(ops::fitted("masked_scatter", "source", source, x.dtype()).reshape({-1}), 0, 0, places.size());
  return put_along_axis(broadcast_to(x, shape).reshape({shape.elements()}), places, values, 0).reshape(shape);
}

Tensor put(const Operand& x, const Operand& indices, const Operand& values, PutOptions options) {
  const Called called("put");
  ops::check_defined("put", "x", x);
  ops::check_indices("put", "indices", indices);
  ops::check_defined("put", "values", values);
  if (!ops::broadcasts_to(values.shape(), indices.shape())) {
    fail("put", "argument 'values' has shape " + to_string(values.shape()) + " for indices of shape " +
                    to_string(indices.shape()) + "; expected a shape that broadcasts to it");
  }
  const Tensor flat = x.reshape({x.size()}), places = indices.reshape({indices.size()});
  const Tensor fitting =
      broadcast_to(ops::fitted("put", "values", values, x.dtype()), indices.shape()).reshape({indices.size()});
  const Tensor result =
      options.accumulate ? index_add(flat, 0, places, fitting) : put_along_axis(flat, places, fitting, 0);
  return result.reshape(x.shape());
}

namespace {

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> index_copy_samples() {
  return {{"rows, repeated",
           [](Inputs in) { return index_copy(in[0], 0, in[2], in[1]); },
           {sample_values({3, 2}, -1, 1), sample_values({3, 2}, 1, 2), tensor({2, 0, -1}, int64)}}};
}

std::vector<Sample> index_fill_samples() {
  return {{"columns",
           [](Inputs in) { return index_fill(in[0], 1, in[2], in[1]); },
           {sample_values({2, 3}, -1, 1), sample_values({}, 1, 2), tensor({2, 0}, int64)}}};
}

std::vector<Sample> scatter_samples() {
  const Tensor x = sample_values({3, 4}, -1, 1);
  const Tensor index = tensor({{2, 0, 2}, {1, 1, 0}}, int64);
  return {{"an index smaller than both",
           [](Inputs in) { return scatter(in[0], 1, in[2], in[1]); },
           {x, sample_values({3, 3}, 1, 2), index}},
          {"one value, along rows",
           [](Inputs in) { return scatter(in[0], 0, in[2], in[1]); },
           {x, sample_values({}, 1, 2), index}},
          {"multiplied",
           [](Inputs in) { return scatter(in[0], 1, in[2], in[1], {.reduce = ScatterReduction::prod}); },
           {x, sample_values({3, 3}, 1, 2), index}}};
}

std::vector<Sample> scatter_reduce_samples() {
  const Tensor x = sample_values({3, 4}, -1, 1), source = sample_values({3, 3}, 1, 2);
  const Tensor index = tensor({{2, 0, 2}, {1, 1, -4}}, int64);
  std::vector<Sample> samples;
  for (const auto& [name, reduce] :
       {std::pair{"sum", ScatterReduction::sum}, {"prod", ScatterReduction::prod}, {"mean", ScatterReduction::mean}}) {
    for (const bool self : {true, false}) {
      samples.push_back({std::string(name) + (self ? "" : ", without x"),
                         [reduce = reduce, self](Inputs in) {
                           return scatter_reduce(in[0], 1, in[2], in[1], reduce, {.include_self = self});
                         },
                         {x, source, index}});
    }
  }
  samples.push_back({"a product with zeros",
                     [](Inputs in) { return scatter_reduce(in[0], 0, in[2], in[1], ScatterReduction::prod); },
                     {tensor({0, 2, 3}, float64), tensor({4, 0, 0, 5, 1.5}, float64), tensor({0, 1, 1, 2, 0}, int64)}});
  return samples;
}

std::vector<Sample> masked_scatter_samples() {
  return {{"a row of the mask",
           [](Inputs in) {
             return masked_scatter(in[0], tensor({1, 0, 1}) > 0, in[1]);
           },
           {sample_values({2, 3}, -1, 1), sample_values({5}, 1, 2)}}};
}

std::vector<Sample> put_samples() {
  const Tensor x = sample_values({2, 3}, -1, 1), values = sample_values({3}, 1, 2), places = tensor({5, 0, -1}, int64);
  return {{"in place of others", [](Inputs in) { return put(in[0], in[2], in[1]); }, {x, values, places}},
          {"added", [](Inputs in) { return put(in[0], in[2], in[1], {.accumulate = true}); }, {x, values, places}}};
}

constexpr Composition index_copy_composition{"index_copy", &index_copy_samples};
constexpr Composition index_fill_composition{"index_fill", &index_fill_samples};
constexpr Composition scatter_composition{"scatter", &scatter_samples};
constexpr Composition scatter_reduce_composition{"scatter_reduce", &scatter_reduce_samples};
constexpr Composition masked_scatter_composition{"masked_scatter", &masked_scatter_samples};
constexpr Composition put_composition{"put", &put_samples};

}  // namespace

std::span<const Primitive* const> scatter_primitives() {
  static constexpr const Primitive* list[] = {&extremum_primitive, &segmented_primitive};
  return list;
}

std::span<const Composition* const> scatter_compositions() {
  static constexpr const Composition* list[] = {&index_copy_composition,     &index_fill_composition,
                                                &scatter_composition,        &scatter_reduce_composition,
                                                &masked_scatter_composition, &put_composition};
  return list;
}

}  // namespace xgrad
