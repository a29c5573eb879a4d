#include <algorithm>
#include <cmath>
#include <limits>

#include <autograd/kernel/integers.hpp>
#include <autograd/kernel/tile.hpp>

// ------------------------------------------------------------------------------------------------- kernels
// Reductions of a contiguous (outer, n, inner) array over its middle axis, in an order that depends on the extents
// only.

namespace xgrad::kernels {

template <class>
struct Sum {
  template <class T>
  static constexpr T identity = T(0);
  template <class V>
  static V combine(const V& total, const V& x) noexcept {
    return kernels::wrapping_add(total, x);
  }
};

/// NaN wins over everything, as in Maximum.
template <class>
struct Max {
  template <class T>
  static constexpr T identity = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                                     : std::numeric_limits<T>::lowest();
  template <class V>
  static V combine(const V& best, const V& x) noexcept {
    if constexpr (std::is_arithmetic_v<V>)
      return ((x > best) | (x != x)) ? x : best;
    else
      return xsimd::select((x > best) | xsimd::isnan(x), x, best);
  }
};

template <class>
struct Min {
  template <class T>
  static constexpr T identity = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity()
                                                                     : std::numeric_limits<T>::max();
  template <class V>
  static V combine(const V& best, const V& x) noexcept {
    if constexpr (std::is_arithmetic_v<V>)
      return ((x < best) | (x != x)) ? x : best;
    else
      return xsimd::select((x < best) | xsimd::isnan(x), x, best);
  }
};

}  // namespace xgrad::kernels

namespace xgrad::run {

/// out (outer, inner) from in (outer, n, inner).
using ReduceKernel = void (*)(void* out, const void* in, std::int64_t outer, std::int64_t n, std::int64_t inner);
/// *out = the reduction of x[0 .. n).
using RowKernel = void (*)(void* out, const void* x, std::int64_t n);
/// totals[j] and x[0][j], x[1][j], ... combined.
using ColumnsKernel = void (*)(void* totals, const void* x, std::int64_t rows, std::int64_t columns);

namespace kernel {

/// Elements that are summed before their total joins the others. Short runs keep rounding errors of float32 small.
constexpr std::int64_t row_block = 2048;
constexpr std::int64_t column_block = 64;

template <class F, class T, class Arch>
T reduce_block(const T* x, std::int64_t n) noexcept {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  V totals[4] = {V(F::template identity<T>), V(F::template identity<T>), V(F::template identity<T>),
                 V(F::template identity<T>)};
  std::int64_t i = 0;
  for (; i + 4 * width <= n; i += 4 * width)
    for (std::int64_t k = 0; k < 4; ++k) totals[k] = F::combine(totals[k], load<T, Arch>(x + i + k * width));
  for (; i + width <= n; i += width) totals[0] = F::combine(totals[0], load<T, Arch>(x + i));
  const V total = F::combine(F::combine(totals[0], totals[1]), F::combine(totals[2], totals[3]));
  alignas(64) T lanes[V::size];
  total.store_aligned(lanes);
  T result = lanes[0];
  for (std::size_t k = 1; k < V::size; ++k) result = F::combine(result, lanes[k]);
  for (; i < n; ++i) result = F::combine(result, x[i]);
  return result;
}

template <class F, class T, class Arch>
T reduce_row(const T* x, std::int64_t n) noexcept {
  if (n <= row_block) return reduce_block<F, T, Arch>(x, n);
  using Total = double;
  Total total = static_cast<Total>(reduce_block<F, T, Arch>(x, row_block));
  for (std::int64_t i = row_block; i < n; i += row_block)
    total = F::combine(total, static_cast<Total>(reduce_block<F, T, Arch>(x + i, std::min(row_block, n - i))));
  return static_cast<T>(total);
}

template <class F, class T, class Arch>
void reduce_row_to(void* out, const void* x, std::int64_t n) {
  *static_cast<T*>(out) = reduce_row<F, T, Arch>(static_cast<const T*>(x), n);
}

template <class F, class T, class Arch>
void combine_row(T* totals, const T* x, std::int64_t n) noexcept {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  std::int64_t i = 0;
  for (; i + width <= n; i += width)
    F::combine(load<T, Arch>(totals + i), load<T, Arch>(x + i)).store_unaligned(totals + i);
  for (; i < n; ++i) totals[i] = F::combine(totals[i], x[i]);
}

/// Reduces a strip of columns over all rows in registers. Its result joins the totals at the end, which keeps rounding
/// errors small.
template <int Vectors, class F, class T, class Arch>
void combine_strip(T* totals, const T* x, std::int64_t rows, std::int64_t columns) noexcept {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  V strip[Vectors];
  for (int k = 0; k < Vectors; ++k) strip[k] = V(F::template identity<T>);
  for (std::int64_t i = 0; i < rows; ++i)
    for (int k = 0; k < Vectors; ++k) strip[k] = F::combine(strip[k], load<T, Arch>(x + i * columns + k * width));
  for (int k = 0; k < Vectors; ++k)
    F::combine(load<T, Arch>(totals + k * width), strip[k]).store_unaligned(totals + k * width);
}

template <class F, class T, class Arch>
void combine_columns(void* out, const void* in, std::int64_t rows, std::int64_t columns) {
  constexpr auto width = static_cast<std::int64_t>(Vector<T, Arch>::size);
  auto* totals = static_cast<T*>(out);
  for (std::int64_t i = 0; i < rows; i += rows_of_block) {
    const T* x = static_cast<const T*>(in) + i * columns;
    const std::int64_t n = std::min(rows_of_block, rows - i);
    std::int64_t j = 0;
    for (; j + 4 * width <= columns; j += 4 * width) combine_strip<4, F, T, Arch>(totals + j, x + j, n, columns);
    for (; j + width <= columns; j += width) combine_strip<1, F, T, Arch>(totals + j, x + j, n, columns);
    if (j < columns && columns >= width) {
      // The last columns as a whole vector, which overlaps columns that the totals have already.
      const std::int64_t start = columns - width;
      alignas(64) T strip[Vector<T, Arch>::size];
      Vector<T, Arch>(F::template identity<T>).store_aligned(strip);
      combine_strip<1, F, T, Arch>(strip, x + start, n, columns);
      for (; j < columns; ++j) totals[j] = F::combine(totals[j], strip[j - start]);
    }
    for (; j < columns; ++j) {
      T total = F::template identity<T>;
      for (std::int64_t k = 0; k < n; ++k) total = F::combine(total, x[k * columns + j]);
      totals[j] = F::combine(totals[j], total);
    }
  }
}

template <class F, class T, class Arch>
void reduce_columns(T* out, const T* in, std::int64_t n, std::int64_t inner) noexcept {
  constexpr std::int64_t stripe = 512;
  alignas(64) T totals[stripe];
  for (std::int64_t j = 0; j < inner; j += stripe) {
    const std::int64_t width = std::min(stripe, inner - j);
    std::fill_n(out + j, width, F::template identity<T>);
    for (std::int64_t i = 0; i < n; i += column_block) {
      std::copy_n(in + i * inner + j, width, totals);
      for (std::int64_t k = i + 1; k < std::min(n, i + column_block); ++k)
        combine_row<F, T, Arch>(totals, in + k * inner + j, width);
      combine_row<F, T, Arch>(out + j, totals, width);
    }
  }
}

template <class F, class T, class Arch>
void reduce_float(void* out, const void* in, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  auto* o = static_cast<T*>(out);
  const auto* x = static_cast<const T*>(in);
  for (std::int64_t i = 0; i < outer; ++i) {
    if (inner == 1)
      o[i] = reduce_row<F, T, Arch>(x + i * n, n);
    else
      reduce_columns<F, T, Arch>(o + i * inner, x + i * n * inner, n, inner);
  }
}

template <class F, class T, class Arch>
void reduce_integer(void* out, const void* in, std::int64_t outer, std::int64_t n, std::int64_t inner) {
  auto* o = static_cast<T*>(out);
  const auto* x = static_cast<const T*>(in);
  for (std::int64_t i = 0; i < outer; ++i) {
    std::fill_n(o + i * inner, inner, F::template identity<T>);
    for (std::int64_t k = 0; k < n; ++k)
      for (std::int64_t j = 0; j < inner; ++j)
        o[i * inner + j] = F::combine(o[i * inner + j], x[(i * n + k) * inner + j]);
  }
}

}  // namespace kernel

/// What there is for a functor and a dtype: the rows and columns of passes are float32 or float64, null for others.
struct ReductionKernels {
  ReduceKernel all = nullptr;
  RowKernel row = nullptr;
  ColumnsKernel columns = nullptr;
};

namespace baseline {
template <template <class> class F>
ReductionKernels reduction_of(DType dtype);
}  // namespace baseline
namespace avx2 {
template <template <class> class F>
ReductionKernels reduction_of(DType dtype);
}  // namespace avx2

template <template <class> class F>
ReductionKernels XGRAD_TARGET::reduction_of(DType dtype) {
  using Functor = F<Target>;
  return visit_dtype(dtype, []<class T>(std::type_identity<T>) -> ReductionKernels {
    if constexpr (std::is_floating_point_v<T>)
      return {&kernel::reduce_float<Functor, T, Target>, &kernel::reduce_row_to<Functor, T, Target>,
              &kernel::combine_columns<Functor, T, Target>};
    else
      return {.all = &kernel::reduce_integer<Functor, std::int64_t, Target>};
  });
}
template ReductionKernels XGRAD_TARGET::reduction_of<kernels::Sum>(DType);
template ReductionKernels XGRAD_TARGET::reduction_of<kernels::Max>(DType);
template ReductionKernels XGRAD_TARGET::reduction_of<kernels::Min>(DType);

}  // namespace xgrad::run

#ifndef XGRAD_TARGET_AVX2

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

using ops::ArgReductionAttributes;
using ops::reduced_shape;
using ops::sample_values;

bool reduces(std::int64_t mask, int axis) { return (mask >> axis & 1) != 0; }

std::int64_t mask_of(const Attributes& attributes) {
  return static_cast<std::int64_t>(attributes.as<ReducedAxes>().mask);
}

/// The loops for this processor.
template <template <class> class F>
run::ReductionKernels reduction(DType dtype) {
#ifdef XGRAD_HAVE_AVX2
  if (run::use_avx2()) return run::avx2::reduction_of<F>(dtype);
#endif
  return run::baseline::reduction_of<F>(dtype);
}

/// The reduction as a pass computes it; `combining` is the elementwise primitive of the same function.
template <template <class> class F, const Primitive& combining>
const ReductionLoops* on_the_fly() {
  static const ReductionLoops loops{.identity = F<run::Target>::template identity<double>,
                                    .combine = combining.elementwise()->tile,
                                    .row = [](DType dtype) { return reduction<F>(dtype).row; },
                                    .columns = [](DType dtype) { return reduction<F>(dtype).columns; },
                                    .machine = combining.elementwise()->machine};
  return &loops;
}

/// Reduces some axes, one group of neighbours at a time, the innermost first.
template <template <class> class F>
void reduce(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;  // the other extents may be anything
  const run::ReduceKernel kernel = reduction<F>(call.result.dtype).all;
  run::BufferHandle storage;
  const run::Array input = run::contiguous(call.inputs[0], storage);
  Shape shape = input.shape;
  std::int64_t mask = mask_of(call.attributes);
  const void* from = input.data;
  run::BufferHandle partial;
  if (mask == 0) return run::copy(input, call.result);
  while (mask != 0) {
    int last = shape.rank() - 1;
    while (!reduces(mask, last)) --last;
    int first = last;
    while (first > 0 && reduces(mask, first - 1)) --first;
    std::int64_t outer = 1, n = 1, inner = 1;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      (axis < first ? outer : axis <= last ? n : inner) *= shape[axis];
      if (axis >= first && axis <= last) {
        mask &= ~(std::int64_t{1} << axis);
        shape[axis] = 1;
      }
    }
    if (mask == 0) return kernel(call.result.data, from, outer, n, inner);
    run::BufferHandle next(run::Buffer::allocate(static_cast<std::size_t>(outer * inner) * size_of(input.dtype)));
    kernel(next->data(), from, outer, n, inner);
    partial = std::move(next);
    from = partial->data();
  }
}

/// Index of the best element of each row of (outer, n, inner); the first NaN is best of all.
template <class T, class Better>
void arg_best(const run::Array& input, std::int64_t* out, const ops::Split& split, Better better) {
  const auto [outer, n, inner] = split;
  const T* x = input.as<T>();
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      const T* row = x + i * n * inner + j;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < n && row[best * inner] == row[best * inner]; ++k)
        if (better(row[k * inner], row[best * inner]) || row[k * inner] != row[k * inner]) best = k;
      out[i * inner + j] = best;
    }
  }
}

template <class Better>
void arg_reduce(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  run::BufferHandle storage;
  const run::Array input = run::contiguous(call.inputs[0], storage);
  const auto axis = static_cast<int>(call.attributes.as<ArgReductionAttributes>().axis);
  const ops::Split split(input.shape, axis);
  auto* out = call.result.as<std::int64_t>();
  visit_dtype(input.dtype, [&]<class T>(std::type_identity<T>) { arg_best<T>(input, out, split, Better()); });
}

/// A reduced tensor back in the shape it had with keepdims, so that it broadcasts to the input.
Tensor with_kept_axes(const Tensor& reduced, const Shape& input, std::int64_t mask) {
  if ((mask & (mask + 1)) == 0) return reduced;  // only leading axes are gone: it broadcasts as it is
  const Shape kept = reduced_shape(input, mask, true);
  return reduced.shape() == kept ? reduced : reduced.reshape(kept);
}

// ------------------------------------------------------------------------------------------------- derivatives

void sum_vjp(Vjp& v) {
  const Shape& shape = v.input_shape(0);
  v.give(0, broadcast_to(with_kept_axes(v.cotangent(), shape, mask_of(v.attributes())), shape));
}

/// The elements that tie for the extremum share the cotangent equally.
void extremum_vjp(Vjp& v) {
  const Tensor x = v.input(0);
  const std::int64_t mask = mask_of(v.attributes());
  std::vector<int> axes;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (reduces(mask, axis)) axes.push_back(axis);
  const Tensor ties = cast(equal(x, with_kept_axes(v.output(), x.shape(), mask)), x.dtype());
  const Tensor share = with_kept_axes(v.cotangent(), x.shape(), mask) / sum(ties, axes, {.keepdims = true});
  v.give(0, ties * share);
}

// ------------------------------------------------------------------------------------------------- primitives

using ReductionFunction = Tensor (*)(const Operand&, const Axes&, ReduceOptions);

template <ReductionFunction op>
std::vector<Sample> reduction_samples() {
  const auto sample = [](const char* name, const Shape& shape, const Axes& axes, ReduceOptions options) {
    return Sample{
        name, [=](const std::vector<Tensor>& x) { return op(x[0], axes, options); }, {sample_values(shape, -1, 2)}};
  };
  return {sample("everything", {2, 3}, {}, {}),
          sample("rows", {3, 4}, 1, {}),
          sample("columns", {3, 4}, 0, {}),
          sample("two axes apart, kept", {2, 3, 2}, {0, -1}, {.keepdims = true}),
          sample("a middle axis", {2, 3, 2}, 1, {}),
          sample("an axis of extent 1", {3, 1}, 1, {}),
          sample("a vector longer than a block", {70}, 0, {}),
          sample("no rows kept", {0, 3}, 1, {})};
}

std::int64_t reduction_flops(const Shape& input, const Shape&) { return input.elements(); }

constexpr Primitive sum_primitive{.name = "sum",
                                  .doc = "sum of the elements over axes; 0 over none",
                                  .vjp = &sum_vjp,
                                  .traits = BlockTraits{.kernel = &reduce<kernels::Sum>,
                                                        .reduction = &on_the_fly<kernels::Sum, add_primitive>,
                                                        .flops = &reduction_flops},
                                  .samples = &reduction_samples<sum>};
constexpr Primitive max_primitive{.name = "max",
                                  .doc = "largest element over axes; ties share the gradient equally",
                                  .vjp = &extremum_vjp,
                                  .reads = 1 | reads_output,
                                  .traits = BlockTraits{.kernel = &reduce<kernels::Max>,
                                                        .reduction = &on_the_fly<kernels::Max, maximum_primitive>,
                                                        .flops = &reduction_flops},
                                  .samples = &reduction_samples<max>};
constexpr Primitive min_primitive{.name = "min",
                                  .doc = "smallest element over axes; ties share the gradient equally",
                                  .vjp = &extremum_vjp,
                                  .reads = 1 | reads_output,
                                  .traits = BlockTraits{.kernel = &reduce<kernels::Min>,
                                                        .reduction = &on_the_fly<kernels::Min, minimum_primitive>,
                                                        .flops = &reduction_flops},
                                  .samples = &reduction_samples<min>};

template <Tensor (*op)(const Operand&, std::optional<int>, ReduceOptions)>
std::vector<Sample> arg_samples_of(std::vector<std::int64_t> expected) {
  return {{"rows with ties",
           [](const std::vector<Tensor>& x) { return op(x[0], 1, {}); },
           {tensor({{3, 1, 3}, {1, 2, 1}}, float64)},
           tensor(std::span<const std::int64_t>(expected), {2})}};
}

struct Greater {
  template <class T>
  bool operator()(T a, T b) const noexcept {
    return a > b;
  }
};
struct Smaller {
  template <class T>
  bool operator()(T a, T b) const noexcept {
    return a < b;
  }
};

constexpr Primitive argmax_primitive{.name = "argmax",
                                     .doc = "index of the first largest element along an axis",
                                     .traits = BlockTraits{.kernel = &arg_reduce<Greater>},
                                     .batch = &batch::along_axis<ArgReductionAttributes>,
                                     .samples = [] {
                                       return arg_samples_of<argmax>({0, 1});
                                     }};
constexpr Primitive argmin_primitive{.name = "argmin",
                                     .doc = "index of the first smallest element along an axis",
                                     .traits = BlockTraits{.kernel = &arg_reduce<Smaller>},
                                     .batch = &batch::along_axis<ArgReductionAttributes>,
                                     .samples = [] {
                                       return arg_samples_of<argmin>({1, 0});
                                     }};

// ------------------------------------------------------------------------------------------------- recording

Tensor reduction(const Primitive& primitive, const Tensor& x, std::int64_t mask, ReduceOptions options) {
  const Shape shape = reduced_shape(x.shape(), mask, options.keepdims);
  const ReducedAxes axes{static_cast<std::uint64_t>(mask)};
  if (x.dtype() == boolean) return record1(primitive, cast(x, int64), shape, int64, axes);
  return record1(primitive, x, shape, x.dtype(), axes);
}

Tensor reduction(const Primitive& primitive, const Tensor& x, const Axes& axes, ReduceOptions options) {
  ops::check_defined(primitive.name, "x", x);
  return reduction(primitive, x, ops::axes_mask(primitive.name, axes, x.shape()), options);
}

std::int64_t reduced_count(const Shape& shape, std::int64_t mask) {
  std::int64_t count = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (reduces(mask, axis)) count *= shape[axis];
  return count;
}

/// Throws Error for a reduction over no elements.
void check_not_empty(const char* op, const Tensor& x, const Axes& axes) {
  ops::check_defined(op, "x", x);
  if (reduced_count(x.shape(), ops::axes_mask(op, axes, x.shape())) == 0)
    fail(op, "shape " + to_string(x.shape()) + " has no elements along the axes; at least one is expected");
}

Tensor arg_reduction(const Primitive& primitive, const Tensor& x, std::optional<int> axis, ReduceOptions options) {
  ops::check_defined(primitive.name, "x", x);
  if (!axis) {
    check_not_empty(primitive.name, x, {});
    const Tensor index = arg_reduction(primitive, flatten(x.rank() == 0 ? x.reshape({1}) : x), 0, {});
    return options.keepdims ? index.reshape(reduced_shape(x.shape(), (std::int64_t{1} << x.rank()) - 1, true)) : index;
  }
  check_not_empty(primitive.name, x, *axis);
  if (x.rank() == 0) return arg_reduction(primitive, x, {}, options);
  const int checked = ops::checked_axis(primitive.name, *axis, x.shape());
  const Shape shape = reduced_shape(x.shape(), std::int64_t{1} << checked, options.keepdims);
  return record1(primitive, x, shape, int64, ArgReductionAttributes{checked});
}

}  // namespace

Tensor ops::sum_axes(const Tensor& x, std::int64_t mask, ReduceOptions options) {
  return reduction(sum_primitive, x, mask, options);
}

Tensor sum(const Operand& x, const Axes& axes, ReduceOptions options) {
  return reduction(sum_primitive, x, axes, options);
}

Tensor max(const Operand& x, const Axes& axes, ReduceOptions options) {
  check_not_empty("max", x, axes);
  return reduction(max_primitive, x, axes, options);
}

Tensor min(const Operand& x, const Axes& axes, ReduceOptions options) {
  check_not_empty("min", x, axes);
  return reduction(min_primitive, x, axes, options);
}

Tensor argmax(const Operand& x, std::optional<int> axis, ReduceOptions options) {
  const Called called("argmax");
  return arg_reduction(argmax_primitive, x, axis, options);
}

Tensor argmin(const Operand& x, std::optional<int> axis, ReduceOptions options) {
  const Called called("argmin");
  return arg_reduction(argmin_primitive, x, axis, options);
}

Tensor mean(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("mean");
  ops::check_defined("mean", "x", x);
  const std::int64_t mask = ops::axes_mask("mean", axes, x.shape());
  const auto count = static_cast<double>(reduced_count(x.shape(), mask));
  if (x.dtype() == int64) return cast(ops::sum_axes(cast(x, float64), mask, options) / count, float32);
  return ops::sum_axes(is_floating(x.dtype()) ? x.tensor() : cast(x, float32), mask, options) / count;
}

namespace {

Tensor variance(const char* op, const Tensor& x, const Axes& axes, VarOptions options) {
  ops::check_defined(op, "x", x);
  if (std::isnan(options.correction)) fail(op, "correction is nan; expected a number");
  const auto count = static_cast<double>(reduced_count(x.shape(), ops::axes_mask(op, axes, x.shape())));
  if (x.dtype() == int64) return cast(variance(op, cast(x, float64), axes, options), float32);
  const Tensor centred = x - mean(x, axes, {.keepdims = true});
  return sum(square(centred), axes, {.keepdims = options.keepdims}) / std::max(0.0, count - options.correction);
}

Tensor deviation(const char* op, const Tensor& x, const Axes& axes, VarOptions options) {
  const Tensor square = variance(op, x, axes, options);
  const Tensor vanishes = equal(square, 0.0);
  return where(vanishes, 0.0, sqrt(where(vanishes, 1.0, square)));
}

}  // namespace

Tensor var(const Operand& x, const Axes& axes, VarOptions options) {
  const Called called("var");
  return variance("var", x, axes, options);
}

Tensor std(const Operand& x, const Axes& axes, VarOptions options) {
  const Called called("std");
  return deviation("std", x, axes, options);
}
Tensor stddev(const Operand& x, const Axes& axes, VarOptions options) {
  const Called called("stddev");
  return deviation("stddev", x, axes, options);
}

namespace {

/// A sum of exponentials is 0 only where all exponents are -inf. The divisor is 1 there, so neither values nor
/// derivatives divide by 0, and entries of -inf have no weight.
struct Total {
  explicit Total(const Tensor& sum) : empty(equal(sum, 0.0)), divisor(where(empty, 1.0, sum)) {}

  Tensor empty, divisor;
};

/// The number that softmax subtracts: the largest along an axis, or 0 where all are -inf.
Tensor largest_weighted(const Tensor& x, int axis) {
  const Tensor largest = stop_gradient(max(x, axis, {.keepdims = true}));
  return where(equal(largest, -std::numeric_limits<double>::infinity()), 0.0, largest);
}

}  // namespace

Tensor logsumexp(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("logsumexp");
  ops::check_defined("logsumexp", "x", x);
  const std::int64_t mask = ops::axes_mask("logsumexp", axes, x.shape());
  const DType dtype = ops::real(x.dtype());
  if (reduced_count(x.shape(), mask) == 0) {
    return full(reduced_shape(x.shape(), mask, options.keepdims), -std::numeric_limits<double>::infinity(), dtype);
  }
  const Tensor operand = cast(x, dtype);
  // An infinite maximum is not subtracted: inf - inf would be NaN.
  const Tensor largest = stop_gradient(max(operand, axes, {.keepdims = true}));
  const Tensor shift = where(less(abs(largest), std::numeric_limits<double>::infinity()), largest, 0.0);
  const Total total(sum(exp(operand - shift), axes, {.keepdims = true}));
  const Tensor result = where(total.empty, -std::numeric_limits<double>::infinity(), log(total.divisor) + shift);
  return options.keepdims ? result : result.reshape(reduced_shape(x.shape(), mask, false));
}

Tensor softmax(const Operand& x, int axis) {
  const Called called("softmax");
  const ops::Along along("softmax", x, axis);
  const Tensor operand = cast(along.x, ops::real(x.dtype()));
  if (operand.size(along.axis) == 0) return operand;
  const Tensor exponentials = exp(operand - largest_weighted(operand, along.axis));
  return along.restored(exponentials / Total(sum(exponentials, along.axis, {.keepdims = true})).divisor);
}

Tensor log_softmax(const Operand& x, int axis) {
  const Called called("log_softmax");
  const ops::Along along("log_softmax", x, axis);
  const Tensor operand = cast(along.x, ops::real(x.dtype()));
  if (operand.size(along.axis) == 0) return operand;
  const Tensor shifted = operand - largest_weighted(operand, along.axis);
  return along.restored(shifted - log(Total(sum(exp(shifted), along.axis, {.keepdims = true})).divisor));
}

namespace {

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> mean_samples() {
  const Tensor x = ops::sample_values({2, 3, 2}, -1, 2);
  return {{"all", [](Inputs in) { return mean(in[0]); }, {x}},
          {"two axes, kept",
           [](Inputs in) {
             return mean(in[0], {0, 2}, {.keepdims = true});
           },
           {x}}};
}

std::vector<Sample> var_samples() {
  const Tensor x = ops::sample_values({2, 3, 2}, -1, 2);
  return {{"all", [](Inputs in) { return var(in[0]); }, {x}},
          {"biased, two axes",
           [](Inputs in) {
             return var(in[0], {0, 2}, {.correction = 0});
           },
           {x}}};
}

std::vector<Sample> std_samples() {
  const Tensor x = ops::sample_values({2, 3, 2}, -1, 2);
  return {{"all", [](Inputs in) { return xgrad::std(in[0]); }, {x}},
          {"biased, an axis", [](Inputs in) { return xgrad::std(in[0], 1, {.correction = 0}); }, {x}}};
}

std::vector<Sample> logsumexp_samples() {
  const Tensor x = ops::sample_values({2, 3, 2}, -3, 3);
  return {{"all", [](Inputs in) { return logsumexp(in[0]); }, {x}},
          {"an axis", [](Inputs in) { return logsumexp(in[0], 1); }, {x}}};
}

std::vector<Sample> softmax_samples() {
  return {{"rows", [](Inputs in) { return softmax(in[0]); }, {ops::sample_values({2, 4}, -2, 2)}},
          {"columns", [](Inputs in) { return softmax(in[0], 0); }, {ops::sample_values({3, 2}, -2, 2)}}};
}

std::vector<Sample> log_softmax_samples() {
  return {{"rows", [](Inputs in) { return log_softmax(in[0]); }, {ops::sample_values({2, 4}, -2, 2)}},
          {"columns", [](Inputs in) { return log_softmax(in[0], 0); }, {ops::sample_values({3, 2}, -2, 2)}}};
}

constexpr Composition mean_composition{"mean", &mean_samples};
constexpr Composition var_composition{"var", &var_samples};
constexpr Composition std_composition{"std", &std_samples};
constexpr Composition logsumexp_composition{"logsumexp", &logsumexp_samples};
constexpr Composition softmax_composition{"softmax", &softmax_samples};
constexpr Composition log_softmax_composition{"log_softmax", &log_softmax_samples};

}  // namespace

std::span<const Composition* const> reduce_compositions() {
  static constexpr const Composition* list[] = {&mean_composition,      &var_composition,     &std_composition,
                                                &logsumexp_composition, &softmax_composition, &log_softmax_composition};
  return list;
}

std::span<const Primitive* const> reduce_primitives() {
  static constexpr const Primitive* list[] = {&sum_primitive, &max_primitive, &min_primitive, &argmax_primitive,
                                              &argmin_primitive};
  return list;
}

}  // namespace xgrad

#endif
