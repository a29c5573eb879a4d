#include <autograd/ops/winograd.hpp>

#include <iterator>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/conv.hpp>

namespace xgrad {
namespace {

using ops::TileAttributes;
using ops::TileKind;

static_assert(Attributes::by_bytes<TileAttributes>);

// ------------------------------------------------------------------------------------------------- kernels
// Images (N, C, H, W) and tiles (36, C, N, tiles).

template <class T>
ops::Tiling<T> tiling(TileKind kind, const TileAttributes& at, const run::Array& images, const run::Array& tiles) {
  return {.kind = kind,
          .count = images.shape[0],
          .height = images.shape[2],
          .width = images.shape[3],
          .down = at.down,
          .across = at.across,
          .top = at.top,
          .left = at.left,
          .images = images.as<T>(),
          .image_step = images.strides[0],
          .tiles = tiles.as<T>(),
          .product_step = tiles.strides[0]};
}

/// Each channel by itself.
template <class T, class F>
void each_channel(const ops::Tiling<T>& all, const run::Array& images, const run::Array& tiles, F&& f) {
  ops::each_piece(images.shape[1], tiles.shape.elements(), [&](std::int64_t channel) {
    ops::Tiling<T> one = all;
    one.images += channel * images.strides[1];
    one.tiles += channel * tiles.strides[1];
    f(one);
  });
}

/// The array, or a copy of it where its last two axes do not lie next to each other.
run::Array with_rows(const run::Array& array, run::BufferHandle& storage) {
  const bool rows = array.strides[3] == 1 && array.strides[2] == array.shape[3];
  return rows ? array : run::contiguous(array, storage);
}

template <class T, TileKind kind>
void split_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array images = with_rows(call.inputs[0], storage);
  const auto all = tiling<T>(kind, call.attributes.as<TileAttributes>(), images, call.result);
  each_channel(all, images, call.result, ops::split_tiles<T>());
}

template <class T, TileKind kind>
void join_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array tiles = with_rows(call.inputs[0], storage);
  const auto all = tiling<T>(kind, call.attributes.as<TileAttributes>(), call.result, tiles);
  each_channel(all, call.result, tiles, ops::join_tiles<T>());
}

template <void (*of_float)(const run::Call&), void (*of_double)(const run::Call&)>
void by_dtype(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  return call.result.dtype == float64 ? of_double(call) : of_float(call);
}

template <TileKind kind>
constexpr auto split_kernel = &by_dtype<&split_values<float, kind>, &split_values<double, kind>>;
template <TileKind kind>
constexpr auto join_kernel = &by_dtype<&join_values<float, kind>, &join_values<double, kind>>;

/// Tiles of one image, and of one channel, come from it alone.
std::optional<int> split_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 1) return 1;
  return axis == 2 ? std::optional(0) : std::nullopt;
}

std::optional<int> join_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 1) return 1;
  return axis == 0 ? std::optional(2) : std::nullopt;
}

/// Each way six sums of six, or of four.
std::int64_t split_flops(const Shape&, const Shape& result) { return 4 * result.elements(); }
std::int64_t join_flops(const Shape& input, const Shape&) { return 4 * input.elements(); }

// ------------------------------------------------------------------------------------------------- derivatives

extern const Primitive winograd_data_primitive, winograd_data_adjoint_primitive, winograd_result_primitive,
    winograd_result_adjoint_primitive;

Shape tiles_shape(std::int64_t images, std::int64_t channels, const TileAttributes& at) {
  return {ops::tile_products, channels, images, at.down * at.across};
}

/// Images as tiles.
Tensor split(const Primitive& primitive, const Tensor& images, const TileAttributes& at) {
  return record1(primitive, images, tiles_shape(images.size(0), images.size(1), at), images.dtype(), at);
}

/// Tiles as images of these extents.
Tensor join(const Primitive& primitive, const Tensor& tiles, std::int64_t height, std::int64_t width,
            const TileAttributes& at) {
  return record1(primitive, tiles, {tiles.size(2), tiles.size(1), height, width}, tiles.dtype(), at);
}

template <const Primitive& adjoint>
void split_vjp(Vjp& v) {
  const Shape& images = v.input_shape(0);
  v.give(0, join(adjoint, v.cotangent(), images[2], images[3], v.attributes().as<TileAttributes>()));
}

template <const Primitive& adjoint>
void join_vjp(Vjp& v) {
  v.give(0, split(adjoint, v.cotangent(), v.attributes().as<TileAttributes>()));
}

// ------------------------------------------------------------------------------------------------- batching
// The images of all examples are one batch of images.

Tensor split_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Shape& y = b.shape();
  const Tensor merged = b.input(0).reshape({b.size() * x[0], x[1], x[2], x[3]});
  const Tensor tiles = split(*b.node().primitive, merged, b.attributes().as<TileAttributes>());
  return transpose(tiles.reshape({y[0], y[1], b.size(), y[2], y[3]}), {2, 0, 1, 3, 4});
}

Tensor join_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Tensor merged = transpose(b.input(0), {1, 2, 0, 3, 4}).reshape({x[0], x[1], b.size() * x[2], x[3]});
  const Shape& y = b.shape();
  return join(*b.node().primitive, merged, y[2], y[3], b.attributes().as<TileAttributes>()).reshape(b.behind_batch(y));
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;
using ops::sample_values;

template <const Primitive& primitive>
std::vector<Sample> split_samples() {
  const bool windows = &primitive == &winograd_data_primitive;
  const auto sample = [&](const char* name, const Shape& shape, const TileAttributes& at) {
    return Sample{name, [at](Inputs in) { return split(primitive, in[0], at); }, {sample_values(shape, -1, 1)}};
  };
  if (windows)
    return {sample("whole tiles", {1, 2, 6, 6}, {1, 1, 0, 0}),
            sample("padding, and tiles that reach out", {2, 1, 5, 7}, {2, 2, 1, 1})};
  return {sample("whole tiles", {2, 1, 4, 8}, {1, 2, 0, 0}), sample("parts of tiles", {1, 2, 5, 3}, {2, 1, 0, 0})};
}

template <const Primitive& primitive>
std::vector<Sample> join_samples() {
  const bool windows = &primitive == &winograd_data_adjoint_primitive;
  const auto sample = [&](const char* name, const Shape& images, const TileAttributes& at) {
    return Sample{name,
                  [=](Inputs in) { return join(primitive, in[0], images[2], images[3], at); },
                  {sample_values(tiles_shape(images[0], images[1], at), -1, 1)}};
  };
  if (windows)
    return {sample("whole tiles", {1, 2, 6, 6}, {1, 1, 0, 0}),
            sample("padding, and tiles that reach out", {2, 1, 5, 7}, {2, 2, 1, 1})};
  return {sample("whole tiles", {2, 1, 4, 8}, {1, 2, 0, 0}), sample("parts of tiles", {1, 2, 5, 3}, {2, 1, 0, 0})};
}

constexpr Primitive winograd_data_primitive{
    .name = "winograd_data",
    .doc = "windows of 6 x 6 elements of images, transformed for products at 36 points",
    .vjp = &split_vjp<winograd_data_adjoint_primitive>,
    .traits =
        BlockTraits{
            .kernel = split_kernel<TileKind::windows>, .part = &split_part, .rearranges = true, .flops = &split_flops},
    .batch = &split_batch,
    .samples = &split_samples<winograd_data_primitive>};
constexpr Primitive winograd_data_adjoint_primitive{
    .name = "winograd_data_adjoint",
    .doc = "the adjoint of winograd_data: windows transformed back and added up where they lie",
    .vjp = &join_vjp<winograd_data_primitive>,
    .traits = BlockTraits{.kernel = join_kernel<TileKind::windows>, .part = &join_part, .flops = &join_flops},
    .batch = &join_batch,
    .samples = &join_samples<winograd_data_adjoint_primitive>};
constexpr Primitive winograd_result_primitive{
    .name = "winograd_result",
    .doc = "blocks of 4 x 4 elements of images, out of products at 36 points",
    .vjp = &join_vjp<winograd_result_adjoint_primitive>,
    .traits = BlockTraits{.kernel = join_kernel<TileKind::blocks>, .part = &join_part, .flops = &join_flops},
    .batch = &join_batch,
    .samples = &join_samples<winograd_result_primitive>};
constexpr Primitive winograd_result_adjoint_primitive{
    .name = "winograd_result_adjoint",
    .doc = "the adjoint of winograd_result",
    .vjp = &split_vjp<winograd_result_primitive>,
    .traits = BlockTraits{.kernel = split_kernel<TileKind::blocks>, .part = &split_part, .flops = &split_flops},
    .batch = &split_batch,
    .samples = &split_samples<winograd_result_adjoint_primitive>};

/// The transform of weights, both ways: (36, 9). At a point p it is (1, p, p^2) over the product of the distances to
/// the other points.
Tensor weights_transform() {
  constexpr double a = 0.75, b = 1.5, apart = a * a - b * b;
  constexpr double by_point[ops::tile_points][2] = {{0, 1 / (a * a * b * b)},       {a, 1 / (2 * a * a * apart)},
                                                    {-a, 1 / (2 * a * a * apart)},  {b, 1 / (2 * b * b * -apart)},
                                                    {-b, 1 / (2 * b * b * -apart)}, {0, 0}};
  double g[ops::tile_points][3];
  for (std::size_t i = 0; i < std::size(by_point); ++i) {
    const auto [point, scale] = by_point[i];
    g[i][0] = scale, g[i][1] = scale * point, g[i][2] = scale * point * point;
  }
  g[ops::tile_points - 1][2] = 1;
  std::vector<float> both;
  for (const auto& down : g)
    for (const auto& across : g)
      for (const double x : down)
        for (const double y : across) both.push_back(static_cast<float>(x * y));
  return tensor(both, {ops::tile_products, 9});
}

}  // namespace

namespace ops {

bool winograd_pays(std::int64_t channels, std::int64_t out, const WindowGrid& windows, DType dtype) {
  if (dtype != float32 || windows.axes() != 2) return false;
  for (int axis = 0; axis < 2; ++axis) {
    if (windows.kernel[axis] != 3 || windows.steps.stride[axis] != 1 || windows.steps.dilation[axis] != 1) return false;
    if (windows.grid[axis] < tile_size) return false;
  }
  constexpr std::int64_t fewest = 16;
  return channels >= fewest && out >= fewest;
}

Tensor winograd_convolution(const Tensor& x, const Tensor& weight, const WindowGrid& windows) {
  const std::int64_t channels = weight.size(1), out = weight.size(0);
  const auto tiles = [](std::int64_t extent) { return (extent + tile_size - 1) / tile_size; };
  const std::int64_t height = windows.grid[0], width = windows.grid[1];
  const TileAttributes blocks{.down = tiles(height), .across = tiles(width), .top = 0, .left = 0};
  TileAttributes at = blocks;
  at.top = windows.steps.padding[0], at.left = windows.steps.padding[1];
  const std::int64_t images = x.size(0), count = extent_product("conv2d", images, at.down * at.across);
  const Tensor factors = matmul(weights_transform(), transpose(weight.reshape({out * channels, 9})))
                             .reshape({tile_products, out, channels});
  const Tensor data = split(winograd_data_primitive, x, at).reshape({tile_products, channels, count});
  const Tensor products = matmul(factors, data).reshape(tiles_shape(images, out, blocks));
  return join(winograd_result_primitive, products, height, width, blocks);
}

}  // namespace ops

std::span<const Primitive* const> winograd_primitives() {
  static constexpr const Primitive* list[] = {&winograd_data_primitive, &winograd_data_adjoint_primitive,
                                              &winograd_result_primitive, &winograd_result_adjoint_primitive};
  return list;
}

}  // namespace xgrad
