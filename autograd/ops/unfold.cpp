#include <algorithm>
#include <cstring>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/conv.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::each_piece;
using ops::Inside;
using ops::sample_values;
using ops::VolumeWindows;
using ops::WindowGrid;
using ops::WindowSteps;

// Equal windows are equal attributes, so that plans are found again.
static_assert(Attributes::by_bytes<WindowGrid>);

// ------------------------------------------------------------------------------------------------- kernels

/// Copies `count` elements as two runs of `half` that may overlap.
template <std::int64_t half, class T>
void copy_halves(const T* from, std::int64_t count, T* to) {
  std::memcpy(to, from, half * sizeof(T));
  std::memcpy(to + count - half, from + count - half, half * sizeof(T));
}

/// Calls copy(from, to) for so many rows.
template <class T, class F>
void each_row(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t rows, F&& copy) {
  for (std::int64_t i = 0; i < rows; ++i, from += from_step, to += to_step) copy(from, to);
}

/// Copies rows of `count` elements. For short ones a call of memcpy takes longer than the copy.
template <class T>
void copy_rows(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t rows,
               std::int64_t count) {
  constexpr std::int64_t part = 16 / static_cast<std::int64_t>(sizeof(T));
  const auto copy = [&](auto&& of_row) { each_row(from, from_step, to, to_step, rows, of_row); };
  if (count < part)
    copy([count](const T* x, T* y) { std::copy_n(x, count, y); });
  else if (count <= 2 * part)
    copy([count](const T* x, T* y) { copy_halves<part>(x, count, y); });
  else if (count <= 4 * part)
    copy([count](const T* x, T* y) { copy_halves<2 * part>(x, count, y); });
  else if (count <= 8 * part)
    copy([count](const T* x, T* y) { copy_halves<4 * part>(x, count, y); });
  else
    copy([count](const T* x, T* y) { std::memcpy(y, x, static_cast<std::size_t>(count) * sizeof(T)); });
}

/// Sets rows of `count` elements to 0.
template <class T>
void clear_rows(T* to, std::int64_t to_step, std::int64_t rows, std::int64_t count) {
  for (std::int64_t i = 0; i < rows && count > 0; ++i, to += to_step) std::fill_n(to, count, T(0));
}

/// out (C, elements of a window, N, windows) = windows of x (N, C, ...), of any strides.
template <class T>
void unfold_values(const run::Array& x, const run::Array& out, const WindowGrid& grid) {
  const auto [depths, rows, columns] = VolumeWindows(grid).axes;
  const auto extents = ops::volume_of(x.shape.begin(), grid.axes(), 1);
  const auto strides = ops::volume_of(x.strides.data(), grid.axes(), 0);
  const std::int64_t field = out.shape[1], batch = out.shape[2], count = columns.grid;
  const std::int64_t step = columns.stride * strides[2];
  /// Of channel c, what lies at one place of all windows.
  const auto at_place = [&, depths = depths, rows = rows, columns = columns](std::int64_t c, std::int64_t d0,
                                                                             std::int64_t i0, std::int64_t j0, T* to) {
    const std::int64_t front = depths.place(0, d0), top = rows.place(0, i0), left = columns.place(0, j0);
    const Inside through(depths.grid, depths.stride, front, extents[0]);
    const Inside down(rows.grid, rows.stride, top, extents[1]);
    const Inside across(count, columns.stride, left, extents[2]);
    const std::int64_t inside = across.last - across.first;
    const std::int64_t down_step = rows.stride * strides[1];
    for (std::int64_t n = 0; n < batch; ++n) {
      const T* volume = x.as<T>() + n * x.strides[0] + c * x.strides[1];
      for (std::int64_t d = 0; d < depths.grid; ++d) {
        if (d < through.first || d >= through.last || inside == 0) {
          to = std::fill_n(to, rows.grid * count, T(0));
          continue;
        }
        const T* image = volume + (d * depths.stride + front) * strides[0];
        const T* from =
            image + down.first * down_step + top * strides[1] + (left + across.first * columns.stride) * strides[2];
        to = std::fill_n(to, down.first * count, T(0));
        const std::int64_t inner_rows = down.last - down.first;
        clear_rows(to, count, inner_rows, across.first);
        clear_rows(to + across.last, count, inner_rows, count - across.last);
        if (step == 1)
          copy_rows(from, down_step, to + across.first, count, inner_rows, inside);
        else
          each_row(from, down_step, to + across.first, count, inner_rows, [inside, step](const T* in, T* row) {
            for (std::int64_t j = 0; j < inside; ++j) row[j] = in[j * step];
          });
        to += inner_rows * count;
        to = std::fill_n(to, (rows.grid - down.last) * count, T(0));
      }
    }
  };
  const std::int64_t length = batch * out.shape[3];
  if (out.shape.elements() < ops::shared_work) {
    T* to = out.as<T>();
    for (std::int64_t c = 0; c < out.shape[0]; ++c)
      for (std::int64_t d = 0; d < depths.kernel; ++d)
        for (std::int64_t i = 0; i < rows.kernel; ++i)
          for (std::int64_t j = 0; j < columns.kernel; ++j, to += length) at_place(c, d, i, j, to);
    return;
  }
  each_piece(out.shape[0] * field, out.shape.elements(), [&, rows = rows, columns = columns](std::int64_t k) {
    const std::int64_t e = k % field;
    at_place(k / field, e / (rows.kernel * columns.kernel), e / columns.kernel % rows.kernel, e % columns.kernel,
             out.as<T>() + k * length);
  });
}

/// out (N, C, ...) = windows x (C, elements of a window, N, windows), of any strides, added up where they lie.
template <class T>
void fold_values(const run::Array& x, const run::Array& out, const WindowGrid& grid) {
  const auto [depths, rows, columns] = VolumeWindows(grid).axes;
  const auto extents = ops::volume_of(out.shape.begin(), grid.axes(), 1);
  const std::int64_t channels = out.shape[1], places = extents[0] * extents[1] * extents[2];
  const std::int64_t to_step = columns.stride, from_step = x.strides[3];
  const auto piece = [&, depths = depths, rows = rows, columns = columns](std::int64_t plane) {
    const std::int64_t n = plane / channels, c = plane % channels;
    T* volume = out.as<T>() + plane * places;
    std::fill_n(volume, places, T(0));
    for (std::int64_t e = 0; e < x.shape[1]; ++e) {
      const std::int64_t front = depths.place(0, e / (rows.kernel * columns.kernel));
      const std::int64_t top = rows.place(0, e / columns.kernel % rows.kernel);
      const std::int64_t left = columns.place(0, e % columns.kernel);
      const Inside through(depths.grid, depths.stride, front, extents[0]);
      const Inside down(rows.grid, rows.stride, top, extents[1]);
      const Inside across(columns.grid, columns.stride, left, extents[2]);
      const std::int64_t count = across.last - across.first;
      if (count == 0) continue;
      const T* element = x.as<T>() + c * x.strides[0] + e * x.strides[1] + n * x.strides[2];
      for (std::int64_t d = through.first; d < through.last; ++d) {
        T* image = volume + (d * depths.stride + front) * extents[1] * extents[2];
        for (std::int64_t i = down.first; i < down.last; ++i) {
          const T* from = element + ((d * rows.grid + i) * columns.grid + across.first) * from_step;
          T* to = image + (i * rows.stride + top) * extents[2] + across.first * to_step + left;
          if (to_step == 1 && from_step == 1)
            for (std::int64_t j = 0; j < count; ++j) to[j] += from[j];
          else
            for (std::int64_t j = 0; j < count; ++j) to[j * to_step] += from[j * from_step];
        }
      }
    }
  };
  each_piece(out.shape[0] * channels, x.shape.elements(), piece);
}

void unfold_kernel(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  const auto& grid = call.attributes.as<WindowGrid>();
  if (call.result.dtype == float32)
    unfold_values<float>(call.inputs[0], call.result, grid);
  else
    unfold_values<double>(call.inputs[0], call.result, grid);
}

void fold_kernel(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  const auto& grid = call.attributes.as<WindowGrid>();
  if (call.result.dtype == float32)
    fold_values<float>(call.inputs[0], call.result, grid);
  else
    fold_values<double>(call.inputs[0], call.result, grid);
}

/// Windows of one image, and of one channel, come from it alone.
std::optional<int> unfold_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 1;
  return axis == 2 ? std::optional(0) : std::nullopt;
}

std::optional<int> fold_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 2;
  return axis == 1 ? std::optional(0) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- derivatives

PerAxis extents_of(const Shape& images) {
  PerAxis extents = PerAxis::of(images.rank() - 2, 0);
  for (int axis = 0; axis < extents.axes(); ++axis) extents[axis] = images[2 + axis];
  return extents;
}

void unfold_vjp(Vjp& v) {
  v.give(0, ops::overlap_add(v.cotangent(), extents_of(v.input_shape(0)), v.attributes().as<WindowGrid>()));
}

void fold_vjp(Vjp& v) { v.give(0, ops::windows(v.cotangent(), v.attributes().as<WindowGrid>())); }

// ------------------------------------------------------------------------------------------------- batching
// The images of all examples are one batch of images.

Tensor unfold_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Shape& y = b.shape();
  const Tensor merged = b.input(0).reshape(ops::images_shape(b.size() * x[0], x[1], extents_of(x)));
  const Tensor unfolded = ops::windows(merged, b.attributes().as<WindowGrid>());
  return transpose(unfolded.reshape({y[0], y[1], b.size(), y[2], y[3]}), {2, 0, 1, 3, 4});
}

Tensor fold_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Tensor merged = transpose(b.input(0), {1, 2, 0, 3, 4}).reshape({x[0], x[1], b.size() * x[2], x[3]});
  const Tensor folded = ops::overlap_add(merged, extents_of(b.shape()), b.attributes().as<WindowGrid>());
  return folded.reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitives

std::vector<Sample> unfold_samples() {
  const auto sample = [](const char* name, const Shape& shape, const Pair& kernel, const UnfoldOptions& options) {
    return Sample{name,
                  [kernel, options](const std::vector<Tensor>& x) { return unfold(x[0], kernel, options); },
                  {sample_values(shape, -1, 1)}};
  };
  return {sample("neighbouring windows", {1, 2, 3, 4}, 2, {.stride = 2}),
          sample("overlapping windows with padding", {2, 1, 3, 3}, {2, 3}, {.padding = {0, 1}}),
          sample("all options", {1, 1, 4, 5}, 2, {.dilation = {1, 3}, .padding = {2, 1}, .stride = {2, 1}}),
          sample("gaps between windows", {1, 1, 5, 5}, 1, {.stride = 2}),
          sample("windows in the padding only", {1, 1, 1, 2}, 1, {.padding = 2, .stride = 2}),
          sample("no images", {0, 2, 3, 3}, 2, {}),
          sample("a single image", {2, 3, 2}, 2, {}),
          {"volumes",
           [](const std::vector<Tensor>& x) {
             return ops::windows(
                 x[0], {.kernel = Triple(2, 1, 2),
                        .grid = Triple(2, 1, 2),
                        .steps = {.stride = Triple(1, 2, 1), .padding = Triple(1, 0, 0), .dilation = Triple(1, 1, 2)}});
           },
           {sample_values({1, 2, 2, 2, 4}, -1, 1)}},
          {"signals",
           [](const std::vector<Tensor>& x) {
             return ops::windows(x[0], {.kernel = 2, .grid = 3, .steps = {.stride = 2, .padding = 1, .dilation = 1}});
           },
           {sample_values({2, 2, 4}, -1, 1)}},
          {"transposed images",
           [](const std::vector<Tensor>& x) {
             return unfold(transpose(x[0], {1, 0, 3, 2}), 2, {.padding = 1});
           },
           {sample_values({2, 1, 3, 2}, -1, 1)}}};
}

std::vector<Sample> fold_samples() {
  const auto sample = [](const char* name, const Shape& shape, const Pair& size, const Pair& kernel,
                         const UnfoldOptions& options) {
    return Sample{name,
                  [=](const std::vector<Tensor>& x) { return fold(x[0], size, kernel, options); },
                  {sample_values(shape, -1, 1)}};
  };
  return {sample("neighbouring windows", {1, 8, 2}, {2, 4}, 2, {.stride = 2}),
          sample("overlapping windows with padding", {2, 6, 6}, 3, {2, 3}, {.padding = {0, 1}}),
          sample("all options", {1, 4, 16}, {4, 5}, 2, {.dilation = {1, 3}, .padding = {2, 1}, .stride = {2, 1}}),
          sample("places that no window covers", {1, 1, 9}, 5, 1, {.stride = 2}),
          sample("no images", {0, 8, 4}, 3, 2, {}),
          sample("a single image", {8, 4}, 3, 2, {}),
          {"volumes",
           [](const std::vector<Tensor>& x) {
             return ops::overlap_add(
                 x[0], Triple(2, 2, 3),
                 {.kernel = Triple(2, 1, 2),
                  .grid = Triple(2, 1, 2),
                  .steps = {.stride = Triple(1, 2, 1), .padding = Triple(1, 0, 0), .dilation = Triple(1)}});
           },
           {sample_values({2, 4, 1, 4}, -1, 1)}},
          {"transposed columns",
           [](const std::vector<Tensor>& x) {
             return fold(transpose(x[0], {2, 1, 0}), 3, 2, {});
           },
           {sample_values({4, 4, 1}, -1, 1)}}};
}

constexpr Primitive unfold_primitive{
    .name = "unfold",
    .doc = "the windows of images, with zeros outside",
    .vjp = &unfold_vjp,
    .traits = BlockTraits{.kernel = &unfold_kernel, .part = &unfold_part, .linear = 1, .rearranges = true},
    .batch = &unfold_batch,
    .samples = &unfold_samples};
constexpr Primitive fold_primitive{.name = "fold",
                                   .doc = "windows added up where they lie in images: the adjoint of unfold",
                                   .vjp = &fold_vjp,
                                   .traits = BlockTraits{.kernel = &fold_kernel, .part = &fold_part, .linear = 1},
                                   .batch = &fold_batch,
                                   .samples = &fold_samples};

// ------------------------------------------------------------------------------------------------- recording

WindowSteps checked_steps(const char* op, const Pair& kernel, const UnfoldOptions& options) {
  ops::check_numbers(op, "kernel_size", kernel, 1);
  ops::check_numbers(op, "stride", options.stride, 1);
  ops::check_numbers(op, "padding", options.padding, 0);
  ops::check_numbers(op, "dilation", options.dilation, 1);
  return {.stride = options.stride, .padding = options.padding, .dilation = options.dilation};
}

}  // namespace

namespace ops {

Tensor windows(const Tensor& x, const WindowGrid& grid) {
  return record1(unfold_primitive, x, {x.size(1), grid.field(), x.size(0), grid.places()}, x.dtype(), grid);
}

Tensor overlap_add(const Tensor& windows, const PerAxis& size, const WindowGrid& grid) {
  return record1(fold_primitive, windows, images_shape(windows.size(2), windows.size(0), size), windows.dtype(), grid);
}

}  // namespace ops

Tensor unfold(const Operand& x, const Pair& kernel_size, const UnfoldOptions& options) {
  const Called called("unfold");
  const ops::Images images("unfold", "x", x, 2);
  const WindowSteps steps = checked_steps("unfold", kernel_size, options);
  const PerAxis grid = ops::window_grid("unfold", ops::extents_of(images.x), x.shape(), kernel_size, steps,
                                        ops::doubled(options.padding));
  const Tensor windows = ops::windows(images.x, {.kernel = kernel_size, .grid = grid, .steps = steps});
  const std::int64_t rows = extent_product("unfold", windows.size(0), windows.size(1));
  return images.restored(transpose(windows.reshape({rows, windows.size(2), windows.size(3)}), {1, 0, 2}));
}

Tensor fold(const Operand& x, const Pair& output_size, const Pair& kernel_size, const UnfoldOptions& options) {
  const Called called("fold");
  ops::check_floating("fold", "x", x);
  const bool single = x.rank() == 2;
  if (!single && x.rank() != 3) {
    fail("fold", "argument 'x' has shape " + to_string(x.shape()) + "; expected (N, C kh kw, L) or (C kh kw, L)");
  }
  ops::check_numbers("fold", "output_size", output_size, 0);
  const WindowSteps steps = checked_steps("fold", kernel_size, options);
  const PerAxis grid = ops::window_grid("fold", output_size, Shape{output_size.height, output_size.width}, kernel_size,
                                        steps, ops::doubled(options.padding));
  const ops::WindowGrid windows{.kernel = kernel_size, .grid = grid, .steps = steps};
  const std::int64_t field = windows.field(), places = windows.places();
  if (x.size(-2) % field != 0 || x.size(-1) != places) {
    fail("fold", "argument 'x' has shape " + to_string(x.shape()) + "; expected (N, C * " + std::to_string(field) +
                     ", " + std::to_string(places) + ") for the kernel " + to_string(kernel_size) + " and " +
                     to_string(grid) + " windows over images " + to_string(output_size));
  }
  const Tensor columns = single ? expand_dims(x, 0) : x.tensor();
  const std::int64_t n = columns.size(0), c = columns.size(1) / field;
  const Tensor folded =
      ops::overlap_add(transpose(columns, {1, 0, 2}).reshape({c, field, n, places}), output_size, windows);
  return single ? squeeze(folded, 0) : folded;
}

std::span<const Primitive* const> window_primitives() {
  static constexpr const Primitive* list[] = {&unfold_primitive, &fold_primitive};
  return list;
}

}  // namespace xgrad
