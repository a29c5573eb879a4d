#include <autograd/ops/window.hpp>

#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Windowed = std::function<void(const Tensor&, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                    std::int64_t dilation)>;

/// Rows for what slides a kernel over signals (2, 4, 6), images (2, 4, 6, 6) or volumes.
WrongCalls wrong_windows(const std::string& op, int axes, const std::string& kernel_name, const Windowed& f,
                         bool dilates = true) {
  const Tensor x = zeros(ops::images_shape(2, 4, PerAxis::of(axes, 6))), flat = zeros({4}), whole = x.to(int64);
  const std::string shape = to_string(x.shape()), layout = ops::images_layout(axes);
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const auto text = [=](std::int64_t number) { return to_string(PerAxis::of(axes, number)); };
  WrongCalls rows = {
      without(op, "x", [=](const Tensor& t) { f(t, 3, 1, 0, 1); }),
      {op, Kind::shape, [=] { f(flat, 3, 1, 0, 1); }, {"'x'", "(4,)", "expected " + layout}},
      {op, Kind::dtype, [=] { f(whole, 3, 1, 0, 1); }, {"'x'", "int64", shape, "float32 or float64 is expected"}},
      {op, Kind::range, [=] { f(x, 0, 1, 0, 1); }, {kernel_name + " is ", "0", "expected numbers from 1"}},
      {op, Kind::range, [=] { f(x, 3, 0, 0, 1); }, {"stride is " + text(0) + "; expected numbers from 1"}},
      {op, Kind::range, [=] { f(x, 3, least_int, 0, 1); }, {"stride is ", "-9223372036854775808", "numbers from 1"}},
      {op, Kind::range, [=] { f(x, 3, huge, 0, 1); }, {"stride is ", "1099511627776", "to 2^31 - 1"}},
      {op, Kind::range, [=] { f(x, 3, 1, -1, 1); }, {"padding is " + text(-1) + "; expected numbers from 0"}},
      {op,
       Kind::shape,
       [=] { f(x, 7, 1, 0, 1); },
       {"kernel " + text(7), "larger than the padded input " + text(6), "of shape " + shape}},
  };
  if (!dilates) return rows;
  rows.push_back(
      {op, Kind::range, [=] { f(x, 3, 1, 0, 0); }, {"dilation is " + text(0) + "; expected numbers from 1"}});
  rows.push_back(
      {op, Kind::shape, [=] { f(x, 3, 1, 0, 3); }, {"dilation " + text(3), "larger than the padded input " + text(6)}});
  return rows;
}

/// The rows that the transposed convolutions over one and three axes have in common.
WrongCalls wrong_conv_transposes() {
  WrongCalls rows;
  const auto add = [&](const std::string& op, int axes, const std::string& weight_layout, auto f) {
    const Tensor x = zeros(ops::images_shape(2, 4, PerAxis::of(axes, 6)));
    const Tensor w = zeros(ops::images_shape(4, 8, PerAxis::of(axes, 3))), flat = zeros({4}), none;
    const auto text = [=](std::int64_t number) { return to_string(PerAxis::of(axes, number)); };
    append(rows,
           {without(op, "x", [=](const Tensor& t) { f(t, w, none, 1, 0, 0, 1, 1); }),
            without(op, "weight", [=](const Tensor& t) { f(x, t, none, 1, 0, 0, 1, 1); }),
            {op, Kind::shape, [=] { f(flat, w, none, 1, 0, 0, 1, 1); }, {"'x'", "(4,)", ops::images_layout(axes)}},
            {op, Kind::shape, [=] { f(x, flat, none, 1, 0, 0, 1, 1); }, {"'weight'", "(4,)", weight_layout}},
            {op, Kind::shape, [=] { f(x, w, flat, 1, 0, 0, 1, 1); }, {"'bias'", "(4,)", "expected (8,)"}},
            {op, Kind::dtype, [=] { f(x.to(int64), w, none, 1, 0, 0, 1, 1); }, {"'x'", "int64", "float32 or float64"}},
            {op, Kind::range, [=] { f(x, w, none, 0, 0, 0, 1, 1); }, {"stride is " + text(0)}},
            {op, Kind::range, [=] { f(x, w, none, 1, -1, 0, 1, 1); }, {"padding is " + text(-1)}},
            {op, Kind::range, [=] { f(x, w, none, 1, 9, 0, 1, 1); }, {text(9), "would be"}},
            {op, Kind::range, [=] { f(x, w, none, 1, 0, 1, 1, 1); }, {"output_padding is " + text(1), "less than"}},
            {op, Kind::range, [=] { f(x, w, none, 1, 0, 0, 0, 1); }, {"dilation is " + text(0)}},
            {op, Kind::range, [=] { f(x, w, none, 1, 0, 0, 1, 3); }, {"3 groups", "multiple"}},
            {op, Kind::range, [=] { f(x, w, none, 1, 0, 0, 1, 0); }, {"groups is 0"}}});
  };
  using I = std::int64_t;
  add("conv_transpose1d", 1, "(C, O / groups, k)",
      [](const Tensor& x, const Tensor& w, const Tensor& b, I s, I p, I o, I d, I g) {
        conv_transpose1d(x, w, b, {.stride = s, .padding = p, .output_padding = o, .dilation = d, .groups = g});
      });
  add("conv_transpose3d", 3, "(C, O / groups, kd, kh, kw)",
      [](const Tensor& x, const Tensor& w, const Tensor& b, I s, I p, I o, I d, I g) {
        conv_transpose3d(x, w, b, {.stride = s, .padding = p, .output_padding = o, .dilation = d, .groups = g});
      });
  const Tensor volumes = zeros({2, 4, 6, 6, 6}), bank = zeros({8, 4, 3, 3, 3}), flat = zeros({4});
  append(rows,
         {without("conv3d", "weight", [=](const Tensor& t) { conv3d(volumes, t); }),
          {"conv3d", Kind::shape, [=] { conv3d(volumes, flat); }, {"'weight'", "(4,)", "(O, C / groups, kd, kh, kw)"}},
          {"conv3d", Kind::shape, [=] { conv3d(volumes, bank, flat); }, {"'bias'", "(4,)", "expected (8,)"}},
          {"conv3d", Kind::range, [=] { conv3d(volumes, bank, {}, {.groups = 3}); }, {"4 channels", "3 groups"}},
          {"conv3d",
           Kind::range,
           [=] { conv3d(volumes, bank, {}, {.stride = 2, .padding = Padding::same}); },
           {"padding is 'same'", "stride (2, 2, 2)"}}});
  return rows;
}

WrongCalls wrong_unpools() {
  WrongCalls rows;
  const auto add = [&](const std::string& op, int axes, auto f) {
    const Tensor x = zeros(ops::images_shape(2, 4, PerAxis::of(axes, 3))), flat = zeros({4}),
                 few = zeros({2, 4, 1}, int64);
    const Tensor at = zeros(x.shape(), int64);
    const auto text = [=](std::int64_t number) { return to_string(PerAxis::of(axes, number)); };
    append(rows,
           {without(op, "x", [=](const Tensor& t) { f(t, at, 2, 2, 0, 6); }),
            without(op, "indices", [=](const Tensor& t) { f(x, t, 2, 2, 0, 6); }),
            {op, Kind::shape, [=] { f(flat, at, 2, 2, 0, 6); }, {"'x'", "(4,)", ops::images_layout(axes)}},
            {op, Kind::shape, [=] { f(x, few, 2, 2, 0, 6); }, {"'indices'", "(2, 4, 1)", "equal shapes"}},
            {op, Kind::dtype, [=] { f(x.to(int64), at, 2, 2, 0, 6); }, {"'x'", "int64", "float32 or float64"}},
            {op, Kind::dtype, [=] { f(x, x, 2, 2, 0, 6); }, {"'indices'", "float32", "int64 is expected"}},
            {op, Kind::range, [=] { f(x, at, 0, 2, 0, 6); }, {"kernel_size is " + text(0)}},
            {op, Kind::range, [=] { f(x, at, 2, 0, 0, 6); }, {"stride is " + text(0)}},
            {op, Kind::range, [=] { f(x, at, 2, 2, -1, 6); }, {"padding is " + text(-1)}},
            {op, Kind::range, [=] { f(x, at, 2, 2, 3, 0); }, {"padding " + text(3), "would be " + text(0)}},
            {op, Kind::range, [=] { f(x, at, 2, 2, 0, 8); }, {"output_size is " + text(8), "away from " + text(6)}},
            {op, Kind::value, [=] { f(x, at + 999, 2, 2, 0, 6); }, {"index 999", "out of range"}}});
  };
  using I = std::int64_t;
  add("max_unpool1d", 1, [](const Tensor& x, const Tensor& at, I k, I s, I p, I size) {
    eval(max_unpool1d(x, at, k, {.stride = s, .padding = p, .output_size = size == 0 ? std::optional<I>() : size}));
  });
  add("max_unpool2d", 2, [](const Tensor& x, const Tensor& at, I k, I s, I p, I size) {
    eval(max_unpool2d(x, at, k,
                      {.stride = s, .padding = p, .output_size = size == 0 ? std::optional<Pair>() : Pair(size)}));
  });
  add("max_unpool3d", 3, [](const Tensor& x, const Tensor& at, I k, I s, I p, I size) {
    eval(max_unpool3d(x, at, k,
                      {.stride = s, .padding = p, .output_size = size == 0 ? std::optional<Triple>() : Triple(size)}));
  });
  return rows;
}

/// Adaptive pools.
WrongCalls wrong_parts() {
  WrongCalls rows;
  const auto add = [&](const std::string& op, int axes, auto f) {
    const Tensor x = zeros(ops::images_shape(2, 4, PerAxis::of(axes, 3))), flat = zeros({4});
    const Tensor nothing = zeros(ops::images_shape(2, 4, PerAxis::of(axes, 0)));
    const std::string zero = to_string(PerAxis::of(axes, 0));
    append(rows,
           {without(op, "x", [=](const Tensor& t) { f(t, 2); }),
            {op, Kind::shape, [=] { f(flat, 2); }, {"'x'", "(4,)", ops::images_layout(axes)}},
            {op, Kind::shape, [=] { f(nothing, 2); }, {"'x'", to_string(nothing.shape()), "images with elements"}},
            {op, Kind::dtype, [=] { f(x.to(int64), 2); }, {"'x'", "int64", "float32 or float64"}},
            {op, Kind::range, [=] { f(x, 0); }, {"output_size is " + zero, "numbers from 1"}},
            {op, Kind::range, [=] { f(x, std::int64_t{1} << 31); }, {"output_size is ", "to 2^31 - 1"}}});
  };
  using I = std::int64_t;
  add("adaptive_avg_pool1d", 1, [](const Tensor& x, I size) { adaptive_avg_pool1d(x, size); });
  add("adaptive_avg_pool3d", 3, [](const Tensor& x, I size) { adaptive_avg_pool3d(x, size); });
  add("adaptive_max_pool1d", 1, [](const Tensor& x, I size) { adaptive_max_pool1d(x, size); });
  add("adaptive_max_pool2d", 2, [](const Tensor& x, I size) { adaptive_max_pool2d(x, size); });
  add("adaptive_max_pool3d", 3, [](const Tensor& x, I size) { adaptive_max_pool3d(x, size); });
  add("adaptive_max_pool1d_with_indices", 1, [](const Tensor& x, I n) { adaptive_max_pool1d_with_indices(x, n); });
  add("adaptive_max_pool2d_with_indices", 2, [](const Tensor& x, I n) { adaptive_max_pool2d_with_indices(x, n); });
  add("adaptive_max_pool3d_with_indices", 3, [](const Tensor& x, I n) { adaptive_max_pool3d_with_indices(x, n); });
  return rows;
}

WrongCalls wrong_norms() {
  const Tensor images = zeros({2, 4, 6, 6}), signals = zeros({2, 4, 6}), volumes = zeros({2, 4, 6, 6, 6}),
               flat = zeros({4});
  return {
      without("lp_pool1d", "x", [=](const Tensor& t) { lp_pool1d(t, 2, 2); }),
      {"lp_pool1d", Kind::shape, [=] { lp_pool1d(flat, 2, 2); }, {"'x'", "(4,)", "(N, C, L)"}},
      {"lp_pool1d", Kind::range, [=] { lp_pool1d(signals, 0, 2); }, {"norm_type is 0", "positive"}},
      {"lp_pool1d", Kind::range, [=] { lp_pool1d(signals, 2, 0); }, {"kernel_size is 0"}},
      without("lp_pool2d", "x", [=](const Tensor& t) { lp_pool2d(t, 2, 2); }),
      {"lp_pool2d", Kind::shape, [=] { lp_pool2d(flat, 2, 2); }, {"'x'", "(4,)", "(N, C, H, W)"}},
      {"lp_pool2d", Kind::range, [=] { lp_pool2d(images, not_a_number, 2); }, {"norm_type is nan", "positive"}},
      {"lp_pool2d", Kind::range, [=] { lp_pool2d(images, infinity, 2); }, {"norm_type is inf", "positive"}},
      {"lp_pool2d", Kind::range, [=] { lp_pool2d(images, 2, 2, {.stride = 0}); }, {"stride is (0, 0)"}},
      {"avg_pool2d",
       Kind::range,
       [=] { avg_pool2d(images, 2, {.divisor_override = 0}); },
       {"divisor_override is 0", "other than 0"}},
      {"avg_pool3d",
       Kind::range,
       [=] { avg_pool3d(volumes, 2, {.divisor_override = 0}); },
       {"divisor_override is 0", "other than 0"}},
      {"max_pool3d", Kind::range, [=] { max_pool3d(volumes, 3, {.padding = 2}); }, {"padding is (2, 2, 2)", "half"}},
      without("local_response_norm", "x", [=](const Tensor& t) { local_response_norm(t, 2); }),
      {"local_response_norm", Kind::shape, [=] { local_response_norm(flat, 2); }, {"'x'", "(4,)", "(N, C, ...)"}},
      {"local_response_norm",
       Kind::dtype,
       [=] { local_response_norm(images.to(int64), 2); },
       {"'x'", "int64", "float32"}},
      {"local_response_norm", Kind::range, [=] { local_response_norm(images, 0); }, {"size is 0", "from 1"}}};
}

WrongCalls wrong_interpolations() {
  using Mode = InterpolationMode;
  const Tensor x = zeros({2, 4, 6, 5}), flat = zeros({4}), nothing = zeros({2, 4, 0, 5});
  const std::string op = "interpolate";
  return {without(op, "x", [=](const Tensor& t) { interpolate(t, {.size = {2}}); }),
          {op, Kind::shape, [=] { interpolate(flat, {.size = {2}}); }, {"'x'", "(4,)", "(N, C, H, W)"}},
          {op, Kind::shape, [=] { interpolate(nothing, {.size = {2}}); }, {"(2, 4, 0, 5)", "with elements"}},
          {op, Kind::dtype, [=] { interpolate(x.to(int64), {.size = {2}}); }, {"'x'", "int64", "float32"}},
          {op, Kind::range, [=] { interpolate(x, {}); }, {"neither size nor scale_factor"}},
          {op, Kind::range, [=] { interpolate(x, {.size = {2}, .scale_factor = {2}}); }, {"both given"}},
          {op,
           Kind::range,
           [=] {
             interpolate(x, {.size = {2, 2, 2}});
           },
           {"size is {2, 2, 2}", "each of 2"}},
          {op,
           Kind::range,
           [=] {
             interpolate(x, {.size = {2, 0}});
           },
           {"size is (2, 0)", "from 1"}},
          {op,
           Kind::range,
           [=] {
             interpolate(x, {.scale_factor = {1, 2, 3}});
           },
           {"{1, 2, 3}", "each of 2"}},
          {op, Kind::range, [=] { interpolate(x, {.scale_factor = {0.1}}); }, {"scale_factor is {0.1}", "1 to 2^31"}},
          {op, Kind::range, [=] { interpolate(x, {.scale_factor = {not_a_number}}); }, {"scale_factor is {nan}"}},
          {op, Kind::shape, [=] { interpolate(x, {.size = {2}, .mode = Mode::linear}); }, {"'linear'", "(N, C, L)"}},
          {op,
           Kind::range,
           [=] { interpolate(x, {.size = {2}, .align_corners = true}); },
           {"align_corners", "'nearest'", "bilinear"}}};
}

WrongCalls wrong_samplings() {
  const Tensor x = zeros({2, 4, 6, 5}), grid = zeros({2, 3, 3, 2}), flat = zeros({4}), nothing = zeros({2, 4, 0, 5});
  const Tensor volumes = zeros({2, 1, 3, 3, 3}), places = zeros({2, 3, 3, 3, 3}), theta = zeros({2, 2, 3});
  return {without("grid_sample", "x", [=](const Tensor& t) { grid_sample(t, grid); }),
          without("grid_sample", "grid", [=](const Tensor& t) { grid_sample(x, t); }),
          {"grid_sample", Kind::shape, [=] { grid_sample(flat, grid); }, {"(4,)", "(N, C, H, W)"}},
          {"grid_sample", Kind::shape, [=] { grid_sample(x, places); }, {"(2, 4, 6, 5)", "(N, H', W', 2)"}},
          {"grid_sample", Kind::shape, [=] { grid_sample(x, slice(grid, 0, 0, 1)); }, {"(1, 3, 3, 2)", "(N, H'"}},
          {"grid_sample", Kind::shape, [=] { grid_sample(nothing, grid); }, {"(2, 4, 0, 5)", "with elements"}},
          {"grid_sample", Kind::dtype, [=] { grid_sample(x, grid.to(int64)); }, {"'grid'", "int64", "float32"}},
          {"grid_sample", Kind::dtype, [=] { grid_sample(x, grid.to(float64)); }, {"'grid'", "float64", "equal"}},
          {"grid_sample",
           Kind::shape,
           [=] { grid_sample(volumes, places, {.mode = GridSampleMode::bicubic}); },
           {"bicubic", "(2, 1, 3, 3, 3)", "(N, C, H, W) only"}},
          without("affine_grid", "theta",
                  [=](const Tensor& t) {
                    affine_grid(t, {2, 1, 3, 3});
                  }),
          {"affine_grid",
           Kind::shape,
           [=] {
             affine_grid(theta, {2, 3, 3});
           },
           {"size is (2, 3, 3)", "(N, C, H, W)"}},
          {"affine_grid",
           Kind::shape,
           [=] {
             affine_grid(theta, {1, 1, 3, 3});
           },
           {"(2, 2, 3)", "expected (1, 2, 3)"}},
          {"affine_grid",
           Kind::range,
           [=] {
             affine_grid(theta, {2, 1, 0, 3});
           },
           {"(2, 1, 0, 3)", "1 or more"}},
          {"affine_grid",
           Kind::dtype,
           [=] {
             affine_grid(theta.to(int64), {2, 1, 3, 3});
           },
           {"'theta'", "int64"}}};
}

WrongCalls wrong_shuffles() {
  const Tensor x = zeros({2, 8, 4, 6}), flat = zeros({4}), deep = zeros({1, 1, 1, 1, 4, 2, 2});
  return {without("pixel_shuffle", "x", [=](const Tensor& t) { pixel_shuffle(t, 2); }),
          {"pixel_shuffle", Kind::shape, [=] { pixel_shuffle(flat, 2); }, {"'x'", "(4,)", "(..., C, H, W)"}},
          {"pixel_shuffle", Kind::shape, [=] { pixel_shuffle(deep, 2); }, {"(1, 1, 1, 1, 4, 2, 2)", "at most 6 axes"}},
          {"pixel_shuffle", Kind::range, [=] { pixel_shuffle(x, 3); }, {"(2, 8, 4, 6)", "multiple of 9"}},
          {"pixel_shuffle", Kind::range, [=] { pixel_shuffle(x, 0); }, {"upscale_factor is 0", "from 1"}},
          without("pixel_unshuffle", "x", [=](const Tensor& t) { pixel_unshuffle(t, 2); }),
          {"pixel_unshuffle", Kind::shape, [=] { pixel_unshuffle(flat, 2); }, {"'x'", "(4,)", "(..., C, H, W)"}},
          {"pixel_unshuffle", Kind::range, [=] { pixel_unshuffle(x, 3); }, {"(2, 8, 4, 6)", "downscale_factor 3"}},
          {"pixel_unshuffle", Kind::range, [=] { pixel_unshuffle(x, -1); }, {"downscale_factor is -1", "from 1"}},
          without("channel_shuffle", "x", [=](const Tensor& t) { channel_shuffle(t, 2); }),
          {"channel_shuffle", Kind::shape, [=] { channel_shuffle(flat, 2); }, {"'x'", "(4,)", "(N, C, ...)"}},
          {"channel_shuffle", Kind::range, [=] { channel_shuffle(x, 3); }, {"(2, 8, 4, 6)", "multiple of 3"}},
          {"channel_shuffle", Kind::range, [=] { channel_shuffle(x, 0); }, {"groups is 0", "from 1"}}};
}

}  // namespace

WrongCalls wrong_window_calls() {
  const Tensor x = zeros({2, 4, 6, 6}), weight = zeros({8, 4, 3, 3}), signal = zeros({2, 4, 6}),
               bank = zeros({8, 4, 3});
  const Tensor none, flat = zeros({4}), whole = zeros({8}, int64), nothing = zeros({2, 4, 0, 6});
  const Tensor thin = zeros({8, 3, 3, 3}), thin_bank = zeros({8, 3, 3}), back = zeros({4, 8, 3, 3});
  const Tensor columns = zeros({2, 36, 16});
  WrongCalls rows =
      wrong_windows("conv2d", 2, "the kernel's size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
        conv2d(t, zeros({8, 4, k, k}), {}, {.stride = s, .padding = p, .dilation = d});
      });
  append(rows, wrong_windows("conv1d", 1, "the kernel's size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           conv1d(t, zeros({8, 4, k}), {}, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("unfold", 2, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           unfold(t, k, {.dilation = d, .padding = p, .stride = s});
         }));
  append(rows, wrong_windows("max_pool2d", 2, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           max_pool2d(t, k, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("max_pool1d", 1, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           max_pool1d(t, k, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows(
                   "avg_pool2d", 2, "kernel_size",
                   [](const Tensor& t, auto k, auto s, auto p, auto) { avg_pool2d(t, k, {.stride = s, .padding = p}); },
                   false));
  append(rows, wrong_windows(
                   "avg_pool1d", 1, "kernel_size",
                   [](const Tensor& t, auto k, auto s, auto p, auto) { avg_pool1d(t, k, {.stride = s, .padding = p}); },
                   false));
  append(rows, wrong_windows("conv3d", 3, "the kernel's size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           conv3d(t, zeros({8, 4, k, k, k}), {}, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("max_pool3d", 3, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           max_pool3d(t, k, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("max_pool1d_with_indices", 1, "kernel_size",
                             [](const Tensor& t, auto k, auto s, auto p, auto d) {
                               max_pool1d_with_indices(t, k, {.stride = s, .padding = p, .dilation = d});
                             }));
  append(rows, wrong_windows("max_pool2d_with_indices", 2, "kernel_size",
                             [](const Tensor& t, auto k, auto s, auto p, auto d) {
                               max_pool2d_with_indices(t, k, {.stride = s, .padding = p, .dilation = d});
                             }));
  append(rows, wrong_windows("max_pool3d_with_indices", 3, "kernel_size",
                             [](const Tensor& t, auto k, auto s, auto p, auto d) {
                               max_pool3d_with_indices(t, k, {.stride = s, .padding = p, .dilation = d});
                             }));
  append(rows, wrong_windows(
                   "avg_pool3d", 3, "kernel_size",
                   [](const Tensor& t, auto k, auto s, auto p, auto) { avg_pool3d(t, k, {.stride = s, .padding = p}); },
                   false));
  append(rows, wrong_conv_transposes());
  append(rows, wrong_unpools());
  append(rows, wrong_parts());
  append(rows, wrong_norms());
  append(rows, wrong_interpolations());
  append(rows, wrong_samplings());
  append(rows, wrong_shuffles());
  append(
      rows,
      {
          without("conv2d", "weight", [=](const Tensor& t) { conv2d(x, t); }),
          {"conv2d",
           Kind::shape,
           [=] { conv2d(x, bank); },
           {"'weight'", "(8, 4, 3)", "expected (O, C / groups, kh, kw"}},
          {"conv2d", Kind::shape, [=] { conv2d(x, thin); }, {"(2, 4, 6, 6)", "(8, 3, 3, 3)", "4 channels", "1 groups"}},
          {"conv2d", Kind::range, [=] { conv2d(x, thin, {}, {.groups = 3}); }, {"4 channels", "3 groups", "4 / 3"}},
          {"conv2d",
           Kind::range,
           [=] { conv2d(x, weight, {}, {.groups = 0}); },
           {"groups is 0", "expected 1 to 2^31 - 1"}},
          {"conv2d",
           Kind::range,
           [=] { conv2d(x, weight, {}, {.groups = least_int}); },
           {"groups is -9223372036854775808"}},
          {"conv2d", Kind::shape, [=] { conv2d(x, weight, flat); }, {"'bias'", "(4,)", "expected (8,)"}},
          {"conv2d", Kind::dtype, [=] { conv2d(x, weight, whole); }, {"'bias'", "int64", "float32 or float64 is exp"}},
          {"conv2d",
           Kind::range,
           [=] { conv2d(x, weight, {}, {.stride = 2, .padding = Padding::same}); },
           {"padding is 'same'", "stride (2, 2)", "expected a stride of 1"}},
          without("conv1d", "weight", [=](const Tensor& t) { conv1d(signal, t); }),
          {"conv1d", Kind::shape, [=] { conv1d(signal, weight); }, {"'weight'", "(8, 4, 3, 3)", "(O, C / groups, k)"}},
          {"conv1d", Kind::shape, [=] { conv1d(signal, thin_bank); }, {"(2, 4, 6)", "(8, 3, 3)", "4 channels"}},
          {"conv1d",
           Kind::range,
           [=] { conv1d(signal, bank, {}, {.groups = 0}); },
           {"groups is 0", "expected 1 to 2^31 - 1"}},
          {"conv1d", Kind::shape, [=] { conv1d(signal, bank, flat); }, {"'bias'", "(4,)", "expected (8,)"}},
          without("conv_transpose2d", "x", [=](const Tensor& t) { conv_transpose2d(t, back); }),
          without("conv_transpose2d", "weight", [=](const Tensor& t) { conv_transpose2d(x, t); }),
          {"conv_transpose2d", Kind::shape, [=] { conv_transpose2d(flat, back); }, {"'x'", "(4,)", "(N, C, H, W)"}},
          {"conv_transpose2d",
           Kind::shape,
           [=] { conv_transpose2d(x, weight); },
           {"(2, 4, 6, 6)", "(8, 4, 3, 3)", "4 ch"}},
          {"conv_transpose2d",
           Kind::dtype,
           [=] { conv_transpose2d(x.to(int64), back); },
           {"'x'", "int64", "float32 or"}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.groups = 3}); },
           {"3 groups", "multip"}},
          {"conv_transpose2d", Kind::range, [=] { conv_transpose2d(x, back, {}, {.groups = -1}); }, {"groups is -1"}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.stride = 0}); },
           {"stride is (0, 0)"}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.padding = -1}); },
           {"padding is (-1, "}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.dilation = 0}); },
           {"dilation is (0, "}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.padding = 9}); },
           {"(9, 9)", "would be"}},
          {"conv_transpose2d",
           Kind::range,
           [=] { conv_transpose2d(x, back, {}, {.output_padding = 1}); },
           {"output_padding is (1, 1)", "less than the stride (1, 1)"}},
          {"conv_transpose2d",
           Kind::shape,
           [=] { conv_transpose2d(x, back, flat); },
           {"'bias'", "(4,)", "expected (8,)"}},
          {"conv_transpose2d",
           Kind::range,
           [=] {
             conv_transpose2d(x, zeros({4, 8, 0, 3}));
           },
           {"(0, 3)", "from 1"}},
          without("fold", "x", [=](const Tensor& t) { fold(t, 6, 3); }),
          {"fold", Kind::shape, [=] { fold(flat, 6, 3); }, {"'x'", "(4,)", "expected (N, C kh kw, L)"}},
          {"fold", Kind::shape, [=] { fold(columns, 5, 3); }, {"'x'", "(2, 36, 16)", "expected (N, C * 9, 9)"}},
          {"fold", Kind::shape, [=] { fold(columns, 6, 4); }, {"'x'", "(2, 36, 16)", "expected (N, C * 16, 9)"}},
          {"fold", Kind::shape, [=] { fold(columns, 2, 3); }, {"kernel (3, 3)", "larger", "(2, 2)"}},
          {"fold", Kind::range, [=] { fold(columns, -6, 3); }, {"output_size is (-6, -6)", "numbers from 0"}},
          {"fold", Kind::range, [=] { fold(columns, 6, 0); }, {"kernel_size is (0, 0)", "numbers from 1"}},
          {"fold", Kind::range, [=] { fold(columns, 6, 3, {.stride = 0}); }, {"stride is (0, 0)", "numbers from 1"}},
          {"fold", Kind::dtype, [=] { fold(columns.to(int64), 6, 3); }, {"'x'", "int64", "float32 or float64"}},
          {"max_pool2d",
           Kind::range,
           [=] { max_pool2d(x, 3, {.padding = 2}); },
           {"padding is (2, 2)", "(3, 3)", "half"}},
          {"max_pool1d",
           Kind::range,
           [=] { max_pool1d(signal, 3, {.padding = 2}); },
           {"padding is 2", "kernel 3;", "half"}},
          {"avg_pool2d",
           Kind::range,
           [=] { avg_pool2d(x, 3, {.padding = 2}); },
           {"padding is (2, 2)", "(3, 3)", "half"}},
          {"avg_pool1d",
           Kind::range,
           [=] { avg_pool1d(signal, 3, {.padding = 2}); },
           {"padding is 2", "kernel 3;", "half"}},
          without("adaptive_avg_pool2d", "x", [=](const Tensor& t) { adaptive_avg_pool2d(t, 1); }),
          {"adaptive_avg_pool2d", Kind::shape, [=] { adaptive_avg_pool2d(flat, 1); }, {"'x'", "(4,)", "(N, C, H, W)"}},
          {"adaptive_avg_pool2d",
           Kind::shape,
           [=] { adaptive_avg_pool2d(nothing, 1); },
           {"'x'", "(2, 4, 0, 6)", "expe"}},
          {"adaptive_avg_pool2d", Kind::range, [=] { adaptive_avg_pool2d(x, 0); }, {"output_size is (0, 0)", "from 1"}},
          {"adaptive_avg_pool2d", Kind::dtype, [=] { adaptive_avg_pool2d(x.to(int64), 1); }, {"'x'", "int64", "float"}},
          without("upsample_nearest2d", "x", [=](const Tensor& t) { upsample_nearest2d(t, 2); }),
          {"upsample_nearest2d", Kind::shape, [=] { upsample_nearest2d(flat, 2); }, {"'x'", "(4,)", "(N, C, H, W)"}},
          {"upsample_nearest2d", Kind::range, [=] { upsample_nearest2d(x, 0); }, {"scale is (0, 0)", "from 1"}},
          {"upsample_nearest2d",
           Kind::range,
           [=] {
             upsample_nearest2d(x, {2, -1});
           },
           {"scale is (2, -1)", "from 1"}},
          {"upsample_nearest2d", Kind::dtype, [=] { upsample_nearest2d(x.to(int64), 2); }, {"'x'", "int64", "float32"}},
      });
  return rows;
}

TEST_CASE("wrong convolutions and windows are refused by name, with what was given and expected") {
  check(wrong_window_calls());
}

}  // namespace xgrad::test
