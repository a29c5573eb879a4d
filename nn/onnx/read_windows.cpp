#include <algorithm>
#include <limits>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {
namespace {

using Numbers = std::vector<std::int64_t>;

/// The windows of a convolution or a pool: for each spatial axis kernel, stride, dilation, and pads at both ends.
struct Windows {
  Numbers kernel, strides, dilations, before, behind;
  int axes;

  Windows(const Call& c, const Tensor& x, Numbers of_kernel) : kernel(std::move(of_kernel)), axes(x.rank() - 2) {
    if (axes < 1 || axes > 3)
      c.refuse("the input has shape " + to_string(x.shape()) +
               "; (N, C, ...) with one to three further axes is expected");
    const auto n = static_cast<std::size_t>(axes);
    const auto list = [&](const char* name, std::int64_t otherwise, std::size_t count) {
      Numbers numbers = c.integers(name);
      if (numbers.empty()) numbers.assign(count, otherwise);
      if (numbers.size() != count)
        c.refuse(std::string("attribute '") + name + "' does not have one number for each axis");
      return numbers;
    };
    if (kernel.empty()) kernel = list("kernel_shape", 1, n);
    if (kernel.size() != n) c.refuse("the kernel does not have as many axes as the input");
    strides = list("strides", 1, n);
    dilations = list("dilations", 1, n);
    for (std::size_t i = 0; i < n; ++i) {
      for (const std::int64_t number : {kernel[i], strides[i], dilations[i]})
        if (number < 1 || number > limit) c.refuse("a kernel, stride or dilation is not in 1 to 2^31 - 1");
    }
    Numbers pads = list("pads", 0, 2 * n);
    for (const std::int64_t number : pads)
      if (number < -limit || number > limit) c.refuse("a pad is beyond 2^31 - 1");
    before.assign(pads.begin(), pads.begin() + axes);
    behind.assign(pads.begin() + axes, pads.end());
    padding = c.text("auto_pad", "NOTSET");
    if (padding != "NOTSET" && padding != "VALID" && padding != "SAME_UPPER" && padding != "SAME_LOWER")
      c.refuse("attribute 'auto_pad' is '" + padding + "'");
  }

  /// How far a window reaches along an axis.
  std::int64_t reach(std::size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  bool same() const { return padding.starts_with("SAME"); }
  /// Distributes a total pad, the odd one at the end or the start.
  void distribute(std::size_t i, std::int64_t total) {
    before[i] = padding == "SAME_LOWER" ? (total + 1) / 2 : total / 2;
    behind[i] = total - before[i];
  }
  /// The pads that give one window for each stride.
  void resolve(const Tensor& x) {
    if (padding == "VALID") std::ranges::fill(before, 0), std::ranges::fill(behind, 0);
    for (std::size_t i = 0; same() && i < kernel.size(); ++i) {
      const std::int64_t extent = x.shape()[2 + static_cast<int>(i)];
      const std::int64_t windows = (extent + strides[i] - 1) / strides[i];
      distribute(i, std::max<std::int64_t>(0, (windows - 1) * strides[i] + reach(i) - extent));
    }
  }
  bool padded() const {
    return std::ranges::any_of(before, [](auto p) { return p != 0; }) ||
           std::ranges::any_of(behind, [](auto p) { return p != 0; });
  }
  /// x with its pads.
  Tensor pad(const Tensor& x, Number value) const {
    if (!padded()) return x;
    std::vector<std::pair<std::int64_t, std::int64_t>> amounts(2);
    for (std::size_t i = 0; i < kernel.size(); ++i) amounts.emplace_back(before[i], behind[i]);
    return xgrad::pad(x, amounts, {.value = value});
  }

  static constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  std::string padding;
};

Pair pair(const Numbers& n) { return {n[0], n[1]}; }
Triple triple(const Numbers& n) { return {n[0], n[1], n[2]}; }

Numbers kernel_of(const Tensor& weight) {
  return {weight.shape().begin() + std::min(2, weight.rank()), weight.shape().end()};
}

Results conv_values(const Call& c) {
  Windows w(c, c[0], kernel_of(c[1]));
  w.resolve(c[0]);
  const std::int64_t groups = c.integer("group", 1);
  // Equal pads at both ends are the convolution's own.
  const bool own = w.before == w.behind && std::ranges::all_of(w.before, [](auto p) { return p >= 0; });
  const Numbers padding = own ? w.before : Numbers(w.before.size(), 0);
  const Tensor x = own ? c[0] : w.pad(c[0], 0.0);
  const Tensor bias = c.optional(2);
  if (w.axes == 1) {
    return {conv1d(x, c[1], bias,
                   {.stride = w.strides[0], .padding = padding[0], .dilation = w.dilations[0], .groups = groups})};
  }
  if (w.axes == 2) {
    return {
        conv2d(x, c[1], bias,
               {.stride = pair(w.strides), .padding = pair(padding), .dilation = pair(w.dilations), .groups = groups})};
  }
  return {conv3d(
      x, c[1], bias,
      {.stride = triple(w.strides), .padding = triple(padding), .dilation = triple(w.dilations), .groups = groups})};
}

/// The whole transposed convolution, of which pads take away the edges and output_padding adds to them.
Results conv_transpose_values(const Call& c) {
  const Tensor& x = c[0];
  Windows w(c, x, kernel_of(c[1]));
  Numbers further = c.integers("output_padding"), wanted = c.integers("output_shape");
  const auto n = static_cast<std::size_t>(w.axes);
  if (further.empty()) further.assign(n, 0);
  if (wanted.size() == n + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (further.size() != n || (!wanted.empty() && wanted.size() != n))
    c.refuse("output_padding or output_shape do not fit the axes");
  const std::int64_t groups = c.integer("group", 1);
  Tensor y;
  if (w.axes == 1)
    y = conv_transpose1d(x, c[1], {}, {.stride = w.strides[0], .dilation = w.dilations[0], .groups = groups});
  else if (w.axes == 2)
    y = conv_transpose2d(x, c[1], {}, {.stride = pair(w.strides), .dilation = pair(w.dilations), .groups = groups});
  else
    y = conv_transpose3d(x, c[1], {}, {.stride = triple(w.strides), .dilation = triple(w.dilations), .groups = groups});
  if (w.padding == "VALID") std::ranges::fill(w.before, 0), std::ranges::fill(w.behind, 0);
  std::vector<std::pair<std::int64_t, std::int64_t>> amounts(2);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t whole = y.shape()[2 + static_cast<int>(i)] + further[i];
    if (w.same() && wanted.empty()) w.distribute(i, whole - x.shape()[2 + static_cast<int>(i)] * w.strides[i]);
    if (!wanted.empty()) w.distribute(i, whole - wanted[i]);
    amounts.emplace_back(-w.before[i], further[i] - w.behind[i]);
  }
  y = pad(y, amounts);
  if (!c.has(2)) return {y};
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(y.rank()), 1));
  shape[1] = c[2].size();
  return {y + c[2].reshape(shape)};
}

Tensor average(const Tensor& x, const Windows& w, bool up) {
  if (w.axes == 1) return avg_pool1d(x, w.kernel[0], {.stride = w.strides[0], .ceil_mode = up});
  if (w.axes == 2) return avg_pool2d(x, pair(w.kernel), {.stride = pair(w.strides), .ceil_mode = up});
  return avg_pool3d(x, triple(w.kernel), {.stride = triple(w.strides), .ceil_mode = up});
}

Results average_pool_values(const Call& c) {
  Windows w(c, c[0], {});
  w.resolve(c[0]);
  if (std::ranges::any_of(w.dilations, [](auto d) { return d != 1; })) c.refuse("dilations are not supported");
  const bool up = c.integer("ceil_mode", 0) != 0;
  const Tensor means = average(w.pad(c[0], 0.0), w, up);
  if (c.integer("count_include_pad", 0) != 0 || !w.padded()) return {means};
  // The part of each window that lies in the input.
  return {means / average(w.pad(ones_like(c[0]), 0.0), w, up)};
}

MaxPooled max_pooled(const Tensor& x, const Windows& w, bool up) {
  if (w.axes == 1)
    return max_pool1d_with_indices(x, w.kernel[0],
                                   {.stride = w.strides[0], .dilation = w.dilations[0], .ceil_mode = up});
  if (w.axes == 2)
    return max_pool2d_with_indices(x, pair(w.kernel),
                                   {.stride = pair(w.strides), .dilation = pair(w.dilations), .ceil_mode = up});
  return max_pool3d_with_indices(x, triple(w.kernel),
                                 {.stride = triple(w.strides), .dilation = triple(w.dilations), .ceil_mode = up});
}

/// Flat places in padded images as places in all of x, which ONNX counts through images and channels, within an image
/// by rows or, as `by_columns` says, with the first axis fastest.
Tensor places_in_all(const Tensor& indices, const Tensor& x, const Windows& w, bool by_columns) {
  const auto axes = static_cast<std::size_t>(w.axes);
  Numbers extents, steps(axes, 1);
  for (std::size_t i = 0; i < axes; ++i) extents.push_back(x.shape()[2 + static_cast<int>(i)]);
  for (std::size_t i = 1; i < axes; ++i) {
    const std::size_t own = by_columns ? i : axes - 1 - i, faster = by_columns ? i - 1 : axes - i;
    steps[own] = steps[faster] * extents[faster];
  }
  Tensor rest = indices, place = zeros_like(indices);
  std::int64_t elements = 1;
  for (std::size_t i = axes; i-- > 0;) {
    const std::int64_t padded = extents[i] + w.before[i] + w.behind[i];
    place = place + (remainder(rest, padded) - w.before[i]) * steps[i];
    rest = floor_divide(rest, padded);
    elements *= extents[i];
  }
  Shape of_images{x.size(0), x.size(1)};
  for (std::size_t i = 0; i < axes; ++i) of_images.push_back(1);
  return place + arange(x.size(0) * x.size(1)).reshape(of_images) * elements;
}

Results max_pool_values(const Call& c) {
  Windows w(c, c[0], {});
  w.resolve(c[0]);
  const bool whole = !is_floating(c[0].dtype());
  const Tensor x = w.pad(whole ? c[0].to(float64) : c[0], -std::numeric_limits<double>::infinity());
  const bool up = c.integer("ceil_mode", 0) != 0;
  const auto [values, indices] = max_pooled(x, w, up);
  const Tensor y = whole ? cast(values, int64) : values;
  if (!c.wants(1)) return {y};
  return {y, places_in_all(indices, c[0], w, c.integer("storage_order", 0) != 0)};
}

Results lp_pool_values(const Call& c) {
  Windows w(c, c[0], {});
  w.resolve(c[0]);
  if (std::ranges::any_of(w.dilations, [](auto d) { return d != 1; })) c.refuse("dilations are not supported");
  const auto p = static_cast<double>(c.integer("p", 2));
  double field = 1;
  for (const std::int64_t k : w.kernel) field *= static_cast<double>(k);
  const Tensor means = average(w.pad(pow(abs(c[0]), p), 0.0), w, c.integer("ceil_mode", 0) != 0);
  return {pow(means * field, 1 / p)};
}

std::vector<int> places(const Call& c) {
  if (c[0].rank() < 3) c.refuse("the input has shape " + to_string(c[0].shape()) + "; (N, C, ...) is expected");
  std::vector<int> axes;
  for (int axis = 2; axis < c[0].rank(); ++axis) axes.push_back(axis);
  return axes;
}

Results lrn_values(const Call& c) {
  return {local_response_norm(
      c[0], c.integer("size", 1),
      {.alpha = c.number("alpha", 1e-4), .beta = c.number("beta", 0.75), .k = c.number("bias", 1)})};
}

/// Images of other extents: the modes nearest and linear of PyTorch, as PyTorch exports them.
Results resize_values(const Call& c) {
  const bool upsample = c.type() == "Upsample", old = c.opset < 11;
  const Tensor& x = c[0];
  const std::size_t scales_at = upsample || old ? 1 : 2;
  const auto n = static_cast<std::size_t>(x.rank());
  std::vector<std::int64_t> size;
  std::vector<double> scales;
  if (c.has(scales_at) && c[scales_at].size() > 0) scales = c.numbers_of(scales_at);
  if (upsample && scales.empty() && c.says("scales")) c.refuse("scales as an attribute are not supported");
  if (!upsample && c.has(3) && c[3].size() > 0) size = c.integers_of(3);
  if (c.says("axes")) c.refuse("the attribute 'axes' is not supported");
  if ((size.size() != n && scales.size() != n) || n < 3 || n > 5)
    c.refuse("there is not one size or scale for each axis of the input");
  for (std::size_t i = 0; i < 2; ++i)
    if (size.empty() ? scales[i] != 1 : size[i] != x.shape()[static_cast<int>(i)])
      c.refuse("batch or channels change their extents");
  if (size.empty()) {
    for (std::size_t i = 0; i < n; ++i) {
      const double extent = static_cast<double>(x.shape()[static_cast<int>(i)]) * scales[i];
      if (!(extent >= 1 && extent < 0x1p31)) c.refuse("a scale gives no extent of 1 to 2^31 - 1");
      size.push_back(static_cast<std::int64_t>(extent));
    }
  }
  const std::string mode = c.text("mode", "nearest");
  const std::string coordinates =
      upsample || old ? "asymmetric" : c.text("coordinate_transformation_mode", "half_pixel");
  const std::string rounding = upsample || old ? "floor" : c.text("nearest_mode", "round_prefer_floor");
  InterpolateOptions options;
  options.size.assign(size.begin() + 2, size.end());
  bool even = true, whole = true;
  for (std::size_t i = 2; i < n; ++i) {
    const std::int64_t from = x.shape()[static_cast<int>(i)];
    whole = whole && from != 0 && size[i] % from == 0;
    if (!scales.empty()) even = even && static_cast<double>(from) * scales[i] == static_cast<double>(size[i]);
  }
  if (!even) {  // coordinates follow from the scales
    options.size.clear();
    options.scale_factor.assign(scales.begin() + 2, scales.end());
  }
  const bool half = coordinates == "half_pixel" ||
                    (coordinates == "pytorch_half_pixel" && std::ranges::none_of(size, [](auto s) { return s == 1; }));
  if (mode == "nearest" && ((coordinates == "asymmetric" && rounding == "floor") ||
                            (whole && half && rounding.starts_with("round_prefer")))) {
    options.mode = InterpolationMode::nearest;
  } else if (mode == "nearest" && half && rounding == "round_prefer_ceil") {
    options.mode = InterpolationMode::nearest_exact;
  } else if ((mode == "linear" || mode == "cubic") && (half || coordinates == "align_corners")) {
    if (c.integer("exclude_outside", 0) != 0 || c.integer("antialias", 0) != 0)
      c.refuse("exclude_outside and antialias are not supported");
    if (mode == "cubic" && (n != 4 || std::abs(c.number("cubic_coeff_a", -0.75) + 0.75) > 1e-6))
      c.refuse("cubic is supported for images, with cubic_coeff_a -0.75");
    options.mode = mode == "cubic" ? InterpolationMode::bicubic
                   : n == 3        ? InterpolationMode::linear
                   : n == 4        ? InterpolationMode::bilinear
                                   : InterpolationMode::trilinear;
    options.align_corners = coordinates == "align_corners";
    if (options.align_corners && options.size.empty()) {
      options.scale_factor.clear();
      options.size.assign(size.begin() + 2, size.end());
    }
  } else {
    c.refuse("mode '" + mode + "' with coordinates '" + coordinates + "' and rounding '" + rounding +
             "' is not supported");
  }
  if (!is_floating(x.dtype())) return {cast(interpolate(x.to(float64), options), x.dtype())};
  return {interpolate(x, options)};
}

}  // namespace

const Operators& window_operators() {
  static const Operators operators = {
      {"Conv", &conv_values},
      {"ConvTranspose", &conv_transpose_values},
      {"AveragePool", &average_pool_values},
      {"MaxPool", &max_pool_values},
      {"LpPool", &lp_pool_values},
      {"GlobalAveragePool", [](const Call& c) -> Results { return {mean(c[0], places(c), {.keepdims = true})}; }},
      {"GlobalMaxPool", [](const Call& c) -> Results { return {max(c[0], places(c), {.keepdims = true})}; }},
      {"LRN", &lrn_values},
      {"Resize", &resize_values},
      {"Upsample", &resize_values},
  };
  return operators;
}

}  // namespace xgrad::onnx
