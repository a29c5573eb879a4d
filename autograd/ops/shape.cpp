#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/integers.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

using ops::ConcatenateAttributes;
using ops::IntegerRangeAttributes;
using ops::PermutationAttributes;
using ops::RealRangeAttributes;
using ops::sample_values;
using ops::SliceAttributes;

// ------------------------------------------------------------------------------------------------- attributes

struct LinspaceAttributes {
  double start;
  double stop;

  auto fields() const noexcept { return std::tie(start, stop); }
};

// ------------------------------------------------------------------------------------------------- views

/// Strides of the same elements in another shape. Works on blocks of neighbouring axes whose elements are evenly
/// spaced.
bool reshape_view(const Attributes&, const run::Array& input, run::Array& result) {
  result.data = input.data;
  if (input.contiguous()) {
    result.strides = run::contiguous_strides(result.shape);
    return true;
  }
  int in = 0, out = 0;
  while (in < input.shape.rank() && out < result.shape.rank()) {
    const int in_first = in, out_first = out;
    std::int64_t in_count = input.shape[in++], out_count = result.shape[out++];
    while (in_count != out_count) {
      if (in_count < out_count)
        in_count *= input.shape[in++];
      else
        out_count *= result.shape[out++];
    }
    for (int axis = in_first; axis + 1 < in; ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      if (input.strides[a] != input.strides[a + 1] * input.shape[axis + 1]) return false;
    }
    std::int64_t step = input.strides[static_cast<std::size_t>(in - 1)];
    for (int axis = out; axis-- > out_first;) {
      result.strides[static_cast<std::size_t>(axis)] = step;
      step *= result.shape[axis];
    }
  }
  for (; out < result.shape.rank(); ++out) result.strides[static_cast<std::size_t>(out)] = 1;
  return true;
}

bool transpose_view(const Attributes& attributes, const run::Array& input, run::Array& result) {
  const auto& order = attributes.as<PermutationAttributes>();
  result.data = input.data;
  for (int axis = 0; axis < result.shape.rank(); ++axis)
    result.strides[static_cast<std::size_t>(axis)] = input.strides[static_cast<std::size_t>(order[axis])];
  return true;
}

bool transpose_undoes(const Attributes& outer, const Attributes& inner, int rank) {
  const auto &after = outer.as<PermutationAttributes>(), &before = inner.as<PermutationAttributes>();
  for (int axis = 0; axis < rank; ++axis)
    if (before[after[axis]] != axis) return false;
  return true;
}

bool broadcast_view(const Attributes&, const run::Array& input, run::Array& result) {
  result.data = input.data;
  const int extra = result.shape.rank() - input.shape.rank();
  for (int axis = 0; axis < result.shape.rank(); ++axis) {
    const bool repeated = axis < extra || input.shape[axis - extra] == 1;
    result.strides[static_cast<std::size_t>(axis)] =
        repeated ? 0 : input.strides[static_cast<std::size_t>(axis - extra)];
  }
  return true;
}

bool slice_view(const Attributes& attributes, const run::Array& input, run::Array& result) {
  const auto& slice = attributes.as<SliceAttributes>();
  const auto axis = static_cast<std::size_t>(slice.axis);
  result.strides = input.strides;
  const auto width = static_cast<std::int64_t>(size_of(input.dtype));
  result.data = input.data + slice.start * input.strides[axis] * width;
  result.strides[axis] *= slice.step;
  return true;
}

// ------------------------------------------------------------------------------------------------- block kernels

/// A view of the elements start, start + step, ... of one axis of an array.
run::Array window(const run::Array& array, int axis, std::int64_t start, std::int64_t step, std::int64_t count) {
  run::Array view = array;
  const auto a = static_cast<std::size_t>(axis);
  view.data += start * array.strides[a] * static_cast<std::int64_t>(size_of(array.dtype));
  view.strides[a] *= step;
  view.shape[axis] = count;
  return view;
}

/// One input after the other.
void concatenate_all(std::span<const run::Array> inputs, const run::Array& result, int axis) {
  std::int64_t start = 0;
  for (const run::Array& input : inputs) {
    const std::int64_t count = input.shape[axis];
    run::copy(input, window(result, axis, start, 1, count));
    start += count;
  }
}

/// Narrow inputs share cache lines of the result. Some rows of all inputs at a time stay in the second-level cache
/// until their lines are whole; one whole input after the other would fetch and write each line once for every input.
void concatenate_kernel(const run::Call& call) {
  constexpr std::int64_t block_bytes = 262144, narrow_bytes = 256;
  const auto axis = static_cast<int>(call.attributes.as<ConcatenateAttributes>().axis);
  const run::Array& result = call.result;
  const auto bytes = static_cast<std::int64_t>(result.bytes()), inputs = std::int64_t{std::ssize(call.inputs)};
  int outer = 0;
  std::int64_t pieces = inputs;
  for (int i = 0; i < axis; ++i) {
    pieces *= result.shape[i];
    if (result.shape[i] > result.shape[outer]) outer = i;
  }
  if (axis == 0 || bytes <= 2 * block_bytes || bytes > pieces * narrow_bytes)
    return concatenate_all(call.inputs, result, axis);

  const std::int64_t rows = result.shape[outer];
  const std::int64_t step = std::clamp<std::int64_t>(rows * block_bytes / bytes, 1, rows);
  std::vector<run::Array> parts(call.inputs.size());
  for (std::int64_t first = 0; first < rows; first += step) {
    const std::int64_t count = std::min(step, rows - first);
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = window(call.inputs[i], outer, first, 1, count);
    concatenate_all(parts, window(result, outer, first, 1, count), axis);
  }
}

void embed_kernel(const run::Call& call) {
  std::memset(call.result.data, 0, call.result.bytes());
  const auto& slice = call.attributes.as<SliceAttributes>();
  const auto axis = static_cast<int>(slice.axis);
  const run::Array& input = call.inputs[0];
  run::copy(input, window(call.result, axis, slice.start, slice.step, input.shape[axis]));
}

void arange_kernel(const run::Call& call) {
  const std::int64_t count = call.result.shape.elements();
  visit_dtype(call.result.dtype, [&]<class T>(std::type_identity<T>) {
    T* out = call.result.as<T>();
    if (call.attributes.is<IntegerRangeAttributes>()) {
      const auto& range = call.attributes.as<IntegerRangeAttributes>();
      for (std::int64_t i = 0; i < count; ++i)
        out[i] = static_cast<T>(kernels::wrapping_add(range.start, kernels::wrapping_multiply(i, range.step)));
    } else {
      const auto& range = call.attributes.as<RealRangeAttributes>();
      for (std::int64_t i = 0; i < count; ++i)
        out[i] = static_cast<T>(range.start + static_cast<double>(i) * range.step);
    }
  });
}

/// The halves are counted from their ends, so that both are exact.
void linspace_kernel(const run::Call& call) {
  const auto& ends = call.attributes.as<LinspaceAttributes>();
  const double start = ends.start;
  const double stop = ends.stop;
  const std::int64_t last = call.result.shape.elements() - 1;
  const auto parts = static_cast<double>(last);
  const double whole = (stop - start) / parts;
  const double step = std::isfinite(whole) ? whole : stop / parts - start / parts;
  const auto place = [&](std::int64_t i) {
    if (i == 0) return start;
    if (i == last) return stop;
    if (2 * i == last) return std::isfinite(start + stop) ? (start + stop) / 2 : start / 2 + stop / 2;
    return 2 * i < last ? start + static_cast<double>(i) * step : stop - static_cast<double>(last - i) * step;
  };
  visit_dtype(call.result.dtype, [&]<class T>(std::type_identity<T>) {
    T* out = call.result.as<T>();
    for (std::int64_t i = 0; i <= last; ++i) out[i] = static_cast<T>(place(i));
  });
}

// ------------------------------------------------------------------------------------------------- derivatives

Tensor embed(const Tensor& x, const Shape& shape, const SliceAttributes& slice);

/// x with its axes in an order that is known to be a permutation.
Tensor transposed(const Tensor& x, std::span<const int> order);

void reshape_vjp(Vjp& v) { v.give(0, v.cotangent().reshape(v.input_shape(0))); }

void transpose_vjp(Vjp& v) {
  const auto& order = v.attributes().as<PermutationAttributes>();
  std::array<int, Shape::max_rank> inverse{};
  for (int axis = 0; axis < v.input_shape(0).rank(); ++axis) inverse[static_cast<std::size_t>(order[axis])] = axis;
  v.give(0, transposed(v.cotangent(), std::span(inverse).first(v.input_shape(0).size())));
}

void broadcast_vjp(Vjp& v) { v.give(0, v.cotangent()); }

void slice_vjp(Vjp& v) {
  const auto& slice = v.attributes().as<SliceAttributes>();
  if (slice.step == 1)
    v.give_part({static_cast<int>(slice.axis), slice.start, v.cotangent()});
  else
    v.give(0, embed(v.cotangent(), v.input_shape(0), slice));
}

void concatenate_vjp(Vjp& v) {
  const auto axis = static_cast<int>(v.attributes().as<ConcatenateAttributes>().axis);
  std::int64_t start = 0;
  for (std::size_t i = 0; i < v.input_count(); ++i) {
    const std::int64_t stop = start + v.input_shape(i)[axis];
    if (v.wants(i)) v.give(i, slice(v.cotangent(), axis, start, stop));
    start = stop;
  }
}

/// Elements start, start + step, ... of one axis, `count` of them; start and step are those of a resolved Slice.
Tensor window_of(const Tensor& x, const SliceAttributes& slice, std::int64_t count);

void embed_vjp(Vjp& v) {
  const auto& slice = v.attributes().as<SliceAttributes>();
  v.give(0, window_of(v.cotangent(), slice, v.input_shape(0)[static_cast<int>(slice.axis)]));
}

// ------------------------------------------------------------------------------------------------- batching

Tensor reshape_batch(const BatchedCall& b) { return b.input(0).reshape(b.behind_batch(b.shape())); }

Tensor transpose_batch(const BatchedCall& b) {
  const auto& own = b.attributes().as<PermutationAttributes>();
  std::vector<int> order{0};
  for (int axis = 0; axis < b.shape().rank(); ++axis) order.push_back(own[axis] + 1);
  return transpose(b.input(0), order);
}

Tensor broadcast_batch(const BatchedCall& b) {
  return broadcast_to(b.aligned(0, b.shape().rank()), b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitives

template <class F>
Sample sample(const char* name, F f, const Shape& shape) {
  return {name, [f](const std::vector<Tensor>& x) { return f(x[0]); }, {sample_values(shape, -1, 1)}};
}

constexpr Primitive reshape_primitive{
    .name = "reshape",
    .doc = "the same elements, row-major, in another shape",
    .vjp = &reshape_vjp,
    .traits = ViewTraits{.view = &reshape_view, .by_shape = true},
    .batch = &reshape_batch,
    .samples = [] {
      return std::vector<Sample>{
          sample("split an axis",
                 [](const Tensor& x) {
                   return reshape(x, {2, 3, 2});
                 },
                 {2, 6}),
          sample("infer an extent",
                 [](const Tensor& x) {
                   return reshape(x, {-1, 2});
                 },
                 {3, 4}),
          sample("of a transpose", [](const Tensor& x) { return reshape(transpose(x), {6}); }, {2, 3}),
          sample("no elements",
                 [](const Tensor& x) {
                   return reshape(x, {0, 5});
                 },
                 {3, 0})};
    }};

constexpr Primitive transpose_primitive{.name = "transpose",
                                        .doc = "axes in another order",
                                        .vjp = &transpose_vjp,
                                        .traits = ViewTraits{.view = &transpose_view, .undoes = &transpose_undoes},
                                        .batch = &transpose_batch,
                                        .samples = [] {
                                          return std::vector<Sample>{
                                              sample("a matrix", [](const Tensor& x) { return transpose(x); }, {2, 3}),
                                              sample("three axes in a cycle",
                                                     [](const Tensor& x) {
                                                       return transpose(x, {1, 2, 0});
                                                     },
                                                     {2, 3, 2})};
                                        }};

constexpr Primitive broadcast_primitive{.name = "broadcast_to",
                                        .doc = "x repeated along new axes and axes of extent 1",
                                        .vjp = &broadcast_vjp,
                                        .traits = ViewTraits{.view = &broadcast_view, .by_shape = true},
                                        .batch = &broadcast_batch,
                                        .samples = [] {
                                          return std::vector<Sample>{sample("a row to a matrix",
                                                                            [](const Tensor& x) {
                                                                              return broadcast_to(x, {2, 3});
                                                                            },
                                                                            {3}),
                                                                     sample("extent 1 at either end",
                                                                            [](const Tensor& x) {
                                                                              return broadcast_to(x, {2, 2, 3});
                                                                            },
                                                                            {1, 2, 1}),
                                                                     sample("a scalar to no rows",
                                                                            [](const Tensor& x) {
                                                                              return broadcast_to(x, {0, 2});
                                                                            },
                                                                            {})};
                                        }};

constexpr Primitive slice_primitive{
    .name = "slice",
    .doc = "an evenly spaced range of one axis",
    .vjp = &slice_vjp,
    .traits = ViewTraits{.view = &slice_view},
    .batch = &batch::along_axis<SliceAttributes>,
    .samples = [] {
      return std::vector<Sample>{
          sample("rows", [](const Tensor& x) { return slice(x, 0, 1, 3); }, {4, 2}),
          sample("every second column", [](const Tensor& x) { return slice(x, 1, 0, 5, 2); }, {2, 5}),
          sample("backwards", [](const Tensor& x) { return slice(x, {{.step = -2}}); }, {5}),
          sample("nothing", [](const Tensor& x) { return slice(x, 0, 2, 2); }, {3, 2})};
    }};

constexpr Primitive embed_primitive{.name = "embed",
                                    .doc = "zeros with x at an evenly spaced range of one axis: the adjoint of slice",
                                    .vjp = &embed_vjp,
                                    .traits = BlockTraits{.kernel = &embed_kernel},
                                    .batch = &batch::along_axis<SliceAttributes>,
                                    .samples = [] {
                                      return std::vector<Sample>{sample("columns 1 and 3 of 5",
                                                                        [](const Tensor& x) {
                                                                          return embed(x, {2, 5}, {1, 1, 2});
                                                                        },
                                                                        {2, 2}),
                                                                 sample("backwards",
                                                                        [](const Tensor& x) {
                                                                          return embed(x, {3}, {0, 2, -1});
                                                                        },
                                                                        {3})};
                                    }};

constexpr Primitive concatenate_primitive{
    .name = "concatenate",
    .doc = "tensors joined along an axis",
    .vjp = &concatenate_vjp,
    .traits = BlockTraits{.kernel = &concatenate_kernel},
    .batch = &batch::along_axis<ConcatenateAttributes>,
    .samples = [] {
      const auto columns = [](const std::vector<Tensor>& x) { return concatenate(x, 1); };
      return std::vector<Sample>{
          {"columns of five matrices",
           columns,
           {sample_values({2, 1}, -1, 1), sample_values({2, 2}, -2, 1), sample_values({2, 0}, 0, 1),
            sample_values({2, 1}, 0, 1), sample_values({2, 2}, -1, 0)}},
          {"the same tensor twice",
           [](const std::vector<Tensor>& x) {
             return concatenate({x[0], x[0]}, 0);
           },
           {sample_values({2, 2}, -1, 1)}}};
    }};

constexpr Primitive arange_primitive{
    .name = "arange",
    .doc = "start, start + step, start + 2 step, ...",
    .traits = BlockTraits{.kernel = &arange_kernel},
    .samples = [] {
      return std::vector<Sample>{
          {"from 1 by 2", [](const std::vector<Tensor>&) { return arange(1, 7, 2); }, {}, tensor({1, 3, 5}, int64)},
          {"downwards",
           [](const std::vector<Tensor>&) { return arange(1, 0, -0.25, float64); },
           {},
           tensor({1, 0.75, 0.5, 0.25}, float64)}};
    }};

constexpr Primitive linspace_primitive{
    .name = "linspace",
    .doc = "evenly spaced numbers from start to stop",
    .traits = BlockTraits{.kernel = &linspace_kernel},
    .samples = [] {
      return std::vector<Sample>{{"five numbers",
                                  [](const std::vector<Tensor>&) { return linspace(-1, 1, 5, float64); },
                                  {},
                                  tensor({-1, -0.5, 0, 0.5, 1}, float64)}};
    }};

// ------------------------------------------------------------------------------------------------- recording

Tensor embed(const Tensor& x, const Shape& shape, const SliceAttributes& slice) {
  return record1(embed_primitive, x, shape, x.dtype(), slice);
}

Tensor window_of(const Tensor& x, const SliceAttributes& slice, std::int64_t count) {
  Shape shape = x.shape();
  shape[static_cast<int>(slice.axis)] = count;
  return record1(slice_primitive, x, shape, x.dtype(), slice);
}

/// A slice in numbers: first element, step, and how many, by Python's rules.
struct Range {
  std::int64_t start, step, count;
};

/// The same range, with a step of 1 or -1 if it has at most one element.
Range one_step(const Range& range) {
  return range.count > 1 ? range : Range{range.start, range.step > 0 ? 1 : -1, range.count};
}

Range resolve(const Slice& slice, std::int64_t extent, const Shape& shape, int axis) {
  if (slice.step == 0)
    fail("slice", "step 0 was given for axis " + std::to_string(axis) + " of shape " + to_string(shape) +
                      "; expected another number");
  const auto bound = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
    return std::clamp(i < 0 ? i + extent : i, low, high);
  };
  if (slice.step > 0) {
    const std::int64_t start = bound(slice.start.value_or(0), 0, extent);
    const std::int64_t stop = bound(slice.stop.value_or(extent), 0, extent);
    return one_step({start, slice.step, stop > start ? (stop - start - 1) / slice.step + 1 : 0});
  }
  const std::int64_t start = slice.start ? bound(*slice.start, -1, extent - 1) : extent - 1;
  const std::int64_t stop = slice.stop ? bound(*slice.stop, -1, extent - 1) : -1;
  return one_step({start, slice.step, start > stop ? (stop - start + 1) / slice.step + 1 : 0});
}

Tensor slice_axis(const Tensor& x, int axis, const Slice& range) {
  const Range resolved = resolve(range, x.shape()[axis], x.shape(), axis);
  if (resolved.count == x.shape()[axis] && resolved.step == 1) return x;
  const std::int64_t start = resolved.count == 0 ? 0 : resolved.start;
  return window_of(x, {axis, start, resolved.step}, resolved.count);
}

Tensor transposed(const Tensor& x, std::span<const int> order) {
  Shape shape;
  bool identity = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    shape.push_back(x.shape()[order[i]]);
    identity = identity && order[i] == static_cast<int>(i);
  }
  return identity ? x : record1(transpose_primitive, x, shape, x.dtype(), PermutationAttributes(order));
}

Tensor swap_axes(const char* op, const Tensor& x, int axis1, int axis2) {
  ops::check_defined(op, "x", x);
  if (ops::Along(op, x, axis1).scalar && ops::Along(op, x, axis2).scalar) return x;
  std::array<int, Shape::max_rank> order{};
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(ops::checked_axis(op, axis1, x.shape()))],
            order[static_cast<std::size_t>(ops::checked_axis(op, axis2, x.shape()))]);
  return transposed(x, std::span(order).first(x.shape().size()));
}

void check_all_defined(const char* op, const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (!tensors[i].defined())
      fail(op, "argument 'tensors' holds an undefined Tensor (default-constructed or moved from), number " +
                   std::to_string(i));
}

/// As text, for errors.
std::string range_text(Number start, Number stop, Number step) {
  return start.text() + " to " + stop.text() + " by " + step.text();
}

/// How many of start, start + step, ... lie before stop, of int64. A stop that is not whole is rounded away from start.
std::int64_t count_of(std::int64_t start, Number stop, std::int64_t step, const std::string& range) {
  __extension__ typedef __int128 Wide;  // differences of int64
  const double bound = step > 0 ? std::ceil(stop.to_double()) : std::floor(stop.to_double());
  const bool within = stop.integral() || std::abs(bound) < 0x1p100;
  const Wide distance =
      within ? (stop.integral() ? Wide{stop.value().whole} : static_cast<Wide>(bound)) - Wide{start} : Wide{0};
  const Wide count = step > 0 ? (distance + step - 1) / step : (distance + step + 1) / step;
  if (!within || count > Wide{Shape::max_elements})
    fail("arange", range + ": that is more elements than a tensor may have");
  if (count <= 0 || (distance > 0) != (step > 0)) return 0;
  const Wide last = Wide{start} + (count - 1) * step;
  if (last != static_cast<Wide>(static_cast<std::int64_t>(last)))
    fail("arange", range + ": the last elements do not fit int64");
  return static_cast<std::int64_t>(count);
}

/// The same in floating point. An element that differs from stop by rounding only counts as stop, and so does one that
/// is stop in the dtype.
std::int64_t count_of(double start, double stop, double step, DType dtype, const std::string& range) {
  const double parts = stop / step - start / step;
  const double exact = (stop - start) / step;
  const double quotient = std::isfinite(exact) ? exact : parts;
  const double rounding = 0x1p-51 * (std::abs(start / step) + std::abs(stop / step));
  const double count = std::max(0.0, std::ceil(quotient - std::min(rounding, 0x1p-20)));
  if (!(count <= static_cast<double>(Shape::max_elements)))
    fail("arange", range + ": that is more elements than a tensor may have");
  // Elements before stop come first; their number is found by bisection.
  const auto in_dtype = [&](double x) { return dtype == float32 ? static_cast<double>(static_cast<float>(x)) : x; };
  const auto before = [&](std::int64_t i) {
    const double x = in_dtype(start + static_cast<double>(i) * step), end = in_dtype(stop);
    return dtype == boolean || (step > 0 ? x < end : x > end);
  };
  auto high = static_cast<std::int64_t>(count);
  if (high == 0 || before(high - 1)) return high;
  std::int64_t low = 0;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (before(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace

Tensor ops::embedded(const Tensor& x, const Shape& shape, int axis, std::int64_t start) {
  return embed(x, shape, {axis, start, 1});
}

Tensor ops::reshaped(const Tensor& x, const Shape& shape) {
  return shape == x.shape() ? x : record1(reshape_primitive, x, shape, x.dtype());
}

Tensor ops::alias(const Tensor& x) {
  return x.defined() && !x.node()->number ? record1(reshape_primitive, x, x.shape(), x.dtype()) : x;
}

std::vector<Tensor> ops::aliases(const std::vector<Tensor>& xs) {
  std::vector<Tensor> result;
  for (const Tensor& x : xs) result.push_back(alias(x));
  return result;
}

Tensor reshape(const Operand& x, const NewShape& asked) {
  ops::check_defined("reshape", "x", x);
  const std::span<const std::int64_t> extents = asked.list();
  std::int64_t known = 1;
  bool infers = false;
  const auto refuse = [&](const std::string& reason) {
    std::string text = "(";
    for (std::size_t i = 0; i < extents.size(); ++i) text += (i ? ", " : "") + std::to_string(extents[i]);
    fail("reshape", "shape " + to_string(x.shape()) + " (" + std::to_string(x.size()) + " elements) to " + text +
                        (extents.size() == 1 ? ",): " : "): ") + reason);
  };
  for (const std::int64_t extent : extents) {
    if (extent == -1 && infers) refuse("only one extent can be -1");
    if (extent < -1) refuse("extents must be 0 or more, or -1 for one that is inferred");
    if (extent == -1)
      infers = true;
    else if (__builtin_mul_overflow(known, extent, &known))
      refuse("it has more elements than 64 bits can count");
  }
  std::int64_t inferred = 0;
  if (infers) {
    if (known == 0 || x.size() % known != 0) refuse("no extent in place of -1 gives that number of elements");
    inferred = x.size() / known;
    known = x.size();
  }
  if (extents.size() > std::size_t{Shape::max_rank})
    refuse(std::to_string(extents.size()) + " axes; expected at most " + std::to_string(Shape::max_rank));
  if (known != x.size())
    refuse("expected a shape of " + std::to_string(x.size()) + " elements, this one has " + std::to_string(known));
  Shape shape;
  for (const std::int64_t extent : extents) shape.push_back(extent == -1 ? inferred : extent);
  return ops::reshaped(x, shape);
}

Tensor transpose(const Operand& x) {
  ops::check_defined("transpose", "x", x);
  std::array<int, Shape::max_rank> order{};
  for (int axis = 0; axis < x.rank(); ++axis) order[static_cast<std::size_t>(axis)] = x.rank() - 1 - axis;
  return transposed(x, std::span(order).first(x.shape().size()));
}

Tensor transpose(const Operand& x, const std::vector<int>& order) {
  ops::check_defined("transpose", "x", x);
  if (order.size() != x.shape().size()) {
    fail("transpose", "an order of " + std::to_string(order.size()) + " axes was given for shape " +
                          to_string(x.shape()) + "; expected " + std::to_string(x.rank()));
  }
  std::vector<int> axes;
  for (const int given : order) {
    const int axis = ops::checked_axis("transpose", given, x.shape());
    if (std::find(axes.begin(), axes.end(), axis) != axes.end())
      fail("transpose", "axis " + std::to_string(given) + " is given twice, for shape " + to_string(x.shape()));
    axes.push_back(axis);
  }
  return transposed(x, axes);
}

Tensor transpose(const Operand& x, int axis1, int axis2) {
  const Called called("transpose");
  return swap_axes("transpose", x, axis1, axis2);
}
Tensor swapaxes(const Operand& x, int axis1, int axis2) {
  const Called called("swapaxes");
  return swap_axes("swapaxes", x, axis1, axis2);
}

Tensor squeeze(const Operand& x, const Axes& axes) {
  const Called called("squeeze");
  ops::check_defined("squeeze", "x", x);
  const std::int64_t mask = ops::axes_mask("squeeze", axes, x.shape());
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool named = (mask >> axis & 1) != 0;
    if (!(named && x.shape()[axis] == 1)) shape.push_back(x.shape()[axis]);
  }
  return x.reshape(shape);
}

Tensor expand_dims(const Operand& x, const Axes& axes) {
  const Called called("expand_dims");
  ops::check_defined("expand_dims", "x", x);
  if (axes.all()) fail("expand_dims", "no axes are given; expected the places of the new axes");
  const int rank = x.rank() + static_cast<int>(axes.list().size());
  ops::check_rank("expand_dims", rank, {&x.tensor()});
  std::int64_t mask = 0;
  for (const int axis : axes.list()) {
    const std::int64_t bit = std::int64_t{1} << ops::checked_new_axis("expand_dims", axis, rank);
    if (mask & bit)
      fail("expand_dims", "axis " + std::to_string(axis) + " is given twice, for shape " + to_string(x.shape()));
    mask |= bit;
  }
  Shape shape;
  for (int axis = 0, source = 0; axis < rank; ++axis) shape.push_back(mask >> axis & 1 ? 1 : x.shape()[source++]);
  return x.reshape(shape);
}

Tensor broadcast_to(const Operand& x, const Shape& shape) {
  ops::check_defined("broadcast_to", "x", x);
  if (x.shape() == shape) return x;
  const int extra = shape.rank() - x.rank();
  for (int axis = std::min(extra, 0); axis < x.rank(); ++axis) {
    if (extra >= 0 && (x.shape()[axis] == 1 || x.shape()[axis] == shape[axis + extra])) continue;
    fail("broadcast_to", "shape " + to_string(x.shape()) + " does not broadcast to " + to_string(shape) +
                             "; each axis, from the last, must be 1 or equal");
  }
  return record1(broadcast_primitive, x, shape, x.dtype());
}

Tensor flatten(const Operand& x, int start_axis, int end_axis) {
  const Called called("flatten");
  ops::check_defined("flatten", "x", x);
  if (ops::Along("flatten", x, start_axis).scalar && ops::Along("flatten", x, end_axis).scalar) return x.reshape({1});
  const int start = ops::checked_axis("flatten", start_axis, x.shape());
  const int end = ops::checked_axis("flatten", end_axis, x.shape());
  if (start > end)
    fail("flatten", fmt::format("start_axis {} of shape {} comes after end_axis {}; expected it at or before that",
                                start_axis, to_string(x.shape()), end_axis));
  Shape shape;
  std::int64_t joined = 1;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis < start || axis > end) {
      shape.push_back(x.shape()[axis]);
    } else {
      joined *= x.shape()[axis];
      if (axis == end) shape.push_back(joined);
    }
  }
  return x.reshape(shape);
}

Tensor slice(const Operand& x, const std::vector<Slice>& ranges) {
  const Called called("slice");
  ops::check_defined("slice", "x", x);
  if (ranges.size() > x.shape().size())
    fail("slice", std::to_string(ranges.size()) + " ranges were given for shape " + to_string(x.shape()) +
                      "; expected at most " + std::to_string(x.rank()));
  Tensor result = x;
  for (std::size_t axis = 0; axis < ranges.size(); ++axis)
    result = slice_axis(result, static_cast<int>(axis), ranges[axis]);
  return result;
}

Tensor slice(const Operand& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const Called called("slice");
  ops::check_defined("slice", "x", x);
  return slice_axis(x, ops::checked_axis("slice", axis, x.shape()), {start, stop, step});
}

Tensor concatenate(const std::vector<Tensor>& tensors, int axis) {
  const Called called("concatenate");
  if (tensors.empty()) fail("concatenate", "no tensors are given; expected at least one");
  check_all_defined("concatenate", tensors);
  DType dtype = boolean;
  for (const Tensor& tensor : tensors) dtype = std::max(dtype, tensor.dtype());
  Shape shape = tensors.front().shape();
  const int joined = ops::checked_axis("concatenate", axis, shape);
  shape[joined] = 0;
  std::vector<Tensor> inputs;
  for (const Tensor& tensor : tensors) {
    bool fits = tensor.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) fits = i == joined || tensor.shape()[i] == shape[i];
    if (!fits) {
      fail("concatenate", "tensor number " + std::to_string(inputs.size()) + " has shape " + to_string(tensor.shape()) +
                              ", the first has " + to_string(tensors.front().shape()) +
                              "; expected equal extents on every axis but " + std::to_string(joined));
    }
    shape[joined] += tensor.shape()[joined];
    check_size("concatenate", shape);
    inputs.push_back(cast(tensor, dtype));
  }
  return record(concatenate_primitive, inputs, shape, dtype, ConcatenateAttributes{joined});
}

Tensor stack(const std::vector<Tensor>& tensors, int axis) {
  const Called called("stack");
  if (tensors.empty()) fail("stack", "no tensors are given; expected at least one");
  check_all_defined("stack", tensors);
  std::vector<Tensor> expanded;
  for (const Tensor& tensor : tensors) {
    if (tensor.shape() != tensors.front().shape()) {
      fail("stack", "tensor number " + std::to_string(expanded.size()) + " has shape " + to_string(tensor.shape()) +
                        ", the first has " + to_string(tensors.front().shape()) + "; expected equal shapes");
    }
    ops::check_rank("stack", tensor.rank() + 1, {&tensor});
    expanded.push_back(expand_dims(tensor, ops::checked_new_axis("stack", axis, tensor.rank() + 1)));
  }
  return concatenate(expanded, ops::checked_new_axis("stack", axis, tensors.front().rank() + 1));
}

Tensor zeros(const Shape& shape, DType dtype) {
  const Called called("zeros");
  return full(shape, 0, dtype);
}

Tensor ones(const Shape& shape, DType dtype) {
  const Called called("ones");
  return full(shape, 1, dtype);
}

Tensor full(const Shape& shape, Number value, DType dtype) {
  const Called called("full");
  check_size("full", shape);
  value.check_fits(dtype, "full", "value");
  return broadcast_to(cast(Tensor::of(value), dtype), shape);
}

Tensor zeros_like(const Operand& x, std::optional<DType> dtype) {
  const Called called("zeros_like");
  ops::check_defined("zeros_like", "x", x);
  return zeros(x.shape(), dtype.value_or(x.dtype()));
}

Tensor ones_like(const Operand& x, std::optional<DType> dtype) {
  const Called called("ones_like");
  ops::check_defined("ones_like", "x", x);
  return ones(x.shape(), dtype.value_or(x.dtype()));
}

Tensor full_like(const Operand& x, const Operand& value, std::optional<DType> dtype) {
  const Called called("full_like");
  ops::check_defined("full_like", "x", x);
  ops::check_defined("full_like", "value", value);
  if (value.size() != 1)
    fail("full_like", "argument 'value' has shape " + to_string(value.shape()) + "; expected one element");
  const DType result = dtype.value_or(x.dtype());
  if (is_floating(value.dtype()) && !is_floating(result)) return full(x.shape(), value.tensor().item(), result);
  return broadcast_to(cast(reshape(value, std::vector<std::int64_t>{}), result), x.shape());
}

Tensor clone(const Operand& x) {
  ops::check_defined("clone", "x", x);
  return ops::alias(x);
}

Tensor arange(Number stop) {
  const Called called("arange");
  return arange(0, stop);
}

Tensor arange(Number start, Number stop, Number step, DType dtype) {
  const Called called("arange");
  const auto range = [&] { return range_text(start, stop, step); };
  for (const Number& number : {start, stop, step})
    if (!std::isfinite(number.to_double())) fail("arange", range() + ": expected finite numbers");
  if (step.to_double() == 0) fail("arange", range() + ": expected a step other than 0");
  if (dtype == int64 && !(start.fits_int64() && step.fits_int64()))
    fail("arange",
         range() + ": start and step must be whole for int64, and fit it; a floating dtype is expected otherwise");
  const bool whole = dtype == int64 || (start.integral() && stop.integral() && step.integral());
  if (whole) {
    const std::int64_t first = start.truncated(), difference = step.truncated();
    const Shape shape{count_of(first, stop, difference, range())};
    return record(arange_primitive, {}, shape, dtype, IntegerRangeAttributes{first, difference});
  }
  const double first = start.to_double(), difference = step.to_double();
  const Shape shape{count_of(first, stop.to_double(), difference, dtype, range())};
  return record(arange_primitive, {}, shape, dtype, RealRangeAttributes{first, difference});
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  if (count < 0) fail("linspace", "count is " + std::to_string(count) + "; expected 0 or more");
  if (!is_floating(dtype))
    fail("linspace", "dtype " + std::string(to_string(dtype)) + "; float32 or float64 is expected");
  check_size("linspace", {count});
  return record(linspace_primitive, {}, Shape{count}, dtype, LinspaceAttributes{start, stop});
}

Tensor eye(std::int64_t rows, std::optional<std::int64_t> columns, DType dtype) {
  const Called called("eye");
  const std::int64_t width = columns.value_or(rows);
  if (rows < 0 || width < 0)
    fail("eye", std::to_string(rows) + " rows and " + std::to_string(width) + " columns; expected 0 or more");
  std::int64_t elements = 0;
  if (__builtin_mul_overflow(std::max<std::int64_t>(rows, 1), std::max<std::int64_t>(width, 1), &elements) ||
      elements > Shape::max_elements) {
    fail("eye", std::to_string(rows) + " rows and " + std::to_string(width) +
                    " columns: that is more elements than a tensor may have, " + std::to_string(Shape::max_elements));
  }
  return cast(equal(expand_dims(arange(rows), 1), arange(width)), dtype);
}

std::span<const Primitive* const> shape_primitives() {
  static constexpr const Primitive* list[] = {&reshape_primitive, &transpose_primitive, &broadcast_primitive,
                                              &slice_primitive,   &embed_primitive,     &concatenate_primitive,
                                              &arange_primitive,  &linspace_primitive};
  return list;
}

}  // namespace xgrad
