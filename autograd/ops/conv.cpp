#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::WindowSteps;

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

/// Images (N, C, H, W) as a matrix (C, N H W).
Tensor channels_first(const Tensor& x) {
  const Shape& shape = x.shape();
  return transpose(x, {1, 0, 2, 3}).reshape({shape[1], shape[0] * shape[2] * shape[3]});
}

/// The product of matrices (rows, inner) and (inner, columns), for each of several groups of their rows.
Tensor grouped_product(const Tensor& a, const Tensor& b, std::int64_t groups) {
  if (groups == 1) return matmul(a, b);
  const Tensor product =
      matmul(a.reshape({groups, a.size(0) / groups, a.size(1)}), b.reshape({groups, b.size(0) / groups, b.size(1)}));
  return product.reshape({a.size(0), b.size(1)});
}

/// The padding of an axis above (left) and in total.
struct AxisPadding {
  std::int64_t before, total;
};

AxisPadding resolved(const Padding2d& padding, std::int64_t amount, std::int64_t kernel, std::int64_t dilation) {
  if (!padding.named) return {amount, 2 * amount};
  if (*padding.named == Padding::valid) return {0, 0};
  const std::int64_t total = dilation * (kernel - 1);
  return {total / 2, total};
}

/// Throws Error unless the channels of x and of the weight fit each other and the groups.
void check_channels(const char* op, const Tensor& x, const Tensor& weight, std::int64_t groups) {
  check_groups(op, x, weight, groups);
  const std::int64_t channels = x.size(1), out = weight.size(0);
  if (channels % groups != 0 || channels / groups != weight.size(1) || out % groups != 0) {
    fail(op, shapes_of(x, weight) + ": " + std::to_string(channels) + " channels to " + std::to_string(out) + " in " +
                 std::to_string(groups) + " groups need weights of (a multiple of " + std::to_string(groups) + ", " +
                 std::to_string(channels) + " / " + std::to_string(groups) + ", ...)");
  }
}

/// conv2d after the checks that differ between one and two axes.
Tensor convolve(const char* op, const Tensor& images, const Tensor& kernels, const Tensor& bias,
                const Conv2dOptions& options) {
  const std::int64_t batch = images.size(0), out = kernels.size(0), groups = options.groups;
  const Pair kernel(kernels.size(2), kernels.size(3));
  ops::check_pair(op, "the kernel's size", kernel, 1);
  ops::check_pair(op, "stride", options.stride, 1);
  ops::check_pair(op, "padding", options.padding.amount, 0);
  ops::check_pair(op, "dilation", options.dilation, 1);
  if (options.padding.named == Padding::same && options.stride != Pair(1))
    fail(op, "padding is 'same' and stride " + ops::given_text(op, options.stride) + "; expected a stride of 1");
  check_bias(op, bias, out);

  const AxisPadding down =
      resolved(options.padding, options.padding.amount.height, kernel.height, options.dilation.height);
  const AxisPadding across =
      resolved(options.padding, options.padding.amount.width, kernel.width, options.dilation.width);
  const WindowSteps steps{
      .stride = options.stride, .padding = {down.before, across.before}, .dilation = options.dilation};
  const Pair padding(down.total, across.total);
  const Pair grid = ops::window_grid(op, images.shape(), kernel, steps, padding);

  const DType dtype = common_dtype(images, kernels, bias);
  const Tensor x = cast(images, dtype);
  const std::int64_t field = kernels.size(1) * kernel.height * kernel.width;
  const bool pointwise = kernel == Pair(1) && options.stride == Pair(1) && padding == Pair(0);
  const Tensor windows = pointwise ? channels_first(x) : ops::windows(x, kernel, grid, steps);
  const Tensor columns =
      windows.reshape({of_groups(op, images, kernels, field, groups), batch * grid.height * grid.width});
  Tensor y = grouped_product(cast(kernels, dtype).reshape({out, field}), columns, groups);
  if (bias.defined()) y = y + cast(bias, dtype).reshape({out, 1});
  return transpose(y.reshape({out, batch, grid.height, grid.width}), {1, 0, 2, 3});
}

}  // namespace

Tensor conv2d(const Operand& x, const Operand& weight, const Operand& bias, const Conv2dOptions& options) {
  const Called called("conv2d");
  ops::check_images("conv2d", "x", x, "(N, C, H, W)");
  ops::check_images("conv2d", "weight", weight, "(O, C / groups, kh, kw)");
  check_channels("conv2d", x, weight, options.groups);
  return convolve("conv2d", x, weight, bias, options);
}

Tensor conv1d(const Operand& x, const Operand& weight, const Operand& bias, const Conv1dOptions& options) {
  const Called called("conv1d");
  ops::check_images("conv1d", "x", x, "(N, C, L)");
  ops::check_images("conv1d", "weight", weight, "(O, C / groups, k)");
  check_channels("conv1d", x, weight, options.groups);
  Conv2dOptions flat{.stride = {1, options.stride},
                     .padding = {0, options.padding.amount},
                     .dilation = {1, options.dilation},
                     .groups = options.groups};
  flat.padding.named = options.padding.named;
  const Tensor y = convolve("conv1d", expand_dims(x, 2), expand_dims(weight, 2), bias, flat);
  return squeeze(y, 2);
}

Tensor conv_transpose2d(const Operand& x, const Operand& weight, const Operand& bias,
                        const ConvTranspose2dOptions& options) {
  const Called called("conv_transpose2d");
  const char* const op = "conv_transpose2d";
  ops::check_images(op, "x", x, "(N, C, H, W)");
  ops::check_images(op, "weight", weight, "(C, O / groups, kh, kw)");
  check_groups(op, x, weight, options.groups);
  const std::int64_t channels = x.size(1), groups = options.groups;
  const std::int64_t out = of_groups(op, x, weight, weight.size(1), groups);
  if (weight.size(0) != channels || channels % groups != 0) {
    fail(op, shapes_of(x, weight) + " for " + std::to_string(groups) + " groups; expected " + std::to_string(channels) +
                 " channels in both, and a multiple of the groups");
  }
  const Pair kernel(weight.size(2), weight.size(3));
  ops::check_pair(op, "the kernel's size", kernel, 1);
  ops::check_pair(op, "stride", options.stride, 1);
  ops::check_pair(op, "padding", options.padding, 0);
  ops::check_pair(op, "output_padding", options.output_padding, 0);
  ops::check_pair(op, "dilation", options.dilation, 1);
  check_bias(op, bias, out);
  const auto fits = [](std::int64_t output_padding, std::int64_t stride, std::int64_t dilation) {
    return output_padding < stride || output_padding < dilation;
  };
  if (!fits(options.output_padding.height, options.stride.height, options.dilation.height) ||
      !fits(options.output_padding.width, options.stride.width, options.dilation.width)) {
    fail(op, "output_padding is " + to_string(options.output_padding) + "; expected less than the stride " +
                 to_string(options.stride) + " or the dilation " + to_string(options.dilation));
  }
  const auto extent = [op](std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t padding,
                           std::int64_t dilation, std::int64_t output_padding) {
    return extent_sum(op, extent_product(op, n - 1, stride), dilation * (k - 1) + output_padding + 1 - 2 * padding);
  };
  const Pair size(extent(x.size(2), kernel.height, options.stride.height, options.padding.height,
                         options.dilation.height, options.output_padding.height),
                  extent(x.size(3), kernel.width, options.stride.width, options.padding.width, options.dilation.width,
                         options.output_padding.width));
  if (size.height < 1 || size.width < 1) {
    fail(op, shapes_of(x, weight) + ": with padding " + to_string(options.padding) + " the output would be " +
                 to_string(size) + "; expected 1 or more each way");
  }

  const DType dtype = common_dtype(x, weight, bias);
  const Tensor matrix =
      cast(weight, dtype).reshape({groups, channels / groups, weight.size(1) * kernel.height * kernel.width});
  const Tensor pixels =
      channels_first(cast(x, dtype)).reshape({groups, channels / groups, x.size(0) * x.size(2) * x.size(3)});
  const Tensor windows =
      groups == 1 ? matmul(squeeze(matrix, 0).T(), squeeze(pixels, 0)) : matmul(swapaxes(matrix, 1, 2), pixels);
  const Shape shape{out, kernel.height, kernel.width, x.size(0), x.size(2), x.size(3)};
  const WindowSteps steps{.stride = options.stride, .padding = options.padding, .dilation = options.dilation};
  const Tensor y = ops::overlap_add(windows.reshape(shape), size, steps);
  return bias.defined() ? y + cast(bias, dtype).reshape({out, 1, 1}) : y;
}

}  // namespace xgrad
