#include <cmath>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/interpolate.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

// Three primitives are the derivatives of one trilinear form, the sum over n, c, p and t of
//
//     x[n, c, at[n, p, t]] g[n, c, p] w[n, p, t],
//
// in g (sample_points), x (spread_points) and w (match_points): weighted sums of elements at several places for each
// point, their adjoint, and the weights'. The derivatives of each are the others. x: (N, C, S), g: (N, C, P), w and
// at: (N, P, T); a place below 0 is none, and its elements are 0.

// ------------------------------------------------------------------------------------------------- kernels

/// Calls f with the number of places of each point, as a constant where it is one that grid_sample has.
template <class F>
void with_constant(std::int64_t t, F&& f) {
  switch (t) {
    case 1:
      return f(std::integral_constant<std::int64_t, 1>());
    case 4:
      return f(std::integral_constant<std::int64_t, 4>());
    case 8:
      return f(std::integral_constant<std::int64_t, 8>());
    case 16:
      return f(std::integral_constant<std::int64_t, 16>());
    default:
      return f(t);
  }
}

/// The inputs of a call, contiguous: two arrays of numbers and the places, and how many there are of everything.
template <class T>
struct Points {
  run::BufferHandle storage[3];
  const T *first, *second;
  const std::int64_t* at;
  std::int64_t batch, channels, elements, points, places;

  explicit Points(const run::Call& call, const Shape& x, const Shape& g, std::size_t of_places) {
    const auto array = [&](std::size_t i) { return run::contiguous(call.inputs[i], storage[i]); };
    at = array(of_places).template as<std::int64_t>();
    first = array(0).template as<T>();
    second = array(of_places == 1 ? 2 : 1).template as<T>();
    batch = x[0], channels = x[1], elements = x[2], points = g[2];
    places = call.inputs[of_places].shape[2];
  }
  std::int64_t work() const { return batch * channels * points * places; }
};

template <class T>
void sample_points_values(const run::Call& call) {
  const Points<T> in(call, call.inputs[0].shape, call.result.shape, 1);
  with_constant(in.places, [&](auto places) {
    ops::each_piece(in.batch * in.channels, in.work(), [&](std::int64_t plane) {
      const std::int64_t n = plane / in.channels;
      const T* x = in.first + plane * in.elements;
      const T* w = in.second + n * in.points * places;
      const std::int64_t* at = in.at + n * in.points * places;
      T* out = call.result.as<T>() + plane * in.points;
      for (std::int64_t p = 0; p < in.points; ++p, w += places, at += places) {
        T total = 0;
        for (std::int64_t t = 0; t < places; ++t) total += at[t] < 0 ? T(0) : w[t] * x[at[t]];
        out[p] = total;
      }
    });
  });
}

template <class T>
void spread_points_values(const run::Call& call) {
  const Points<T> in(call, call.result.shape, call.inputs[0].shape, 1);
  with_constant(in.places, [&](auto places) {
    ops::each_piece(in.batch * in.channels, in.work(), [&](std::int64_t plane) {
      const std::int64_t n = plane / in.channels;
      const T* g = in.first + plane * in.points;
      const T* w = in.second + n * in.points * places;
      const std::int64_t* at = in.at + n * in.points * places;
      T* out = call.result.as<T>() + plane * in.elements;
      std::fill_n(out, in.elements, T(0));
      for (std::int64_t p = 0; p < in.points; ++p, w += places, at += places)
        for (std::int64_t t = 0; t < places; ++t)
          if (at[t] >= 0) out[at[t]] += w[t] * g[p];
    });
  });
}

template <class T>
void match_points_values(const run::Call& call) {
  const Points<T> in(call, call.inputs[0].shape, call.inputs[1].shape, 2);
  constexpr std::int64_t block = 256;
  const std::int64_t blocks = (in.points + block - 1) / block;
  with_constant(in.places, [&](auto places) {
    ops::each_piece(in.batch * blocks, in.work(), [&](std::int64_t piece) {
      const std::int64_t n = piece / blocks, first = piece % blocks * block;
      const std::int64_t count = std::min(block, in.points - first), offset = (n * in.points + first) * places;
      T* out = call.result.as<T>() + offset;
      std::fill_n(out, count * places, T(0));
      for (std::int64_t c = 0; c < in.channels; ++c) {
        const T* x = in.first + (n * in.channels + c) * in.elements;
        const T* g = in.second + (n * in.channels + c) * in.points + first;
        const std::int64_t* at = in.at + offset;
        T* to = out;
        for (std::int64_t p = 0; p < count; ++p, at += places, to += places)
          for (std::int64_t t = 0; t < places; ++t) to[t] += at[t] < 0 ? T(0) : g[p] * x[at[t]];
      }
    });
  });
}

// ------------------------------------------------------------------------------------------------- derivatives

Tensor sample_points(const Tensor& x, const Tensor& at, const Tensor& w);
Tensor spread_points(const Tensor& g, const Tensor& at, const Tensor& w, std::int64_t elements);
Tensor match_points(const Tensor& x, const Tensor& g, const Tensor& at);

void sample_points_vjp(Vjp& v) {
  const Tensor at = v.input(1);
  if (v.wants(0)) v.give(0, spread_points(v.cotangent(), at, v.input(2), v.input_shape(0)[2]));
  if (v.wants(2)) v.give(2, match_points(v.input(0), v.cotangent(), at));
}

void spread_points_vjp(Vjp& v) {
  const Tensor at = v.input(1);
  if (v.wants(0)) v.give(0, sample_points(v.cotangent(), at, v.input(2)));
  if (v.wants(2)) v.give(2, match_points(v.cotangent(), v.input(0), at));
}

void match_points_vjp(Vjp& v) {
  const Tensor at = v.input(2);
  if (v.wants(0)) v.give(0, spread_points(v.input(1), at, v.cotangent(), v.input_shape(0)[2]));
  if (v.wants(1)) v.give(1, sample_points(v.input(0), at, v.cotangent()));
}

/// Each image is sampled independently.
std::optional<int> points_part(std::size_t, int axis, const Shape&, const Shape&) {
  return axis == 0 ? std::optional(0) : std::nullopt;
}

/// The images of all examples are one batch of images.
Tensor points_batch(const BatchedCall& b) {
  const auto merged = [&](const Shape& shape) { return Shape{b.size() * shape[0], shape[1], shape[2]}; };
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < 3; ++i) inputs.push_back(b.mapped(i).reshape(merged(b.input_shape(i))));
  return record(*b.node().primitive, inputs, merged(b.shape()), b.dtype()).reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

/// Four places of three points in images of five elements, some of them none.
Tensor some_places() {
  return tensor({{{0, 1, 3, 4}, {2, 2, -1, 0}, {4, -1, -1, 1}}, {{1, 0, 0, 0}, {-1, 3, 3, 2}, {4, 4, 1, -1}}}, int64);
}

std::vector<Sample> sample_points_samples() {
  return {{"four places",
           [](Inputs in) { return sample_points(in[0], some_places(), in[1]); },
           {ops::sample_values({2, 2, 5}, -1, 1), ops::sample_values({2, 3, 4}, -1, 2)}},
          {"two places",
           [](Inputs in) { return sample_points(in[0], slice(some_places(), 2, 1, 3), in[1]); },
           {ops::sample_values({2, 1, 5}, -1, 1), ops::sample_values({2, 3, 2}, -1, 2)}}};
}

std::vector<Sample> spread_points_samples() {
  return {{"four places",
           [](Inputs in) { return spread_points(in[0], some_places(), in[1], 5); },
           {ops::sample_values({2, 2, 3}, -1, 1), ops::sample_values({2, 3, 4}, -1, 2)}},
          {"one place",
           [](Inputs in) { return spread_points(in[0], slice(some_places(), 2, 1, 2), in[1], 6); },
           {ops::sample_values({2, 1, 3}, -1, 1), ops::sample_values({2, 3, 1}, -1, 2)}}};
}

std::vector<Sample> match_points_samples() {
  return {{"four places",
           [](Inputs in) { return match_points(in[0], in[1], some_places()); },
           {ops::sample_values({2, 2, 5}, -1, 1), ops::sample_values({2, 2, 3}, -1, 2)}}};
}

constexpr Primitive sample_points_primitive{
    .name = "sample_points",
    .doc = "weighted sums of elements at several places for each point",
    .vjp = &sample_points_vjp,
    .reads = 0b111,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&sample_points_values<float>, &sample_points_values<double>>,
                          .part = &points_part},
    .batch = &points_batch,
    .samples = &sample_points_samples};
constexpr Primitive spread_points_primitive{
    .name = "spread_points",
    .doc = "weighted values added at several places each: the adjoint of sample_points",
    .vjp = &spread_points_vjp,
    .reads = 0b111,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&spread_points_values<float>, &spread_points_values<double>>,
                          .part = &points_part},
    .batch = &points_batch,
    .samples = &spread_points_samples};
constexpr Primitive match_points_primitive{
    .name = "match_points",
    .doc = "products of elements at places with values, summed over channels: the weights' side of sample_points",
    .vjp = &match_points_vjp,
    .reads = 0b111,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&match_points_values<float>, &match_points_values<double>>,
                          .part = &points_part},
    .batch = &points_batch,
    .samples = &match_points_samples};

Tensor sample_points(const Tensor& x, const Tensor& at, const Tensor& w) {
  return record3(sample_points_primitive, x, at, w, {x.size(0), x.size(1), w.size(1)}, x.dtype());
}

Tensor spread_points(const Tensor& g, const Tensor& at, const Tensor& w, std::int64_t elements) {
  return record3(spread_points_primitive, g, at, w, {g.size(0), g.size(1), elements}, g.dtype());
}

Tensor match_points(const Tensor& x, const Tensor& g, const Tensor& at) {
  return record3(match_points_primitive, x, g, at, {x.size(0), at.size(1), at.size(2)}, x.dtype());
}

// ------------------------------------------------------------------------------------------------- coordinates

/// Coordinates in elements, of an axis of n of them, brought into it as the options say.
struct AxisPlaces {
  std::int64_t n;
  GridSampleOptions options;

  /// From -1 .. 1 to elements.
  Tensor unnormalized(const Tensor& place) const {
    const auto extent = static_cast<double>(n);
    return options.align_corners ? (place + 1) / 2 * (extent - 1) : ((place + 1) * extent - 1) / 2;
  }
  /// Moved into the image, but for zeros outside.
  Tensor padded(const Tensor& at) const {
    const auto last = static_cast<double>(n - 1);
    if (options.padding_mode == GridPadding::zeros) return at;
    if (options.padding_mode == GridPadding::border) return clip(at, 0.0, last);
    const double low = options.align_corners ? 0 : -0.5, span = options.align_corners ? last : static_cast<double>(n);
    if (span == 0) return at * 0.0;
    const Tensor distance = abs(at - low), turns = floor(distance / span), rest = distance - turns * span;
    const Tensor even = equal(remainder(turns, 2), 0);
    return clip(where(even, rest + low, span - rest + low), 0.0, last);
  }
};

/// The elements of one axis that a point reads, and their weights: (N, P, K).
struct Taps {
  Tensor at, weights;
};

/// The places `first`, `first + 1`, ... of so many taps.
Tensor counted(const Tensor& first, std::int64_t count) {
  return expand_dims(first, -1) + arange(0, count, 1, int64).to(first.dtype());
}

Taps taps_of(const Tensor& place, const AxisPlaces& axis) {
  const Tensor at = axis.unnormalized(place);
  switch (axis.options.mode) {
    case GridSampleMode::nearest: {
      const Tensor nearest = expand_dims(round(stop_gradient(axis.padded(at))), -1);
      return {nearest, ones_like(nearest)};
    }
    case GridSampleMode::bilinear: {
      const Tensor inside = axis.padded(at), below = floor(stop_gradient(inside)), part = inside - below;
      return {counted(below, 2), stack({1 - part, part}, -1)};
    }
    case GridSampleMode::bicubic:
      break;
  }
  static constexpr double a = -0.75;
  const Tensor below = floor(stop_gradient(at)), t = at - below;
  const auto near = [](const Tensor& d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [](const Tensor& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  return {axis.padded(counted(below - 1, 4)), stack({far(t + 1), near(t), near(1 - t), far(2 - t)}, -1)};
}

void check_grid(const char* op, const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  ops::check_floating(op, "x", x);
  ops::check_floating(op, "grid", grid);
  const std::string shapes =
      "argument 'x' has shape " + to_string(x.shape()) + " and 'grid' " + to_string(grid.shape());
  const bool images = x.rank() == 4 || x.rank() == 5;
  if (!images || grid.rank() != x.rank() || grid.size(-1) != x.rank() - 2 || grid.size(0) != x.size(0)) {
    fail(op, shapes + "; expected (N, C, H, W) and (N, H', W', 2), or (N, C, D, H, W) and (N, D', H', W', 3)");
  }
  if (x.dtype() != grid.dtype()) {
    fail(op, "argument 'grid' has dtype " + std::string(to_string(grid.dtype())) + " and 'x' " +
                 std::string(to_string(x.dtype())) + "; expected equal ones");
  }
  for (int axis = 2; axis < x.rank(); ++axis)
    if (x.shape()[axis] == 0) fail(op, shapes + "; expected images with elements");
  if (options.mode == GridSampleMode::bicubic && x.rank() == 5)
    fail(op, shapes + ": bicubic interpolation is of images (N, C, H, W) only");
}

/// -1 to 1 in n steps: the centres of the first and last element, or of elements whose outer edges these are.
Tensor normalized_places(std::int64_t n, bool align_corners, DType dtype) {
  if (n <= 1) return zeros({n}, dtype);
  const Tensor places = linspace(-1, 1, n, dtype);
  return align_corners ? places : places * (static_cast<double>(n - 1) / static_cast<double>(n));
}

}  // namespace

Tensor grid_sample(const Operand& x, const Operand& grid, const GridSampleOptions& options) {
  const Called called("grid_sample");
  check_grid("grid_sample", x, grid, options);
  const PerAxis extents = ops::extents_of(x);
  const int axes = extents.axes();
  const std::int64_t n = x.size(0), c = x.size(1);
  Shape result{n, c};
  std::int64_t points = 1;
  for (int axis = 1; axis <= axes; ++axis) {
    result.push_back(grid.shape()[axis]);
    points *= grid.shape()[axis];
  }
  const Tensor places = grid.reshape({n, points, axes});
  Tensor at, weights, outside;
  for (int axis = 0; axis < axes; ++axis) {
    // The last entry of a place belongs to the first axis. The taps of all axes are combined: (N, P, taps, 1, 1).
    const Tensor place = squeeze(slice(places, 2, axes - 1 - axis, axes - axis), 2);
    const std::int64_t extent = extents[axis];
    const Taps taps = taps_of(place, {extent, options});
    const auto last = static_cast<double>(extent - 1);
    const Tensor here = where(taps.at >= 0, taps.at <= last, false);
    const Tensor index = cast(clip(stop_gradient(taps.at), 0.0, last), int64);
    const std::int64_t count = taps.at.size(2);
    if (axis == 0) {
      at = index, weights = taps.weights, outside = logical_not(here);
      continue;
    }
    const std::int64_t before = at.size(2);
    const auto rows = [&](const Tensor& t) { return t.reshape({n, points, before, 1}); };
    const auto columns = [&](const Tensor& t) { return t.reshape({n, points, 1, count}); };
    const auto joined = [&](const Tensor& t) { return t.reshape({n, points, before * count}); };
    at = joined(rows(at) * extent + columns(index));
    weights = joined(rows(weights) * columns(taps.weights));
    outside = joined(logical_or(rows(outside), columns(logical_not(here))));
  }
  const Tensor image = x.reshape({n, c, ops::product(extents)});
  return sample_points(image, where(outside, -1, at), weights).reshape(result);
}

Tensor affine_grid(const Operand& theta, const Shape& size, const AffineGridOptions& options) {
  const Called called("affine_grid");
  const char* const op = "affine_grid";
  ops::check_floating(op, "theta", theta);
  const int axes = size.rank() - 2;
  if (axes != 2 && axes != 3) fail(op, "size is " + to_string(size) + "; expected (N, C, H, W) or (N, C, D, H, W)");
  const Shape expected{size[0], axes, axes + 1};
  if (theta.shape() != expected) {
    fail(op, "argument 'theta' has shape " + to_string(theta.shape()) + " for the size " + to_string(size) +
                 "; expected " + to_string(expected));
  }
  for (int axis = 1; axis < size.rank(); ++axis)
    if (size[axis] < 1) fail(op, "size is " + to_string(size) + "; expected extents of 1 or more");
  Shape places, result{size[0]};
  for (int axis = 0; axis < axes; ++axis) {
    places.push_back(size[2 + axis]);
    result.push_back(size[2 + axis]);
  }
  result.push_back(axes);
  check_size(op, result);
  std::vector<Tensor> coordinates;
  for (int axis = axes; axis-- > 0;) {
    Shape along;
    for (int other = 0; other < axes; ++other) along.push_back(other == axis ? places[axis] : 1);
    const Tensor line = normalized_places(places[axis], options.align_corners, theta.dtype());
    coordinates.push_back(broadcast_to(line.reshape(along), places));
  }
  coordinates.push_back(ones(places, theta.dtype()));
  const Tensor base = stack(coordinates, -1).reshape({places.elements(), axes + 1});
  return matmul(base, swapaxes(theta, 1, 2)).reshape(result);
}

namespace {

/// Points of a grid inside, at the border and outside of an image, away from where derivatives jump.
Tensor some_grid(const Shape& shape) { return ops::sample_values(shape, -1.4, 1.35); }

Sample grid_sample_of(const char* name, const Shape& x, const Shape& grid, const GridSampleOptions& options) {
  return {name,
          [options](Inputs in) { return grid_sample(in[0], in[1], options); },
          {ops::sample_values(x, -1, 1), some_grid(grid)}};
}

const Composition family[] = {
    {"grid_sample",
     [] {
       using Mode = GridSampleMode;
       return std::vector<Sample>{
           grid_sample_of("bilinear", {2, 2, 3, 4}, {2, 2, 3, 2}, {}),
           grid_sample_of("bilinear, border", {1, 2, 3, 4}, {1, 2, 2, 2}, {.padding_mode = GridPadding::border}),
           grid_sample_of("bilinear, reflection, corners", {1, 1, 3, 4}, {1, 2, 2, 2},
                          {.padding_mode = GridPadding::reflection, .align_corners = true}),
           grid_sample_of("nearest", {1, 2, 3, 2}, {1, 2, 2, 2}, {.mode = Mode::nearest}),
           grid_sample_of("bicubic", {1, 1, 3, 4}, {1, 2, 2, 2}, {.mode = Mode::bicubic}),
           grid_sample_of("bicubic, reflection", {1, 1, 3, 4}, {1, 2, 2, 2},
                          {.mode = Mode::bicubic, .padding_mode = GridPadding::reflection}),
           grid_sample_of("volumes", {1, 1, 2, 3, 2}, {1, 1, 2, 2, 3}, {})};
     }},
    {"affine_grid",
     [] {
       return std::vector<Sample>{{"images",
                                   [](Inputs in) {
                                     return affine_grid(in[0], {2, 1, 3, 2});
                                   },
                                   {ops::sample_values({2, 2, 3}, -1, 1)}},
                                  {"volumes, corners",
                                   [](Inputs in) {
                                     return affine_grid(in[0], {1, 1, 2, 1, 3}, {.align_corners = true});
                                   },
                                   {ops::sample_values({1, 3, 4}, -1, 1)}}};
     }},
};

}  // namespace

std::span<const Composition* const> grid_sample_compositions() {
  static const auto list = ops::pointers_to(family);
  return list;
}

std::span<const Primitive* const> grid_sample_primitives() {
  static constexpr const Primitive* list[] = {&sample_points_primitive, &spread_points_primitive,
                                              &match_points_primitive};
  return list;
}

}  // namespace xgrad
