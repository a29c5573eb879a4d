#include <autograd/ops/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor is_nan(const Tensor& x) { return not_equal(x, x); }

/// Ones in place of reduced axes.
Shape kept(const Tensor& x) { return Shape(std::vector<std::int64_t>(x.shape().size(), 1)); }

/// x as it is, or without the axis.
Tensor without_axis(const Tensor& x, int axis, bool keepdims) { return keepdims ? x : squeeze(x, axis); }

/// Throws Error where an axis has no elements.
void check_axis_not_empty(const char* op, const Tensor& x, int axis) {
  if (x.shape()[axis] > 0) return;
  fail(op, "shape " + to_string(x.shape()) + " has no elements along axis " + std::to_string(axis) +
               "; at least one is expected");
}

}  // namespace

VarMean var_mean(const Operand& x, const Axes& axes, VarOptions options) {
  const Called called("var_mean");
  return {var(x, axes, options), mean(x, axes, {.keepdims = options.keepdims})};
}

StdMean std_mean(const Operand& x, const Axes& axes, VarOptions options) {
  const Called called("std_mean");
  return {stddev(x, axes, options), mean(x, axes, {.keepdims = options.keepdims})};
}

MinMax aminmax(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("aminmax");
  return {min(x, axes, options), max(x, axes, options)};
}

// ------------------------------------------------------------------------------------------------- without NaN

Tensor nansum(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("nansum");
  ops::check_defined("nansum", "x", x);
  if (!is_floating(x.dtype())) return sum(x, axes, options);
  return sum(where(is_nan(x), 0, x), axes, options);
}

Tensor nanmean(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("nanmean");
  ops::check_defined("nanmean", "x", x);
  if (!is_floating(x.dtype())) return mean(x, axes, options);
  return nansum(x, axes, options) / sum(equal(x, x), axes, options);
}

Tensor nanmedian(const Operand& x, std::optional<int> axis, ReduceOptions options) {
  const Called called("nanmedian");
  ops::check_defined("nanmedian", "x", x);
  if (!is_floating(x.dtype())) return median(x, axis, options);
  if (!axis || ops::Along("nanmedian", x, *axis).scalar) {
    const Tensor middle = nanmedian(reshape(x, {x.size()}), 0);
    return options.keepdims ? middle.reshape(kept(x)) : middle;
  }
  const int checked = ops::checked_axis("nanmedian", *axis, x.shape());
  check_axis_not_empty("nanmedian", x, checked);
  const Tensor count = sum(equal(x, x), checked, {.keepdims = true});
  const Tensor place = floor_divide(maximum(count - 1, 0), 2);
  return without_axis(gather(sort(x, checked), checked, place), checked, options.keepdims);
}

Tensor nanquantile(const Operand& x, double q, std::optional<int> axis, QuantileOptions options) {
  const Called called("nanquantile");
  ops::check_defined("nanquantile", "x", x);
  if (!is_floating(x.dtype())) return quantile(x, q, axis, options);
  if (!(q >= 0 && q <= 1)) fail("nanquantile", "q is " + to_string(q) + "; expected 0 to 1");
  if (!axis || ops::Along("nanquantile", x, *axis).scalar) {
    const Tensor value = nanquantile(reshape(x, {x.size()}), q, 0, {.interpolation = options.interpolation});
    return options.keepdims ? value.reshape(kept(x)) : value;
  }
  const int checked = ops::checked_axis("nanquantile", *axis, x.shape());
  check_axis_not_empty("nanquantile", x, checked);
  const Tensor last = maximum(sum(equal(x, x), checked, {.keepdims = true}) - 1, 0);
  const Tensor place = q * cast(last, float64);
  const Tensor below = floor(place), above = ceil(place);
  Tensor weight = place - below;
  if (options.interpolation == Interpolation::lower) weight = zeros_like(weight);
  if (options.interpolation == Interpolation::higher) weight = cast(greater(weight, 0), float64);
  if (options.interpolation == Interpolation::midpoint) weight = 0.5 * cast(greater(weight, 0), float64);
  if (options.interpolation == Interpolation::nearest) weight = round(place) - below;
  const Tensor ordered = sort(x, checked);
  const auto entry = [&](const Tensor& at) { return gather(ordered, checked, cast(at, int64)); };
  const Tensor low = entry(below), high = entry(above), part = cast(weight, x.dtype());
  // lerp gives NaN beside infinite elements: equal ones are kept there, others are weighted.
  const Tensor beside = where(equal(low, high), low, (1 - part) * low + part * high);
  const Tensor value = where(isfinite(high - low), lerp(low, high, part), beside);
  return without_axis(value, checked, options.keepdims);
}

Tensor count_nonzero(const Operand& x, const Axes& axes, ReduceOptions options) {
  const Called called("count_nonzero");
  ops::check_defined("count_nonzero", "x", x);
  return sum(not_equal(x, 0), axes, options);
}

// ------------------------------------------------------------------------------------------------- covariances

namespace {

/// Throws Error unless weights are one for each observation, and of a dtype that fits.
void check_weights(const char* argument, const Tensor& weights, std::int64_t observations, bool whole) {
  if (weights.rank() == 1 && weights.size() == observations && (!whole || weights.dtype() == int64)) return;
  fail("cov", std::string("argument '") + argument + "' has dtype " + std::string(to_string(weights.dtype())) +
                  " and shape " + to_string(weights.shape()) + "; expected " + (whole ? "int64 of " : "") + "shape (" +
                  std::to_string(observations) + ",)");
}

/// The matrix of covariances.
Tensor covariances(const char* op, const Tensor& x, const CovOptions& options) {
  ops::check_defined(op, "x", x);
  if (x.rank() > 2) fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected two axes at most");
  if (std::isnan(options.correction)) fail(op, "correction is nan; expected a number");
  const Tensor rows = cast(atleast_2d(x), ops::real(x.dtype()));
  const std::int64_t observations = rows.size(1);
  Tensor weights;
  if (options.fweights.defined()) {
    check_weights("fweights", options.fweights, observations, true);
    weights = cast(options.fweights, rows.dtype());
  }
  if (options.aweights.defined()) {
    check_weights("aweights", options.aweights, observations, false);
    const Tensor own = cast(options.aweights, rows.dtype());
    weights = weights.defined() ? weights * own : own;
  }
  if (!weights.defined()) {
    const Tensor centred = rows - mean(rows, 1, {.keepdims = true});
    const double divisor = std::max(0.0, static_cast<double>(observations) - options.correction);
    return matmul(centred, transpose(centred)) / divisor;
  }
  const Tensor total = sum(weights);
  const Tensor centred = rows - sum(rows * weights, 1, {.keepdims = true}) / total;
  const Tensor spent = options.aweights.defined()
                           ? options.correction * sum(weights * cast(options.aweights, rows.dtype())) / total
                           : Tensor(options.correction);
  return matmul(centred, transpose(centred * weights)) / maximum(total - spent, 0);
}

}  // namespace

Tensor cov(const Operand& x, const CovOptions& options) {
  const Called called("cov");
  const Tensor matrix = covariances("cov", x, options);
  return x.rank() < 2 ? matrix.reshape(Shape()) : matrix;
}

Tensor corrcoef(const Operand& x) {
  const Called called("corrcoef");
  const Tensor matrix = covariances("corrcoef", x, {});
  const Tensor deviation = sqrt(diagonal(matrix));
  const Tensor result = clip(matrix / expand_dims(deviation, 1) / deviation, -1, 1);
  return x.rank() < 2 ? result.reshape(Shape()) : result;
}

// ------------------------------------------------------------------------------------------------- differences

Tensor diff(const Operand& x, std::int64_t count, int axis, const Operand& prepend, const Operand& append) {
  const Called called("diff");
  ops::check_defined("diff", "x", x);
  const int checked = ops::checked_axis("diff", axis, x.shape());
  constexpr std::int64_t most = 1 << 16;
  if (count < 0 || count > most)
    fail("diff", "count is " + std::to_string(count) + "; expected 0 to " + std::to_string(most));
  const auto check_part = [&](const char* argument, const Tensor& part) {
    bool fits = part.rank() == x.rank();
    for (int i = 0; fits && i < x.rank(); ++i) fits = i == checked || part.shape()[i] == x.shape()[i];
    if (fits) return;
    fail("diff", std::string("argument '") + argument + "' has shape " + to_string(part.shape()) + " for shape " +
                     to_string(x.shape()) + "; expected equal extents on every axis but " + std::to_string(checked));
  };
  if (prepend.defined()) check_part("prepend", prepend);
  if (append.defined()) check_part("append", append);
  std::vector<Tensor> parts;
  if (prepend.defined()) parts.push_back(prepend);
  parts.push_back(x);
  if (append.defined()) parts.push_back(append);
  Tensor result = parts.size() == 1 ? x.tensor() : concatenate(parts, checked);
  for (; count > 0 && result.shape()[checked] > 0; --count) {
    const std::int64_t n = result.shape()[checked];
    const Tensor next = slice(result, checked, 1, n), before = slice(result, checked, 0, n - 1);
    result = result.dtype() == boolean ? not_equal(next, before) : next - before;
  }
  return result;
}

namespace {

/// The mean of neighbours times how far apart they are.
Tensor trapezoids(const char* op, const Tensor& y, const Tensor* x, double dx, int axis) {
  ops::check_defined(op, "y", y);
  const int checked = ops::checked_axis(op, axis, y.shape());
  const Tensor values = cast(y, ops::real(y.dtype()));
  const std::int64_t n = y.shape()[checked];
  const auto pairs = [](const Tensor& t, int along, std::int64_t length, bool difference) {
    const Tensor next = slice(t, along, std::min<std::int64_t>(1, length), length);
    const Tensor before = slice(t, along, 0, std::max<std::int64_t>(0, length - 1));
    return difference ? next - before : next + before;
  };
  if (!x) return pairs(values, checked, n, false) * (0.5 * dx);
  ops::check_defined(op, "x", *x);
  Tensor places = cast(*x, ops::real(x->dtype()));
  if (x->rank() == 1 && x->size() == n) {
    Shape along;
    for (int i = 0; i < y.rank(); ++i) along.push_back(i == checked ? n : 1);
    places = places.reshape(along);
  } else if (x->rank() != y.rank() || x->shape()[checked] != n) {
    fail(op, "argument 'x' has shape " + to_string(x->shape()) + " for y of shape " + to_string(y.shape()) +
                 " along axis " + std::to_string(checked) + "; expected a vector of " + std::to_string(n) +
                 ", or as many axes and equal extents there");
  }
  ops::broadcast_shapes(op, places.shape(), values.shape());
  return pairs(values, checked, n, false) * pairs(places, checked, n, true) * 0.5;
}

}  // namespace

Tensor trapezoid(const Operand& y, double dx, int axis) {
  const Called called("trapezoid");
  if (std::isnan(dx)) fail("trapezoid", "dx is nan; expected a number");
  return sum(trapezoids("trapezoid", y, nullptr, dx, axis), axis);
}

Tensor trapezoid(const Operand& y, const Operand& x, int axis) {
  const Called called("trapezoid");
  return sum(trapezoids("trapezoid", y, &x.tensor(), 1, axis), axis);
}

Tensor cumulative_trapezoid(const Operand& y, double dx, int axis) {
  const Called called("cumulative_trapezoid");
  if (std::isnan(dx)) fail("cumulative_trapezoid", "dx is nan; expected a number");
  return cumsum(trapezoids("cumulative_trapezoid", y, nullptr, dx, axis), axis);
}

Tensor cumulative_trapezoid(const Operand& y, const Operand& x, int axis) {
  const Called called("cumulative_trapezoid");
  return cumsum(trapezoids("cumulative_trapezoid", y, &x.tensor(), 1, axis), axis);
}

// ------------------------------------------------------------------------------------------------- counts

Tensor histc(const Operand& x, std::int64_t bins, double low, double high) {
  const Called called("histc");
  ops::check_floating("histc", "x", x);
  if (bins < 1) fail("histc", "bins is " + std::to_string(bins) + "; expected 1 or more");
  if (!(low <= high && std::isfinite(high - low))) {
    fail("histc",
         "low is " + to_string(low) + " and high is " + to_string(high) + "; expected low <= high and a finite range");
  }
  check_size("histc", {bins});
  if (x.size() == 0) return zeros({bins}, x.dtype());
  const Tensor values = stop_gradient(reshape(x, {x.size()}));
  Tensor least = cast(low, x.dtype()), most = cast(high, x.dtype());
  if (low == high) {
    const Tensor from = min(values), to = max(values), alone = equal(from, to);
    least = where(alone, from - 1, from);
    most = where(alone, to + 1, to);
  }
  const Tensor inside = logical_and(greater_equal(values, least), less_equal(values, most));
  const Tensor place = floor((where(inside, values, least) - least) / (most - least) * static_cast<double>(bins));
  const Tensor bin = clip(cast(place, int64), 0, bins - 1);
  return scatter_add({bins}, 0, bin, cast(inside, x.dtype()));
}

Tensor bincount(const Operand& x, const Operand& weights, std::int64_t minlength) {
  const Called called("bincount");
  ops::check_indices("bincount", "x", x);
  if (x.rank() != 1) fail("bincount", "argument 'x' has shape " + to_string(x.shape()) + "; expected a vector");
  if (minlength < 0) fail("bincount", "minlength is " + std::to_string(minlength) + "; expected 0 or more");
  if (weights.defined() && weights.shape() != x.shape()) {
    fail("bincount", "argument 'weights' has shape " + to_string(weights.shape()) + " for x of shape " +
                         to_string(x.shape()) + "; expected equal shapes");
  }
  std::int64_t count = minlength;
  if (x.size() > 0) {
    const std::int64_t least = min(x).item<std::int64_t>(), most = max(x).item<std::int64_t>();
    if (least < 0) fail("bincount", "argument 'x' holds " + std::to_string(least) + "; expected 0 or more");
    count = std::max(count, most < Shape::max_elements ? most + 1 : Shape::max_elements + 1);
  }
  check_size("bincount", {count});
  if (!weights.defined()) return scatter_add({count}, 0, x, ones(x.shape(), int64));
  const DType dtype = is_floating(weights.dtype()) ? weights.dtype() : float64;
  return scatter_add({count}, 0, x, cast(weights, dtype));
}

// ------------------------------------------------------------------------------------------------- samples

namespace {

using ops::sample_values;
using Inputs = const std::vector<Tensor>&;
using Samples = std::vector<Sample>;

Sample of_block(const char* name, Tensor (*f)(Inputs)) { return {name, f, {sample_values({2, 3, 2}, -1, 2)}}; }

/// Rows with NaN among them.
Sample with_nan(const char* name, Tensor (*f)(Inputs)) {
  return {name,
          [f](Inputs x) {
            const Tensor holes = equal(tensor({{0, 1, 0, 0}, {0, 0, 0, 0}, {1, 0, 1, 0}}), 1);
            return f({where(holes, nan, x[0])});
          },
          {sample_values({3, 4}, -1, 2)}};
}

Sample counted(const char* name, Tensor (*f)(Inputs), const Tensor& x, const Tensor& expected) {
  return {name, f, {x}, expected};
}

constexpr Composition list_of[] = {
    {"var_mean",
     [] {
       return Samples{of_block("both", [](Inputs x) {
         const auto [var, mean] = var_mean(x[0], 1);
         return var * mean;
       })};
     }},
    {"std_mean",
     [] {
       return Samples{of_block("both, kept", [](Inputs x) {
         const auto [std, mean] = std_mean(x[0], {0, 2}, {.correction = 0, .keepdims = true});
         return std * mean;
       })};
     }},
    {"aminmax",
     [] {
       return Samples{of_block("both", [](Inputs x) {
         const auto [min, max] = aminmax(x[0], 1);
         return min * max;
       })};
     }},
    {"nansum", [] { return Samples{with_nan("rows", [](Inputs x) { return nansum(x[0], 1); })}; }},
    {"nanmean", [] { return Samples{with_nan("rows", [](Inputs x) { return nanmean(x[0], 1); })}; }},
    {"nanmedian",
     [] {
       return Samples{with_nan("rows", [](Inputs x) { return nanmedian(x[0], 1); }),
                      with_nan("all", [](Inputs x) { return nanmedian(x[0]); })};
     }},
    {"nanquantile",
     [] {
       return Samples{with_nan("rows", [](Inputs x) { return nanquantile(x[0], 0.3, 1, {.keepdims = true}); }),
                      with_nan("all, midpoints", [](Inputs x) {
                        return nanquantile(x[0], 0.4, {}, {.interpolation = Interpolation::midpoint});
                      })};
     }},
    {"count_nonzero",
     [] {
       return Samples{counted(
           "columns", [](Inputs x) { return count_nonzero(x[0], 0); }, tensor({{0, 2, nan}, {0, -1, 0}}, float64),
           tensor({0, 2, 1}, int64))};
     },
     false},
    {"cov",
     [] {
       return Samples{{"rows", [](Inputs x) { return cov(x[0]); }, {sample_values({2, 4}, -1, 2)}},
                      {"weighted",
                       [](Inputs x) {
                         return cov(x[0], {.correction = 0, .fweights = tensor({1, 2, 1}, int64), .aweights = x[1]});
                       },
                       {sample_values({2, 3}, -1, 2), sample_values({3}, 0.2, 1)}}};
     }},
    {"corrcoef",
     [] {
       return Samples{{"off the diagonal",
                       [](Inputs x) {
                         return at(corrcoef(x[0]), {0, 1});
                       },
                       {sample_values({2, 4}, -1, 2)}}};
     }},
    {"diff",
     [] {
       return Samples{of_block("once", [](Inputs x) { return diff(x[0], 1, 1); }),
                      of_block("twice, with a first one", [](Inputs x) {
                        return diff(x[0], 2, 1, zeros({2, 1, 2}, float64));
                      })};
     }},
    {"trapezoid",
     [] {
       return Samples{of_block("evenly", [](Inputs x) { return trapezoid(x[0], 0.5, 1); }),
                      {"at places",
                       [](Inputs x) { return trapezoid(x[0], x[1], 1); },
                       {sample_values({2, 3}, -1, 2), sample_values({3}, 0, 2)}}};
     }},
    {"cumulative_trapezoid",
     [] {
       return Samples{of_block("evenly", [](Inputs x) { return cumulative_trapezoid(x[0], 0.5, 1); }),
                      {"at places",
                       [](Inputs x) { return cumulative_trapezoid(x[0], x[1]); },
                       {sample_values({2, 3}, -1, 2), sample_values({2, 3}, 0, 2)}}};
     }},
    {"histc",
     [] {
       return Samples{counted(
           "both ends", [](Inputs x) { return histc(x[0], 4, 0, 2); }, tensor({0, 0.6, 2, 2, 3, nan}, float64),
           tensor({1, 1, 0, 2}, float64))};
     },
     false},
    {"bincount",
     [] {
       return Samples{{"weighted",
                       [](Inputs x) {
                         return bincount(tensor({3, 1, 1}, int64), x[0], 6);
                       },
                       {sample_values({3}, -1, 1)}}};
     }},
};

}  // namespace

std::span<const Composition* const> statistics_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
