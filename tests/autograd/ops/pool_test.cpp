#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

// Pooling against plain nested loops, over many random options.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-13};

/// Number of windows along an axis, as PyTorch counts them.
std::int64_t window_count(std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t padding,
                          std::int64_t dilation, bool ceil_mode) {
  const std::int64_t room = n + 2 * padding - dilation * (k - 1) - 1;
  std::int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (count - 1) * stride >= n + padding) --count;
  return count;
}

/// What a loop over one window finds: its largest element, their sum, and how many lie inside the image, and inside
/// the image with its padding.
struct Window {
  double largest = -infinity, total = 0, inside = 0, padded = 0;
};

/// f(window) for every window of every image.
Tensor looped(const Tensor& x, const Pair& kernel, const Pair& stride, const Pair& padding, const Pair& dilation,
              bool ceil_mode, const std::function<double(const Window&)>& f) {
  const std::vector<double> values = x.to_vector<double>();
  const std::int64_t height = x.size(2), width = x.size(3), planes = x.size(0) * x.size(1);
  const std::int64_t rows =
      window_count(height, kernel.height, stride.height, padding.height, dilation.height, ceil_mode);
  const std::int64_t columns =
      window_count(width, kernel.width, stride.width, padding.width, dilation.width, ceil_mode);
  return make_tensor<double>({x.size(0), x.size(1), rows, columns}, [&](std::span<double> out) {
    std::size_t place = 0;
    for (std::int64_t plane = 0; plane < planes; ++plane) {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          Window window;
          for (std::int64_t p = 0; p < kernel.height; ++p) {
            for (std::int64_t q = 0; q < kernel.width; ++q) {
              const std::int64_t row = i * stride.height - padding.height + p * dilation.height;
              const std::int64_t column = j * stride.width - padding.width + q * dilation.width;
              if (row < height + padding.height && column < width + padding.width) ++window.padded;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const double value = values[static_cast<std::size_t>((plane * height + row) * width + column)];
              window.largest = std::max(window.largest, value);
              window.total += value;
              ++window.inside;
            }
          }
          out[place++] = f(window);
        }
      }
    }
  });
}

struct Draw {
  std::mt19937 random;
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  }
  Pair pair(std::int64_t low, std::int64_t high) { return {(*this)(low, high), (*this)(low, high)}; }
};

void check_gradients(const TensorFunction& f, const Tensor& x) {
  const GradcheckResult result = gradcheck(f, x, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

}  // namespace

TEST_CASE("max_pool2d and avg_pool2d are their definitions, for any kernel, stride, padding and rounding") {
  Draw draw{std::mt19937(1)};
  Generator generator(1);
  for (int trial = 0; trial < 200; ++trial) {
    const Pair kernel = draw.pair(1, 4), stride = draw.pair(1, 4), dilation = draw.pair(1, 2);
    const Pair padding(draw(0, kernel.height / 2), draw(0, kernel.width / 2));
    const bool ceil_mode = draw(0, 1) == 1, count_include_pad = draw(0, 1) == 1;
    const Tensor x = randn({draw(1, 2), draw(1, 3), draw(7, 11), draw(7, 11)}, float64, generator);
    INFO("trial ", trial, ", x ", to_string(x.shape()), ", kernel ", to_string(kernel), ", stride ", to_string(stride),
         ", padding ", to_string(padding), ", dilation ", to_string(dilation), ", ceil_mode ", ceil_mode);
    const Tensor largest =
        max_pool2d(x, kernel, {.stride = stride, .padding = padding, .dilation = dilation, .ceil_mode = ceil_mode});
    CHECK(difference(largest, looped(x, kernel, stride, padding, dilation, ceil_mode,
                                     [](const Window& window) { return window.largest; })) == "");
    const Tensor turned = swapaxes(swapaxes(x, 1, 3) + 0, 1, 3);
    CHECK(difference(max_pool2d(turned, kernel,
                                {.stride = stride, .padding = padding, .dilation = dilation, .ceil_mode = ceil_mode}),
                     largest) == "");
    const Tensor average = avg_pool2d(
        x, kernel,
        {.stride = stride, .padding = padding, .ceil_mode = ceil_mode, .count_include_pad = count_include_pad});
    const auto mean_of = [&](const Window& window) {
      return window.total / (count_include_pad ? window.padded : window.inside);
    };
    CHECK(difference(average, looped(x, kernel, stride, padding, 1, ceil_mode, mean_of), rounding) == "");
  }
}

TEST_CASE("the stride of pooling is the kernel's size by default") {
  const Tensor x = reshape(arange(0, 24, 1, float32), {1, 1, 4, 6});
  CHECK(difference(max_pool2d(x, {2, 3}), {{{{8, 11}, {20, 23}}}}) == "");
  CHECK(difference(avg_pool2d(x, {2, 3}), {{{{4, 7}, {16, 19}}}}) == "");
}

TEST_CASE("max_pool2d gives the whole gradient to the first of elements that tie") {
  const Tape tape;
  const Tensor x = f64({{{{1, 1, 2, 3}, {1, 1, 3, 2}}}});
  const Tensor y = max_pool2d(x, 2);
  CHECK(difference(y, {{{{1, 3}}}}) == "");
  CHECK(difference(tape.gradient(y, x, {.cotangent = f64({{{{5, 7}}}})}), {{{{5, 0, 0, 7}, {0, 0, 0, 0}}}}) == "");
}

TEST_CASE("NaN propagates through max_pool2d, and the first NaN gets the gradient") {
  const Tape tape;
  const Tensor x = f64({{{{1, nan, 2, 3}, {nan, 9, 3, 2}}}});
  const Tensor y = max_pool2d(x, 2);
  CHECK(difference(y, {{{{nan, 3}}}}) == "");
  CHECK(difference(tape.gradient(y, x, {.cotangent = ones({1, 1, 1, 2}, float64)}), {{{{0, 1, 0, 1}, {0, 0, 0, 0}}}}) ==
        "");
  // In none of the other windows.
  CHECK(difference(avg_pool2d(x, 2), {{{{nan, 2.5}}}}) == "");
  CHECK(difference(adaptive_avg_pool2d(f64({{{{infinity, 2, 4}}}}), {1, 2}), {{{{infinity, 3}}}}) == "");
}

TEST_CASE("a window of -inf only is -inf, and its first element gets the gradient") {
  const Tape tape;
  const Tensor x = full({1, 1, 2, 2}, -infinity, float64);
  const Tensor y = max_pool2d(x, 2, {.padding = 1});
  CHECK(difference(y, x) == "");
  CHECK(difference(tape.gradient(y, x, {.cotangent = f64({{{{1, 2}, {3, 4}}}})}), {{{{1, 2}, {3, 4}}}}) == "");
}

TEST_CASE("gradients add up where windows overlap") {
  const Tape tape;
  const Tensor x = f64({{{{1, 5, 2}}}});
  const auto gradient_of = [&](const Tensor& y) { return tape.gradient(y, x, {.cotangent = ones_like(y)}); };
  CHECK(difference(gradient_of(max_pool2d(x, {1, 2}, {.stride = 1})), {{{{0, 2, 0}}}}) == "");
  CHECK(difference(gradient_of(avg_pool2d(x, {1, 2}, {.stride = 1})), {{{{0.5, 1, 0.5}}}}) == "");
}

TEST_CASE("adaptive_avg_pool2d averages windows from floor(i n / m) to ceil((i + 1) n / m)") {
  Generator generator(2);
  for (const Pair& size : {Pair(3, 2), Pair(5, 7), Pair(1), Pair(2), Pair(5, 1), Pair(8, 9), Pair(4, 7)}) {
    const Tensor x = randn({2, 3, 5, 7}, float64, generator);
    const std::vector<double> values = x.to_vector<double>();
    const Tensor expected = make_tensor<double>({2, 3, size.height, size.width}, [&](std::span<double> out) {
      const auto first = [](std::int64_t i, std::int64_t n, std::int64_t m) { return i * n / m; };
      const auto last = [](std::int64_t i, std::int64_t n, std::int64_t m) { return ((i + 1) * n + m - 1) / m; };
      std::size_t place = 0;
      for (std::int64_t plane = 0; plane < 6; ++plane) {
        for (std::int64_t i = 0; i < size.height; ++i) {
          for (std::int64_t j = 0; j < size.width; ++j) {
            double total = 0, count = 0;
            for (std::int64_t row = first(i, 5, size.height); row < last(i, 5, size.height); ++row) {
              for (std::int64_t column = first(j, 7, size.width); column < last(j, 7, size.width); ++column) {
                total += values[static_cast<std::size_t>((plane * 5 + row) * 7 + column)];
                ++count;
              }
            }
            out[place++] = total / count;
          }
        }
      }
    });
    INFO("output_size ", to_string(size));
    CHECK(difference(adaptive_avg_pool2d(x, size), expected, rounding) == "");
  }
}

TEST_CASE("upsample_nearest2d repeats rows and columns") {
  CHECK(difference(upsample_nearest2d(tensor({{{{1, 2}, {3, 4}}}}), {2, 3}),
                   {{{{1, 1, 1, 2, 2, 2}, {1, 1, 1, 2, 2, 2}, {3, 3, 3, 4, 4, 4}, {3, 3, 3, 4, 4, 4}}}}) == "");
  CHECK(difference(upsample_nearest2d(tensor({{{{1, 2}}}}), 1), {{{{1, 2}}}}) == "");
}

TEST_CASE("pooling of signals is pooling of images of one row") {
  Generator generator(3);
  const Tensor x = randn({2, 3, 9}, float64, generator), images = expand_dims(x, 2);
  CHECK(difference(max_pool1d(x, 3, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true}),
                   squeeze(max_pool2d(images, {1, 3},
                                      {.stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}, .ceil_mode = true}),
                           2)) == "");
  CHECK(
      difference(avg_pool1d(x, 2, {.padding = 1, .ceil_mode = true, .count_include_pad = false}),
                 squeeze(avg_pool2d(images, {1, 2}, {.padding = {0, 1}, .ceil_mode = true, .count_include_pad = false}),
                         2)) == "");
  CHECK(max_pool1d(x, 2).shape() == Shape{2, 3, 4});
  CHECK(avg_pool1d(x, 3).shape() == Shape{2, 3, 3});
}

TEST_CASE("gradients of pooling are right to second order") {
  // Distinct values a step apart, so that no difference changes which is largest.
  const Tensor x = make_tensor<double>({1, 2, 4, 5}, [](std::span<double> out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = 0.1 * static_cast<double>(7 * i % 40);
  });
  check_gradients([](const Tensor& t) { return square(max_pool2d(t, 2)); }, x);
  check_gradients([](const Tensor& t) { return square(max_pool2d(t, 3, {.stride = 2, .padding = 1})); }, x);
  check_gradients([](const Tensor& t) { return square(avg_pool2d(t, 2, {.ceil_mode = true})); }, x);
  check_gradients(
      [](const Tensor& t) { return square(avg_pool2d(t, 3, {.stride = 2, .padding = 1, .count_include_pad = false})); },
      x);
  check_gradients([](const Tensor& t) { return square(adaptive_avg_pool2d(t, {3, 2})); }, x);
  check_gradients([](const Tensor& t) { return square(adaptive_avg_pool2d(t, 1)); }, x);
  check_gradients([](const Tensor& t) { return square(upsample_nearest2d(t, {2, 1})); }, x);
}

TEST_CASE("pooling of an empty batch is empty") {
  const Tape tape;
  const Tensor x = zeros({0, 2, 4, 4});
  const Tensor pooled = max_pool2d(x, 2), averaged = avg_pool2d(x, 3, {.ceil_mode = true});
  const Tensor adapted = adaptive_avg_pool2d(x, 3), single = adaptive_avg_pool2d(x, 1),
               large = upsample_nearest2d(x, 2);
  CHECK(pooled.shape() == Shape{0, 2, 2, 2});
  CHECK(averaged.shape() == Shape{0, 2, 2, 2});
  CHECK(adapted.shape() == Shape{0, 2, 3, 3});
  CHECK(single.shape() == Shape{0, 2, 1, 1});
  CHECK(large.shape() == Shape{0, 2, 8, 8});
  for (const Tensor& y : {pooled, averaged, adapted, single, large})
    CHECK(difference(tape.gradient(sum(y), x), x) == "");
}

TEST_CASE("pooling refuses what does not fit, naming operation, shapes and what would be right") {
  const Tensor none, x = zeros({2, 3, 5, 5}), signal = zeros({2, 3, 5}), whole = zeros({2, 3, 5, 5}, int64);
  const auto largest = [&](const Tensor& in, const Pair& kernel, const MaxPool2dOptions& options) {
    return error_of([&] { max_pool2d(in, kernel, options); });
  };
  CHECK(lacks(largest(none, 2, {}), {"max_pool2d:", "'x'", "undefined"}) == "");
  CHECK(lacks(largest(signal[0], 2, {}), {"max_pool2d:", "(3, 5)", "(N, C, H, W)"}) == "");
  CHECK(lacks(largest(whole, 2, {}), {"max_pool2d:", "int64"}) == "");
  CHECK(lacks(largest(x, 0, {}), {"max_pool2d:", "kernel_size is (0, 0)"}) == "");
  CHECK(lacks(largest(x, 2, {.stride = 0}), {"max_pool2d:", "stride is (0, 0)"}) == "");
  CHECK(lacks(largest(x, 2, {.padding = -1}), {"max_pool2d:", "padding is (-1, -1)"}) == "");
  CHECK(lacks(largest(x, 2, {.dilation = 0}), {"max_pool2d:", "dilation is (0, 0)"}) == "");
  CHECK(lacks(largest(x, 3, {.padding = 2}), {"padding is (2, 2)", "(3, 3)", "half of the kernel"}) == "");
  CHECK(lacks(largest(x, 6, {}), {"(6, 6)", "larger than the padded input (5, 5)", "(2, 3, 5, 5)"}) == "");
  CHECK(lacks(largest(zeros({1, 1, 1, 1}), 2, {.padding = 1, .dilation = 2}),
              {"kernel (2, 2)", "padding (1, 1)", "no element", "(1, 1, 1, 1)"}) == "");
  const auto average = [&](const Tensor& in, const Pair& kernel, const AvgPool2dOptions& options) {
    return error_of([&] { avg_pool2d(in, kernel, options); });
  };
  CHECK(lacks(average(none, 2, {}), {"avg_pool2d:", "'x'", "undefined"}) == "");
  CHECK(lacks(average(signal[0], 2, {}), {"avg_pool2d:", "(3, 5)", "(N, C, H, W)"}) == "");
  CHECK(lacks(average(whole, 2, {}), {"avg_pool2d:", "int64"}) == "");
  CHECK(lacks(average(x, 2, {.stride = {1, -2}}), {"avg_pool2d:", "stride is (1, -2)"}) == "");
  CHECK(lacks(average(x, 2, {.padding = 2}), {"avg_pool2d:", "half of the kernel"}) == "");
  CHECK(lacks(average(x, {1, 6}, {}), {"avg_pool2d:", "(1, 6)", "larger than the padded input"}) == "");
  CHECK(lacks(error_of([&] { max_pool1d(none, 2); }), {"max_pool1d:", "undefined"}) == "");
  CHECK(lacks(error_of([&] { max_pool1d(x, 2); }), {"max_pool1d:", "(2, 3, 5, 5)", "(N, C, L)"}) == "");
  CHECK(lacks(error_of([&] { max_pool1d(signal, 6); }), {"max_pool1d:", "larger than the padded input"}) == "");
  CHECK(lacks(error_of([&] { avg_pool1d(none, 2); }), {"avg_pool1d:", "undefined"}) == "");
  CHECK(lacks(error_of([&] { avg_pool1d(x, 2); }), {"avg_pool1d:", "(2, 3, 5, 5)", "(N, C, L)"}) == "");
  CHECK(lacks(error_of([&] { avg_pool1d(signal, 0); }), {"avg_pool1d:", "kernel_size is 0;"}) == "");
  CHECK(lacks(error_of([&] { adaptive_avg_pool2d(none, 1); }), {"adaptive_avg_pool2d:", "undefined"}) == "");
  CHECK(lacks(error_of([&] { adaptive_avg_pool2d(signal[0], 1); }), {"adaptive_avg_pool2d:", "(N, C, H, W)"}) == "");
  CHECK(lacks(error_of([&] { adaptive_avg_pool2d(x, 0); }), {"adaptive_avg_pool2d:", "output_size is (0, 0)"}) == "");
  CHECK(lacks(error_of([&] {
                adaptive_avg_pool2d(zeros({1, 1, 0, 2}), 1);
              }),
              {"adaptive_avg_pool2d:", "(1, 1, 0, 2)", "with elements"}) == "");
  CHECK(lacks(error_of([&] { upsample_nearest2d(none, 2); }), {"upsample_nearest2d:", "undefined"}) == "");
  CHECK(lacks(error_of([&] { upsample_nearest2d(signal, 2); }), {"upsample_nearest2d:", "(N, C, H, W)"}) == "");
  CHECK(lacks(error_of([&] { upsample_nearest2d(x, 0); }), {"upsample_nearest2d:", "scale is (0, 0)"}) == "");
}

}  // namespace xgrad
