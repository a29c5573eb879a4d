#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/window_product.hpp>

#include "../expect.hpp"

// Convolutions that read windows where they lie, against products with windows that are written.
namespace xgrad {
namespace {

using test::difference;

struct Case {
  Shape x, weight;
  ops::WindowGrid grid;
};

/// The product with unfolded windows: (O, N, ...).
Tensor by_windows(const Tensor& weight, const Tensor& x, const ops::WindowGrid& grid) {
  const std::int64_t out = weight.size(0), rows = weight.size() / out;
  const Tensor columns = ops::windows(x, grid).reshape({rows, x.size(0) * grid.places()});
  return matmul(weight.reshape({out, rows}), columns).reshape(ops::images_shape(out, x.size(0), grid.grid));
}

/// Windows of random sizes over images of two axes: channels and places that end anywhere in a tile or a panel.
Case drawn(std::mt19937& generator) {
  const auto number = [&](int low, int high) {
    return static_cast<std::int64_t>(std::uniform_int_distribution<int>(low, high)(generator));
  };
  Case c{
      {number(1, 4), number(1, 19), 0, 0}, {number(1, 70), 0, 0, 0}, {Pair(1), Pair(1), {Pair(1), Pair(0), Pair(1)}}};
  c.weight[1] = c.x[1];
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t kernel = number(1, 5), grid = number(1, 18), stride = number(1, 3), dilation = number(1, 2);
    const std::int64_t padding = number(0, 3), reach = (grid - 1) * stride + (kernel - 1) * dilation + 1;
    c.grid.kernel[axis] = kernel, c.grid.grid[axis] = grid;
    c.grid.steps.stride[axis] = stride, c.grid.steps.dilation[axis] = dilation, c.grid.steps.padding[axis] = padding;
    // Windows may reach out behind the image, or leave out some of it.
    c.x[2 + axis] = std::max<std::int64_t>(1, reach - padding + number(-2, 2));
    c.weight[2 + axis] = kernel;
  }
  return c;
}

}  // namespace

TEST_CASE("products with windows where they lie are those with windows that are written, and so are their gradients") {
  std::mt19937 cases(1);
  Generator generator(2);
  for (int turn = 0; turn < 120; ++turn) {
    const Case c = drawn(cases);
    for (const DType dtype : {float64, float32}) {
      INFO(to_string(c.x), " ", to_string(c.weight), " ", to_string(c.grid.grid), " ", to_string(c.grid.steps.stride));
      const Tensor x = randn(c.x, dtype, generator), weight = randn(c.weight, dtype, generator);
      const double precision = dtype == float64 ? 1e-12 : 1e-5;
      const test::Tolerance close{.rtol = precision, .atol = 20 * precision};
      const Tape tape;
      const Tensor y = ops::window_product(weight, x, c.grid), expected = by_windows(weight, x, c.grid);
      REQUIRE(y.shape() == expected.shape());
      CHECK(difference(y, expected, close) == "");
      const Tensor u = randn(y.shape(), dtype, generator);
      const std::vector<Tensor> own = tape.gradient(sum(y * u), std::vector<Tensor>{weight, x}),
                                other = tape.gradient(sum(expected * u), std::vector<Tensor>{weight, x});
      const double scale = 5 * std::sqrt(static_cast<double>(y.size()));
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(difference(own[i], other[i], {.rtol = precision, .atol = scale * precision}) == "");
    }
  }
}

TEST_CASE("an image has the same bits in any batch and on any number of threads") {
  Generator generator(3);
  const Tensor x = randn({9, 3, 30, 21}, float32, generator), weight = randn({40, 3, 5, 5}, float32, generator);
  const auto convolved = [&](const Tensor& images) {
    const Tensor y = conv2d(images, weight, {}, {.padding = 2});
    eval(y);
    return y;
  };
  const Tensor all = convolved(x), one = convolved(slice(x, 0, 4, 5));
  CHECK(slice(all, 0, 4, 5).to_vector<float>() == one.to_vector<float>());
  const auto weight_gradient = [&] {
    return gradient([&](const Tensor& w) { return sum(square(conv2d(x, w, {}, {.stride = 2}))); }, weight)
        .to_vector<float>();
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<float> expected = weight_gradient(), result = convolved(x).to_vector<float>();
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    CHECK(weight_gradient() == expected);
    CHECK(convolved(x).to_vector<float>() == result);
  }
  set_num_threads(before);
}

TEST_CASE("NaN and infinity of an element reach the windows that have it, and no others") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Tensor x = index_put(index_put(zeros({1, 1, 12, 12}), {0, 0, 3, 4}, nan), {0, 0, 9, 9}, infinity);
  const Tensor y = conv2d(x, ones({3, 1, 2, 2}));
  for (std::int64_t i = 0; i < 11; ++i) {
    for (std::int64_t j = 0; j < 11; ++j) {
      const double value = y[0][2][i][j].item();
      const bool has_nan = (i == 2 || i == 3) && (j == 3 || j == 4),
                 has_infinity = i >= 8 && i <= 9 && j >= 8 && j <= 9;
      CHECK(std::isnan(value) == has_nan);
      CHECK(std::isinf(value) == has_infinity);
    }
  }
}

TEST_CASE("vmap over weights, images and both is a convolution for each example") {
  Generator generator(4);
  const Tensor xs = randn({3, 2, 4, 9, 8}, float64, generator), ws = randn({3, 5, 4, 3, 2}, float64, generator);
  const Conv2dOptions options{.stride = {1, 2}, .padding = 1};
  const auto of_loss = [&](const Tensor& w, const Tensor& x) { return sum(square(conv2d(x, w, {}, options))); };
  std::vector<Tensor> products, gradients;
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
