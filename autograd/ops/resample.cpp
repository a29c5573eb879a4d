#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/window.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad {
namespace {

using ops::ResampleAttributes;
using ops::Resampling;
using Kind = Resampling::Kind;

// ------------------------------------------------------------------------------------------------- weights

/// A sparse matrix by rows: row i has the entries first[i] to first[i + 1].
template <class T>
struct Rows {
  std::vector<std::int64_t> first{0};
  std::vector<std::int64_t> columns;
  std::vector<T> weights;

  void add(std::int64_t column, T weight) {
    columns.push_back(column);
    weights.push_back(weight);
  }
  void end_row() { first.push_back(static_cast<std::int64_t>(columns.size())); }
  std::int64_t count() const { return static_cast<std::int64_t>(first.size()) - 1; }
  /// How many entries every row has; nothing where they differ.
  std::optional<std::int64_t> common_length() const {
    const std::int64_t length = first[1] - first[0];
    for (std::size_t i = 0; i + 1 < first.size(); ++i)
      if (first[i + 1] - first[i] != length) return {};
    return length;
  }
};

/// Steps of the coordinate in the input for one place of the result. Coordinates are computed in the dtype of the
/// values, in PyTorch's order, so that the roundings are the same.
template <class T>
T coordinate_scale(const Resampling& r) {
  if (r.align_corners != 0) return r.to > 1 ? static_cast<T>(r.from - 1) / static_cast<T>(r.to - 1) : T(0);
  return r.scale_factor > 0 ? static_cast<T>(1 / r.scale_factor) : static_cast<T>(r.from) / static_cast<T>(r.to);
}

/// The coefficients of four neighbours by cubic convolution, t behind the second one.
template <class T>
std::array<T, 4> cubic_weights(T t) {
  constexpr T a = T(-0.75);
  const auto near = [](T d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](T d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

template <class T>
void add_interpolation(Rows<T>& rows, const Resampling& r, std::int64_t i) {
  const T scale = coordinate_scale<T>(r), place = static_cast<T>(i);
  const std::int64_t last = r.from - 1;
  const auto floored = [](T value) { return static_cast<std::int64_t>(std::floor(static_cast<float>(value))); };
  switch (r.kind) {
    case Kind::nearest:
      return rows.add(std::min(floored(scale * place), last), T(1));
    case Kind::nearest_exact:
      return rows.add(std::min(floored(std::max(scale * (place + T(0.5)) - T(0.5), T(0)) + T(0.5)), last), T(1));
    case Kind::linear: {
      if (r.from == r.to) return rows.add(i, T(1));
      const T at = r.align_corners != 0 ? scale * place : std::max(scale * (place + T(0.5)) - T(0.5), T(0));
      const std::int64_t before = std::min(static_cast<std::int64_t>(at), last);
      const T part = std::clamp(at - static_cast<T>(before), T(0), T(1));
      rows.add(before, 1 - part);
      return rows.add(std::min(before + 1, last), part);
    }
    default: {
      const T at = r.align_corners != 0 ? scale * place : scale * (place + T(0.5)) - T(0.5);
      const T below = std::floor(at);
      const std::array<T, 4> weights = cubic_weights(at - below);
      for (std::int64_t j = 0; j < 4; ++j) {
        rows.add(std::clamp(static_cast<std::int64_t>(below) - 1 + j, std::int64_t{0}, last),
                 weights[static_cast<std::size_t>(j)]);
      }
    }
  }
}

template <class T>
void add_window(Rows<T>& rows, const Resampling& r, std::int64_t i) {
  std::int64_t start = i * r.stride - r.padding, stop = start + r.kernel;
  if (r.kind == Kind::divide) {
    start = i * r.from / r.to;
    stop = ((i + 1) * r.from + r.to - 1) / r.to;
  }
  const std::int64_t padded = std::min(stop, r.from + r.padding) - start;
  start = std::max(start, std::int64_t{0});
  stop = std::min(stop, r.from);
  const std::int64_t divisor = r.kind == Kind::sum ? 1 : r.kind == Kind::mean ? padded : stop - start;
  for (std::int64_t place = start; place < stop; ++place) rows.add(place, T(1) / static_cast<T>(divisor));
}

template <class T>
Rows<T> rows_of(const Resampling& r) {
  Rows<T> rows;
  for (std::int64_t i = 0; i < r.to; ++i) {
    if (r.kind <= Kind::cubic)
      add_interpolation(rows, r, i);
    else
      add_window(rows, r, i);
    rows.end_row();
  }
  return rows;
}

/// The transpose of a matrix of so many columns.
template <class T>
Rows<T> transposed(const Rows<T>& rows, std::int64_t columns) {
  Rows<T> result;
  result.first.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const std::int64_t column : rows.columns) ++result.first[static_cast<std::size_t>(column) + 1];
  for (std::size_t i = 1; i < result.first.size(); ++i) result.first[i] += result.first[i - 1];
  result.columns.resize(rows.columns.size());
  result.weights.resize(rows.columns.size());
  std::vector<std::int64_t> next = result.first;
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    for (std::int64_t e = rows.first[static_cast<std::size_t>(i)]; e < rows.first[static_cast<std::size_t>(i) + 1];
         ++e) {
      const auto from = static_cast<std::size_t>(e);
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(rows.columns[from])]++);
      result.columns[to] = i;
      result.weights[to] = rows.weights[from];
    }
  }
  return result;
}

// Equal calls are equal attributes, so that plans are found again.
static_assert(Attributes::by_bytes<ResampleAttributes>);

/// The matrix of a call, which a thread keeps for later ones: a network asks for the same few again and again.
template <class T>
std::shared_ptr<const Rows<T>> known_rows(const ResampleAttributes& attributes) {
  struct Known {
    Resampling resampling;
    std::int64_t adjoint;
    std::shared_ptr<const Rows<T>> rows;
  };
  struct Recent {
    std::vector<Known> all;
    std::size_t next = 0;  ///< that is replaced
  };
  constexpr std::size_t most = 8;
  static thread_local constinit PerThread<Recent> recent;
  const Resampling& r = attributes.resampling;
  for (const Known& known : recent->all)
    if (known.adjoint == attributes.adjoint && known.resampling.fields() == r.fields()) return known.rows;
  Rows<T> rows = rows_of<T>(r);
  if (attributes.adjoint != 0) rows = transposed(rows, r.from);
  Known made{r, attributes.adjoint, std::make_shared<const Rows<T>>(std::move(rows))};
  std::vector<Known>& all = recent->all;
  if (all.size() < most) return all.emplace_back(std::move(made)).rows;
  Known& replaced = all[recent->next++ % most];
  replaced = std::move(made);
  return replaced.rows;
}

// ------------------------------------------------------------------------------------------------- kernel

/// to[i] = the sum over `length` entries of weight * from[column], for all rows of a matrix whose rows are so long.
template <int length, class T>
void apply_rows(const Rows<T>& rows, const T* from, T* to) {
  const std::int64_t* column = rows.columns.data();
  const T* weight = rows.weights.data();
  const std::int64_t count = rows.count();
  for (std::int64_t i = 0; i < count; ++i, column += length, weight += length) {
    T total = weight[0] * from[column[0]];
    for (int e = 1; e < length; ++e) total += weight[e] * from[column[e]];
    to[i] = total;
  }
}

template <class T>
void apply_rows(const Rows<T>& rows, std::optional<std::int64_t> length, const T* from, T* to) {
  if (length == 1) return apply_rows<1>(rows, from, to);
  if (length == 2) return apply_rows<2>(rows, from, to);
  if (length == 3) return apply_rows<3>(rows, from, to);
  if (length == 4) return apply_rows<4>(rows, from, to);
  const std::int64_t* column = rows.columns.data();
  const T* weight = rows.weights.data();
  for (std::size_t i = 0; i + 1 < rows.first.size(); ++i) {
    T total = 0;
    for (std::int64_t e = rows.first[i]; e < rows.first[i + 1]; ++e) total += weight[e] * from[column[e]];
    to[i] = total;
  }
}

/// One row of the matrix times (columns, inner): its entries weight rows of `inner` elements.
template <class T>
void apply_row(const Rows<T>& rows, std::int64_t row, const T* from, T* to, std::int64_t inner) {
  std::int64_t e = rows.first[static_cast<std::size_t>(row)];
  const std::int64_t end = rows.first[static_cast<std::size_t>(row) + 1];
  const auto operand = [&](std::int64_t entry) { return from + rows.columns[static_cast<std::size_t>(entry)] * inner; };
  const auto weight = [&](std::int64_t entry) { return rows.weights[static_cast<std::size_t>(entry)]; };
  if (e == end) {
    std::fill_n(to, inner, T(0));
  } else if (end - e >= 2) {
    const T *a = operand(e), *b = operand(e + 1);
    const T wa = weight(e), wb = weight(e + 1);
    for (std::int64_t j = 0; j < inner; ++j) to[j] = wa * a[j] + wb * b[j];
    e += 2;
  } else {
    const T* a = operand(e);
    const T wa = weight(e);
    for (std::int64_t j = 0; j < inner; ++j) to[j] = wa * a[j];
    ++e;
  }
  for (; e < end; ++e) {
    const T* a = operand(e);
    const T wa = weight(e);
    for (std::int64_t j = 0; j < inner; ++j) to[j] += wa * a[j];
  }
}

template <class T>
void resample_values(const run::Call& call) {
  const auto& attributes = call.attributes.as<ResampleAttributes>();
  const std::int64_t axis = attributes.axis;
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const ops::Split out(call.result.shape, static_cast<int>(axis));
  const std::int64_t n = x.shape[static_cast<int>(axis)], inner = out.inner;
  const std::shared_ptr<const Rows<T>> known = known_rows<T>(attributes);
  const Rows<T>& rows = *known;
  const T* from = x.as<T>();
  T* to = call.result.as<T>();
  const std::int64_t elements = std::max(x.shape.elements(), call.result.shape.elements());
  if (inner == 1) {
    // A piece is some rows, so that there are not many of them.
    const std::int64_t group = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, out.n));
    const auto length = rows.common_length();
    ops::each_piece((out.outer + group - 1) / group, elements, [&](std::int64_t piece) {
      for (std::int64_t o = piece * group; o < std::min(out.outer, (piece + 1) * group); ++o)
        apply_rows(rows, length, from + o * n, to + o * out.n);
    });
    return;
  }
  const std::int64_t group = std::max<std::int64_t>(1, 4096 / inner);
  const std::int64_t groups = (out.n + group - 1) / group;
  ops::each_piece(out.outer * groups, elements, [&](std::int64_t piece) {
    const std::int64_t o = piece / groups, first = piece % groups * group;
    for (std::int64_t i = first; i < std::min(out.n, first + group); ++i)
      apply_row(rows, i, from + o * n * inner, to + (o * out.n + i) * inner, inner);
  });
}

void resample_kernel(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  return call.result.dtype == float64 ? resample_values<double>(call) : resample_values<float>(call);
}

/// What lies along the first axis is independent: it is never the one that is resampled.
std::optional<int> resample_part(std::size_t, int axis, const Shape&, const Shape&) {
  return axis == 0 ? std::optional(0) : std::nullopt;
}

Tensor resample(const Tensor& x, const ResampleAttributes& attributes);

void resample_vjp(Vjp& v) {
  auto attributes = v.attributes().as<ResampleAttributes>();
  attributes.adjoint = 1 - attributes.adjoint;
  v.give(0, resample(v.cotangent(), attributes));
}

std::vector<Sample> resample_samples() {
  const auto sample = [](const char* name, int axis, const Resampling& resampling) {
    return Sample{name,
                  [=](const std::vector<Tensor>& x) { return ops::resampled(x[0], axis, resampling); },
                  {ops::sample_values({2, 4, 3}, -1, 1)}};
  };
  return {sample("nearest", 1, {.kind = Kind::nearest, .from = 4, .to = 7}),
          sample("nearest, the last axis", 2, {.kind = Kind::nearest_exact, .from = 3, .to = 2}),
          sample("linear", 1, {.kind = Kind::linear, .from = 4, .to = 6}),
          sample("linear, corners", 2, {.kind = Kind::linear, .from = 3, .to = 5, .align_corners = 1}),
          sample("linear, by a factor", 2, {.kind = Kind::linear, .from = 3, .to = 7, .scale_factor = 2.4}),
          sample("cubic", 2, {.kind = Kind::cubic, .from = 3, .to = 5}),
          sample("cubic, corners", 1, {.kind = Kind::cubic, .from = 4, .to = 3, .align_corners = 1}),
          sample("parts", 1, {.kind = Kind::divide, .from = 4, .to = 3}),
          sample("means", 1, {.kind = Kind::mean, .from = 4, .to = 3, .kernel = 3, .stride = 2, .padding = 1}),
          sample("means of the input", 2,
                 {.kind = Kind::mean_of_input, .from = 3, .to = 2, .kernel = 3, .stride = 2, .padding = 1}),
          sample("sums", 2, {.kind = Kind::sum, .from = 3, .to = 2, .kernel = 2})};
}

constexpr Primitive resample_primitive{
    .name = "resample",
    .doc = "weighted sums along an axis: interpolation and means of windows",
    .vjp = &resample_vjp,
    .traits = BlockTraits{.kernel = &resample_kernel, .part = &resample_part, .linear = 1},
    .batch = &batch::along_axis<ResampleAttributes>,
    .samples = &resample_samples};

Tensor resample(const Tensor& x, const ResampleAttributes& attributes) {
  Shape shape = x.shape();
  shape[static_cast<int>(attributes.axis)] =
      attributes.adjoint != 0 ? attributes.resampling.from : attributes.resampling.to;
  return record1(resample_primitive, x, shape, x.dtype(), attributes);
}

}  // namespace

Tensor ops::resampled(const Tensor& x, int axis, const Resampling& resampling) {
  return resample(x, {.resampling = resampling, .axis = axis, .adjoint = 0});
}

Tensor ops::resampled_places(const Tensor& x, std::span<const Resampling> of_axes) {
  const auto axes = static_cast<int>(of_axes.size());
  const auto of = [&](int axis) -> const Resampling& { return of_axes[static_cast<std::size_t>(axis)]; };
  const auto nothing = [&](int axis) {
    const Resampling& r = of(axis);
    return r.from == r.to && (r.kind == Kind::divide || (r.kind > Kind::divide && r.kernel == 1 && r.stride == 1));
  };
  // Axes that become shorter come first, so that the others have less to do; of both, those whose inner loops are long.
  std::vector<int> order;
  for (int axis = 0; axis < axes; ++axis)
    if (of(axis).to < of(axis).from) order.push_back(axis);
  for (int axis = axes; axis-- > 0;)
    if (of(axis).to >= of(axis).from && !nothing(axis)) order.push_back(axis);
  if (order.empty()) return x;
  // All images and channels are one axis.
  Shape shape{x.size(0) * x.size(1)}, result{x.size(0), x.size(1)};
  for (int axis = 0; axis < axes; ++axis) {
    shape.push_back(x.shape()[2 + axis]);
    result.push_back(of(axis).to);
  }
  Tensor y = x.reshape(shape);
  for (const int axis : order) y = resampled(y, 1 + axis, of(axis));
  return y.reshape(result);
}

std::span<const Primitive* const> resample_primitives() {
  static constexpr const Primitive* list[] = {&resample_primitive};
  return list;
}

}  // namespace xgrad
