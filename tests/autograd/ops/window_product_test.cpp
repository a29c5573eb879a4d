#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/ops/window_product.hpp>

#include "window_cases.hpp"

// Convolutions that read windows where they lie, against products with windows that are written.
namespace xgrad {
namespace {

/// The product with unfolded windows: (O, N, ...).
Tensor by_windows(const Tensor& weight, const Tensor& x, const ops::WindowGrid& grid) {
  const std::int64_t out = weight.size(0), rows = weight.size() / out;
  const Tensor columns = ops::windows(x, grid).reshape({rows, x.size(0) * grid.places()});
  return matmul(weight.reshape({out, rows}), columns).reshape(ops::images_shape(out, x.size(0), grid.grid));
}

}  // namespace

TEST_CASE("products with windows where they lie are those with windows that are written, and so are their gradients") {
  test::check_window_products({&ops::window_product, &by_windows, false}, 19, 18);
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
  test::check_mapped_convolutions({3, 2, 4, 9, 8}, {3, 5, 4, 3, 2}, {.stride = {1, 2}, .padding = 1});
}

}  // namespace xgrad
