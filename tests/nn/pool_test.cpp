#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <nn/pool.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("pooling layers apply the operation with their options") {
  Generator generator(1);
  const Tensor x = randn({2, 3, 7, 8}, float32, generator);
  CHECK(difference(MaxPool2d(2)(x), max_pool2d(x, 2)) == "");
  CHECK(difference(MaxPool2d({3, 2}, {.stride = {1, 2}, .padding = {1, 0}, .ceil_mode = true})(x),
                   max_pool2d(x, {3, 2}, {.stride = {1, 2}, .padding = {1, 0}, .ceil_mode = true})) == "");
  CHECK(difference(AvgPool2d(3, {.stride = 2, .padding = 1, .count_include_pad = false})(x),
                   avg_pool2d(x, 3, {.stride = 2, .padding = 1, .count_include_pad = false})) == "");
  CHECK(difference(AdaptiveAvgPool2d({2, 3})(x), adaptive_avg_pool2d(x, {2, 3})) == "");
  CHECK(MaxPool2d(2).parameters().empty());
}

TEST_CASE("pooling layers of signals and volumes apply the operation with their options") {
  Generator generator(2);
  const Tensor signal = randn({2, 3, 9}, float32, generator), volume = randn({2, 3, 4, 5, 6}, float32, generator);
  const Tensor image = randn({3, 5, 6}, float32, generator);
  CHECK(difference(MaxPool1d(3, {.stride = 2, .padding = 1})(signal),
                   max_pool1d(signal, 3, {.stride = 2, .padding = 1})) == "");
  CHECK(difference(MaxPool3d(2, {.ceil_mode = true})(volume), max_pool3d(volume, 2, {.ceil_mode = true})) == "");
  CHECK(difference(AvgPool1d(2)(signal), avg_pool1d(signal, 2)) == "");
  CHECK(difference(AvgPool3d({1, 2, 3}, {.divisor_override = 4})(volume),
                   avg_pool3d(volume, {1, 2, 3}, {.divisor_override = 4})) == "");
  CHECK(difference(LPPool1d(2, 3)(signal), lp_pool1d(signal, 2, 3)) == "");
  CHECK(difference(LPPool2d(2, {2, 3}, {.stride = 1})(image), lp_pool2d(image, 2, {2, 3}, {.stride = 1})) == "");
  CHECK(difference(AdaptiveAvgPool1d(4)(signal), adaptive_avg_pool1d(signal, 4)) == "");
  CHECK(difference(AdaptiveAvgPool3d({2, std::nullopt, 4})(volume), adaptive_avg_pool3d(volume, {2, 5, 4})) == "");
  CHECK(difference(AdaptiveMaxPool1d(4)(signal), adaptive_max_pool1d(signal, 4)) == "");
  CHECK(difference(AdaptiveMaxPool2d({2, 3})(image), adaptive_max_pool2d(image, {2, 3})) == "");
  CHECK(difference(AdaptiveMaxPool3d(3)(volume), adaptive_max_pool3d(volume, 3)) == "");
}

TEST_CASE("an unpooling layer puts elements back where a pool took them from") {
  const Tensor x = test::f64({{{{1, 9, 2, 3}, {4, 5, 8, 6}}}});
  const auto [values, indices] = MaxPool2d(2).with_indices(x);
  CHECK(difference(values, test::f64({{{{9, 8}}}})) == "");
  CHECK(difference(indices, test::i64({{{{1, 6}}}})) == "");
  CHECK(difference(MaxUnpool2d(2)(values, indices), test::f64({{{{0, 9, 0, 0}, {0, 0, 8, 0}}}})) == "");
  const Tensor wider = MaxUnpool2d(2)(values, indices, Pair(3, 4));
  CHECK(difference(wider, test::f64({{{{0, 9, 0, 0}, {0, 0, 8, 0}, {0, 0, 0, 0}}}})) == "");
  const Tensor signal = x.reshape({1, 8});
  const auto [largest, at] = MaxPool1d(3).with_indices(signal);
  CHECK(difference(MaxUnpool1d(3)(largest, at), test::f64({{0, 9, 0, 0, 0, 5}})) == "");
  CHECK(difference(MaxUnpool1d(3)(largest, at, 8), test::f64({{0, 9, 0, 0, 0, 5, 0, 0}})) == "");
  const auto [top, places] = AdaptiveMaxPool3d(1).with_indices(x.reshape({1, 1, 2, 2, 2}));
  CHECK(difference(MaxUnpool3d(2)(top, places), test::f64({{{{{0, 9}, {0, 0}}, {{0, 0}, {0, 0}}}}})) == "");
}

TEST_CASE("pooling layers print as PyTorch's") {
  CHECK(to_string(MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  CHECK(to_string(MaxPool2d({3, 2}, {.stride = 2, .padding = {1, 0}, .ceil_mode = true})) ==
        "MaxPool2d(kernel_size=(3, 2), stride=2, padding=(1, 0), dilation=1, ceil_mode=True)");
  CHECK(to_string(AvgPool2d(3, {.padding = 1})) == "AvgPool2d(kernel_size=3, stride=3, padding=1)");
  CHECK(to_string(AdaptiveAvgPool2d(1)) == "AdaptiveAvgPool2d(output_size=1)");
  CHECK(to_string(AdaptiveAvgPool2d({5, 7})) == "AdaptiveAvgPool2d(output_size=(5, 7))");
  CHECK(to_string(MaxPool1d(2)) == "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  CHECK(to_string(MaxPool3d({2, 1, 2})) ==
        "MaxPool3d(kernel_size=(2, 1, 2), stride=(2, 1, 2), padding=0, dilation=1, ceil_mode=False)");
  CHECK(to_string(AvgPool1d(2)) == "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))");
  CHECK(to_string(AvgPool3d({2, 1, 2}, {.stride = 1})) == "AvgPool3d(kernel_size=(2, 1, 2), stride=1, padding=0)");
  CHECK(to_string(MaxUnpool1d(2)) == "MaxUnpool1d(kernel_size=(2,), stride=(2,), padding=(0,))");
  CHECK(to_string(MaxUnpool2d(2)) == "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))");
  CHECK(to_string(MaxUnpool3d(2, {.stride = 1})) ==
        "MaxUnpool3d(kernel_size=(2, 2, 2), stride=(1, 1, 1), padding=(0, 0, 0))");
  CHECK(to_string(AdaptiveMaxPool1d(3)) == "AdaptiveMaxPool1d(output_size=3)");
  CHECK(to_string(AdaptiveMaxPool2d({std::nullopt, 3})) == "AdaptiveMaxPool2d(output_size=(None, 3))");
  CHECK(to_string(AdaptiveMaxPool3d(2)) == "AdaptiveMaxPool3d(output_size=2)");
  CHECK(to_string(AdaptiveAvgPool1d(2)) == "AdaptiveAvgPool1d(output_size=2)");
  CHECK(to_string(AdaptiveAvgPool3d({1, std::nullopt, 2})) == "AdaptiveAvgPool3d(output_size=(1, None, 2))");
  CHECK(to_string(LPPool1d(2, 3)) == "LPPool1d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)");
  CHECK(to_string(LPPool2d(1.5, {2, 3}, {.stride = 2})) ==
        "LPPool2d(norm_type=1.5, kernel_size=(2, 3), stride=2, ceil_mode=False)");
}

TEST_CASE("pooling layers refuse inputs and arguments that do not fit") {
  const Tensor rows = zeros({2, 3});
  CHECK(lacks(error_of([&] { MaxPool2d(2)(rows); }), {"MaxPool2d", "(2, 3)", "(N, C, H, W)"}) == "");
  CHECK(lacks(error_of([&] { AvgPool2d(2)(rows); }), {"AvgPool2d", "(2, 3)", "(N, C, H, W)"}) == "");
  CHECK(lacks(error_of([&] { AdaptiveAvgPool2d(2)(rows); }), {"AdaptiveAvgPool2d", "(2, 3)"}) == "");
  CHECK(lacks(error_of([] { MaxPool2d(0); }), {"MaxPool2d", "kernel_size is (0, 0)"}) == "");
  CHECK(lacks(error_of([] { AvgPool2d({2, -1}); }), {"AvgPool2d", "kernel_size is (2, -1)"}) == "");
  CHECK(lacks(error_of([] { AdaptiveAvgPool2d(0); }), {"AdaptiveAvgPool2d", "output_size is (0, 0)"}) == "");
}

}  // namespace xgrad::nn
