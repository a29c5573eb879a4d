#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/channel_product.hpp>

#include "../expect.hpp"

// Depthwise convolutions, against windows that are written and multiplied.
namespace xgrad {
namespace {

using test::difference;

/// (N, C, ...)
Tensor by_windows(const Tensor& weight, const Tensor& x, const ops::WindowGrid& grid) {
  const std::int64_t channels = x.size(1);
  const Tensor products = ops::windows(x, grid) * weight.reshape({channels, grid.field(), 1, 1});
  return swapaxes(sum(products, 1).reshape(ops::images_shape(channels, x.size(0), grid.grid)), 0, 1);
}

struct Case {
  Shape x, weight;
  ops::WindowGrid grid;
};

Case drawn(std::mt19937& generator) {
  const auto number = [&](int low, int high) {
    return static_cast<std::int64_t>(std::uniform_int_distribution<int>(low, high)(generator));
  };
  Case c{{number(1, 3), number(1, 5), 0, 0}, {0, 0, 0}, {Pair(1), Pair(1), {Pair(1), Pair(0), Pair(1)}}};
  c.weight[0] = c.x[1];
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t kernel = number(1, 5), grid = number(1, 40), stride = number(1, 3), dilation = number(1, 3);
    const std::int64_t padding = number(0, 3), reach = (grid - 1) * stride + (kernel - 1) * dilation + 1;
    c.grid.kernel[axis] = kernel, c.grid.grid[axis] = grid;
    c.grid.steps.stride[axis] = stride, c.grid.steps.dilation[axis] = dilation, c.grid.steps.padding[axis] = padding;
    // Windows may reach out behind the image, or leave out some of it.
    c.x[2 + axis] = std::max<std::int64_t>(1, reach - padding + number(-2, 2));
    c.weight[1 + axis] = kernel;
  }
  return c;
}

}  // namespace

TEST_CASE("depthwise convolutions are products with windows that are written, and so are their gradients") {
  std::mt19937 cases(1);
  Generator generator(2);
  for (int turn = 0; turn < 120; ++turn) {
    const Case c = drawn(cases);
    for (const DType dtype : {float64, float32}) {
      INFO(to_string(c.x), " ", to_string(c.weight), " ", to_string(c.grid.grid), " ", to_string(c.grid.steps.stride));
      const Tensor x = randn(c.x, dtype, generator), weight = randn(c.weight, dtype, generator);
      const double precision = dtype == float64 ? 1e-12 : 1e-5;
      const Tape tape;
      const Tensor y = ops::channel_product(weight, x, c.grid), expected = by_windows(weight, x, c.grid);
      REQUIRE(y.shape() == expected.shape());
      CHECK(difference(y, expected, {.rtol = precision, .atol = 20 * precision}) == "");
      const Tensor u = randn(y.shape(), dtype, generator);
      const std::vector<Tensor> own = tape.gradient(sum(y * u), std::vector<Tensor>{weight, x});
      const std::vector<Tensor> other = tape.gradient(sum(expected * u), std::vector<Tensor>{weight, x});
      const double scale = 5 * std::sqrt(static_cast<double>(y.size()));
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(difference(own[i], other[i], {.rtol = precision, .atol = scale * precision}) == "");
    }
  }
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
  Generator generator(4);
  const Tensor xs = randn({3, 2, 4, 9, 8}, float64, generator), ws = randn({3, 4, 1, 3, 2}, float64, generator);
  const Conv2dOptions options{.stride = {1, 2}, .padding = 1, .groups = 4};
  std::vector<Tensor> products, gradients;
  const auto of_loss = [&](const Tensor& w, const Tensor& x) { return sum(square(conv2d(x, w, {}, options))); };
  for (std::int64_t i = 0; i < 3; ++i) {
    products.push_back(conv2d(xs[i], ws[i], {}, options));
    gradients.push_back(gradient([&](const Tensor& w) { return of_loss(w, xs[i]); }, ws[0]));
  }
  const auto each = vmap([&](const std::vector<Tensor>& in) { return conv2d(in[0], in[1], {}, options); });
  CHECK(difference(each({xs, ws}), stack(products), {.rtol = 1e-11, .atol = 1e-11}) == "");
  const auto of_weights = vmap([&](const Tensor& w) { return conv2d(xs[0], w, {}, options); });
  CHECK(difference(of_weights(ws)[0], products[0], {.rtol = 1e-11, .atol = 1e-11}) == "");
  const auto of_images =
      vmap([&](const Tensor& x) { return gradient([&](const Tensor& w) { return of_loss(w, x); }, ws[0]); });
  CHECK(difference(of_images(xs), stack(gradients), {.rtol = 1e-10, .atol = 1e-10}) == "");
}

}  // namespace xgrad
