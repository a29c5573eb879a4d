#include <autograd/ops/channel_product.hpp>

#include <algorithm>
#include <optional>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/channel_product.hpp>
#include <autograd/kernel/scratch.hpp>
#include <autograd/ops/windowed_images.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad {
namespace {

using ops::CallMemory;
using ops::channels_apart;
using ops::contiguous_from;
using ops::examples_as_channels;
using ops::first_merged;
using ops::spatial_extents;
using ops::WindowedImages;
using ops::WindowGrid;

static_assert(Attributes::by_bytes<WindowGrid>);

// ------------------------------------------------------------------------------------------------- kernels

/// The planes of a call's images, their windows, and the weights' places in them.
template <class T>
class Planes {
 public:
  Planes(const run::Array& x, const WindowGrid& grid)
      : images_(x, grid, ops::Columns::side_by_side), depth_(grid.field()), table_(depth_) {
    images_.write_elements(1, table_.data());
  }

  std::int64_t depth() const { return depth_; }
  std::int64_t depths() const { return images_.windows()[0].grid; }
  std::int64_t channels() const { return images_.channels(); }

  /// Channel c of image n: in this thread's memory, if it has to be copied.
  const T* plane(std::int64_t n, std::int64_t c) const {
    static thread_local constinit PerThread<run::Scratch> scratch;
    const auto bytes = static_cast<std::size_t>(images_.copied_of_channel()) * sizeof(T);
    return images_.plane(n, c, reinterpret_cast<T*>(scratch->reserve(bytes)));
  }
  /// Its windows in slice d of the grid.
  ops::PlaneWindows<T> windows(const T* plane, std::int64_t d) const {
    const auto& [depths, rows, columns] = images_.windows().axes;
    return {.lines = rows.grid,
            .line_step = rows.stride * images_.step(1),
            .columns = columns.grid,
            .plane = plane + d * depths.stride * images_.step(0),
            .table = table_.data(),
            .depth = depth_};
  }

 private:
  WindowedImages<T> images_;
  std::int64_t depth_;
  CallMemory<std::int64_t> table_;
};

/// y (N, C, ...) = each channel's weights (C, ...) times its windows of x (N, C, ...).
template <class T>
void product_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array weights = contiguous_from(0, call.inputs[0], storage);
  const Planes<T> planes(call.inputs[1], call.attributes.as<WindowGrid>());
  const auto& kernels = ops::channel_kernels<T>();
  const auto& to = call.result;
  const std::int64_t places = call.attributes.as<WindowGrid>().places() / planes.depths();
  ops::each_piece(to.shape[0] * planes.channels(), to.shape.elements() * planes.depth(), [&](std::int64_t piece) {
    const std::int64_t n = piece / planes.channels(), c = piece % planes.channels();
    const T* const plane = planes.plane(n, c);
    T* const result = to.as<T>() + n * to.strides[0] + c * to.strides[1];
    for (std::int64_t d = 0; d < planes.depths(); ++d)
      kernels.weigh(planes.windows(plane, d), weights.as<T>() + c * planes.depth(), result + d * places);
  });
}

/// out (C, ...) = the windows of x (N, C, ...) weighted by y (N, C, ...), summed over images and windows.
template <class T>
void correlation_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array y = contiguous_from(2, call.inputs[0], storage);
  const Planes<T> planes(call.inputs[1], call.attributes.as<WindowGrid>());
  const auto& kernels = ops::channel_kernels<T>();
  const std::int64_t places = call.attributes.as<WindowGrid>().places() / planes.depths();
  ops::each_piece(planes.channels(), y.shape.elements() * planes.depth(), [&](std::int64_t c) {
    T* const sums = call.result.as<T>() + c * planes.depth();
    if (!call.accumulate) std::fill_n(sums, planes.depth(), T(0));
    for (std::int64_t n = 0; n < y.shape[0]; ++n) {
      const T* const plane = planes.plane(n, c);
      const T* const values = y.as<T>() + n * y.strides[0] + c * y.strides[1];
      for (std::int64_t d = 0; d < planes.depths(); ++d)
        kernels.correlate(planes.windows(plane, d), values + d * places, sums);
    }
  });
}

std::optional<int> product_part(std::size_t k, int axis, const Shape&, const Shape&) {
  if (axis == 0) return k == 0 ? all_of_it : 0;
  if (axis == 1) return k == 0 ? 0 : 1;
  return std::nullopt;
}

std::optional<int> correlation_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == added_up) return 0;
  return axis == 0 ? std::optional(1) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- derivatives
// As those of window_product, channel by channel.

extern const Primitive channel_product_primitive, channel_correlation_primitive;

Tensor product_of(const Tensor& weights, const Tensor& x, const WindowGrid& grid) {
  return record2(channel_product_primitive, weights, x, ops::images_shape(x.size(0), x.size(1), grid.grid), x.dtype(),
                 grid);
}

/// y: (N, C, ...).
Tensor correlation_of(const Tensor& y, const Tensor& x, const WindowGrid& grid) {
  Shape shape{x.size(1)};
  for (int axis = 0; axis < grid.axes(); ++axis) shape.push_back(grid.kernel[axis]);
  return record2(channel_correlation_primitive, y, x, shape, x.dtype(), grid);
}

/// Images (N, C, ...) of these extents, to which each window gives y times its channel's weights.
Tensor images_of(const Tensor& weights, const Tensor& y, const PerAxis& extents, const WindowGrid& grid) {
  if (const std::optional<WindowGrid> back = ops::reversed(grid, extents)) {
    std::vector<int> axes;
    for (int axis = 0; axis < grid.axes(); ++axis) axes.push_back(1 + axis);
    return product_of(flip(weights, axes), y, *back);
  }
  const std::int64_t channels = weights.size(0);
  const Tensor places = swapaxes(y, 0, 1).reshape({channels, 1, y.size(0), grid.places()});
  return ops::overlap_add(weights.reshape({channels, grid.field(), 1, 1}) * places, extents, grid);
}

void product_vjp(Vjp& v) {
  const auto& grid = v.attributes().as<WindowGrid>();
  if (v.wants(0)) v.give(0, correlation_of(v.cotangent(), v.input(1), grid));
  if (v.wants(1)) v.give(1, images_of(v.input(0), v.cotangent(), spatial_extents(v.input_shape(1)), grid));
}

void correlation_vjp(Vjp& v) {
  const auto& grid = v.attributes().as<WindowGrid>();
  if (v.wants(0)) v.give(0, product_of(v.cotangent(), v.input(1), grid));
  if (v.wants(1)) v.give(1, images_of(v.cotangent(), v.input(0), spatial_extents(v.input_shape(1)), grid));
}

// ------------------------------------------------------------------------------------------------- batching
// Images of all examples are one batch of images; channels of all examples are so many channels more.

Tensor product_batch(const BatchedCall& b) {
  const auto& grid = b.attributes().as<WindowGrid>();
  if (!b.maps(0)) return product_of(b.input(0), first_merged(b.mapped(1)), grid).reshape(b.behind_batch(b.shape()));
  const Tensor y = product_of(first_merged(b.mapped(0)), examples_as_channels(b.mapped(1)), grid);
  return swapaxes(channels_apart(y, b.size()), 0, 1);
}

Tensor correlation_batch(const BatchedCall& b) {
  return correlation_of(examples_as_channels(b.mapped(0)), examples_as_channels(b.mapped(1)),
                        b.attributes().as<WindowGrid>())
      .reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitives

std::vector<Sample> product_samples() {
  return ops::windowed_samples(&product_of, ops::WindowedOperand::weights, true);
}
std::vector<Sample> correlation_samples() {
  return ops::windowed_samples(&correlation_of, ops::WindowedOperand::results, true);
}

constexpr Primitive channel_product_primitive{
    .name = "channel_product",
    .doc = "weights of each channel times its windows of images: a depthwise convolution",
    .vjp = &product_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&product_values<float>, &product_values<double>>,
                          .part = &product_part,
                          .linear = 0b11,
                          .flops = &ops::window_product_flops},
    .batch = &product_batch,
    .samples = &product_samples};
constexpr Primitive channel_correlation_primitive{
    .name = "channel_correlation",
    .doc = "windows of each channel times images, summed over both: the weights' side of channel_product",
    .vjp = &correlation_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&correlation_values<float>, &correlation_values<double>>,
                          .part = &correlation_part,
                          .linear = 0b11,
                          .flops = &ops::window_correlation_flops},
    .batch = &correlation_batch,
    .samples = &correlation_samples};

}  // namespace

namespace ops {

bool channel_product_pays(const WindowGrid& windows) {
  constexpr std::int64_t fewest_columns = 4;
  return windows.grid[windows.axes() - 1] >= fewest_columns;
}

Tensor channel_product(const Tensor& weight, const Tensor& x, const WindowGrid& windows) {
  return product_of(weight, x, windows);
}

}  // namespace ops

std::span<const Primitive* const> channel_product_primitives() {
  static constexpr const Primitive* list[] = {&channel_product_primitive, &channel_correlation_primitive};
  return list;
}

}  // namespace xgrad
