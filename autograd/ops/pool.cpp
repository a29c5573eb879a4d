#include <algorithm>
#include <limits>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::Inside;
using ops::sample_values;
using ops::WindowSteps;

// ------------------------------------------------------------------------------------------------- kernel

/// out (N, C, rows, columns) = the flat position in its image (H, W) of the largest element of each window of x (N, C,
/// H, W). Processes a row of windows at a time, in loops that vectorise: the first element of each window, then the
/// second, and so on. Index has as many bits as T, so that all lanes have one width; it must hold the number of
/// elements of an image.
template <class T, class Index>
void window_argmax_values(const run::Array& x, const run::Array& out, const Pair& kernel, const WindowSteps& steps) {
  if (out.shape.elements() == 0) return;
  const std::int64_t channels = out.shape[1], rows = out.shape[2], columns = out.shape[3];
  const std::int64_t height = x.shape[2], width = x.shape[3], step = steps.stride.width * x.strides[3];
  std::vector<Inside> across;  // the windows whose element q lies inside the image
  for (std::int64_t q = 0; q < kernel.width; ++q)
    across.emplace_back(columns, steps.stride.width, q * steps.dilation.width - steps.padding.width, width);
  const auto piece = [&](std::int64_t plane) {
    const T* image = x.as<T>() + plane / channels * x.strides[0] + plane % channels * x.strides[1];
    std::vector<T> largest(static_cast<std::size_t>(columns));
    std::vector<Index> places(static_cast<std::size_t>(columns));
    std::int64_t* to = out.as<std::int64_t>() + plane * rows * columns;
    for (std::int64_t i = 0; i < rows; ++i, to += columns) {
      std::fill(places.begin(), places.end(), Index(-1));
      for (std::int64_t p = 0; p < kernel.height; ++p) {
        const std::int64_t row = i * steps.stride.height - steps.padding.height + p * steps.dilation.height;
        if (row < 0 || row >= height) continue;
        for (std::int64_t q = 0; q < kernel.width; ++q) {
          const std::int64_t left = q * steps.dilation.width - steps.padding.width;
          const T* from = image + row * x.strides[2] + left * x.strides[3];
          const auto first_place = static_cast<Index>(row * width + left);
          const auto place_step = static_cast<Index>(steps.stride.width);
          T* const best = largest.data();
          Index* const place = places.data();
          const Inside inside = across[static_cast<std::size_t>(q)];
          for (std::int64_t j = inside.first; j < inside.last; ++j) {
            // NaN counts as larger than all numbers, and the first NaN stays.
            const T value = from[j * step], old = best[j];
            const Index old_place = place[j];
            const bool better = (old_place < 0) | (!(value <= old) & (old == old));
            best[j] = better ? value : old;
            place[j] = better ? first_place + static_cast<Index>(j) * place_step : old_place;
          }
        }
      }
      std::copy(places.begin(), places.end(), to);
    }
  };
  ops::each_piece(out.shape[0] * channels, x.shape.elements(), piece);
}

struct PoolAttributes {
  ops::WindowAttributes::Numbers kernel;
  ops::WindowAttributes steps;
};

void window_argmax_kernel(const run::Call& call) {
  if (call.result.shape.elements() == 0) return;
  const auto& windows = call.attributes.as<PoolAttributes>();
  const Pair kernel = windows.kernel;
  const WindowSteps steps = windows.steps.steps();
  const run::Array& x = call.inputs[0];
  const bool narrow = x.shape[2] * x.shape[3] <= std::numeric_limits<std::int32_t>::max();
  if (x.dtype == float64)
    window_argmax_values<double, std::int64_t>(x, call.result, kernel, steps);
  else if (narrow)
    window_argmax_values<float, std::int32_t>(x, call.result, kernel, steps);
  else
    window_argmax_values<float, std::int64_t>(x, call.result, kernel, steps);
}

/// Each image and each channel is pooled independently.
std::optional<int> window_argmax_part(std::size_t, int axis, const Shape&, const Shape&) {
  return axis == 0 || axis == 1 ? std::optional(axis) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- batching

Tensor window_argmax(const Tensor& x, const Pair& kernel, const Pair& grid, const WindowSteps& steps);

/// The images of all examples are one batch of images.
Tensor window_argmax_batch(const BatchedCall& b) {
  const Tensor x = b.input(0);
  const Tensor merged = x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3), x.size(4)});
  const auto& windows = b.attributes().as<PoolAttributes>();
  const Tensor places = window_argmax(merged, windows.kernel, {b.shape()[2], b.shape()[3]}, windows.steps.steps());
  return places.reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- primitive

std::vector<Sample> window_argmax_samples() {
  const Tensor image = tensor({{{{1, 5, 2, 5}, {7, 0, 5, 3}, {4, 7, 6, 8}}}}, float64);
  const auto sample = [&](const char* name, const Pair& kernel, const Pair& grid, const WindowSteps& steps,
                          const NestedList& expected) {
    return Sample{name,
                  [=](const std::vector<Tensor>& x) { return window_argmax(x[0], kernel, grid, steps); },
                  {image},
                  tensor(expected, int64)};
  };
  return {sample("neighbouring windows", {1, 2}, {3, 2}, {.stride = {1, 2}}, {{{{1, 3}, {4, 6}, {9, 11}}}}),
          sample("ties go to the first", 2, {2, 3}, {}, {{{{4, 1, 3}, {4, 9, 11}}}}),
          sample("padding and dilation", 2, {2, 2}, {.stride = 2, .padding = 1, .dilation = 2}, {{{{5, 7}, {5, 7}}}}),
          {"transposed images",
           [](const std::vector<Tensor>& x) {
             return window_argmax(swapaxes(x[0], 2, 3), 2, {3, 2}, {});
           },
           {image},
           tensor({{{{1, 1}, {3, 5}, {7, 11}}}}, int64)}};
}

constexpr Primitive window_argmax_primitive{
    .name = "window_argmax",
    .doc = "where in its image each window is largest",
    .traits = BlockTraits{.kernel = &window_argmax_kernel, .part = &window_argmax_part},
    .batch = &window_argmax_batch,
    .samples = &window_argmax_samples};

Tensor window_argmax(const Tensor& x, const Pair& kernel, const Pair& grid, const WindowSteps& steps) {
  const PoolAttributes windows{ops::WindowAttributes::Numbers(kernel), ops::WindowAttributes(steps)};
  return record1(window_argmax_primitive, x, {x.size(0), x.size(1), grid.height, grid.width}, int64, windows);
}

// ------------------------------------------------------------------------------------------------- pooling

void check_pool(const char* op, const Pair& kernel, const WindowSteps& steps) {
  ops::check_pair(op, "kernel_size", kernel, 1);
  ops::check_pair(op, "stride", steps.stride, 1);
  ops::check_pair(op, "padding", steps.padding, 0);
  ops::check_pair(op, "dilation", steps.dilation, 1);
  if (2 * steps.padding.height > kernel.height || 2 * steps.padding.width > kernel.width) {
    fail(op, "padding is " + ops::given_text(op, steps.padding) + " for the kernel " + ops::given_text(op, kernel) +
                 "; expected at most half of the kernel");
  }
}

Pair pool_grid(const char* op, const Shape& images, const Pair& kernel, const WindowSteps& steps, bool ceil_mode) {
  return ops::window_grid(op, images, kernel, steps, {2 * steps.padding.height, 2 * steps.padding.width},
                          ceil_mode ? ops::Rounding::up : ops::Rounding::down);
}

/// Throws Error where some window along an axis has no element inside it.
void check_windows_not_empty(const char* op, const Shape& images, const Pair& kernel, const Pair& grid,
                             const WindowSteps& steps) {
  const auto check = [&](std::int64_t n, std::int64_t step, std::int64_t padding, std::int64_t k, std::int64_t dilation,
                         std::int64_t extent) {
    for (const std::int64_t i : {std::int64_t{0}, n - 1}) {
      const Inside inside(k, dilation, i * step - padding, extent);
      if (inside.first < inside.last) continue;
      fail(op, "a window of the kernel " + ops::given_text(op, kernel) + " with padding " +
                   ops::given_text(op, steps.padding) + " and dilation " + ops::given_text(op, steps.dilation) +
                   " holds no element of the input of shape " + ops::given_text(op, images) + "; expected one in each");
    }
  };
  check(grid.height, steps.stride.height, steps.padding.height, kernel.height, steps.dilation.height, images[2]);
  check(grid.width, steps.stride.width, steps.padding.width, kernel.width, steps.dilation.width, images[3]);
}

Tensor largest_of_windows(const char* op, const Tensor& x, const Pair& kernel, const WindowSteps& steps,
                          bool ceil_mode) {
  check_pool(op, kernel, steps);
  const Pair grid = pool_grid(op, x.shape(), kernel, steps, ceil_mode);
  check_windows_not_empty(op, x.shape(), kernel, grid, steps);
  const std::int64_t n = x.size(0), c = x.size(1);
  const Tensor places = window_argmax(x, kernel, grid, steps).reshape({n, c, grid.height * grid.width});
  return gather(x.reshape({n, c, x.size(2) * x.size(3)}), 2, places).reshape({n, c, grid.height, grid.width});
}

/// How many elements of each of the n windows along one axis count in a mean.
struct WindowCounts {
  std::int64_t n, kernel, stride, padding, extent;
  bool include_pad;

  double operator[](std::int64_t i) const {
    const std::int64_t start = i * stride - padding;
    const std::int64_t stop = std::min(start + kernel, extent + (include_pad ? padding : 0));
    return static_cast<double>(stop - (include_pad ? start : std::max<std::int64_t>(0, start)));
  }
  /// Counts are concave in i, so all are equal if the first, the middle and the last one are.
  bool all_equal() const { return (*this)[0] == (*this)[n - 1] && (*this)[0] == (*this)[(n - 1) / 2]; }
};

Tensor mean_of_windows(const char* op, const Tensor& x, const Pair& kernel, const WindowSteps& steps,
                       const AvgPool2dOptions& options) {
  check_pool(op, kernel, steps);
  const Pair grid = pool_grid(op, x.shape(), kernel, steps, options.ceil_mode);
  const std::int64_t n = x.size(0), c = x.size(1);
  const Tensor windows = ops::windows(x.reshape({1, n * c, x.size(2), x.size(3)}), kernel, grid, steps);
  const Tensor total = sum(windows.reshape({n * c, kernel.height * kernel.width, grid.height * grid.width}), 1)
                           .reshape({n, c, grid.height, grid.width});
  const WindowCounts down{grid.height,          kernel.height, steps.stride.height,
                          steps.padding.height, x.size(2),     options.count_include_pad};
  const WindowCounts across{grid.width,          kernel.width, steps.stride.width,
                            steps.padding.width, x.size(3),    options.count_include_pad};
  if (down.all_equal() && across.all_equal()) return total / (down[0] * across[0]);
  const Tensor counts = make_tensor<double>({grid.height, grid.width}, [&](std::span<double> out) {
    for (std::int64_t i = 0; i < grid.height; ++i)
      for (std::int64_t j = 0; j < grid.width; ++j)
        out[static_cast<std::size_t>(i * grid.width + j)] = down[i] * across[j];
  });
  return total / counts.to(x.dtype());
}

/// Means over windows that divide one axis of n elements into `count`. A table holds the positions of each window in a
/// row; shorter rows are filled with positions that do not count.
Tensor adaptive_mean(const Tensor& x, int axis, std::int64_t count) {
  const std::int64_t n = x.size(axis);
  if (n == count) return x;
  extent_product("adaptive_avg_pool2d", n + 1, count);
  const auto start = [&](std::int64_t i) { return i * n / count; };
  const auto stop = [&](std::int64_t i) { return ((i + 1) * n + count - 1) / count; };
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < count; ++i) longest = std::max(longest, stop(i) - start(i));
  const Tensor places = make_tensor<std::int64_t>({count, longest}, [&](std::span<std::int64_t> out) {
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < longest; ++j)
        out[static_cast<std::size_t>(i * longest + j)] = std::min(start(i) + j, stop(i) - 1);
  });
  const Tensor sizes = make_tensor<std::int64_t>({count, 1}, [&](std::span<std::int64_t> out) {
    for (std::int64_t i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = stop(i) - start(i);
  });
  // Shapes that broadcast against the axes from `axis` on: (count, longest), then the rest.
  std::vector<std::int64_t> rest(static_cast<std::size_t>(x.rank() - axis - 1), 1);
  std::vector<std::int64_t> of_table{count, longest}, of_sizes{count};
  of_table.insert(of_table.end(), rest.begin(), rest.end());
  of_sizes.insert(of_sizes.end(), rest.begin(), rest.end());
  const Tensor counts = reshape(less(arange(longest), sizes), of_table);
  const Tensor total = sum(where(counts, take(x, places, axis), 0), axis + 1);
  return total / reshape(sizes, of_sizes).to(x.dtype());
}

/// A signal (N, C, L) as images of one row.
Tensor as_images(const char* op, const Tensor& x) {
  ops::check_images(op, "x", x, "(N, C, L)");
  return expand_dims(x, 2);
}

}  // namespace

Tensor max_pool2d(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options) {
  const Called called("max_pool2d");
  ops::check_images("max_pool2d", "x", x, "(N, C, H, W)");
  const WindowSteps steps{
      .stride = options.stride.given.value_or(kernel_size), .padding = options.padding, .dilation = options.dilation};
  return largest_of_windows("max_pool2d", x, kernel_size, steps, options.ceil_mode);
}

Tensor max_pool1d(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options) {
  const Called called("max_pool1d");
  const WindowSteps steps{.stride = {1, options.stride.value_or(kernel_size)},
                          .padding = {0, options.padding},
                          .dilation = {1, options.dilation}};
  const Tensor images = as_images("max_pool1d", x);
  return squeeze(largest_of_windows("max_pool1d", images, {1, kernel_size}, steps, options.ceil_mode), 2);
}

Tensor avg_pool2d(const Operand& x, const Pair& kernel_size, const AvgPool2dOptions& options) {
  const Called called("avg_pool2d");
  ops::check_images("avg_pool2d", "x", x, "(N, C, H, W)");
  const WindowSteps steps{.stride = options.stride.given.value_or(kernel_size), .padding = options.padding};
  return mean_of_windows("avg_pool2d", x, kernel_size, steps, options);
}

Tensor avg_pool1d(const Operand& x, std::int64_t kernel_size, const AvgPool1dOptions& options) {
  const Called called("avg_pool1d");
  const WindowSteps steps{.stride = {1, options.stride.value_or(kernel_size)}, .padding = {0, options.padding}};
  const AvgPool2dOptions flat{.ceil_mode = options.ceil_mode, .count_include_pad = options.count_include_pad};
  const Tensor images = as_images("avg_pool1d", x);
  return squeeze(mean_of_windows("avg_pool1d", images, {1, kernel_size}, steps, flat), 2);
}

Tensor adaptive_avg_pool2d(const Operand& x, const Pair& output_size) {
  const Called called("adaptive_avg_pool2d");
  const char* const op = "adaptive_avg_pool2d";
  ops::check_images(op, "x", x, "(N, C, H, W)");
  ops::check_pair(op, "output_size", output_size, 1);
  const std::int64_t height = x.size(2), width = x.size(3);
  if (height == 0 || width == 0)
    fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected images with elements");
  if (output_size == Pair(1)) return mean(x, {2, 3}, {.keepdims = true});
  if (height % output_size.height == 0 && width % output_size.width == 0)
    return avg_pool2d(x, {height / output_size.height, width / output_size.width});
  // The places of all windows of an axis are a table in memory.
  const auto places = [](std::int64_t n, std::int64_t count) {
    return static_cast<double>(n) + 2 * static_cast<double>(count);
  };
  if (std::max(places(height, output_size.height), places(width, output_size.width)) > 0x1p28) {
    fail(op, "output_size is " + to_string(output_size) + " for an input of shape " + to_string(x.shape()) +
                 "; expected at most 2^28 places in the windows of an axis");
  }
  return adaptive_mean(adaptive_mean(x, 2, output_size.height), 3, output_size.width);
}

Tensor upsample_nearest2d(const Operand& x, const Pair& scale) {
  const Called called("upsample_nearest2d");
  ops::check_images("upsample_nearest2d", "x", x, "(N, C, H, W)");
  ops::check_pair("upsample_nearest2d", "scale", scale, 1);
  const std::int64_t n = x.size(0), c = x.size(1), height = x.size(2), width = x.size(3);
  const Tensor repeated =
      broadcast_to(x.reshape({n, c, height, 1, width, 1}), {n, c, height, scale.height, width, scale.width});
  return repeated.reshape({n, c, height * scale.height, width * scale.width});
}

std::span<const Primitive* const> pool_primitives() {
  static constexpr const Primitive* list[] = {&window_argmax_primitive};
  return list;
}

}  // namespace xgrad
