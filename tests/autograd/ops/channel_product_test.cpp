#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/channel_product.hpp>

#include "window_cases.hpp"

// Depthwise convolutions, against windows that are written and multiplied.
namespace xgrad {
namespace {

/// (N, C, ...)
Tensor by_windows(const Tensor& weight, const Tensor& x, const ops::WindowGrid& grid) {
  const std::int64_t channels = x.size(1);
  const Tensor products = ops::windows(x, grid) * weight.reshape({channels, grid.field(), 1, 1});
  return swapaxes(sum(products, 1).reshape(ops::images_shape(channels, x.size(0), grid.grid)), 0, 1);
}

}  // namespace

TEST_CASE("depthwise convolutions are products with windows that are written, and so are their gradients") {
  test::check_window_products({&ops::channel_product, &by_windows, true}, 5, 40);
}

TEST_CASE("a depthwise convolution has the same bits in any batch and on any number of threads") {
  Generator generator(3);
  const Tensor x = randn({9, 30, 30, 21}, float32, generator), weight = randn({30, 1, 5, 5}, float32, generator);
  const auto convolved = [&](const Tensor& images) {
    return conv2d(images, weight, {}, {.stride = {1, 2}, .padding = 2, .groups = 30}).to_vector<float>();
  };
  const auto weight_gradient = [&] {
    return gradient([&](const Tensor& w) { return sum(square(conv2d(x, w, {}, {.groups = 30}))); }, weight)
        .to_vector<float>();
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<float> all = convolved(x), of_one = convolved(slice(x, 0, 4, 5)), expected = weight_gradient();
  CHECK(std::equal(of_one.begin(), of_one.end(), all.begin() + 4 * static_cast<std::ptrdiff_t>(of_one.size())));
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    CHECK(convolved(x) == all);
    CHECK(weight_gradient() == expected);
  }
  set_num_threads(before);
}

TEST_CASE("vmap over weights, images and both is a depthwise convolution for each example") {
  test::check_mapped_convolutions({3, 2, 4, 9, 8}, {3, 4, 1, 3, 2}, {.stride = {1, 2}, .padding = 1, .groups = 4});
}

}  // namespace xgrad
