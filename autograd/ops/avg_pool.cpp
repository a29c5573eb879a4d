#include <cmath>
#include <vector>

#include <autograd/ops/pool.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::Resampling;
using ops::WindowSteps;
using Kind = Resampling::Kind;

/// Sums or means over the windows of each axis in turn: those over all axes are their product.
ops::Images pooled(const char* op, const Tensor& x, const PerAxis& kernel, const WindowSteps& steps, bool ceil_mode,
                   Kind kind) {
  ops::Images images(op, "x", x, kernel.axes());
  ops::check_pool(op, kernel, steps);
  const PerAxis extents = ops::extents_of(images.x);
  const PerAxis grid = ops::window_grid(op, extents, x.shape(), kernel, steps, ops::doubled(steps.padding),
                                        ceil_mode ? ops::Rounding::up : ops::Rounding::down);
  std::vector<Resampling> windows;
  for (int axis = 0; axis < kernel.axes(); ++axis) {
    windows.push_back({.kind = kind,
                       .from = extents[axis],
                       .to = grid[axis],
                       .kernel = kernel[axis],
                       .stride = steps.stride[axis],
                       .padding = steps.padding[axis]});
  }
  images.x = ops::resampled_places(images.x, windows);
  return images;
}

/// avg_pool1d, avg_pool2d and avg_pool3d.
Tensor mean_of_windows(const char* op, const Tensor& x, const PerAxis& kernel, const PerAxis& stride,
                       const PerAxis& padding, bool ceil_mode, bool count_include_pad,
                       std::optional<std::int64_t> divisor = {}) {
  if (divisor == 0) fail(op, "divisor_override is 0; expected a number other than 0");
  const Kind kind = divisor ? Kind::sum : count_include_pad ? Kind::mean : Kind::mean_of_input;
  const ops::Images result = pooled(op, x, kernel, {stride, padding, PerAxis::of(kernel.axes(), 1)}, ceil_mode, kind);
  return result.restored(divisor ? result.x / *divisor : result.x);
}

/// lp_pool1d and lp_pool2d.
Tensor norm_of_windows(const char* op, const Tensor& x, double norm_type, const PerAxis& kernel, const PerAxis& stride,
                       bool ceil_mode) {
  ops::check_floating(op, "x", x);
  if (!(norm_type > 0) || std::isinf(norm_type))
    fail(op, "norm_type is " + Number(norm_type).text() + "; expected a positive number");
  const WindowSteps steps{stride, PerAxis::of(kernel.axes(), 0), PerAxis::of(kernel.axes(), 1)};
  const ops::Images result = pooled(op, pow(x, norm_type), kernel, steps, ceil_mode, Kind::mean);
  const Tensor total = result.x * static_cast<double>(ops::product(kernel));
  const Tensor none = equal(total, 0.0);
  return result.restored(where(none, 0.0, pow(where(none, 1.0, total), 1 / norm_type)));
}

/// adaptive_avg_pool1d, adaptive_avg_pool2d and adaptive_avg_pool3d.
Tensor mean_of_parts(const char* op, const Operand& x, const ops::AdaptiveSize& size) {
  const Called called(op);
  ops::Images images(op, "x", x, size.axes());
  const PerAxis extents = ops::extents_of(images.x), grid = size.resolved(op, images.x);
  if (grid == PerAxis::of(grid.axes(), 1)) {
    std::vector<int> places;
    for (int axis = 2; axis < images.x.rank(); ++axis) places.push_back(axis);
    return images.restored(mean(images.x, places, {.keepdims = true}));
  }
  std::vector<Resampling> windows;
  for (int axis = 0; axis < grid.axes(); ++axis)
    windows.push_back({.kind = Kind::divide, .from = extents[axis], .to = grid[axis]});
  return images.restored(ops::resampled_places(images.x, windows));
}

}  // namespace

Tensor avg_pool1d(const Operand& x, std::int64_t kernel_size, const AvgPool1dOptions& options) {
  const Called called("avg_pool1d");
  return mean_of_windows("avg_pool1d", x, kernel_size, options.stride.value_or(kernel_size), options.padding,
                         options.ceil_mode, options.count_include_pad);
}

Tensor avg_pool2d(const Operand& x, const Pair& kernel_size, const AvgPool2dOptions& options) {
  const Called called("avg_pool2d");
  return mean_of_windows("avg_pool2d", x, kernel_size, options.stride.given.value_or(kernel_size), options.padding,
                         options.ceil_mode, options.count_include_pad, options.divisor_override);
}

Tensor avg_pool3d(const Operand& x, const Triple& kernel_size, const AvgPool3dOptions& options) {
  const Called called("avg_pool3d");
  return mean_of_windows("avg_pool3d", x, kernel_size, options.stride.given.value_or(kernel_size), options.padding,
                         options.ceil_mode, options.count_include_pad, options.divisor_override);
}

Tensor lp_pool1d(const Operand& x, double norm_type, std::int64_t kernel_size, const LPPool1dOptions& options) {
  const Called called("lp_pool1d");
  return norm_of_windows("lp_pool1d", x, norm_type, kernel_size, options.stride.value_or(kernel_size),
                         options.ceil_mode);
}

Tensor lp_pool2d(const Operand& x, double norm_type, const Pair& kernel_size, const LPPool2dOptions& options) {
  const Called called("lp_pool2d");
  return norm_of_windows("lp_pool2d", x, norm_type, kernel_size, options.stride.given.value_or(kernel_size),
                         options.ceil_mode);
}

Tensor adaptive_avg_pool1d(const Operand& x, std::int64_t output_size) {
  return mean_of_parts("adaptive_avg_pool1d", x, output_size);
}
Tensor adaptive_avg_pool2d(const Operand& x, const AdaptiveSize2d& output_size) {
  return mean_of_parts("adaptive_avg_pool2d", x, output_size);
}
Tensor adaptive_avg_pool3d(const Operand& x, const AdaptiveSize3d& output_size) {
  return mean_of_parts("adaptive_avg_pool3d", x, output_size);
}

Tensor local_response_norm(const Operand& x, std::int64_t size, const LocalResponseNormOptions& options) {
  const Called called("local_response_norm");
  const char* const op = "local_response_norm";
  ops::check_floating(op, "x", x);
  if (x.rank() < 3)
    fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected (N, C, ...), of three axes or more");
  ops::check_numbers(op, "size", size, 1);
  const std::int64_t channels = x.shape()[1];
  const Tensor squares = ops::resampled(
      square(x), 1, {.kind = Kind::mean, .from = channels, .to = channels, .kernel = size, .padding = size / 2});
  return x / pow(options.alpha * squares + options.k, options.beta);
}

namespace {

using Inputs = const std::vector<Tensor>&;

Sample sample(const char* name, const Shape& shape, Tensor (*f)(Inputs), double low = -1) {
  return {name, f, {ops::sample_values(shape, low, 1)}};
}

const Composition family[] = {
    {"avg_pool1d",
     [] {
       return std::vector<Sample>{
           sample("all options", {2, 2, 6},
                  [](Inputs in) {
                    return avg_pool1d(in[0], 3,
                                      {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false});
                  }),
           sample("a single signal", {2, 5}, [](Inputs in) { return avg_pool1d(in[0], 2); })};
     }},
    {"avg_pool2d",
     [] {
       return std::vector<Sample>{
           sample("padding that counts", {2, 2, 3, 4},
                  [](Inputs in) {
                    return avg_pool2d(in[0], {2, 3}, {.stride = {1, 2}, .padding = 1, .ceil_mode = true});
                  }),
           sample("a divisor, a single image", {2, 3, 4},
                  [](Inputs in) { return avg_pool2d(in[0], 2, {.divisor_override = 3}); })};
     }},
    {"avg_pool3d",
     [] {
       return std::vector<Sample>{
           sample("all options", {1, 2, 3, 3, 4},
                  [](Inputs in) {
                    return avg_pool3d(in[0], {2, 1, 3},
                                      {.stride = {1, 2, 2}, .padding = {1, 0, 1}, .count_include_pad = false});
                  }),
           sample("a single volume", {2, 2, 3, 4}, [](Inputs in) { return avg_pool3d(in[0], 2); })};
     }},
    {"lp_pool1d",
     [] {
       return std::vector<Sample>{sample(
           "cubes", {2, 2, 5}, [](Inputs in) { return lp_pool1d(in[0], 3, 2, {.stride = 1, .ceil_mode = true}); },
           0.2)};
     }},
    {"lp_pool2d",
     [] {
       return std::vector<Sample>{
           sample("squares", {2, 1, 3, 4},
                  [](Inputs in) {
                    return lp_pool2d(in[0], 2, {1, 2});
                  }),
           sample(
               "a single image", {1, 3, 4}, [](Inputs in) { return lp_pool2d(in[0], 1.5, 2); }, 0.2)};
     }},
    {"adaptive_avg_pool1d",
     [] {
       return std::vector<Sample>{
           sample("overlapping", {2, 2, 5}, [](Inputs in) { return adaptive_avg_pool1d(in[0], 3); }),
           sample("a single signal", {2, 4}, [](Inputs in) { return adaptive_avg_pool1d(in[0], 1); })};
     }},
    {"adaptive_avg_pool2d",
     [] {
       return std::vector<Sample>{sample("overlapping", {1, 2, 3, 5},
                                         [](Inputs in) {
                                           return adaptive_avg_pool2d(in[0], {2, 3});
                                         }),
                                  sample("an extent kept", {2, 2, 3},
                                         [](Inputs in) {
                                           return adaptive_avg_pool2d(in[0], {std::nullopt, 2});
                                         }),
                                  sample("one", {2, 2, 3, 2}, [](Inputs in) { return adaptive_avg_pool2d(in[0], 1); })};
     }},
    {"adaptive_avg_pool3d",
     [] {
       return std::vector<Sample>{sample("overlapping", {1, 2, 3, 4, 2}, [](Inputs in) {
         return adaptive_avg_pool3d(in[0], {2, 3, 1});
       })};
     }},
    {"local_response_norm",
     [] {
       return std::vector<Sample>{
           sample("even", {2, 5, 2},
                  [](Inputs in) { return local_response_norm(in[0], 4, {.alpha = 2, .beta = 0.6, .k = 1.5}); }),
           sample("odd", {1, 3, 1, 2}, [](Inputs in) { return local_response_norm(in[0], 3, {.alpha = 1}); })};
     }},
};

}  // namespace

std::span<const Composition* const> avg_pool_compositions() {
  static const auto list = ops::pointers_to(family);
  return list;
}

}  // namespace xgrad
