#include <autograd/ops/winograd.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/gemm.hpp>
#include <autograd/ops/conv.hpp>

namespace xgrad {
namespace {

using ops::TileAttributes;
using ops::TileKind;

static_assert(Attributes::by_bytes<TileAttributes>);

// ------------------------------------------------------------------------------------------------- kernels
// Images (N, C, H, W) and tiles (C, 36, N, tiles): what is made of a channel lies together, or writing 36 numbers at
// distances of powers of two takes twice as long.

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
          .product_step = tiles.strides[1]};
}

/// Each channel by itself.
template <class T, class F>
void each_channel(const ops::Tiling<T>& all, const run::Array& images, const run::Array& tiles, F&& f) {
  ops::each_piece(images.shape[1], tiles.shape.elements(), [&](std::int64_t channel) {
    ops::Tiling<T> one = all;
    one.images += channel * images.strides[1];
    one.tiles += channel * tiles.strides[0];
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

template <TileKind kind>
constexpr auto split_kernel = &ops::by_dtype<&split_values<float, kind>, &split_values<double, kind>>;
template <TileKind kind>
constexpr auto join_kernel = &ops::by_dtype<&join_values<float, kind>, &join_values<double, kind>>;

/// Tiles of one image, and of one channel, come from it alone.
std::optional<int> split_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 1;
  return axis == 2 ? std::optional(0) : std::nullopt;
}

std::optional<int> join_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 2;
  return axis == 1 ? std::optional(0) : std::nullopt;
}

/// Each way six sums of six, or of four.
std::int64_t split_flops(const Shape&, const Shape& result) { return 4 * result.elements(); }
std::int64_t join_flops(const Shape& input, const Shape&) { return 4 * input.elements(); }

/// A matrix for each of several products, as `multiply` reads it.
struct Matrices {
  run::Array array;
  std::int64_t step, row, column;  ///< from product to product, in elements, and within one

  template <class T>
  const T* of(std::int64_t product) const {
    return array.as<T>() + product * step;
  }
};

/// Weights (products, rows, columns), of which either rows or columns lie next to each other.
Matrices weights_of(const run::Array& given, run::BufferHandle& storage) {
  const bool readable = given.strides[1] == 1 || given.strides[2] == 1;
  const run::Array array = readable ? given : run::contiguous(given, storage);
  return {array, array.strides[0], array.strides[1], array.strides[2]};
}

/// Tiles (C, products, N, tiles) as matrices (C, N tiles).
Matrices tiles_of(const run::Array& given, run::BufferHandle& storage) {
  const run::Array array = with_rows(given, storage);
  return {array, array.strides[1], array.strides[0], 1};
}

/// Calls multiply(product) for each, on several threads where there is enough to do.
template <class F>
void each_product(std::int64_t products, std::int64_t multiplications, F&& multiply) {
  if (products * multiplications >= ops::large_product)
    run::parallel_for(static_cast<int>(products), multiply);
  else
    for (std::int64_t i = 0; i < products; ++i) multiply(i);
}

/// out (O, products, N, tiles) = weights (products, O, C) tiles (C, products, N, tiles).
template <class T>
void product_values(const run::Call& call) {
  run::BufferHandle storage[2];
  const Matrices a = weights_of(call.inputs[0], storage[0]), b = tiles_of(call.inputs[1], storage[1]);
  const Shape& out = call.result.shape;
  const std::int64_t n = out[0], m = out[2] * out[3], k = call.inputs[1].shape[0];
  each_product(out[1], n * m * k, [&](std::int64_t i) {
    T* const result = call.result.as<T>() + i * call.result.strides[1];
    ops::multiply<T>(
        {n, m, k, a.of<T>(i), a.row, a.column, b.of<T>(i), b.row, b.column, result, call.result.strides[0], false});
  });
}

/// out (products, O, C) = left (O, products, N, tiles) right (C, products, N, tiles), multiplied and summed over the
/// last two axes.
template <class T>
void correlation_values(const run::Call& call) {
  run::BufferHandle storage[2];
  const Matrices a = tiles_of(call.inputs[0], storage[0]), b = tiles_of(call.inputs[1], storage[1]);
  const Shape& out = call.result.shape;
  const std::int64_t n = out[1], m = out[2], k = call.inputs[0].shape[2] * call.inputs[0].shape[3];
  each_product(out[0], n * m * k, [&](std::int64_t i) {
    T* const result = call.result.as<T>() + i * n * m;
    if (k == 0) {
      if (!call.accumulate) std::fill_n(result, n * m, T(0));
      return;
    }
    ops::multiply<T>({n, m, k, a.of<T>(i), a.row, 1, b.of<T>(i), 1, b.row, result, m, call.accumulate});
  });
}

std::optional<int> product_part(std::size_t k, int axis, const Shape&, const Shape&) {
  if (axis == 2) return k == 0 ? all_of_it : 2;
  if (axis == 0) return k == 0 ? 1 : all_of_it;
  return std::nullopt;
}

std::optional<int> correlation_part(std::size_t k, int axis, const Shape&, const Shape&) {
  if (axis == added_up) return 2;
  if (axis == 0) return 1;
  return static_cast<int>(k) + 1 == axis ? 0 : all_of_it;
}

std::int64_t product_flops(const Shape& weights, const Shape& result) { return 2 * result.elements() * weights[2]; }
std::int64_t correlation_flops(const Shape& left, const Shape& result) { return 2 * left.elements() * result[2]; }

// ------------------------------------------------------------------------------------------------- derivatives

extern const Primitive winograd_data_primitive, winograd_data_adjoint_primitive, winograd_result_primitive,
    winograd_result_adjoint_primitive, winograd_product_primitive, winograd_correlation_primitive;

Shape tiles_shape(std::int64_t images, std::int64_t channels, const TileAttributes& at) {
  return {channels, ops::tile_products, images, at.down * at.across};
}

/// Images as tiles.
Tensor split(const Primitive& primitive, const Tensor& images, const TileAttributes& at) {
  return record1(primitive, images, tiles_shape(images.size(0), images.size(1), at), images.dtype(), at);
}

/// Tiles as images of these extents.
Tensor join(const Primitive& primitive, const Tensor& tiles, std::int64_t height, std::int64_t width,
            const TileAttributes& at) {
  return record1(primitive, tiles, {tiles.size(2), tiles.size(0), height, width}, tiles.dtype(), at);
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

// The products and their sums over tiles are derivatives of one trilinear form, the sum over f, o, c and p of
//
//     weights[f, o, c] data[c, f, p] result[o, f, p].

Tensor products_of(const Tensor& weights, const Tensor& tiles) {
  return record2(winograd_product_primitive, weights, tiles,
                 {weights.size(1), tiles.size(1), tiles.size(2), tiles.size(3)}, tiles.dtype());
}

Tensor correlation_of(const Tensor& result, const Tensor& data) {
  return record2(winograd_correlation_primitive, result, data, {data.size(1), result.size(0), data.size(0)},
                 data.dtype());
}

void product_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, correlation_of(v.cotangent(), v.input(1)));
  if (v.wants(1)) v.give(1, products_of(swapaxes(v.input(0), 1, 2), v.cotangent()));
}

void correlation_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, products_of(v.cotangent(), v.input(1)));
  if (v.wants(1)) v.give(1, products_of(swapaxes(v.cotangent(), 1, 2), v.input(0)));
}

// ------------------------------------------------------------------------------------------------- batching
// The images of all examples are one batch of images, and so are their products, if they share the weights. Weights of
// their own are so many products more.

/// Tiles (C, products, examples N, tiles) as (examples, C, products, N, tiles).
Tensor examples_first(const Tensor& tiles, std::int64_t examples) {
  const std::int64_t images = tiles.size(2) / examples;
  return transpose(tiles.reshape({tiles.size(0), tiles.size(1), examples, images, tiles.size(3)}), {2, 0, 1, 3, 4});
}

/// The inverse.
Tensor examples_as_images(const Tensor& tiles) {
  const Shape& x = tiles.shape();
  return transpose(tiles, {1, 2, 0, 3, 4}).reshape({x[1], x[2], x[0] * x[3], x[4]});
}

/// Tiles (examples, C, products, N, tiles) as (C, examples products, N, tiles).
Tensor examples_as_products(const Tensor& tiles) {
  const Shape& x = tiles.shape();
  return transpose(tiles, {1, 0, 2, 3, 4}).reshape({x[1], x[0] * x[2], x[3], x[4]});
}

Tensor product_batch(const BatchedCall& b) {
  if (!b.maps(0)) return examples_first(products_of(b.input(0), examples_as_images(b.mapped(1))), b.size());
  const Tensor weights = b.mapped(0);
  const Shape &w = weights.shape(), &y = b.shape();
  const Tensor products = products_of(weights.reshape({w[0] * w[1], w[2], w[3]}), examples_as_products(b.mapped(1)));
  return transpose(products.reshape({y[0], b.size(), y[1], y[2], y[3]}), {1, 0, 2, 3, 4});
}

Tensor correlation_batch(const BatchedCall& b) {
  return correlation_of(examples_as_products(b.mapped(0)), examples_as_products(b.mapped(1)))
      .reshape(b.behind_batch(b.shape()));
}

Tensor split_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Tensor merged = b.input(0).reshape({b.size() * x[0], x[1], x[2], x[3]});
  const Tensor tiles = split(*b.node().primitive, merged, b.attributes().as<TileAttributes>());
  return examples_first(tiles, b.size());
}

Tensor join_batch(const BatchedCall& b) {
  const Shape& y = b.shape();
  return join(*b.node().primitive, examples_as_images(b.input(0)), y[2], y[3], b.attributes().as<TileAttributes>())
      .reshape(b.behind_batch(y));
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
    .traits = BlockTraits{.kernel = split_kernel<TileKind::windows>,
                          .part = &split_part,
                          .linear = 1,
                          .rearranges = true,
                          .flops = &split_flops},
    .batch = &split_batch,
    .samples = &split_samples<winograd_data_primitive>};
constexpr Primitive winograd_data_adjoint_primitive{
    .name = "winograd_data_adjoint",
    .doc = "the adjoint of winograd_data: windows transformed back and added up where they lie",
    .vjp = &join_vjp<winograd_data_primitive>,
    .traits =
        BlockTraits{.kernel = join_kernel<TileKind::windows>, .part = &join_part, .linear = 1, .flops = &join_flops},
    .batch = &join_batch,
    .samples = &join_samples<winograd_data_adjoint_primitive>};
constexpr Primitive winograd_result_primitive{
    .name = "winograd_result",
    .doc = "blocks of 4 x 4 elements of images, out of products at 36 points",
    .vjp = &join_vjp<winograd_result_adjoint_primitive>,
    .traits =
        BlockTraits{.kernel = join_kernel<TileKind::blocks>, .part = &join_part, .linear = 1, .flops = &join_flops},
    .batch = &join_batch,
    .samples = &join_samples<winograd_result_primitive>};
constexpr Primitive winograd_result_adjoint_primitive{
    .name = "winograd_result_adjoint",
    .doc = "the adjoint of winograd_result",
    .vjp = &split_vjp<winograd_result_primitive>,
    .traits =
        BlockTraits{.kernel = split_kernel<TileKind::blocks>, .part = &split_part, .linear = 1, .flops = &split_flops},
    .batch = &split_batch,
    .samples = &split_samples<winograd_result_adjoint_primitive>};

std::vector<Sample> product_samples() {
  return {{"two products",
           [](Inputs in) { return products_of(in[0], in[1]); },
           {sample_values({2, 3, 2}, -1, 1), sample_values({2, 2, 1, 2}, -1, 2)}},
          {"transposed weights",
           [](Inputs in) { return products_of(swapaxes(in[0], 1, 2), in[1]); },
           {sample_values({1, 3, 2}, -1, 1), sample_values({3, 1, 2, 2}, -1, 2)}},
          {"transposed tiles",
           [](Inputs in) { return products_of(in[0], swapaxes(in[1], 2, 3)); },
           {sample_values({1, 3, 2}, -1, 1), sample_values({2, 1, 2, 3}, -1, 2)}}};
}

std::vector<Sample> correlation_samples() {
  return {{"two products",
           [](Inputs in) { return correlation_of(in[0], in[1]); },
           {sample_values({3, 2, 1, 2}, -1, 1), sample_values({2, 2, 1, 2}, -1, 2)}},
          {"no images",
           [](Inputs in) { return correlation_of(in[0], in[1]); },
           {zeros({3, 1, 0, 2}, float64), zeros({2, 1, 0, 2}, float64)}}};
}

constexpr Primitive winograd_product_primitive{
    .name = "winograd_product",
    .doc = "products of weights and tiles, at each point a product of matrices",
    .vjp = &product_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&product_values<float>, &product_values<double>>,
                          .part = &product_part,
                          .linear = 3,
                          .flops = &product_flops},
    .batch = &product_batch,
    .samples = &product_samples};
constexpr Primitive winograd_correlation_primitive{
    .name = "winograd_correlation",
    .doc = "products of two sets of tiles, summed over tiles: the weights' side of winograd_product",
    .vjp = &correlation_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&correlation_values<float>, &correlation_values<double>>,
                          .part = &correlation_part,
                          .flops = &correlation_flops},
    .batch = &correlation_batch,
    .samples = &correlation_samples};

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

namespace {

thread_local constinit int direct_scopes = 0;

}  // namespace

DirectConvolutions::DirectConvolutions() noexcept { ++direct_scopes; }
DirectConvolutions::~DirectConvolutions() { --direct_scopes; }

bool winograd_pays(std::int64_t channels, std::int64_t out, const WindowGrid& windows, DType dtype) {
  if (direct_scopes > 0) return false;
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
  const Tensor matrix = matmul(weights_transform(), transpose(weight.reshape({out * channels, 9})));
  const Tensor products =
      products_of(matrix.reshape({tile_products, out, channels}), split(winograd_data_primitive, x, at));
  return join(winograd_result_primitive, products, height, width, blocks);
}

}  // namespace ops

std::span<const Primitive* const> winograd_primitives() {
  static constexpr const Primitive* list[] = {&winograd_data_primitive,    &winograd_data_adjoint_primitive,
                                              &winograd_result_primitive,  &winograd_result_adjoint_primitive,
                                              &winograd_product_primitive, &winograd_correlation_primitive};
  return list;
}

}  // namespace xgrad
