#include <autograd/ops/pool.hpp>

#include <algorithm>
#include <vector>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/largest.hpp>
#include <autograd/kernel/scratch.hpp>
#include <autograd/ops/window.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad {
namespace {

using ops::Inside;
using ops::sample_values;
using ops::VolumeWindows;
using ops::WindowGrid;
using ops::WindowSteps;

// ------------------------------------------------------------------------------------------------- kernels

/// The windows over the first image of an array (N, C, ...) of any strides.
template <class T>
ops::LargestOfWindows<T> largest_of(const run::Array& x, const WindowGrid& grid, ops::LargestUse use) {
  const VolumeWindows windows(grid);
  const auto extents = ops::volume_of(x.shape.begin(), grid.axes(), 1);
  const auto strides = ops::volume_of(x.strides.data(), grid.axes(), 0);
  ops::LargestOfWindows<T> result{.axes = {},
                                  .x = x.as<T>(),
                                  .use = use,
                                  .values = nullptr,
                                  .to = nullptr,
                                  .places = nullptr,
                                  .workspace = nullptr};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto [kernel, places, stride, padding, dilation] = windows[axis];
    result.axes[axis] = {extents[axis], strides[axis], kernel, places, stride, padding, dilation};
  }
  return result;
}

/// Calls the kernel for each image of each channel, after change(windows, number of the image).
template <class T, class F>
void each_image(const run::Array& x, const ops::LargestOfWindows<T>& first, F&& change) {
  static thread_local constinit PerThread<run::Scratch> scratch;
  const auto bytes = static_cast<std::size_t>(ops::largest_workspace(first));
  const std::int64_t channels = x.shape[1];
  ops::each_piece(x.shape[0] * channels, x.shape.elements(), [&](std::int64_t plane) {
    ops::LargestOfWindows<T> own = first;
    own.x += plane / channels * x.strides[0] + plane % channels * x.strides[1];
    own.workspace = scratch->reserve(bytes);
    change(own, plane);
    ops::largest_kernel<T>()(own);
  });
}

/// out (N, C, ...) = the flat position in its image of the largest element of each window of x (N, C, ...).
template <class T>
void window_argmax_values(const run::Call& call) {
  const auto& grid = call.attributes.as<WindowGrid>();
  const std::int64_t places = grid.places();
  each_image<T>(call.inputs[0], largest_of<T>(call.inputs[0], grid, ops::LargestUse::places),
                [&](ops::LargestOfWindows<T>& own, std::int64_t plane) {
                  own.places = call.result.as<std::int64_t>() + plane * places;
                });
}

/// out (N, C, ...) = the elements of `values` where x is largest in each window.
template <class T>
void pick_largest_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array &x = call.inputs[0], values = run::contiguous(call.inputs[1], storage);
  const auto& grid = call.attributes.as<WindowGrid>();
  const std::int64_t places = grid.places(), elements = values.shape.elements() / (x.shape[0] * x.shape[1]);
  each_image<T>(x, largest_of<T>(x, grid, ops::LargestUse::pick),
                [&](ops::LargestOfWindows<T>& own, std::int64_t plane) {
                  own.values = values.as<T>() + plane * elements;
                  own.to = call.result.as<T>() + plane * places;
                });
}

/// The adjoint: values of windows (N, C, ...) where x is largest, added up.
template <class T>
void spread_to_largest_values(const run::Call& call) {
  run::BufferHandle storage;
  const run::Array &x = call.inputs[0], values = run::contiguous(call.inputs[1], storage);
  const auto& grid = call.attributes.as<WindowGrid>();
  const std::int64_t places = grid.places(), elements = x.shape.elements() / (x.shape[0] * x.shape[1]);
  each_image<T>(x, largest_of<T>(x, grid, ops::LargestUse::spread),
                [&](ops::LargestOfWindows<T>& own, std::int64_t plane) {
                  own.values = values.as<T>() + plane * places;
                  own.to = call.result.as<T>() + plane * elements;
                });
}

/// The same over windows that divide the axes: window i of m over n places covers floor(i n / m) to
/// ceil((i + 1) n / m).
template <class T>
void adaptive_argmax_values(const run::Call& call) {
  const run::Array &x = call.inputs[0], &out = call.result;
  const int axes = x.shape.rank() - 2;
  const auto extents = ops::volume_of(x.shape.begin(), axes, 1), grid = ops::volume_of(out.shape.begin(), axes, 1);
  const auto strides = ops::volume_of(x.strides.data(), axes, 0);
  const std::int64_t channels = out.shape[1];
  const auto start = [&](std::size_t axis, std::int64_t i) { return i * extents[axis] / grid[axis]; };
  const auto stop = [&](std::size_t axis, std::int64_t i) {
    return ((i + 1) * extents[axis] + grid[axis] - 1) / grid[axis];
  };
  const auto largest = [&](const T* volume, std::int64_t d, std::int64_t i, std::int64_t j) {
    const std::int64_t left = start(2, j), right = stop(2, j);
    std::int64_t place = -1;
    T best = 0;
    for (std::int64_t depth = start(0, d); depth < stop(0, d); ++depth) {
      for (std::int64_t row = start(1, i); row < stop(1, i); ++row) {
        const T* from = volume + depth * strides[0] + row * strides[1];
        for (std::int64_t column = left; column < right; ++column) {
          const T value = from[column * strides[2]];
          if (place >= 0 && (value <= best || best != best)) continue;
          best = value;
          place = (depth * extents[1] + row) * extents[2] + column;
        }
      }
    }
    return place;
  };
  ops::each_piece(out.shape[0] * channels, x.shape.elements(), [&](std::int64_t plane) {
    const T* volume = x.as<T>() + plane / channels * x.strides[0] + plane % channels * x.strides[1];
    std::int64_t* to = out.as<std::int64_t>() + plane * grid[0] * grid[1] * grid[2];
    for (std::int64_t d = 0; d < grid[0]; ++d)
      for (std::int64_t i = 0; i < grid[1]; ++i)
        for (std::int64_t j = 0; j < grid[2]; ++j) *to++ = largest(volume, d, i, j);
  });
}

/// Each image and each channel is pooled independently.
std::optional<int> image_part(std::size_t, int axis, const Shape&, const Shape&) {
  return axis == 0 || axis == 1 ? std::optional(axis) : std::nullopt;
}

/// The images of all examples are one batch of images.
Tensor merged_images_batch(const BatchedCall& b) {
  const auto merged = [&](const Shape& shape) {
    Shape result = shape;
    result[0] *= b.size();
    return result;
  };
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < b.node().input_count; ++i)
    inputs.push_back(b.mapped(i).reshape(merged(b.input_shape(i))));
  return record(*b.node().primitive, inputs, merged(b.shape()), b.dtype(), b.attributes())
      .reshape(b.behind_batch(b.shape()));
}

// ------------------------------------------------------------------------------------------------- derivatives
// Where the largest elements are is a constant to derivatives.

Tensor pick_largest(const Tensor& x, const Tensor& values, const WindowGrid& grid);
Tensor spread_to_largest(const Tensor& x, const Tensor& values, const WindowGrid& grid);

void pick_largest_vjp(Vjp& v) {
  v.give(1, spread_to_largest(v.input(0), v.cotangent(), v.attributes().as<WindowGrid>()));
}

void spread_to_largest_vjp(Vjp& v) {
  v.give(1, pick_largest(v.input(0), v.cotangent(), v.attributes().as<WindowGrid>()));
}

// ------------------------------------------------------------------------------------------------- primitives

Tensor window_argmax(const Tensor& x, const WindowGrid& grid);
Tensor adaptive_argmax(const Tensor& x, const PerAxis& grid);

std::vector<Sample> window_argmax_samples() {
  const Tensor image = tensor({{{{1, 5, 2, 5}, {7, 0, 5, 3}, {4, 7, 6, 8}}}}, float64);
  const Tensor volume = tensor({{{{{1, 5}, {2, 4}}, {{7, 0}, {3, 8}}, {{6, 6}, {9, 1}}}}}, float64);
  const auto sample = [&](const char* name, const Pair& kernel, const Pair& grid, const Pair& stride,
                          const Pair& padding, const Pair& dilation, const NestedList& expected) {
    return Sample{name,
                  [=](const std::vector<Tensor>& x) {
                    return window_argmax(x[0], {kernel, grid, {stride, padding, dilation}});
                  },
                  {image},
                  tensor(expected, int64)};
  };
  return {sample("neighbouring windows", {1, 2}, {3, 2}, {1, 2}, 0, 1, {{{{1, 3}, {4, 6}, {9, 11}}}}),
          sample("ties go to the first", 2, {2, 3}, 1, 0, 1, {{{{4, 1, 3}, {4, 9, 11}}}}),
          sample("padding and dilation", 2, {2, 2}, 2, 1, 2, {{{{5, 7}, {5, 7}}}}),
          {"transposed images",
           [](const std::vector<Tensor>& x) {
             return window_argmax(swapaxes(x[0], 2, 3), {Pair(2), Pair(3, 2), {Pair(1), Pair(0), Pair(1)}});
           },
           {image},
           tensor({{{{1, 1}, {3, 5}, {7, 11}}}}, int64)},
          {"volumes",
           [](const std::vector<Tensor>& x) {
             return window_argmax(x[0], {Triple(2, 1, 2), Triple(2, 2, 1), {Triple(1), Triple(0), Triple(1)}});
           },
           {volume},
           tensor({{{{{4}, {7}}, {{4}, {10}}}}}, int64)},
          {"signals",
           [](const std::vector<Tensor>& x) {
             return window_argmax(x[0].reshape({1, 1, 12}), {3, 4, {3, 0, 1}});
           },
           {image},
           tensor({{{1, 4, 6, 11}}}, int64)}};
}

std::vector<Sample> adaptive_argmax_samples() {
  const Tensor image = tensor({{{{1, 5, 2, 5}, {7, 0, 5, 3}, {4, 7, 6, 8}}}}, float64);
  const auto sample = [&](const char* name, const PerAxis& grid, const Tensor& x, const NestedList& expected) {
    return Sample{name,
                  [=](const std::vector<Tensor>& in) { return adaptive_argmax(in[0], grid); },
                  {x},
                  tensor(expected, int64)};
  };
  return {
      sample("windows that overlap", Pair(2, 3), image, {{{{4, 1, 3}, {4, 9, 11}}}}),
      sample("more windows than places", Pair(3, 5), image, {{{{0, 1, 1, 3, 3}, {4, 4, 6, 6, 7}, {8, 9, 9, 11, 11}}}}),
      sample("signals", 5, image.reshape({1, 1, 12}), {{{1, 4, 4, 9, 11}}})};
}

constexpr Primitive window_argmax_primitive{
    .name = "window_argmax",
    .doc = "where in its image each window is largest",
    .traits = BlockTraits{.kernel = &ops::by_dtype<&window_argmax_values<float>, &window_argmax_values<double>>,
                          .part = &image_part},
    .batch = &merged_images_batch,
    .samples = &window_argmax_samples};
constexpr Primitive adaptive_argmax_primitive{
    .name = "adaptive_argmax",
    .doc = "where in its image each of the windows that divide it is largest",
    .traits = BlockTraits{.kernel = &ops::by_dtype<&adaptive_argmax_values<float>, &adaptive_argmax_values<double>>,
                          .part = &image_part},
    .batch = &merged_images_batch,
    .samples = &adaptive_argmax_samples};

/// Windows whose largest elements are told apart from the others by more than a finite difference.
std::vector<Sample> pick_largest_samples() {
  const auto sample = [](const char* name, const Shape& shape, const WindowGrid& grid) {
    return Sample{name,
                  [grid](const std::vector<Tensor>& in) { return pick_largest(in[0], in[1], grid); },
                  {sample_values(shape, -1, 1), sample_values(shape, -1, 2)}};
  };
  return {sample("pairs side by side", {2, 2, 4, 6}, {Pair(2), Pair(2, 3), {Pair(2), Pair(0), Pair(1)}}),
          sample("windows that overlap, padding, dilation", {1, 2, 5, 4},
                 {Pair(3, 2), Pair(3, 2), {Pair(2), Pair(1), Pair(1, 2)}}),
          sample("volumes", {1, 2, 2, 3, 4}, {Triple(2, 1, 2), Triple(1, 3, 3), {Triple(1), Triple(0), Triple(1)}}),
          {"its own values",
           [](const std::vector<Tensor>& in) { return max_pool1d(in[0], 2); },
           {sample_values({1, 2, 6}, -1, 1)}}};
}

std::vector<Sample> spread_to_largest_samples() {
  const auto sample = [](const char* name, const Shape& shape, const Shape& values, const WindowGrid& grid) {
    return Sample{name,
                  [grid](const std::vector<Tensor>& in) { return spread_to_largest(in[0], in[1], grid); },
                  {sample_values(shape, -1, 1), sample_values(values, -1, 2)}};
  };
  return {
      sample("pairs side by side", {2, 2, 4, 6}, {2, 2, 2, 3}, {Pair(2), Pair(2, 3), {Pair(2), Pair(0), Pair(1)}}),
      sample("windows that overlap", {1, 2, 5, 4}, {1, 2, 3, 2}, {Pair(3), Pair(3, 2), {Pair(1), Pair(0), Pair(1)}})};
}

constexpr Primitive pick_largest_primitive{
    .name = "pick_largest",
    .doc = "values where another tensor is largest in each window; of the tensor's own: the largest elements",
    .vjp = &pick_largest_vjp,
    .reads = 1,
    .traits = BlockTraits{.kernel = &ops::by_dtype<&pick_largest_values<float>, &pick_largest_values<double>>,
                          .part = &image_part},
    .batch = &merged_images_batch,
    .samples = &pick_largest_samples};
constexpr Primitive spread_to_largest_primitive{
    .name = "spread_to_largest",
    .doc = "values of windows added where another tensor is largest in each: the adjoint of pick_largest",
    .vjp = &spread_to_largest_vjp,
    .reads = 1,
    .traits =
        BlockTraits{.kernel = &ops::by_dtype<&spread_to_largest_values<float>, &spread_to_largest_values<double>>},
    .batch = &merged_images_batch,
    .samples = &spread_to_largest_samples};

Tensor pick_largest(const Tensor& x, const Tensor& values, const WindowGrid& grid) {
  return record2(pick_largest_primitive, x, values, ops::images_shape(x.size(0), x.size(1), grid.grid), values.dtype(),
                 grid);
}

Tensor spread_to_largest(const Tensor& x, const Tensor& values, const WindowGrid& grid) {
  return record2(spread_to_largest_primitive, x, values, x.shape(), values.dtype(), grid);
}

Tensor window_argmax(const Tensor& x, const WindowGrid& grid) {
  return record1(window_argmax_primitive, x, ops::images_shape(x.size(0), x.size(1), grid.grid), int64, grid);
}

Tensor adaptive_argmax(const Tensor& x, const PerAxis& grid) {
  return record1(adaptive_argmax_primitive, x, ops::images_shape(x.size(0), x.size(1), grid), int64);
}

// ------------------------------------------------------------------------------------------------- pooling

/// Throws Error where some window along an axis has no element inside it.
void check_windows_not_empty(const char* op, const Tensor& x, const WindowGrid& windows) {
  const VolumeWindows volume(windows);
  const auto extents = ops::volume_of(x.shape().begin(), windows.axes(), 1);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const VolumeWindows::Axis& of = volume[axis];
    for (const std::int64_t i : {std::int64_t{0}, of.grid - 1}) {
      const Inside inside(of.kernel, of.dilation, of.place(i, 0), extents[axis]);
      if (inside.first < inside.last) continue;
      fail(op, "a window of the kernel " + to_string(windows.kernel) + " with padding " +
                   to_string(windows.steps.padding) + " and dilation " + to_string(windows.steps.dilation) +
                   " holds no element of the input of shape " + to_string(x.shape()) + "; expected one in each");
    }
  }
}

/// x at the flat places of each channel.
MaxPooled at_places(const ops::Images& images, const Tensor& places) {
  const Tensor& x = images.x;
  const std::int64_t n = x.size(0), c = x.size(1);
  const auto flat = [&](const Tensor& t) { return t.reshape({n, c, ops::product(ops::extents_of(t))}); };
  const Tensor values = gather(flat(x), 2, flat(places)).reshape(places.shape());
  return {images.restored(values), images.restored(places)};
}

/// The checked windows of a max pool.
struct PooledWindows {
  ops::Images images;
  WindowGrid windows;

  Tensor values() const { return images.restored(pick_largest(images.x, images.x, windows)); }
  MaxPooled with_indices() const { return {values(), images.restored(window_argmax(images.x, windows))}; }
};

/// The max pools over one, two and three axes.
PooledWindows largest_of_windows(const char* op, const Tensor& x, const PerAxis& kernel, const WindowSteps& steps,
                                 bool ceil_mode) {
  const ops::Images images(op, "x", x, kernel.axes());
  ops::check_pool(op, kernel, steps);
  const PerAxis grid =
      ops::window_grid(op, ops::extents_of(images.x), x.shape(), kernel, steps, ops::doubled(steps.padding),
                       ceil_mode ? ops::Rounding::up : ops::Rounding::down);
  const WindowGrid windows{.kernel = kernel, .grid = grid, .steps = steps};
  check_windows_not_empty(op, images.x, windows);
  return {images, windows};
}

PooledWindows pool1d(const char* op, const Operand& x, std::int64_t kernel, const MaxPool1dOptions& options) {
  const Called called(op);
  return largest_of_windows(op, x, kernel, {options.stride.value_or(kernel), options.padding, options.dilation},
                            options.ceil_mode);
}

PooledWindows pool2d(const char* op, const Operand& x, const Pair& kernel, const MaxPool2dOptions& options) {
  const Called called(op);
  return largest_of_windows(op, x, kernel, {options.stride.given.value_or(kernel), options.padding, options.dilation},
                            options.ceil_mode);
}

PooledWindows pool3d(const char* op, const Operand& x, const Triple& kernel, const MaxPool3dOptions& options) {
  const Called called(op);
  return largest_of_windows(op, x, kernel, {options.stride.given.value_or(kernel), options.padding, options.dilation},
                            options.ceil_mode);
}

/// The adaptive max pools over as many axes as `size` has.
MaxPooled largest_of_parts(const char* op, const Operand& x, const ops::AdaptiveSize& size) {
  const Called called(op);
  const ops::Images images(op, "x", x, size.axes());
  return at_places(images, adaptive_argmax(images.x, size.resolved(op, images.x)));
}

}  // namespace

void ops::check_pool(const char* op, const PerAxis& kernel, const WindowSteps& steps) {
  check_numbers(op, "kernel_size", kernel, 1);
  check_numbers(op, "stride", steps.stride, 1);
  check_numbers(op, "padding", steps.padding, 0);
  check_numbers(op, "dilation", steps.dilation, 1);
  for (int axis = 0; axis < kernel.axes(); ++axis) {
    if (2 * steps.padding[axis] <= kernel[axis]) continue;
    fail(op, "padding is " + to_string(steps.padding) + " for the kernel " + to_string(kernel) +
                 "; expected at most half of the kernel");
  }
}

PerAxis ops::AdaptiveSize::resolved(const char* op, const Tensor& x) const {
  PerAxis size = extents_of(x);
  for (int axis = 0; axis < size.axes(); ++axis) {
    if (size[axis] == 0) fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected images with elements");
  }
  // Numbers that are not given need no check.
  PerAxis checked = PerAxis::of(size.axes(), 1);
  for (int axis = 0; axis < size.axes(); ++axis) checked[axis] = numbers_[static_cast<std::size_t>(axis)].value_or(1);
  check_numbers(op, "output_size", checked, 1);
  for (int axis = 0; axis < size.axes(); ++axis)
    size[axis] = numbers_[static_cast<std::size_t>(axis)].value_or(size[axis]);
  return size;
}

Tensor max_pool1d(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options) {
  return pool1d("max_pool1d", x, kernel_size, options).values();
}
Tensor max_pool2d(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options) {
  return pool2d("max_pool2d", x, kernel_size, options).values();
}
Tensor max_pool3d(const Operand& x, const Triple& kernel_size, const MaxPool3dOptions& options) {
  return pool3d("max_pool3d", x, kernel_size, options).values();
}
MaxPooled max_pool1d_with_indices(const Operand& x, std::int64_t kernel_size, const MaxPool1dOptions& options) {
  return pool1d("max_pool1d_with_indices", x, kernel_size, options).with_indices();
}
MaxPooled max_pool2d_with_indices(const Operand& x, const Pair& kernel_size, const MaxPool2dOptions& options) {
  return pool2d("max_pool2d_with_indices", x, kernel_size, options).with_indices();
}
MaxPooled max_pool3d_with_indices(const Operand& x, const Triple& kernel_size, const MaxPool3dOptions& options) {
  return pool3d("max_pool3d_with_indices", x, kernel_size, options).with_indices();
}

Tensor adaptive_max_pool1d(const Operand& x, std::int64_t output_size) {
  return largest_of_parts("adaptive_max_pool1d", x, output_size).values;
}
Tensor adaptive_max_pool2d(const Operand& x, const AdaptiveSize2d& output_size) {
  return largest_of_parts("adaptive_max_pool2d", x, output_size).values;
}
Tensor adaptive_max_pool3d(const Operand& x, const AdaptiveSize3d& output_size) {
  return largest_of_parts("adaptive_max_pool3d", x, output_size).values;
}
MaxPooled adaptive_max_pool1d_with_indices(const Operand& x, std::int64_t output_size) {
  return largest_of_parts("adaptive_max_pool1d_with_indices", x, output_size);
}
MaxPooled adaptive_max_pool2d_with_indices(const Operand& x, const AdaptiveSize2d& output_size) {
  return largest_of_parts("adaptive_max_pool2d_with_indices", x, output_size);
}
MaxPooled adaptive_max_pool3d_with_indices(const Operand& x, const AdaptiveSize3d& output_size) {
  return largest_of_parts("adaptive_max_pool3d_with_indices", x, output_size);
}

namespace {

using Inputs = const std::vector<Tensor>&;

Sample max_sample(const char* name, const Shape& shape, Tensor (*f)(Inputs)) {
  return {name, f, {sample_values(shape, -1, 1)}};
}

/// Values of a pool, and what its indices lead back to.
Tensor both(const MaxPooled& pooled, const Tensor& x) {
  const Tensor flat = x.reshape({x.size(0), x.size(1), ops::product(ops::extents_of(x))});
  const Tensor again = gather(flat, 2, pooled.indices.reshape({x.size(0), x.size(1), -1}));
  return pooled.values * again.reshape(pooled.values.shape());
}

const Composition max_compositions[] = {
    {"max_pool1d",
     [] {
       return std::vector<Sample>{
           max_sample("all options", {2, 2, 6},
                      [](Inputs in) {
                        return max_pool1d(in[0], 3, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true});
                      }),
           max_sample("a single signal", {2, 5}, [](Inputs in) { return max_pool1d(in[0], 2); })};
     }},
    {"max_pool3d",
     [] {
       return std::vector<Sample>{
           max_sample("all options", {1, 2, 3, 3, 4},
                      [](Inputs in) {
                        return max_pool3d(
                            in[0], {2, 2, 3},
                            {.stride = {1, 2, 2}, .padding = {0, 1, 1}, .dilation = {2, 1, 1}, .ceil_mode = true});
                      }),
           max_sample("a single volume", {1, 2, 3, 4}, [](Inputs in) { return max_pool3d(in[0], 2); })};
     }},
    {"max_pool1d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("padded", {2, 2, 6}, [](Inputs in) {
         return both(max_pool1d_with_indices(in[0], 3, {.stride = 2, .padding = 1}), in[0]);
       })};
     }},
    {"max_pool2d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("padded", {2, 1, 3, 4}, [](Inputs in) {
         return both(max_pool2d_with_indices(in[0], {2, 3}, {.padding = {1, 0}}), in[0]);
       })};
     }},
    {"max_pool3d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("padded", {1, 2, 2, 3, 2}, [](Inputs in) {
         return both(max_pool3d_with_indices(in[0], 2, {.stride = 1}), in[0]);
       })};
     }},
    {"adaptive_max_pool1d",
     [] {
       return std::vector<Sample>{
           max_sample("overlapping", {2, 2, 5}, [](Inputs in) { return adaptive_max_pool1d(in[0], 3); }),
           max_sample("a single signal", {2, 4}, [](Inputs in) { return adaptive_max_pool1d(in[0], 2); })};
     }},
    {"adaptive_max_pool2d",
     [] {
       return std::vector<Sample>{max_sample("an extent kept", {2, 2, 3, 5}, [](Inputs in) {
         return adaptive_max_pool2d(in[0], {std::nullopt, 3});
       })};
     }},
    {"adaptive_max_pool3d",
     [] {
       return std::vector<Sample>{max_sample("overlapping", {1, 2, 3, 4, 2}, [](Inputs in) {
         return adaptive_max_pool3d(in[0], {2, 3, 1});
       })};
     }},
    {"adaptive_max_pool1d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("overlapping", {2, 2, 5}, [](Inputs in) {
         return both(adaptive_max_pool1d_with_indices(in[0], 3), in[0]);
       })};
     }},
    {"adaptive_max_pool2d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("overlapping", {1, 2, 3, 5}, [](Inputs in) {
         return both(adaptive_max_pool2d_with_indices(in[0], {2, 3}), in[0]);
       })};
     }},
    {"adaptive_max_pool3d_with_indices",
     [] {
       return std::vector<Sample>{max_sample("overlapping", {1, 1, 3, 4, 2}, [](Inputs in) {
         return both(adaptive_max_pool3d_with_indices(in[0], {2, 3, 1}), in[0]);
       })};
     }},
};

}  // namespace

std::span<const Composition* const> max_pool_compositions() {
  static const auto list = ops::pointers_to(max_compositions);
  return list;
}

std::span<const Primitive* const> pool_primitives() {
  static constexpr const Primitive* list[] = {&window_argmax_primitive, &adaptive_argmax_primitive,
                                              &pick_largest_primitive, &spread_to_largest_primitive};
  return list;
}

}  // namespace xgrad
