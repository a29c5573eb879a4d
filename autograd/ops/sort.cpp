#include <autograd/batched_call.hpp>
#include <autograd/ops/sort.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <autograd/kernel/array.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/scan.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

using ops::SortAttributes;

// ------------------------------------------------------------------------------------------------- kernels

template <class T>
void argsort_of(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const auto& order = call.attributes.as<SortAttributes>();
  const auto axis = static_cast<int>(order.axis);
  const bool descending = order.direction == SortAttributes::Direction::descending;
  const auto [outer, n, inner] = ops::Split(x.shape, axis);
  const std::int64_t wanted = call.result.shape[axis];
  struct Entry {
    T value;
    std::int64_t place;
  };
  const auto before = [descending](const Entry& a, const Entry& b) {
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return b_nan;
    if (!a_nan && a.value != b.value) return (a.value < b.value) != descending;
    return a.place < b.place;
  };
  std::vector<Entry> line(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      for (std::int64_t k = 0; k < n; ++k) line[static_cast<std::size_t>(k)] = {x.as<T>()[(i * n + k) * inner + j], k};
      if (wanted < n)
        std::partial_sort(line.begin(), line.begin() + wanted, line.end(), before);
      else
        std::sort(line.begin(), line.end(), before);
      for (std::int64_t k = 0; k < wanted; ++k)
        call.result.as<std::int64_t>()[(i * wanted + k) * inner + j] = line[static_cast<std::size_t>(k)].place;
    }
  }
}

void argsort_kernel(const run::Call& call) {
  visit_dtype(call.inputs[0].dtype, [&]<class T>(std::type_identity<T>) { argsort_of<T>(call); });
}

// ------------------------------------------------------------------------------------------------- primitives

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr Primitive argsort_primitive{
    .name = "argsort",
    .doc = "indices that sort an axis, or the first of them; stable, NaN last",
    .traits = BlockTraits{.kernel = &argsort_kernel},
    .batch = &batch::along_axis<SortAttributes>,
    .samples = [] {
      const Tensor rows = tensor({{3, 1, 3, 2}, {nan, 2, -1, 2}}, float64);
      return std::vector<Sample>{
          {"rows with ties and NaN",
           [](const std::vector<Tensor>& x) { return argsort(x[0]); },
           {rows},
           tensor({{1, 3, 0, 2}, {2, 1, 3, 0}}, int64)},
          {"descending",
           [](const std::vector<Tensor>& x) { return argsort(x[0], 1, {.descending = true}); },
           {rows},
           tensor({{0, 2, 3, 1}, {1, 3, 2, 0}}, int64)},
          {"the first two of each column of a transpose",
           [](const std::vector<Tensor>& x) { return topk(x[0].T(), 2, 0, {.largest = false}).indices; },
           {rows},
           tensor({{1, 2}, {3, 1}}, int64)},
          {"no elements",
           [](const std::vector<Tensor>& x) { return argsort(x[0]); },
           {zeros({2, 0}, float64)},
           zeros({2, 0}, int64)}};
    }};

// ------------------------------------------------------------------------------------------------- recording

Tensor order_of(const Tensor& x, int axis, std::int64_t count, bool descending) {
  Shape shape = x.shape();
  shape[axis] = count;
  return record1(argsort_primitive, x, shape, int64, SortAttributes(axis, descending));
}

}  // namespace

Tensor argsort(const Operand& x, int axis, SortOptions options) {
  const Called called("argsort");
  const ops::Along along("argsort", x, axis);
  return along.restored(order_of(along.x, along.axis, along.x.shape()[along.axis], options.descending));
}

Tensor sort(const Operand& x, int axis, SortOptions options) {
  const Called called("sort");
  const ops::Along along("sort", x, axis);
  return along.restored(
      gather(along.x, along.axis, order_of(along.x, along.axis, along.x.shape()[along.axis], options.descending)));
}

TopK topk(const Operand& x, std::int64_t k, int axis, TopKOptions options) {
  const Called called("topk");
  const ops::Along along("topk", x, axis);
  const std::int64_t n = along.x.shape()[along.axis];
  if (k < 0 || k > n) {
    fail("topk", "k is " + std::to_string(k) + " for axis " + std::to_string(along.axis) + " of shape " +
                     to_string(x.shape()) + "; expected 0 to " + std::to_string(n));
  }
  const Tensor indices = order_of(along.x, along.axis, k, options.largest);
  const Tensor values = gather(along.x, along.axis, indices);
  // None of a scalar's one element is an empty vector.
  return k == 1 ? TopK{along.restored(values), along.restored(indices)} : TopK{values, indices};
}

Tensor median(const Operand& x, std::optional<int> axis, ReduceOptions options) {
  const Called called("median");
  ops::check_defined("median", "x", x);
  if (!axis) {
    const Tensor middle = median(flatten(x), 0, {});
    return options.keepdims ? middle.reshape(Shape(std::vector<std::int64_t>(x.shape().size(), 1))) : middle;
  }
  if (ops::Along("median", x, *axis).scalar) return median(x, {}, options);
  const int checked = ops::checked_axis("median", *axis, x.shape());
  const std::int64_t n = x.shape()[checked];
  if (n == 0) {
    fail("median", "shape " + to_string(x.shape()) + " has no elements along axis " + std::to_string(checked) +
                       "; at least one is expected");
  }
  const std::int64_t below = (n - 1) / 2;
  const Tensor place = slice(order_of(x, checked, below + 1, false), checked, below, below + 1);
  Tensor middle = gather(x, checked, place);
  if (is_floating(x.dtype())) middle = where(any(not_equal(x, x), checked, {.keepdims = true}), nan, middle);
  return options.keepdims ? middle : squeeze(middle, checked);
}

namespace {

/// A place between elements `below` and `above`, `weight` of the way.
struct Place {
  std::int64_t below, above;
  double weight;
};

Place place_of(double q, std::int64_t n, Interpolation interpolation) {
  if (!(q >= 0 && q <= 1)) fail("quantile", "q is " + to_string(q) + "; expected 0 to 1");
  const double place = q * static_cast<double>(n - 1);
  const auto below = static_cast<std::int64_t>(std::floor(place)), above = static_cast<std::int64_t>(std::ceil(place));
  switch (interpolation) {
    case Interpolation::lower:
      return {below, below, 0};
    case Interpolation::higher:
      return {above, above, 0};
    case Interpolation::nearest: {
      const double part = place - std::floor(place);
      const bool up = part > 0.5 || (part == 0.5 && below % 2 != 0);
      return up ? Place{above, above, 0} : Place{below, below, 0};
    }
    case Interpolation::midpoint:
      return {below, above, below == above ? 0 : 0.5};
    case Interpolation::linear:
      break;
  }
  return {below, above, place - std::floor(place)};
}

/// Quantiles along an axis, which has one entry for each quantile in the result.
Tensor quantiles_along(const Tensor& x, std::span<const double> qs, int axis, Interpolation interpolation) {
  const std::int64_t n = x.shape()[axis];
  if (n == 0) {
    fail("quantile", "shape " + to_string(x.shape()) + " has no elements along axis " + std::to_string(axis) +
                         "; at least one is expected");
  }
  std::vector<std::int64_t> below, above;
  std::vector<double> weights;
  for (const double q : qs) {
    const Place place = place_of(q, n, interpolation);
    below.push_back(place.below);
    above.push_back(place.above);
    weights.push_back(place.weight);
  }
  const auto count = static_cast<std::int64_t>(qs.size());
  const Tensor ordered = sort(x, axis);
  const auto real = [&](const Tensor& t) { return cast(t, ops::real(x.dtype())); };
  const auto elements = [&](const std::vector<std::int64_t>& places) {
    return real(take(ordered, tensor(std::span<const std::int64_t>(places), {count}), axis));
  };
  Tensor values = elements(below);
  if (std::any_of(weights.begin(), weights.end(), [](double weight) { return weight != 0; })) {
    std::vector<std::int64_t> along(x.shape().size(), 1);
    along[static_cast<std::size_t>(axis)] = count;
    const Tensor after = elements(above);
    const Tensor weight = real(reshape(tensor(std::span<const double>(weights), {count}), along));
    // lerp gives NaN beside infinite elements: equal ones are kept there, others are weighted.
    const Tensor beside = where(equal(values, after), values, (1 - weight) * values + weight * after);
    values = where(isfinite(after - values), lerp(values, after, weight), beside);
  }
  if (is_floating(x.dtype())) {
    const Tensor last = slice(ordered, axis, n - 1, n);
    values = where(not_equal(last, last), nan, values);
  }
  return values;
}

/// The same over one axis or all of them, with the quantiles as axis 0.
Tensor quantiles(const Tensor& x, std::span<const double> qs, std::optional<int> axis, QuantileOptions options) {
  ops::check_defined("quantile", "x", x);
  if (!axis) {
    const Tensor values = quantiles_along(reshape(x, {-1}), qs, 0, options.interpolation);
    if (!options.keepdims) return values;
    std::vector<std::int64_t> shape(x.shape().size() + 1, 1);
    shape[0] = values.size();
    return reshape(values, shape);
  }
  if (ops::Along("quantile", x, *axis).scalar) return quantiles(x, qs, {}, options);
  const int checked = ops::checked_axis("quantile", *axis, x.shape());
  std::vector<int> order = {checked};
  for (int i = 0; i < x.rank(); ++i)
    if (i != checked) order.push_back(i);
  const Tensor values = transpose(quantiles_along(x, qs, checked, options.interpolation), order);
  return options.keepdims ? expand_dims(values, checked + 1) : values;
}

}  // namespace

Tensor quantile(const Operand& x, double q, std::optional<int> axis, QuantileOptions options) {
  const Called called("quantile");
  const Tensor value = squeeze(quantiles(x, std::span(&q, 1), axis, {.interpolation = options.interpolation}), 0);
  if (!options.keepdims) return value;
  return axis && x.rank() > 0 ? expand_dims(value, *axis < 0 ? *axis + x.rank() : *axis)
                              : reshape(value, std::vector<std::int64_t>(x.shape().size(), 1));
}

Tensor quantile(const Operand& x, const std::vector<double>& q, std::optional<int> axis, QuantileOptions options) {
  const Called called("quantile");
  return quantiles(x, q, axis, options);
}

std::span<const Primitive* const> sort_primitives() {
  static constexpr const Primitive* list[] = {&argsort_primitive};
  return list;
}

}  // namespace xgrad
