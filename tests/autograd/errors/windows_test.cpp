#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

using Windowed = std::function<void(const Tensor&, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                    std::int64_t dilation)>;

/// Rows for what slides a kernel over images (2, 4, 6, 6) or signals (2, 4, 6).
WrongCalls wrong_windows(const std::string& op, bool signal, const std::string& kernel_name, const Windowed& f,
                         bool dilates = true) {
  const Tensor x = zeros(signal ? Shape{2, 4, 6} : Shape{2, 4, 6, 6}), flat = zeros({4}), whole = x.to(int64);
  const std::string shape = to_string(x.shape()), layout = signal ? "(N, C, L)" : "(N, C, H, W)";
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const auto text = [=](std::int64_t number) { return signal ? std::to_string(number) : to_string(Pair(number)); };
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

}  // namespace

WrongCalls wrong_window_calls() {
  const Tensor x = zeros({2, 4, 6, 6}), weight = zeros({8, 4, 3, 3}), signal = zeros({2, 4, 6}),
               bank = zeros({8, 4, 3});
  const Tensor none, flat = zeros({4}), whole = zeros({8}, int64), nothing = zeros({2, 4, 0, 6});
  const Tensor thin = zeros({8, 3, 3, 3}), thin_bank = zeros({8, 3, 3}), back = zeros({4, 8, 3, 3});
  const Tensor columns = zeros({2, 36, 16});
  WrongCalls rows =
      wrong_windows("conv2d", false, "the kernel's size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
        conv2d(t, zeros({8, 4, k, k}), {}, {.stride = s, .padding = p, .dilation = d});
      });
  append(rows, wrong_windows("conv1d", true, "the kernel's size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           conv1d(t, zeros({8, 4, k}), {}, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("unfold", false, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           unfold(t, k, {.dilation = d, .padding = p, .stride = s});
         }));
  append(rows, wrong_windows("max_pool2d", false, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           max_pool2d(t, k, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows("max_pool1d", true, "kernel_size", [](const Tensor& t, auto k, auto s, auto p, auto d) {
           max_pool1d(t, k, {.stride = s, .padding = p, .dilation = d});
         }));
  append(rows, wrong_windows(
                   "avg_pool2d", false, "kernel_size",
                   [](const Tensor& t, auto k, auto s, auto p, auto) { avg_pool2d(t, k, {.stride = s, .padding = p}); },
                   false));
  append(rows, wrong_windows(
                   "avg_pool1d", true, "kernel_size",
                   [](const Tensor& t, auto k, auto s, auto p, auto) { avg_pool1d(t, k, {.stride = s, .padding = p}); },
                   false));
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
