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

TEST_CASE("pooling layers print as PyTorch's") {
  CHECK(to_string(MaxPool2d(2)) == "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  CHECK(to_string(MaxPool2d({3, 2}, {.stride = 2, .padding = {1, 0}, .ceil_mode = true})) ==
        "MaxPool2d(kernel_size=(3, 2), stride=2, padding=(1, 0), dilation=1, ceil_mode=True)");
  CHECK(to_string(AvgPool2d(3, {.padding = 1})) == "AvgPool2d(kernel_size=3, stride=3, padding=1)");
  CHECK(to_string(AdaptiveAvgPool2d(1)) == "AdaptiveAvgPool2d(output_size=1)");
  CHECK(to_string(AdaptiveAvgPool2d({5, 7})) == "AdaptiveAvgPool2d(output_size=(5, 7))");
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
