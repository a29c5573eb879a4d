#include <algorithm>
#include <cstring>
#include <limits>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::each_piece;
using ops::Inside;
using ops::sample_values;
using ops::WindowSteps;

// ------------------------------------------------------------------------------------------------- kernels

/// Strides of an array, by axis.
std::int64_t stride(const run::Array& array, int axis) { return array.strides[static_cast<std::size_t>(axis)]; }

/// out (C, kh, kw, N, rows, columns) = windows of x (N, C, H, W), of any strides.
template <class T>
void unfold_values(const run::Array& x, const run::Array& out, const WindowSteps& steps) {
  const std::int64_t kh = out.shape[1], kw = out.shape[2], batch = out.shape[3];
  const std::int64_t rows = out.shape[4], columns = out.shape[5];
  const std::int64_t height = x.shape[2], width = x.shape[3];
  const std::int64_t step = steps.stride.width * stride(x, 3);
  const auto piece = [&](std::int64_t k) {
    const std::int64_t c = k / (kh * kw), p = k / kw % kh, q = k % kw;
    const std::int64_t top = p * steps.dilation.height - steps.padding.height;
    const std::int64_t left = q * steps.dilation.width - steps.padding.width;
    const Inside down(rows, steps.stride.height, top, height);
    const Inside across(columns, steps.stride.width, left, width);
    const std::int64_t count = across.last - across.first;
    T* to = out.as<T>() + k * batch * rows * columns;
    for (std::int64_t n = 0; n < batch; ++n) {
      const T* image = x.as<T>() + n * stride(x, 0) + c * stride(x, 1);
      for (std::int64_t i = 0; i < rows; ++i, to += columns) {
        if (i < down.first || i >= down.last || count == 0) {
          std::fill_n(to, columns, T(0));
          continue;
        }
        const T* from = image + (i * steps.stride.height + top) * stride(x, 2) + left * stride(x, 3);
        std::fill(to, to + across.first, T(0));
        if (step == 1)
          std::memcpy(to + across.first, from + across.first, static_cast<std::size_t>(count) * sizeof(T));
        else
          for (std::int64_t j = across.first; j < across.last; ++j) to[j] = from[j * step];
        std::fill(to + across.last, to + columns, T(0));
      }
    }
  };
  each_piece(out.shape[0] * kh * kw, out.shape.elements(), piece);
}

/// out (N, C, H, W) = windows x (C, kh, kw, N, rows, columns), of any strides, added up where they lie.
template <class T>
void fold_values(const run::Array& x, const run::Array& out, const WindowSteps& steps) {
  const std::int64_t channels = out.shape[1], height = out.shape[2], width = out.shape[3];
  const std::int64_t kh = x.shape[1], kw = x.shape[2], rows = x.shape[4], columns = x.shape[5];
  const std::int64_t to_step = steps.stride.width, from_step = stride(x, 5);
  const auto piece = [&](std::int64_t plane) {
    const std::int64_t n = plane / channels, c = plane % channels;
    T* image = out.as<T>() + plane * height * width;
    std::fill_n(image, height * width, T(0));
    for (std::int64_t p = 0; p < kh; ++p) {
      const std::int64_t top = p * steps.dilation.height - steps.padding.height;
      const Inside down(rows, steps.stride.height, top, height);
      for (std::int64_t q = 0; q < kw; ++q) {
        const std::int64_t left = q * steps.dilation.width - steps.padding.width;
        const Inside across(columns, steps.stride.width, left, width);
        const std::int64_t count = across.last - across.first;
        if (count == 0) continue;
        const T* window = x.as<T>() + c * stride(x, 0) + p * stride(x, 1) + q * stride(x, 2) + n * stride(x, 3);
        for (std::int64_t i = down.first; i < down.last; ++i) {
          const T* from = window + i * stride(x, 4) + across.first * from_step;
          T* to = image + (i * steps.stride.height + top) * width + across.first * to_step + left;
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
  const WindowSteps steps = call.attributes.as<ops::WindowAttributes>().steps();
  if (call.result.dtype == float32)
    unfold_values<float>(call.inputs[0], call.result, steps);
  else
    unfold_values<double>(call.inputs[0], call.result, steps);
}

void fold_kernel(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  const WindowSteps steps = call.attributes.as<ops::WindowAttributes>().steps();
  if (call.result.dtype == float32)
    fold_values<float>(call.inputs[0], call.result, steps);
  else
    fold_values<double>(call.inputs[0], call.result, steps);
}

/// Windows of one image, and of one channel, come from it alone.
std::optional<int> unfold_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 1;
  return axis == 3 ? std::optional(0) : std::nullopt;
}

std::optional<int> fold_part(std::size_t, int axis, const Shape&, const Shape&) {
  if (axis == 0) return 3;
  return axis == 1 ? std::optional(0) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- derivatives

void unfold_vjp(Vjp& v) {
  const Shape& x = v.input_shape(0);
  v.give(0, ops::overlap_add(v.cotangent(), {x[2], x[3]}, v.attributes().as<ops::WindowAttributes>().steps()));
}

void fold_vjp(Vjp& v) {
  const Shape& x = v.input_shape(0);
  v.give(0,
         ops::windows(v.cotangent(), {x[1], x[2]}, {x[4], x[5]}, v.attributes().as<ops::WindowAttributes>().steps()));
}

// ------------------------------------------------------------------------------------------------- batching
// The images of all examples are one batch of images.

Tensor unfold_batch(const BatchedCall& b) {
  const Tensor x = b.input(0);
  const Shape& y = b.shape();
  const Tensor merged = x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3), x.size(4)});
  const Tensor unfolded =
      ops::windows(merged, {y[1], y[2]}, {y[4], y[5]}, b.attributes().as<ops::WindowAttributes>().steps());
  return transpose(unfolded.reshape({y[0], y[1], y[2], b.size(), y[3], y[4], y[5]}), {3, 0, 1, 2, 4, 5, 6});
}

Tensor fold_batch(const BatchedCall& b) {
  const Shape& x = b.input_shape(0);
  const Tensor merged = transpose(b.input(0), {1, 2, 3, 0, 4, 5, 6});
  const Tensor windows = merged.reshape({x[0], x[1], x[2], b.size() * x[3], x[4], x[5]});
  const Tensor folded =
      ops::overlap_add(windows, {b.shape()[2], b.shape()[3]}, b.attributes().as<ops::WindowAttributes>().steps());
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
    .traits = BlockTraits{.kernel = &unfold_kernel, .part = &unfold_part, .rearranges = true},
    .batch = &unfold_batch,
    .samples = &unfold_samples};
constexpr Primitive fold_primitive{.name = "fold",
                                   .doc = "windows added up where they lie in images: the adjoint of unfold",
                                   .vjp = &fold_vjp,
                                   .traits = BlockTraits{.kernel = &fold_kernel, .part = &fold_part},
                                   .batch = &fold_batch,
                                   .samples = &fold_samples};

// ------------------------------------------------------------------------------------------------- recording

WindowSteps checked_steps(const char* op, const Pair& kernel, const UnfoldOptions& options) {
  ops::check_pair(op, "kernel_size", kernel, 1);
  ops::check_pair(op, "stride", options.stride, 1);
  ops::check_pair(op, "padding", options.padding, 0);
  ops::check_pair(op, "dilation", options.dilation, 1);
  return {.stride = options.stride, .padding = options.padding, .dilation = options.dilation};
}

}  // namespace

std::string to_string(const Pair& pair) {
  return "(" + std::to_string(pair.height) + ", " + std::to_string(pair.width) + ")";
}

namespace ops {

Tensor windows(const Tensor& x, const Pair& kernel, const Pair& grid, const WindowSteps& steps) {
  const Shape shape{x.size(1), kernel.height, kernel.width, x.size(0), grid.height, grid.width};
  return record1(unfold_primitive, x, shape, x.dtype(), WindowAttributes(steps));
}

Tensor overlap_add(const Tensor& windows, const Pair& size, const WindowSteps& steps) {
  const Shape shape{windows.size(3), windows.size(0), size.height, size.width};
  return record1(fold_primitive, windows, shape, windows.dtype(), WindowAttributes(steps));
}

void check_images(const char* op, const char* argument, const Tensor& x, const char* layout) {
  check_floating(op, argument, x);
  const auto rank = static_cast<int>(std::count(layout, layout + std::strlen(layout), ',')) + 1;
  if (x.rank() != rank)
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(x.shape()) + "; expected " + layout);
}

std::string given_text(std::string_view op, const Pair& pair) {
  return op.ends_with("1d") ? std::to_string(pair.width) : to_string(pair);
}

std::string given_text(std::string_view op, const Shape& images) {
  Shape shape = images;
  if (op.ends_with("1d")) shape.erase(2);
  return to_string(shape);
}

void check_pair(const char* op, const char* argument, const Pair& pair, std::int64_t low) {
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  if (pair.height >= low && pair.width >= low && pair.height <= high && pair.width <= high) return;
  fail(op, std::string(argument) + " is " + given_text(op, pair) + "; expected numbers from " + std::to_string(low) +
               " to 2^31 - 1");
}

Pair window_grid(const char* op, const Shape& images, const Pair& kernel, const WindowSteps& steps, const Pair& padding,
                 Rounding rounding) {
  const Pair size(images[images.rank() - 2], images[images.rank() - 1]);
  const auto count = [&](std::int64_t extent, std::int64_t k, std::int64_t step, std::int64_t pad_before,
                         std::int64_t pad, std::int64_t dilation) {
    const std::int64_t room = extent + pad - dilation * (k - 1) - 1;
    if (room < 0) return std::int64_t{0};
    if (rounding == Rounding::down) return room / step + 1;
    const std::int64_t windows = (room + step - 1) / step + 1;
    return (windows - 1) * step >= extent + pad_before ? windows - 1 : windows;
  };
  const Pair grid(
      count(size.height, kernel.height, steps.stride.height, steps.padding.height, padding.height,
            steps.dilation.height),
      count(size.width, kernel.width, steps.stride.width, steps.padding.width, padding.width, steps.dilation.width));
  if (grid.height < 1 || grid.width < 1) {
    fail(op, "the kernel " + given_text(op, kernel) + " with dilation " + given_text(op, steps.dilation) +
                 " is larger than the padded input " +
                 given_text(op, Pair(size.height + padding.height, size.width + padding.width)) + ", of shape " +
                 given_text(op, images));
  }
  return grid;
}

}  // namespace ops

Tensor unfold(const Operand& x, const Pair& kernel_size, const UnfoldOptions& options) {
  const Called called("unfold");
  ops::check_images("unfold", "x", x, "(N, C, H, W)");
  const WindowSteps steps = checked_steps("unfold", kernel_size, options);
  const Pair padding(2 * options.padding.height, 2 * options.padding.width);
  const Pair grid = ops::window_grid("unfold", x.shape(), kernel_size, steps, padding);
  const Tensor windows = ops::windows(x, kernel_size, grid, steps);
  const std::int64_t rows = x.size(1) * kernel_size.height * kernel_size.width;
  return transpose(windows.reshape({rows, x.size(0), grid.height * grid.width}), {1, 0, 2});
}

Tensor fold(const Operand& x, const Pair& output_size, const Pair& kernel_size, const UnfoldOptions& options) {
  const Called called("fold");
  ops::check_images("fold", "x", x, "(N, C kh kw, L)");
  ops::check_pair("fold", "output_size", output_size, 0);
  const WindowSteps steps = checked_steps("fold", kernel_size, options);
  const Pair padding(2 * options.padding.height, 2 * options.padding.width);
  const Pair grid = ops::window_grid("fold", Shape{output_size.height, output_size.width}, kernel_size, steps, padding);
  const std::int64_t field = kernel_size.height * kernel_size.width;
  const std::int64_t places = extent_product("fold", grid.height, grid.width);
  if (x.size(1) % field != 0 || x.size(2) != places) {
    fail("fold", "argument 'x' has shape " + to_string(x.shape()) + "; expected (N, C * " + std::to_string(field) +
                     ", " + std::to_string(places) + ") for the kernel " + to_string(kernel_size) + " and " +
                     to_string(grid) + " windows over images " + to_string(output_size));
  }
  const Shape shape{x.size(1) / field, kernel_size.height, kernel_size.width, x.size(0), grid.height, grid.width};
  return ops::overlap_add(transpose(x, {1, 0, 2}).reshape(shape), output_size, steps);
}

std::span<const Primitive* const> window_primitives() {
  static constexpr const Primitive* list[] = {&unfold_primitive, &fold_primitive};
  return list;
}

}  // namespace xgrad
