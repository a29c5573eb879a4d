#include <autograd/ops/window_product.hpp>

#include <algorithm>
#include <optional>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/gemm.hpp>
#include <autograd/kernel/scratch.hpp>
#include <autograd/kernel/table_product.hpp>
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
using ops::TableKernels;
using ops::WindowedImages;
using ops::WindowGrid;

static_assert(Attributes::by_bytes<WindowGrid>);

// ------------------------------------------------------------------------------------------------- kernels
// A window's element lies as far from the window's first one in all windows. So windows times weights is a product of
// matrices of which the first is read by a table of such distances, and need not be written; so is the product for the
// weights' derivative, by a table of the distances between windows.

/// Elements of the thread's scratch memory.
template <class T>
T* scratch_of(std::int64_t elements) {
  static thread_local constinit PerThread<run::Scratch> scratch;
  return reinterpret_cast<T*>(scratch->reserve(static_cast<std::size_t>(elements) * sizeof(T)));
}

/// Channels that are computed together, as columns of a product.
struct Panel {
  std::int64_t first, count;  ///< the first is also the number of columns before it
  int width;                  ///< at least the count; the rest is zeros
};

/// All channels as panels: of two vectors as long as there are enough, then of one or half a vector.
class Panels {
 public:
  template <class T>
  Panels(std::int64_t channels, const TableKernels<T>& kernels)
      : channels_(channels), two_(kernels.widths[0]), one_(kernels.widths[1]), half_(kernels.widths[2]) {
    whole_ = channels / two_;
    const std::int64_t rest = channels % two_;
    if (rest > one_ + half_) {
      ++whole_;
    } else {
      of_one_ = rest > half_;
      of_half_ = rest > (of_one_ ? one_ : 0);
    }
  }

  std::int64_t size() const { return whole_ + (of_one_ ? 1 : 0) + (of_half_ ? 1 : 0); }
  Panel operator[](std::int64_t i) const {
    const std::int64_t before = std::min(i, whole_) * two_ + (i > whole_ ? one_ : 0);
    const int width = i < whole_ ? two_ : i == whole_ && of_one_ ? one_ : half_;
    return {before, std::min<std::int64_t>(channels_ - before, width), width};
  }
  /// Columns of all of them.
  std::int64_t columns() const { return whole_ * two_ + (of_one_ ? one_ : 0) + (of_half_ ? half_ : 0); }

 private:
  std::int64_t channels_;
  int two_, one_, half_;
  std::int64_t whole_ = 0;
  bool of_one_ = false, of_half_ = false;
};

/// Sums are complete after so many products; the panel of weights that belongs to them stays in a near cache.
constexpr std::int64_t depth_block = 512;
/// Elements of a result that are computed before they are brought into their order.
constexpr std::int64_t places_block = 256;

template <class T>
void multiply_in_blocks(const TableKernels<T>& kernels, ops::TableProduct<T> product) {
  const ops::TableProduct<T> whole = product;
  for (std::int64_t first = 0; first < whole.depth; first += depth_block) {
    product.table = whole.table + first;
    product.b = whole.b + first * whole.width;
    product.depth = std::min(depth_block, whole.depth - first);
    product.accumulate = whole.accumulate || first > 0;
    kernels.multiply(product);
  }
}

/// y (O, N, ...) = weights (O, C, ...) times the windows of x (N, C, ...).
template <class T>
void product_values(const run::Call& call) {
  const auto& grid = call.attributes.as<WindowGrid>();
  const TableKernels<T>& kernels = ops::table_kernels<T>();
  run::BufferHandle storage;
  const run::Array weights = contiguous_from(0, call.inputs[0], storage);
  const WindowedImages<T> images(call.inputs[1], grid);
  const std::int64_t out = weights.shape[0], field = weights.shape.elements() / out;
  const Panels panels(out, kernels);
  const CallMemory<T> packed(field * panels.columns());
  for (std::int64_t i = 0; i < panels.size(); ++i) {
    const Panel panel = panels[i];
    T* const to = packed.data() + field * panel.first;
    if (panel.count < panel.width) std::fill_n(to, field * panel.width, T(0));
    kernels.transpose({panel.count, field, weights.as<T>() + panel.first * field, field, to, panel.width, false});
  }
  const CallMemory<std::int64_t> table(field);
  images.write_elements(images.channels(), table.data());
  const auto& [depths, rows, columns] = images.windows().axes;
  const std::int64_t lines_at_once = std::max<std::int64_t>(1, places_block / columns.grid);
  const std::int64_t block = std::min(lines_at_once, rows.grid) * columns.grid * kernels.widths[0];
  const auto image = [&, depths = depths, rows = rows, columns = columns](std::int64_t n) {
    T* const result = scratch_of<T>(block + images.copied());
    const T* const from = images.image(n, result + block);
    T* const to = call.result.as<T>() + n * call.result.strides[1];
    for (std::int64_t k = 0; k < panels.size(); ++k) {
      const Panel panel = panels[k];
      for (std::int64_t d = 0; d < depths.grid; ++d) {
        for (std::int64_t line = 0; line < rows.grid; line += lines_at_once) {
          const std::int64_t lines = std::min(lines_at_once, rows.grid - line);
          const T* const first = from + d * depths.stride * images.step(0) + line * rows.stride * images.step(1);
          multiply_in_blocks<T>(kernels, {.lines = lines,
                                          .line_step = rows.stride * images.step(1),
                                          .rows = columns.grid,
                                          .row_step = images.column_step(),
                                          .a = first,
                                          .table = table.data(),
                                          .depth = field,
                                          .b = packed.data() + field * panel.first,
                                          .width = panel.width,
                                          .result = result,
                                          .accumulate = false});
          kernels.transpose({lines * columns.grid, panel.count, result, panel.width,
                             to + panel.first * call.result.strides[0] + (d * rows.grid + line) * columns.grid,
                             call.result.strides[0], false});
        }
      }
    }
  };
  ops::each_piece(call.result.shape[1], call.result.shape.elements() * field / out, image);
}

/// out (O, C, ...) = the windows of x (N, C, ...) weighted by y (N, O, ...), summed over images and windows.
template <class T>
class Correlation {
 public:
  explicit Correlation(const run::Call& call)
      : call_(call),
        kernels_(ops::table_kernels<T>()),
        y_(contiguous_from(2, call.inputs[0], storage_)),
        images_(call.inputs[1], call.attributes.as<WindowGrid>()),
        panels_(y_.shape[1], kernels_),
        places_(call.attributes.as<WindowGrid>().places()),
        channels_(images_.channels()),
        field_(call.attributes.as<WindowGrid>().field()),
        by_channels_(channels_ >= enough_channels),
        table_(places_),
        elements_(field_),
        sums_(channels_ * field_ * panels_.columns()) {
    images_.write_places(table_.data());
    images_.write_elements(1, elements_.data());
  }

  void run() {
    // As many images at once as stay in a near cache, with what is made of them.
    constexpr std::int64_t near = (std::int64_t{1} << 19) / static_cast<std::int64_t>(sizeof(T));
    const std::int64_t count = y_.shape[0], turned = places_ * panels_.columns();
    const std::int64_t of_image = turned + images_.copied();
    const std::int64_t at_once = std::clamp<std::int64_t>(near / of_image, 1, std::max<std::int64_t>(1, count));
    const CallMemory<T> memory(at_once * of_image);
    const std::int64_t groups = by_channels_ ? field_ : channels_ * images_.windows()[0].kernel;
    for (std::int64_t first = 0; first < count; first += at_once) {
      const std::int64_t now = std::min(at_once, count - first);
      ops::each_piece(now, now * of_image, [&](std::int64_t i) {
        T* const own = memory.data() + i * of_image;
        turn(first + i, own);
        images_.image(first + i, own + turned);
      });
      ops::each_piece(panels_.size() * groups, now * turned * channels_ * field_, [&](std::int64_t piece) {
        const Panel panel = panels_[piece / groups];
        for (std::int64_t i = 0; i < now; ++i) {
          const T* const own = memory.data() + i * of_image;
          add(panel, piece % groups, images_.at(first + i, own + turned), own + places_ * panel.first, first + i > 0);
        }
      });
    }
    if (count == 0) std::fill_n(sums_.data(), channels_ * field_ * panels_.columns(), T(0));
    for (std::int64_t i = 0; i < panels_.size(); ++i) write(panels_[i]);
  }

 private:
  /// So many fill the registers of a product well enough.
  static constexpr std::int64_t enough_channels = 8;

  /// y of an image, by places and then by channels.
  void turn(std::int64_t n, T* to) const {
    for (std::int64_t i = 0; i < panels_.size(); ++i) {
      const Panel panel = panels_[i];
      T* const own = to + places_ * panel.first;
      if (panel.count < panel.width) std::fill_n(own, places_ * panel.width, T(0));
      kernels_.transpose({panel.count, places_, y_.as<T>() + n * y_.strides[0] + panel.first * y_.strides[1],
                          y_.strides[1], own, panel.width, false});
    }
  }

  /// Sums for a plane of a window's elements in a channel, or for one element in all channels.
  void add(const Panel& panel, std::int64_t group, const T* image, const T* turned, bool accumulate) const {
    const auto& [depths, down, across] = images_.windows().axes;
    const std::int64_t planes = depths.kernel, plane = down.kernel * across.kernel;
    ops::TableProduct<T> product{.lines = 1,
                                 .line_step = 0,
                                 .rows = channels_,
                                 .row_step = images_.channel_step(),
                                 .a = image,
                                 .table = table_.data(),
                                 .depth = places_,
                                 .b = turned,
                                 .width = panel.width,
                                 .result = sums_.data() + channels_ * field_ * panel.first,
                                 .accumulate = accumulate};
    if (by_channels_) {
      product.a += elements_.data()[group];
      product.result += group * channels_ * panel.width;
    } else {
      product.lines = down.kernel;
      product.line_step = down.dilation * images_.step(1);
      product.rows = across.kernel;
      product.row_step = across.dilation * images_.step(2);
      product.a += group / planes * images_.channel_step() + elements_.data()[group % planes * plane];
      product.result += group * plane * panel.width;
    }
    multiply_in_blocks<T>(kernels_, product);
  }

  /// The sums of a panel, in the order of the weights.
  void write(const Panel& panel) const {
    const std::int64_t all = channels_ * field_;
    const T* const sums = sums_.data() + all * panel.first;
    T* const to = call_.result.as<T>() + panel.first * all;
    if (!by_channels_ || field_ == 1)
      return kernels_.transpose({all, panel.count, sums, panel.width, to, all, call_.accumulate});
    for (std::int64_t c = 0; c < channels_; ++c) {
      for (std::int64_t e = 0; e < field_; ++e) {
        const T* const from = sums + (e * channels_ + c) * panel.width;
        T* const own = to + c * field_ + e;
        for (std::int64_t o = 0; o < panel.count; ++o)
          own[o * all] = call_.accumulate ? own[o * all] + from[o] : from[o];
      }
    }
  }

  const run::Call& call_;
  const TableKernels<T>& kernels_;
  run::BufferHandle storage_;
  const run::Array y_;
  const WindowedImages<T> images_;
  const Panels panels_;
  const std::int64_t places_, channels_, field_;
  const bool by_channels_;  ///< whether rows of a product are channels, or elements of a window
  const CallMemory<std::int64_t> table_, elements_;
  const CallMemory<T> sums_;
};

template <class T>
void correlation_values(const run::Call& call) {
  Correlation<T>(call).run();
}

std::optional<int> product_part(std::size_t k, int axis, const Shape&, const Shape&) {
  if (axis == 0) return k == 0 ? 0 : all_of_it;
  if (axis == 1) return k == 0 ? all_of_it : 0;
  return std::nullopt;
}

std::optional<int> correlation_part(std::size_t k, int axis, const Shape&, const Shape&) {
  if (axis == added_up) return 0;
  if (axis == 0) return k == 0 ? 1 : all_of_it;
  return axis == 1 ? std::optional(k == 0 ? all_of_it : 1) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- derivatives
// The two and the convolution's derivative by its images are those of one trilinear form, the sum over images, windows,
// channels and elements of
//
//     y[n, o, i] weights[o, c, p] x[n, c, i stride - padding + p dilation].

extern const Primitive window_product_primitive, window_correlation_primitive;

/// (O, N, ...): channels first, so that a value of each channel is one of each row.
Tensor product_of(const Tensor& weights, const Tensor& x, const WindowGrid& grid) {
  return record2(window_product_primitive, weights, x, ops::images_shape(weights.size(0), x.size(0), grid.grid),
                 x.dtype(), grid);
}

/// y: (N, O, ...).
Tensor correlation_of(const Tensor& y, const Tensor& x, const WindowGrid& grid) {
  return record2(window_correlation_primitive, y, x, ops::images_shape(y.size(1), x.size(1), grid.kernel), x.dtype(),
                 grid);
}

/// Images (N, C, ...) of these extents, to which each window gives y times its weights.
Tensor images_of(const Tensor& weights, const Tensor& y, const PerAxis& extents, const WindowGrid& grid) {
  const std::int64_t out = weights.size(0), channels = weights.size(1);
  // Few channels would leave most of a vector unused.
  constexpr std::int64_t of_vector = 16, most_waste = 3;
  const bool wastes = ops::product(extents) * std::max(channels, of_vector) > most_waste * grid.places() * channels;
  const std::optional<WindowGrid> back = ops::reversed(grid, extents);
  if (back && !wastes) {
    std::vector<int> axes;
    for (int axis = 0; axis < grid.axes(); ++axis) axes.push_back(2 + axis);
    return swapaxes(product_of(swapaxes(flip(weights, axes), 0, 1), y, *back), 0, 1);
  }
  const std::int64_t images = y.size(0), places = grid.places();
  const Tensor pixels = swapaxes(y, 0, 1).reshape({out, images * places});
  const Tensor windows = matmul(weights.reshape({out, channels * grid.field()}).T(), pixels);
  return ops::overlap_add(windows.reshape({channels, grid.field(), images, places}), extents, grid);
}

void product_vjp(Vjp& v) {
  const auto& grid = v.attributes().as<WindowGrid>();
  const Tensor y = swapaxes(v.cotangent(), 0, 1);
  if (v.wants(0)) v.give(0, correlation_of(y, v.input(1), grid));
  if (v.wants(1)) v.give(1, images_of(v.input(0), y, spatial_extents(v.input_shape(1)), grid));
}

void correlation_vjp(Vjp& v) {
  const auto& grid = v.attributes().as<WindowGrid>();
  if (v.wants(0)) v.give(0, swapaxes(product_of(v.cotangent(), v.input(1), grid), 0, 1));
  if (v.wants(1)) v.give(1, images_of(v.cotangent(), v.input(0), spatial_extents(v.input_shape(1)), grid));
}

// ------------------------------------------------------------------------------------------------- batching
// Images of all examples are one batch of images, and weights of all examples so many channels more. Where both are
// their own, the windows are written, and multiplied by example.

/// The windows of (examples, N, C, ...): (examples, C field, N places).
Tensor windows_by_example(const Tensor& x, const WindowGrid& grid) {
  const std::int64_t examples = x.size(0), images = x.size(1), rows = x.size(2) * grid.field();
  const Tensor windows = ops::windows(first_merged(x), grid);
  return swapaxes(windows.reshape({rows, examples, images * grid.places()}), 0, 1);
}

Tensor product_batch(const BatchedCall& b) {
  const auto& grid = b.attributes().as<WindowGrid>();
  if (!b.maps(0))
    return swapaxes(channels_apart(product_of(b.input(0), first_merged(b.mapped(1)), grid), b.size()), 0, 1);
  const Tensor weights = b.mapped(0);
  if (!b.maps(1)) return product_of(first_merged(weights), b.input(1), grid).reshape(b.behind_batch(b.shape()));
  const Tensor rows = weights.reshape({b.size(), weights.size(1), weights.size(2) * grid.field()});
  return matmul(rows, windows_by_example(b.mapped(1), grid)).reshape(b.behind_batch(b.shape()));
}

Tensor correlation_batch(const BatchedCall& b) {
  const auto& grid = b.attributes().as<WindowGrid>();
  if (!b.maps(1))
    return correlation_of(examples_as_channels(b.mapped(0)), b.input(1), grid).reshape(b.behind_batch(b.shape()));
  if (!b.maps(0))
    return swapaxes(channels_apart(correlation_of(b.input(0), examples_as_channels(b.mapped(1)), grid), b.size()), 0,
                    1);
  const Tensor y = b.mapped(0);
  const Tensor rows = swapaxes(y, 1, 2).reshape({b.size(), y.size(2), y.size(1) * grid.places()});
  return matmul(rows, swapaxes(windows_by_example(b.mapped(1), grid), 1, 2)).reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitives

std::vector<Sample> product_samples() {
  return ops::windowed_samples(&product_of, ops::WindowedOperand::weights, false);
}
std::vector<Sample> correlation_samples() {
  return ops::windowed_samples(&correlation_of, ops::WindowedOperand::results, false);
}

constexpr Primitive window_product_primitive{
    .name = "window_product",
    .doc = "weights times the windows of images: a convolution",
    .vjp = &product_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&product_values<float>, &product_values<double>>,
                          .part = &product_part,
                          .thin_axes = 0b1,
                          .linear = 0b11,
                          .flops = &ops::window_product_flops},
    .batch = &product_batch,
    .samples = &product_samples};
constexpr Primitive window_correlation_primitive{
    .name = "window_correlation",
    .doc = "windows of images times images, summed over both: the weights' side of window_product",
    .vjp = &correlation_vjp,
    .reads = 0b11,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&correlation_values<float>, &correlation_values<double>>,
                          .part = &correlation_part,
                          .thin_axes = 0b11,
                          .linear = 0b11,
                          .flops = &ops::window_correlation_flops},
    .batch = &correlation_batch,
    .samples = &correlation_samples};

}  // namespace

namespace ops {

bool window_product_pays(std::int64_t channels, std::int64_t out, const WindowGrid& windows, DType dtype) {
  const bool has_kernels = dtype == float32 ? own_gemm<float>() != nullptr : own_gemm<double>() != nullptr;
  constexpr std::int64_t fewest_columns = 4, few = 32;
  // Results of few products each take as long to be brought into their order as to be computed.
  const bool long_enough = channels * windows.field() >= few || out < few;
  return has_kernels && long_enough && windows.grid[windows.axes() - 1] >= fewest_columns;
}

Tensor window_product(const Tensor& weight, const Tensor& x, const WindowGrid& windows) {
  return product_of(weight, x, windows);
}

}  // namespace ops

std::span<const Primitive* const> window_product_primitives() {
  static constexpr const Primitive* list[] = {&window_product_primitive, &window_correlation_primitive};
  return list;
}

}  // namespace xgrad
