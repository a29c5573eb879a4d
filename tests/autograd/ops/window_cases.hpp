#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/window.hpp>

#include "../expect.hpp"

namespace xgrad::test {

/// Windows over images of two axes, and a product of the two in two ways, of which one writes the windows.
struct WindowProducts {
  using Product = std::function<Tensor(const Tensor& weight, const Tensor& x, const ops::WindowGrid& grid)>;
  Product own, by_windows;
  bool by_channel;  ///< weights (C, kh, kw) instead of (O, C, kh, kw)
};

/// Compares them, and their gradients, for windows of random sizes: channels and places that end anywhere in a tile or
/// a panel, windows that reach out of the image or leave out some of it.
inline void check_window_products(const WindowProducts& products, int most_channels, int most_places) {
  std::mt19937 cases(1);
  Generator generator(2);
  const auto number = [&](int low, int high) {
    return static_cast<std::int64_t>(std::uniform_int_distribution<int>(low, high)(cases));
  };
  for (int turn = 0; turn < 120; ++turn) {
    ops::WindowGrid grid{Pair(1), Pair(1), {Pair(1), Pair(0), Pair(1)}};
    Shape images{number(1, 4), number(1, most_channels), 0, 0}, weights;
    if (!products.by_channel) weights.push_back(number(1, 70));
    weights.push_back(images[1]);
    for (int axis = 0; axis < 2; ++axis) {
      const std::int64_t kernel = number(1, 5), places = number(1, most_places), stride = number(1, 3);
      const std::int64_t dilation = number(1, 3), padding = number(0, 3);
      grid.kernel[axis] = kernel, grid.grid[axis] = places;
      grid.steps.stride[axis] = stride, grid.steps.dilation[axis] = dilation, grid.steps.padding[axis] = padding;
      const std::int64_t reach = (places - 1) * stride + (kernel - 1) * dilation + 1;
      images[2 + axis] = std::max<std::int64_t>(1, reach - padding + number(-2, 2));
      weights.push_back(kernel);
    }
    for (const DType dtype : {float64, float32}) {
      INFO(to_string(images), " ", to_string(weights), " ", to_string(grid.grid), " ", to_string(grid.steps.stride));
      const Tensor x = randn(images, dtype, generator), weight = randn(weights, dtype, generator);
      const double precision = dtype == float64 ? 1e-12 : 1e-5;
      const Tape tape;
      const Tensor y = products.own(weight, x, grid), expected = products.by_windows(weight, x, grid);
      REQUIRE(y.shape() == expected.shape());
      CHECK(difference(y, expected, {.rtol = precision, .atol = 20 * precision}) == "");
      const Tensor u = randn(y.shape(), dtype, generator);
      const std::vector<Tensor> sources{weight, x};
      const std::vector<Tensor> ours = tape.gradient(sum(y * u), sources),
                                theirs = tape.gradient(sum(expected * u), sources);
      const double scale = 5 * std::sqrt(static_cast<double>(y.size()));
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(difference(ours[i], theirs[i], {.rtol = precision, .atol = scale * precision}) == "");
    }
  }
}

/// vmap of a convolution of these options over weights (examples, O, ...), over images (examples, N, ...) and over both
/// is one for each example; so is that of its gradient.
inline void check_mapped_convolutions(const Shape& images, const Shape& weights, const Conv2dOptions& options) {
  Generator generator(4);
  const Tensor xs = randn(images, float64, generator), ws = randn(weights, float64, generator);
  std::vector<Tensor> products, gradients;
  const auto of_loss = [&](const Tensor& w, const Tensor& x) { return sum(square(conv2d(x, w, {}, options))); };
  for (std::int64_t i = 0; i < images[0]; ++i) {
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

}  // namespace xgrad::test
