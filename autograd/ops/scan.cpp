#include <autograd/batched_call.hpp>
#include <autograd/ops/scan.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <autograd/kernel/array.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

using ops::sample_values;
using ops::ScanAttributes;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Attributes: the axis, and whether it runs backwards.

/// The type of running totals: double for float32; int64 wraps around.
template <class T>
struct Wide {
  using type = double;
};
template <>
struct Wide<std::int64_t> {
  using type = std::uint64_t;
};

// ------------------------------------------------------------------------------------------------- kernels

/// Walks an axis of `result` and keeps one State for each line: advance(state, place, first) moves it on to the flat
/// position `place` and gives the value there.
template <class T, class State, class Advance>
void scan(const run::Call& call, Advance advance) {
  const Shape& shape = call.result.shape;
  if (shape.elements() == 0) return;
  const auto axis = static_cast<int>(call.attributes.as<ScanAttributes>().axis);
  const bool reverse = call.attributes.as<ScanAttributes>().reverse();
  const auto [outer, n, inner] = ops::Split(shape, axis);
  std::vector<State> states(static_cast<std::size_t>(inner));
  T* out = call.result.as<T>();
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t row = (i * n + (reverse ? n - 1 - k : k)) * inner;
      for (std::int64_t j = 0; j < inner; ++j)
        out[row + j] = static_cast<T>(advance(states[static_cast<std::size_t>(j)], row + j, k == 0));
    }
  }
}

template <class T>
void cumsum_of(const run::Call& call) {
  using W = typename Wide<T>::type;
  run::BufferHandle storage;
  const T* x = run::contiguous(call.inputs[0], storage).as<T>();
  scan<T, W>(call, [x](W& total, std::int64_t place, bool first) {
    return total = first ? static_cast<W>(x[place]) : total + static_cast<W>(x[place]);
  });
}

template <class T>
void linear_scan_of(const run::Call& call) {
  using W = typename Wide<T>::type;
  run::BufferHandle a_storage, b_storage;
  const T* a = run::contiguous(call.inputs[0], a_storage).as<T>();
  const T* b = run::contiguous(call.inputs[1], b_storage).as<T>();
  scan<T, W>(call, [a, b](W& total, std::int64_t place, bool first) {
    const W added = static_cast<W>(b[place]);
    return total = first ? added : static_cast<W>(a[place]) * total + added;
  });
}

/// exp(x) summed as scale * exp(largest).
struct LogSum {
  double largest, scale;
};

template <class T>
void logcumsumexp_of(const run::Call& call) {
  run::BufferHandle storage;
  const T* values = run::contiguous(call.inputs[0], storage).as<T>();
  scan<T, LogSum>(call, [values](LogSum& sum, std::int64_t place, bool first) {
    if (first) sum = {-infinity, 0};
    const auto x = static_cast<double>(values[place]);
    if (x > sum.largest)
      sum = {x, sum.scale * std::exp(sum.largest - x) + 1};
    else if (x == sum.largest)
      sum.scale += x == -infinity ? 0 : 1;
    else
      sum.scale += std::exp(x - sum.largest);
    return sum.largest + std::log(sum.scale);
  });
}

void cumsum_kernel(const run::Call& call) {
  if (call.result.dtype == float32) return cumsum_of<float>(call);
  if (call.result.dtype == float64) return cumsum_of<double>(call);
  cumsum_of<std::int64_t>(call);
}

void linear_scan_kernel(const run::Call& call) {
  if (call.result.dtype == float32) return linear_scan_of<float>(call);
  if (call.result.dtype == float64) return linear_scan_of<double>(call);
  linear_scan_of<std::int64_t>(call);
}

void logcumsumexp_kernel(const run::Call& call) {
  if (call.result.dtype == float32) return logcumsumexp_of<float>(call);
  logcumsumexp_of<double>(call);
}

// ------------------------------------------------------------------------------------------------- derivatives

/// Entry i - 1 of x in place i (`step` 1), or i + 1 (-1), along an axis; zeros where there is none.
Tensor shifted(const Tensor& x, int axis, int step) {
  Shape one = x.shape();
  one[axis] = 1;
  const Tensor zero = zeros(one, x.dtype());
  const std::int64_t n = x.shape()[axis];
  if (step > 0) return concatenate({zero, slice(x, axis, 0, n - 1)}, axis);
  return concatenate({slice(x, axis, 1, n), zero}, axis);
}

int axis_of(const Vjp& v) { return static_cast<int>(v.attributes().as<ScanAttributes>().axis); }
bool reversed(const Vjp& v) { return v.attributes().as<ScanAttributes>().reverse(); }

void cumsum_vjp(Vjp& v) { v.give(0, cumsum(v.cotangent(), axis_of(v), {.reverse = !reversed(v)})); }

/// The cotangent runs the recurrence the other way: t[i] = a[i + 1] t[i + 1] + g[i].
void linear_scan_vjp(Vjp& v) {
  const int axis = axis_of(v);
  const int step = reversed(v) ? -1 : 1;
  if (v.input_shape(0)[axis] == 0) return;
  const Tensor t = linear_scan(shifted(v.input(0), axis, -step), v.cotangent(), axis, {.reverse = !reversed(v)});
  if (v.wants(0)) v.give(0, t * shifted(v.output(), axis, step));
  if (v.wants(1)) v.give(1, t);
}

/// dx[j] = exp(x[j] - y[j]) t[j], where t[j] = g[j] + exp(y[j] - y[j + 1]) t[j + 1]: no exponent is above 0.
void logcumsumexp_vjp(Vjp& v) {
  const int axis = axis_of(v);
  if (v.input_shape(0)[axis] == 0) return;
  const std::int64_t n = v.input_shape(0)[axis];
  const Tensor empty = equal(v.output(), -infinity);
  const Tensor x = where(empty, 0.0, v.input(0)), y = where(empty, 0.0, v.output());
  const Tensor next = concatenate({slice(y, axis, 1, n), slice(y, axis, n - 1, n)}, axis);
  const Tensor decay = where(empty, 0.0, exp(y - next));
  const Tensor share = where(empty, 0.0, exp(x - y));
  v.give(0, share * linear_scan(decay, v.cotangent(), axis, {.reverse = true}));
}

// ------------------------------------------------------------------------------------------------- primitives

using Scan = Tensor (*)(const Operand&, int, ScanOptions);

Tensor logcumsumexp_forward(const Operand& x, int axis, ScanOptions) { return logcumsumexp(x, axis); }

template <Scan op>
std::vector<Sample> scan_samples() {
  const auto sample = [](const char* name, const Shape& shape, int axis, ScanOptions options) {
    return Sample{
        name, [=](const std::vector<Tensor>& x) { return op(x[0], axis, options); }, {sample_values(shape, -1, 2)}};
  };
  return {sample("a vector", {5}, 0, {}),
          sample("rows", {3, 4}, -1, {}),
          sample("a middle axis, backwards", {2, 3, 2}, 1, {.reverse = true}),
          sample("an axis of extent 1", {3, 1}, 1, {}),
          sample("no elements", {2, 0}, 1, {}),
          {"of a transpose",
           [](const std::vector<Tensor>& x) { return op(x[0].T(), 1, {}); },
           {sample_values({3, 2}, -1, 2)}}};
}

std::vector<Sample> linear_scan_samples() {
  const auto sample = [](const char* name, const Shape& a, const Shape& b, int axis, ScanOptions options) {
    return Sample{name,
                  [=](const std::vector<Tensor>& x) { return linear_scan(x[0], x[1], axis, options); },
                  {sample_values(a, -1, 1), sample_values(b, -1, 2)}};
  };
  return {sample("vectors", {5}, {5}, 0, {}),
          sample("a middle axis, backwards", {2, 3, 2}, {2, 3, 2}, 1, {.reverse = true}),
          sample("one factor for all", {}, {4, 2}, 0, {}),
          sample("both broadcast", {3, 1}, {1, 2}, -2, {}),
          sample("an axis of extent 1", {3, 1}, {3, 1}, 1, {}),
          sample("no elements", {0, 2}, {0, 2}, 0, {}),
          {"zeros among the factors, of transposes",
           [](const std::vector<Tensor>& x) { return linear_scan(x[0].T(), x[1].T(), 1); },
           {tensor({{1, -1}, {0, 2}, {3, 0}, {2, 0}}, float64), sample_values({4, 2}, -1, 2)}}};
}

constexpr Primitive cumsum_primitive{.name = "cumsum",
                                     .doc = "running sum along an axis",
                                     .vjp = &cumsum_vjp,
                                     .traits = BlockTraits{.kernel = &cumsum_kernel},
                                     .batch = &batch::along_axis<ScanAttributes>,
                                     .samples = &scan_samples<cumsum>};
constexpr Primitive linear_scan_primitive{.name = "linear_scan",
                                          .doc = "y[i] = a[i] y[i - 1] + b[i] along an axis",
                                          .vjp = &linear_scan_vjp,
                                          .reads = 1 | reads_output,
                                          .traits = BlockTraits{.kernel = &linear_scan_kernel},
                                          .batch = &batch::along_axis<ScanAttributes>,
                                          .samples = &linear_scan_samples};
constexpr Primitive logcumsumexp_primitive{.name = "logcumsumexp",
                                           .doc = "running log(sum(exp(x))) along an axis",
                                           .vjp = &logcumsumexp_vjp,
                                           .reads = 1 | reads_output,
                                           .traits = BlockTraits{.kernel = &logcumsumexp_kernel},
                                           .batch = &batch::along_axis<ScanAttributes>,
                                           .samples = &scan_samples<logcumsumexp_forward>};

// ------------------------------------------------------------------------------------------------- recording

/// x in a dtype in which sums and products are counted: int64 for bool.
Tensor counted(const Tensor& x) { return x.dtype() == boolean ? cast(x, int64) : x; }

std::vector<int> listed(std::int64_t mask, int rank, bool wanted) {
  std::vector<int> axes;
  for (int axis = 0; axis < rank; ++axis)
    if (((mask >> axis & 1) != 0) == wanted) axes.push_back(axis);
  return axes;
}

}  // namespace

Tensor cumsum(const Operand& x, int axis, ScanOptions options) {
  const Called called("cumsum");
  const ops::Along along("cumsum", x, axis);
  const Tensor operand = counted(along.x);
  return along.restored(record1(cumsum_primitive, operand, operand.shape(), operand.dtype(),
                                ScanAttributes(along.axis, options.reverse)));
}

Tensor linear_scan(const Operand& a, const Operand& b, int axis, ScanOptions options) {
  const Called called("linear_scan");
  ops::check_defined("linear_scan", "a", a);
  ops::check_defined("linear_scan", "b", b);
  const Shape shape = ops::broadcast_shapes("linear_scan", a.shape(), b.shape());
  if (shape.rank() == 0 && (axis == 0 || axis == -1))
    return linear_scan(a.reshape({1}), b.reshape({1}), 0, options).reshape(shape);
  const int checked = ops::checked_axis("linear_scan", axis, shape);
  const DType dtype = std::max(int64, ops::promote({&a.tensor(), &b.tensor()}));
  return record2(linear_scan_primitive, broadcast_to(cast(a, dtype), shape), broadcast_to(cast(b, dtype), shape), shape,
                 dtype, ScanAttributes(checked, options.reverse));
}

Tensor cumprod(const Operand& x, int axis, ScanOptions options) {
  const Called called("cumprod");
  ops::check_defined("cumprod", "x", x);
  const Tensor factors = counted(x);
  if (ops::Along("cumprod", x, axis).scalar) return factors;
  const int checked = ops::checked_axis("cumprod", axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  if (n <= 1) return factors;
  // The recurrence y[i] = x[i] y[i - 1] + 0, which starts with y[0] = x[0].
  Shape rest = x.shape();
  rest[checked] = n - 1;
  const Tensor zero = zeros(rest, factors.dtype());
  const Tensor start = options.reverse ? concatenate({zero, slice(factors, checked, n - 1, n)}, checked)
                                       : concatenate({slice(factors, checked, 0, 1), zero}, checked);
  return linear_scan(factors, start, checked, options);
}

Tensor logcumsumexp(const Operand& x, int axis) {
  const Called called("logcumsumexp");
  const ops::Along along("logcumsumexp", x, axis);
  const Tensor operand = cast(along.x, ops::real(x.dtype()));
  return along.restored(
      record1(logcumsumexp_primitive, operand, operand.shape(), operand.dtype(), ScanAttributes(along.axis, false)));
}

Tensor prod(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("prod");
  ops::check_defined("prod", "x", x);
  const std::int64_t mask = ops::axes_mask("prod", axes, x.shape());
  const Tensor factors = counted(x);
  const Shape shape = ops::reduced_shape(x.shape(), mask, options.keepdims);
  const std::vector<int> reduced = listed(mask, x.rank(), true);
  if (reduced.empty()) return factors;
  std::int64_t n = 1;
  for (const int axis : reduced) n *= x.shape()[axis];
  if (n == 0) return sum(factors, axes, options) + 1;  // 1 as a result that depends on x, as every product does
  if (reduced.size() == 1) {
    const int axis = reduced.front();
    return slice(cumprod(factors, axis), axis, n - 1, n).reshape(shape);
  }
  std::vector<int> order = listed(mask, x.rank(), false);
  order.insert(order.end(), reduced.begin(), reduced.end());
  Shape lines = ops::reduced_shape(x.shape(), mask, false);
  lines.push_back(n);
  const Tensor together = transpose(factors, order).reshape(lines);
  return slice(cumprod(together, -1), -1, n - 1, n).reshape(shape);
}

Tensor norm(const Operand& x, double p, const Axes& axes, ReduceOptions options) {
  const Called called("norm");
  ops::check_defined("norm", "x", x);
  if (std::isnan(p)) fail("norm", "p is nan; expected a number, or an infinity");
  const std::int64_t mask = ops::axes_mask("norm", axes, x.shape());
  const Tensor operand = cast(x, ops::real(x.dtype()));
  if ((p == infinity || p < 0) && ops::reduced_shape(x.shape(), mask, true).elements() > 0 && x.size() == 0) {
    fail("norm", "p is " + to_string(p) + " and shape " + to_string(x.shape()) +
                     " has no elements along the axes; at least one is expected");
  }
  if (p == 0) return sum(sign(where(not_equal(operand, operand), 1.0, abs(operand))), axes, options);
  if (p == 1) return sum(abs(operand), axes, options);
  if (p == infinity) return max(abs(operand), axes, options);
  if (p == -infinity) return min(abs(operand), axes, options);
  // 0 is replaced before roots and powers are taken, which may have no derivative there.
  const Tensor zero = equal(operand, 0.0);
  const Tensor powers = p == 2 ? square(operand) : where(zero, 0.0, pow(where(zero, 1.0, abs(operand)), p));
  const Tensor total = sum(powers, axes, options);
  const Tensor vanishes = p < 0 ? any(zero, axes, options) : equal(total, 0.0);
  const Tensor positive = where(vanishes, 1.0, total);
  return where(vanishes, 0.0, p == 2 ? sqrt(positive) : pow(positive, 1 / p));
}

Tensor cdist(const Operand& a, const Operand& b, double p) {
  const Called called("cdist");
  ops::check_defined("cdist", "a", a);
  ops::check_defined("cdist", "b", b);
  if (!(p >= 0)) fail("cdist", "p is " + to_string(p) + "; expected a number from 0 on, or infinity");
  if (a.rank() < 2 || b.rank() < 2 || a.size(-1) != b.size(-1)) {
    fail("cdist",
         "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + "; expected (..., P, M) and (..., R, M)");
  }
  for (int axis = -3; axis >= -std::min(a.rank(), b.rank()); --axis) {
    if (a.size(axis) == b.size(axis) || a.size(axis) == 1 || b.size(axis) == 1) continue;
    fail("cdist", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": axis " + std::to_string(axis) +
                      " has " + std::to_string(a.size(axis)) + " and " + std::to_string(b.size(axis)) +
                      "; expected equal extents, or 1");
  }
  ops::check_rank("cdist", std::max(a.rank(), b.rank()) + 1, {&a.tensor(), &b.tensor()});
  const DType dtype = ops::real(ops::promote({&a.tensor(), &b.tensor()}));
  const Tensor of_a = expand_dims(cast(a, dtype), -2), of_b = expand_dims(cast(b, dtype), -3);
  if (p == 0) return cast(sum(not_equal(of_a, of_b), -1), dtype);
  // Every norm of no entries is 0, the infinity norm too.
  return norm(of_a - of_b, a.size(-1) == 0 ? 1 : p, -1);
}

Tensor any(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("any");
  ops::check_defined("any", "x", x);
  ops::axes_mask("any", axes, x.shape());
  return not_equal(sum(not_equal(x, 0), axes, options), 0);
}

Tensor all(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("all");
  ops::check_defined("all", "x", x);
  ops::axes_mask("all", axes, x.shape());
  return equal(sum(equal(x, 0), axes, options), 0);
}

std::span<const Primitive* const> scan_primitives() {
  static constexpr const Primitive* list[] = {&cumsum_primitive, &linear_scan_primitive, &logcumsumexp_primitive};
  return list;
}

}  // namespace xgrad
