#include <autograd/batched_call.hpp>
#include <autograd/ops/order.hpp>

#include <algorithm>
#include <limits>

#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

// ------------------------------------------------------------------------------------------------- kernels

/// Whether a comes before b in an order with NaN last.
template <class T>
bool before(T a, T b) noexcept {
  return a < b || (a == a && b != b);
}

struct ExtremeSoFarAttributes {
  enum class Kind : std::int64_t { largest, smallest };

  std::int64_t axis;
  Kind kind;
};

template <class T>
void extreme_so_far_of(const run::Call& call) {
  const Shape& shape = call.result.shape;
  if (shape.elements() == 0) return;
  run::BufferHandle storage;
  const T* x = run::contiguous(call.inputs[0], storage).as<T>();
  const auto& attributes = call.attributes.as<ExtremeSoFarAttributes>();
  const bool largest = attributes.kind == ExtremeSoFarAttributes::Kind::largest;
  const auto [outer, n, inner] = ops::Split(shape, static_cast<int>(attributes.axis));
  auto* out = call.result.as<std::int64_t>();
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      std::int64_t best = 0;
      for (std::int64_t k = 0; k < n; ++k) {
        const T value = x[(i * n + k) * inner + j], so_far = x[(i * n + best) * inner + j];
        const bool no_worse = largest ? value >= so_far : value <= so_far;
        if (value != value || (so_far == so_far && no_worse)) best = k;
        out[(i * n + k) * inner + j] = best;
      }
    }
  }
}

void extreme_so_far_kernel(const run::Call& call) {
  visit_dtype(call.inputs[0].dtype, [&]<class T>(std::type_identity<T>) { extreme_so_far_of<T>(call); });
}

struct ModeAttributes {
  std::int64_t axis;
};

template <class T>
void mode_of(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const auto [outer, n, inner] = ops::Split(x.shape, static_cast<int>(call.attributes.as<ModeAttributes>().axis));
  std::vector<std::pair<T, std::int64_t>> line(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      for (std::int64_t k = 0; k < n; ++k) line[static_cast<std::size_t>(k)] = {x.as<T>()[(i * n + k) * inner + j], k};
      std::sort(line.begin(), line.end(), [](const auto& a, const auto& b) {
        return before(a.first, b.first) || (!before(b.first, a.first) && a.second < b.second);
      });
      std::size_t most = 0, length = 0, best = 0;
      for (std::size_t k = 0; k < line.size(); ++k) {
        length = k > 0 && line[k].first == line[k - 1].first ? length + 1 : 1;
        if (length <= most) continue;
        most = length;
        best = k;
      }
      call.result.as<std::int64_t>()[i * inner + j] = line[best].second;
    }
  }
}

void mode_kernel(const run::Call& call) {
  visit_dtype(call.inputs[0].dtype, [&]<class T>(std::type_identity<T>) { mode_of<T>(call); });
}

struct SearchAttributes {
  enum class Side : std::int64_t { left, right };

  Side side;
};

/// Sequences (..., N) or one for all, (N,), and values (..., M).
template <class T>
void search_of(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  run::BufferHandle storages[2];
  const run::Array sorted = run::contiguous(call.inputs[0], storages[0]);
  const run::Array values = run::contiguous(call.inputs[1], storages[1]);
  const std::int64_t n = sorted.shape[-1], m = values.shape[-1];
  const bool right = call.attributes.as<SearchAttributes>().side == SearchAttributes::Side::right;
  for (std::int64_t i = 0; i < values.shape.elements(); ++i) {
    const T* from = sorted.as<T>() + i / m * n;
    const T value = values.as<T>()[i];
    const T* place = right ? std::upper_bound(from, from + n, value, &before<T>)
                           : std::lower_bound(from, from + n, value, &before<T>);
    call.result.as<std::int64_t>()[i] = place - from;
  }
}

void search_kernel(const run::Call& call) {
  visit_dtype(call.inputs[0].dtype, [&]<class T>(std::type_identity<T>) { search_of<T>(call); });
}

// ------------------------------------------------------------------------------------------------- primitives

using Kind = ExtremeSoFarAttributes::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor extreme_so_far(const Tensor& x, int axis, Kind kind);
Tensor mode_place(const Tensor& x, int axis);

constexpr Primitive extreme_so_far_primitive{
    .name = "extreme_so_far",
    .doc = "where the largest (smallest) element up to each place of an axis is",
    .traits = BlockTraits{.kernel = &extreme_so_far_kernel},
    .batch = &batch::along_axis<ExtremeSoFarAttributes>,
    .samples = [] {
      const Tensor rows = tensor({{1, 3, 3, 2}, {0, -1, nan, 5}}, float64);
      return std::vector<Sample>{
          {"largest",
           [](const std::vector<Tensor>& x) { return extreme_so_far(x[0], 1, Kind::largest); },
           {rows},
           tensor({{0, 1, 2, 2}, {0, 0, 2, 2}}, int64)},
          {"smallest, of a transpose",
           [](const std::vector<Tensor>& x) { return extreme_so_far(x[0].T(), 0, Kind::smallest); },
           {rows},
           tensor({{0, 0}, {0, 1}, {0, 2}, {0, 2}}, int64)}};
    }};

constexpr Primitive mode_primitive{
    .name = "mode_place",
    .doc = "where the most frequent element along an axis is last",
    .traits = BlockTraits{.kernel = &mode_kernel},
    .batch = &batch::along_axis<ModeAttributes>,
    .samples = [] {
      return std::vector<Sample>{{"rows",
                                  [](const std::vector<Tensor>& x) { return mode_place(x[0], 1); },
                                  {tensor({{2, 1, 1, 2, 3}, {nan, 4, nan, 3, 4}}, float64)},
                                  tensor({{2}, {4}}, int64).reshape({2})}};
    }};

constexpr Primitive search_primitive{
    .name = "searchsorted",
    .doc = "where values go into sorted sequences",
    .traits = BlockTraits{.kernel = &search_kernel},
    .batch = &batch::behind,
    .samples = [] {
      return std::vector<Sample>{
          {"left",
           [](const std::vector<Tensor>& x) { return searchsorted(x[0], x[1]); },
           {tensor({1, 3, 3, nan}, float64), tensor({{3, 0}, {4, nan}}, float64)},
           tensor({{1, 0}, {3, 3}}, int64)},
          {"right, rows of their own",
           [](const std::vector<Tensor>& x) { return searchsorted(x[0], x[1], {.right = true}); },
           {tensor({{1, 3, 3}, {0, 1, 2}}, int64), tensor({{3, 0}, {1, 9}}, int64)},
           tensor({{3, 0}, {2, 3}}, int64)}};
    }};

Tensor extreme_so_far(const Tensor& x, int axis, Kind kind) {
  return record1(extreme_so_far_primitive, x, x.shape(), int64, ExtremeSoFarAttributes{axis, kind});
}

Tensor mode_place(const Tensor& x, int axis) {
  Shape shape = x.shape();
  shape.erase(axis);
  return record1(mode_primitive, x, shape, int64, ModeAttributes{axis});
}

ValuesIndices so_far(const char* op, const Tensor& x, int axis, Kind kind) {
  const ops::Along along(op, x, axis);
  const Tensor indices = extreme_so_far(along.x, along.axis, kind);
  return {along.restored(gather(along.x, along.axis, indices)), along.restored(indices)};
}

/// The entries of an axis at indices of extent 1, with the axis or without it.
ValuesIndices at_places(const ops::Along& along, const Tensor& places, ReduceOptions options) {
  const Tensor values = gather(along.x, along.axis, places);
  if (options.keepdims || along.scalar) return {along.restored(values), along.restored(places)};
  return {squeeze(values, along.axis), squeeze(places, along.axis)};
}

}  // namespace

ValuesIndices cummax(const Operand& x, int axis) {
  const Called called("cummax");
  return so_far("cummax", x, axis, Kind::largest);
}

ValuesIndices cummin(const Operand& x, int axis) {
  const Called called("cummin");
  return so_far("cummin", x, axis, Kind::smallest);
}

ValuesIndices kthvalue(const Operand& x, std::int64_t k, int axis, ReduceOptions options) {
  const Called called("kthvalue");
  const ops::Along along("kthvalue", x, axis);
  const std::int64_t n = along.x.shape()[along.axis];
  if (k < 1 || k > n) {
    fail("kthvalue", "k is " + std::to_string(k) + " for axis " + std::to_string(along.axis) + " of shape " +
                         to_string(x.shape()) + "; expected 1 to " + std::to_string(n));
  }
  const Tensor order = topk(along.x, k, along.axis, {.largest = false}).indices;
  return at_places(along, slice(order, along.axis, k - 1, k), options);
}

ValuesIndices mode(const Operand& x, int axis, ReduceOptions options) {
  const Called called("mode");
  const ops::Along along("mode", x, axis);
  if (along.x.shape()[along.axis] == 0) {
    fail("mode", "shape " + to_string(x.shape()) + " has no elements along axis " + std::to_string(along.axis) +
                     "; at least one is expected");
  }
  return at_places(along, expand_dims(mode_place(along.x, along.axis), along.axis), options);
}

Tensor searchsorted(const Operand& sorted, const Operand& values, SearchOptions options) {
  const Called called("searchsorted");
  ops::check_defined("searchsorted", "sorted", sorted);
  ops::check_defined("searchsorted", "values", values);
  const bool one = sorted.rank() == 1;
  bool fits = one || (sorted.rank() > 1 && values.rank() == sorted.rank());
  for (int i = 0; fits && !one && i < sorted.rank() - 1; ++i) fits = sorted.shape()[i] == values.shape()[i];
  if (!fits) {
    fail("searchsorted", "argument 'sorted' has shape " + to_string(sorted.shape()) + " and 'values' " +
                             to_string(values.shape()) + "; expected a vector, or equal extents but on the last axis");
  }
  const DType dtype = ops::promote({&sorted.tensor(), &values.tensor()});
  const Tensor places = one ? reshape(values, {values.size()}) : values.tensor();
  using Side = SearchAttributes::Side;
  return record2(search_primitive, cast(sorted, dtype), cast(places, dtype), places.shape(), int64,
                 SearchAttributes{options.right ? Side::right : Side::left})
      .reshape(values.shape());
}

Tensor bucketize(const Operand& x, const Operand& boundaries, SearchOptions options) {
  const Called called("bucketize");
  ops::check_defined("bucketize", "x", x);
  ops::check_defined("bucketize", "boundaries", boundaries);
  if (boundaries.rank() != 1) {
    fail("bucketize", "argument 'boundaries' has shape " + to_string(boundaries.shape()) + "; expected a vector");
  }
  return searchsorted(boundaries, x, options);
}

Tensor isin(const Operand& x, const Operand& elements) {
  const Called called("isin");
  ops::check_defined("isin", "x", x);
  ops::check_defined("isin", "elements", elements);
  if (elements.size() == 0) return zeros(x.shape(), boolean);
  const DType dtype = ops::promote({&x.tensor(), &elements.tensor()});
  const Tensor known = sort(cast(reshape(elements, {elements.size()}), dtype), 0), given = cast(x, dtype);
  return equal(take(known, minimum(searchsorted(known, given), elements.size() - 1)), given);
}

Unique unique(const Operand& x) {
  const Called called("unique");
  ops::check_defined("unique", "x", x);
  const std::int64_t n = x.size();
  const Tensor flat = reshape(x, {n});
  if (n == 0) return {flat, zeros(x.shape(), int64), zeros({0}, int64)};
  const Tensor order = argsort(flat, 0), ordered = take(flat, order);
  const Tensor fresh =
      concatenate({ones({1}, boolean), not_equal(slice(ordered, 0, 1, n), slice(ordered, 0, 0, n - 1))}, 0);
  const Tensor starts = ops::positions_of(fresh);
  const Tensor ends = concatenate({slice(starts, 0, 1, starts.size()), full({1}, n, int64)}, 0);
  const Tensor group = cumsum(fresh, 0) - 1;
  const Tensor inverse = put_along_axis(zeros({n}, int64), order, group, 0);
  return {take(flat, take(order, starts)), inverse.reshape(x.shape()), ends - starts};
}

// ------------------------------------------------------------------------------------------------- samples

namespace {

using ops::sample_values;
using Inputs = const std::vector<Tensor>&;
using Samples = std::vector<Sample>;

Sample of_rows(const char* name, Tensor (*f)(Inputs)) { return {name, f, {sample_values({2, 4}, -1, 2)}}; }

constexpr Composition list_of[] = {
    {"cummax",
     [] {
       return Samples{of_rows("rows", [](Inputs x) { return cummax(x[0], 1).values; }),
                      of_rows("columns", [](Inputs x) { return cummax(x[0], 0).values; })};
     }},
    {"cummin", [] { return Samples{of_rows("rows", [](Inputs x) { return cummin(x[0], 1).values; })}; }},
    {"kthvalue",
     [] {
       return Samples{
           of_rows("rows", [](Inputs x) { return kthvalue(x[0], 2).values; }),
           of_rows("columns, kept", [](Inputs x) { return kthvalue(x[0], 2, 0, {.keepdims = true}).values; })};
     }},
    {"mode",
     [] {
       return Samples{{"rows, by their first half",
                       [](Inputs x) {
                         return mode(concatenate({x[0], zeros({2, 1}, float64)}, 1), 1).values;
                       },
                       {sample_values({2, 3}, -2, -1)}}};
     }},
    {"bucketize",
     [] {
       return Samples{{"three buckets",
                       [](Inputs x) {
                         return bucketize(x[0], tensor({1, 3}, int64));
                       },
                       {tensor({{3, 0}, {4, 1}}, float64)},
                       tensor({{1, 0}, {2, 0}}, int64)}};
     },
     false},
    {"isin",
     [] {
       return Samples{{"two of them",
                       [](Inputs x) {
                         return isin(x[0], tensor({5, 2}, int64));
                       },
                       {tensor({{2, 3}, {7, 5}}, int64)},
                       equal(tensor({{1, 0}, {0, 1}}), 1)}};
     },
     false},
    {"unique",
     [] {
       return Samples{{"the inverse",
                       [](Inputs) {
                         return unique(tensor({{2, 1}, {2, 5}}, int64)).inverse;
                       },
                       {},
                       tensor({{1, 0}, {1, 2}}, int64)}};
     },
     false},
};

}  // namespace

std::span<const Primitive* const> order_primitives() {
  static constexpr const Primitive* list[] = {&extreme_so_far_primitive, &mode_primitive, &search_primitive};
  return list;
}

std::span<const Composition* const> order_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
