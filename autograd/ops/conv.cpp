#include <autograd/ops/conv.hpp>

#include <autograd/ops/channel_product.hpp>
#include <autograd/ops/window.hpp>
#include <autograd/ops/window_product.hpp>
#include <autograd/ops/winograd.hpp>

namespace xgrad {
namespace {

std::string shapes_of(const Tensor& x, const Tensor& weight) {
  return "argument 'x' has shape " + to_string(x.shape()) + " and 'weight' " + to_string(weight.shape());
}

void check_groups(const char* op, const Tensor& x, const Tensor& weight, std::int64_t groups) {
  if (groups < 1 || groups > std::numeric_limits<std::int32_t>::max())
    fail(op, "groups is " + std::to_string(groups) + " for " + shapes_of(x, weight) + "; expected 1 to 2^31 - 1");
}

void check_bias(const char* op, const Tensor& bias, std::int64_t channels) {
  if (!bias.defined()) return;
  ops::check_floating(op, "bias", bias);
  if (bias.shape() != Shape{channels})
    fail(op, "argument 'bias' has shape " + to_string(bias.shape()) + "; expected (" + std::to_string(channels) +
                 ",), one number for each channel of the output");
}

DType common_dtype(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return bias.defined() ? ops::promote({&x, &weight, &bias}) : ops::promote({&x, &weight});
}

/// Channels of all groups together.
std::int64_t of_groups(const char* op, const Tensor& x, const Tensor& weight, std::int64_t channels,
                       std::int64_t groups) {
  std::int64_t all = 0;
  if (__builtin_mul_overflow(channels, groups, &all))
    fail(op, shapes_of(x, weight) + " in " + std::to_string(groups) + " groups: more channels than fit 64 bits");
  return all;
}

/// The axes of (N, C, ...) with the first two exchanged.
Tensor first_axes_exchanged(const Tensor& x) { return swapaxes(x, 0, 1); }

/// Images (N, C, ...) as a matrix (C, N places).
Tensor channels_first(const Tensor& x) {
  return first_axes_exchanged(x).reshape({x.size(1), x.size(0) * ops::product(ops::extents_of(x))});
}

/// The product of matrices (rows, inner) and (inner, columns), for each of several groups of their rows.
Tensor grouped_product(const Tensor& a, const Tensor& b, std::int64_t groups) {
  if (groups == 1) return matmul(a, b);
  const Tensor product =
      matmul(a.reshape({groups, a.size(0) / groups, a.size(1)}), b.reshape({groups, b.size(0) / groups, b.size(1)}));
  return product.reshape({a.size(0), b.size(1)});
}

/// What the convolutions over one, two and three axes have in common.
struct Convolution {
  PerAxis stride, padding, dilation;
  std::optional<Padding> named;
  std::int64_t groups;
};

/// Paddings before the axes, and in total.
struct Paddings {
  PerAxis before, total;
};

Paddings resolved(const Convolution& options, const PerAxis& kernel) {
  if (!options.named) return {options.padding, ops::doubled(options.padding)};
  Paddings result{PerAxis::of(kernel.axes(), 0), PerAxis::of(kernel.axes(), 0)};
  if (*options.named == Padding::valid) return result;
  for (int axis = 0; axis < kernel.axes(); ++axis) {
    result.total[axis] = options.dilation[axis] * (kernel[axis] - 1);
    result.before[axis] = result.total[axis] / 2;
  }
  return result;
}

/// Whether all numbers are the same one.
bool all_are(const PerAxis& numbers, std::int64_t number) { return numbers == PerAxis::of(numbers.axes(), number); }

/// Throws Error unless the channels of x, with the axis N or without, and of the weight fit each other and the groups.
void check_channels(const char* op, const Tensor& x, const Tensor& weight, std::int64_t groups) {
  check_groups(op, x, weight, groups);
  const std::int64_t channels = x.size(1 - weight.rank()), out = weight.size(0);
  if (channels % groups != 0 || channels / groups != weight.size(1) || out % groups != 0) {
    fail(op, shapes_of(x, weight) + ": " + std::to_string(channels) + " channels to " + std::to_string(out) + " in " +
                 std::to_string(groups) + " groups need weights of (a multiple of " + std::to_string(groups) + ", " +
                 std::to_string(channels) + " / " + std::to_string(groups) + ", ...)");
  }
}

const char* weight_layout(int axes) {
  return axes == 1 ? "(O, C / groups, k)" : axes == 2 ? "(O, C / groups, kh, kw)" : "(O, C / groups, kd, kh, kw)";
}

const char* transposed_layout(int axes) {
  return axes == 1 ? "(C, O / groups, k)" : axes == 2 ? "(C, O / groups, kh, kw)" : "(C, O / groups, kd, kh, kw)";
}

void check_steps(const char* op, const PerAxis& kernel, const Convolution& options) {
  ops::check_numbers(op, "the kernel's size", kernel, 1);
  ops::check_numbers(op, "stride", options.stride, 1);
  ops::check_numbers(op, "padding", options.padding, 0);
  ops::check_numbers(op, "dilation", options.dilation, 1);
}

/// Images (N, O, ...) with a number added to each channel, where there are any.
Tensor with_bias(const Tensor& y, const Tensor& bias, DType dtype) {
  if (!bias.defined()) return y;
  return y + cast(bias, dtype).reshape(ops::images_shape(1, y.size(1), PerAxis::of(y.rank() - 2, 1)));
}

/// conv1d, conv2d and conv3d.
Tensor convolve(const char* op, const Tensor& given, const Tensor& weight, const Tensor& bias,
                const Convolution& options) {
  const int axes = options.stride.axes();
  const ops::Images images(op, "x", given, axes);
  ops::check_layout(op, "weight", weight, weight_layout(axes));
  check_channels(op, given, weight, options.groups);
  const std::int64_t batch = images.x.size(0), out = weight.size(0), groups = options.groups;
  const PerAxis kernel = ops::extents_of(weight);
  check_steps(op, kernel, options);
  if (options.named == Padding::same && !all_are(options.stride, 1))
    fail(op, "padding is 'same' and stride " + to_string(options.stride) + "; expected a stride of 1");
  check_bias(op, bias, out);

  const Paddings paddings = resolved(options, kernel);
  const ops::WindowSteps steps{.stride = options.stride, .padding = paddings.before, .dilation = options.dilation};
  const PerAxis grid = ops::window_grid(op, ops::extents_of(images.x), given.shape(), kernel, steps, paddings.total);

  const DType dtype = common_dtype(images.x, weight, bias);
  const Tensor x = cast(images.x, dtype);
  const ops::WindowGrid windows{.kernel = kernel, .grid = grid, .steps = steps};
  if (groups == 1 && ops::winograd_pays(weight.size(1), out, windows, dtype)) {
    const Tensor y = ops::winograd_convolution(x, cast(weight, dtype), windows);
    return images.restored(with_bias(y, bias, dtype));
  }
  const std::int64_t field = weight.size(1) * windows.field();
  const bool pointwise = all_are(kernel, 1) && all_are(options.stride, 1) && all_are(paddings.total, 0);
  if (groups == 1 && !pointwise && ops::window_product_pays(weight.size(1), out, windows, dtype)) {
    Tensor y = ops::window_product(cast(weight, dtype), x, windows);
    if (bias.defined()) y = y + cast(bias, dtype).reshape(ops::images_shape(out, 1, PerAxis::of(axes, 1)));
    return images.restored(first_axes_exchanged(y));
  }
  if (groups > 1 && groups == images.x.size(1) && groups == out && ops::channel_product_pays(windows)) {
    const Tensor y = ops::channel_product(squeeze(cast(weight, dtype), 1), x, windows);
    return images.restored(with_bias(y, bias, dtype));
  }
  const Tensor unfolded = pointwise ? channels_first(x) : ops::windows(x, windows);
  const Tensor columns =
      unfolded.reshape({of_groups(op, given, weight, field, groups), extent_product(op, batch, windows.places())});
  Tensor y = grouped_product(cast(weight, dtype).reshape({out, field}), columns, groups);
  if (bias.defined()) y = y + cast(bias, dtype).reshape({out, 1});
  return images.restored(first_axes_exchanged(y.reshape(ops::images_shape(out, batch, grid))));
}

/// The extents of a transposed convolution's result. Errors show the input as it was given.
PerAxis transposed_extents(const char* op, const Tensor& x, const Tensor& given, const Tensor& weight,
                           const Convolution& options, const PerAxis& output_padding) {
  PerAxis size = output_padding;
  bool pads = true, positive = true;
  for (int axis = 0; axis < size.axes(); ++axis) {
    const std::int64_t stride = options.stride[axis], dilation = options.dilation[axis];
    pads = pads && (output_padding[axis] < stride || output_padding[axis] < dilation);
    const std::int64_t window = dilation * (weight.size(2 + axis) - 1) + output_padding[axis] + 1;
    size[axis] = extent_sum(op, extent_product(op, x.size(2 + axis) - 1, stride), window - 2 * options.padding[axis]);
    positive = positive && size[axis] >= 1;
  }
  if (!pads) {
    fail(op, "output_padding is " + to_string(output_padding) + "; expected less than the stride " +
                 to_string(options.stride) + " or the dilation " + to_string(options.dilation));
  }
  if (!positive) {
    fail(op, shapes_of(given, weight) + ": with padding " + to_string(options.padding) + " the output would be " +
                 to_string(size) + "; expected 1 or more each way");
  }
  return size;
}

/// conv_transpose1d, conv_transpose2d and conv_transpose3d.
Tensor convolve_transposed(const char* op, const Tensor& given, const Tensor& weight, const Tensor& bias,
                           const Convolution& options, const PerAxis& output_padding) {
  const int axes = options.stride.axes();
  const ops::Images images(op, "x", given, axes);
  const Tensor& x = images.x;
  ops::check_layout(op, "weight", weight, transposed_layout(axes));
  check_groups(op, given, weight, options.groups);
  const std::int64_t channels = x.size(1), groups = options.groups;
  const std::int64_t out = of_groups(op, given, weight, weight.size(1), groups);
  if (weight.size(0) != channels || channels % groups != 0) {
    fail(op, shapes_of(given, weight) + " for " + std::to_string(groups) + " groups; expected " +
                 std::to_string(channels) + " channels in both, and a multiple of the groups");
  }
  const PerAxis kernel = ops::extents_of(weight);
  check_steps(op, kernel, options);
  ops::check_numbers(op, "output_padding", output_padding, 0);
  check_bias(op, bias, out);
  const PerAxis size = transposed_extents(op, x, given, weight, options, output_padding);

  const DType dtype = common_dtype(x, weight, bias);
  const ops::WindowGrid grid{
      .kernel = kernel,
      .grid = ops::extents_of(x),
      .steps = {.stride = options.stride, .padding = options.padding, .dilation = options.dilation}};
  const Tensor matrix = cast(weight, dtype).reshape({groups, channels / groups, weight.size(1) * grid.field()});
  const Tensor pixels =
      channels_first(cast(x, dtype)).reshape({groups, channels / groups, extent_product(op, x.size(0), grid.places())});
  const Tensor windows =
      groups == 1 ? matmul(squeeze(matrix, 0).T(), squeeze(pixels, 0)) : matmul(swapaxes(matrix, 1, 2), pixels);
  const Tensor y = ops::overlap_add(windows.reshape({out, grid.field(), x.size(0), grid.places()}), size, grid);
  return images.restored(with_bias(y, bias, dtype));
}

}  // namespace

Tensor conv1d(const Operand& x, const Operand& weight, const Operand& bias, const Conv1dOptions& options) {
  const Called called("conv1d");
  return convolve("conv1d", x, weight, bias,
                  {options.stride, options.padding.amount, options.dilation, options.padding.named, options.groups});
}

Tensor conv2d(const Operand& x, const Operand& weight, const Operand& bias, const Conv2dOptions& options) {
  const Called called("conv2d");
  return convolve("conv2d", x, weight, bias,
                  {options.stride, options.padding.amount, options.dilation, options.padding.named, options.groups});
}

Tensor conv3d(const Operand& x, const Operand& weight, const Operand& bias, const Conv3dOptions& options) {
  const Called called("conv3d");
  return convolve("conv3d", x, weight, bias,
                  {options.stride, options.padding.amount, options.dilation, options.padding.named, options.groups});
}

Tensor conv_transpose1d(const Operand& x, const Operand& weight, const Operand& bias,
                        const ConvTranspose1dOptions& options) {
  const Called called("conv_transpose1d");
  return convolve_transposed("conv_transpose1d", x, weight, bias,
                             {options.stride, options.padding, options.dilation, {}, options.groups},
                             options.output_padding);
}

Tensor conv_transpose2d(const Operand& x, const Operand& weight, const Operand& bias,
                        const ConvTranspose2dOptions& options) {
  const Called called("conv_transpose2d");
  return convolve_transposed("conv_transpose2d", x, weight, bias,
                             {options.stride, options.padding, options.dilation, {}, options.groups},
                             options.output_padding);
}

Tensor conv_transpose3d(const Operand& x, const Operand& weight, const Operand& bias,
                        const ConvTranspose3dOptions& options) {
  const Called called("conv_transpose3d");
  return convolve_transposed("conv_transpose3d", x, weight, bias,
                             {options.stride, options.padding, options.dilation, {}, options.groups},
                             options.output_padding);
}

namespace {

using Inputs = const std::vector<Tensor>&;
using ops::sample_values;

std::vector<Sample> conv1d_samples() {
  return {
      {"all options",
       [](Inputs in) { return conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .dilation = 2, .groups = 2}); },
       {sample_values({2, 4, 5}, -1, 1), sample_values({2, 2, 2}, -1, 2), sample_values({2}, 0, 1)}},
      {"a single signal, same",
       [](Inputs in) { return conv1d(in[0], in[1], {}, {.padding = Padding::same}); },
       {sample_values({1, 4}, -1, 1), sample_values({2, 1, 2}, -1, 2)}}};
}

std::vector<Sample> conv2d_samples() {
  return {{"all options",
           [](Inputs in) {
             return conv2d(in[0], in[1], in[2], {.stride = {1, 2}, .padding = {1, 0}, .dilation = {2, 1}, .groups = 2});
           },
           {sample_values({2, 2, 3, 4}, -1, 1), sample_values({2, 1, 2, 2}, -1, 2), sample_values({2}, 0, 1)}},
          {"a single image, pointwise",
           [](Inputs in) { return conv2d(in[0], in[1]); },
           {sample_values({2, 2, 2}, -1, 1), sample_values({3, 2, 1, 1}, -1, 2)}}};
}

std::vector<Sample> conv3d_samples() {
  return {{"all options",
           [](Inputs in) {
             return conv3d(in[0], in[1], in[2],
                           {.stride = {1, 2, 1}, .padding = {1, 0, 1}, .dilation = {1, 1, 2}, .groups = 2});
           },
           {sample_values({1, 2, 2, 3, 3}, -1, 1), sample_values({2, 1, 2, 2, 2}, -1, 2), sample_values({2}, 0, 1)}},
          {"a single volume, same",
           [](Inputs in) { return conv3d(in[0], in[1], {}, {.padding = Padding::same}); },
           {sample_values({1, 2, 2, 3}, -1, 1), sample_values({1, 1, 2, 1, 2}, -1, 2)}}};
}

std::vector<Sample> conv_transpose1d_samples() {
  return {{"all options",
           [](Inputs in) {
             return conv_transpose1d(in[0], in[1], in[2],
                                     {.stride = 3, .padding = 1, .output_padding = 1, .dilation = 2, .groups = 2});
           },
           {sample_values({2, 2, 3}, -1, 1), sample_values({2, 1, 2}, -1, 2), sample_values({2}, 0, 1)}},
          {"a single signal",
           [](Inputs in) { return conv_transpose1d(in[0], in[1]); },
           {sample_values({2, 3}, -1, 1), sample_values({2, 2, 2}, -1, 2)}}};
}

std::vector<Sample> conv_transpose2d_samples() {
  return {{"all options",
           [](Inputs in) {
             return conv_transpose2d(
                 in[0], in[1], in[2],
                 {.stride = {2, 1}, .padding = {1, 0}, .output_padding = {1, 0}, .dilation = {1, 2}, .groups = 2});
           },
           {sample_values({2, 2, 2, 3}, -1, 1), sample_values({2, 1, 2, 2}, -1, 2), sample_values({2}, 0, 1)}},
          {"a single image",
           [](Inputs in) { return conv_transpose2d(in[0], in[1]); },
           {sample_values({2, 2, 2}, -1, 1), sample_values({2, 2, 1, 2}, -1, 2)}}};
}

std::vector<Sample> conv_transpose3d_samples() {
  return {{"all options",
           [](Inputs in) {
             return conv_transpose3d(in[0], in[1], in[2],
                                     {.stride = {2, 1, 1},
                                      .padding = {1, 0, 0},
                                      .output_padding = {1, 0, 0},
                                      .dilation = {1, 2, 1},
                                      .groups = 2});
           },
           {sample_values({1, 2, 2, 1, 2}, -1, 1), sample_values({2, 1, 2, 2, 1}, -1, 2), sample_values({2}, 0, 1)}},
          {"a single volume",
           [](Inputs in) { return conv_transpose3d(in[0], in[1]); },
           {sample_values({1, 2, 2, 1}, -1, 1), sample_values({1, 2, 1, 2, 1}, -1, 2)}}};
}

constexpr Composition conv1d_composition{"conv1d", &conv1d_samples};
constexpr Composition conv2d_composition{"conv2d", &conv2d_samples};
constexpr Composition conv3d_composition{"conv3d", &conv3d_samples};
constexpr Composition conv_transpose1d_composition{"conv_transpose1d", &conv_transpose1d_samples};
constexpr Composition conv_transpose2d_composition{"conv_transpose2d", &conv_transpose2d_samples};
constexpr Composition conv_transpose3d_composition{"conv_transpose3d", &conv_transpose3d_samples};

}  // namespace

std::span<const Composition* const> conv_compositions() {
  static constexpr const Composition* list[] = {&conv1d_composition,           &conv2d_composition,
                                                &conv3d_composition,           &conv_transpose1d_composition,
                                                &conv_transpose2d_composition, &conv_transpose3d_composition};
  return list;
}

}  // namespace xgrad
