#include <doctest/doctest.h>

#include <functional>
#include <random>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <autograd/run/run.hpp>

#include "../expect.hpp"

// Convolutions against plain nested loops, over many random options; unfold and fold against each other.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

/// Sums of a few hundred products of numbers near 1, in another order.
constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

/// Values of a tensor of rank 4 by their indices, 0 outside.
class Values {
 public:
  explicit Values(const Tensor& x) : shape_(x.shape()), values_(x.to_vector<double>()) {}
  double operator()(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) const {
    if (c < 0 || c >= shape_[2] || d < 0 || d >= shape_[3]) return 0;
    return values_[static_cast<std::size_t>(((a * shape_[1] + b) * shape_[2] + c) * shape_[3] + d)];
  }

 private:
  Shape shape_;
  std::vector<double> values_;
};

/// A tensor of rank 4 whose entries f gives.
Tensor tabulated(const Shape& shape,
                 const std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& f) {
  return make_tensor<double>(shape, [&](std::span<double> out) {
    std::size_t place = 0;
    for (std::int64_t a = 0; a < shape[0]; ++a)
      for (std::int64_t b = 0; b < shape[1]; ++b)
        for (std::int64_t c = 0; c < shape[2]; ++c)
          for (std::int64_t d = 0; d < shape[3]; ++d) out[place++] = f(a, b, c, d);
  });
}

/// conv2d as its definition says, for padding in numbers. `shape` is the result's.
Tensor looped_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Shape& shape,
                     const Conv2dOptions& options) {
  const Values image(x), kernel(weight);
  const std::vector<double> offset = bias.to_vector<double>();
  const std::int64_t own = weight.size(1), out_of_group = weight.size(0) / options.groups;
  const Pair pad = options.padding.amount;
  return tabulated(shape, [&](std::int64_t n, std::int64_t o, std::int64_t i, std::int64_t j) {
    double total = offset[static_cast<std::size_t>(o)];
    for (std::int64_t c = 0; c < own; ++c)
      for (std::int64_t p = 0; p < weight.size(2); ++p)
        for (std::int64_t q = 0; q < weight.size(3); ++q)
          total += kernel(o, c, p, q) * image(n, o / out_of_group * own + c,
                                              i * options.stride.height - pad.height + p * options.dilation.height,
                                              j * options.stride.width - pad.width + q * options.dilation.width);
    return total;
  });
}

/// Random extents and options for which a convolution exists.
struct Draw {
  std::mt19937 random;
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  }
  Pair pair(std::int64_t low, std::int64_t high) { return {(*this)(low, high), (*this)(low, high)}; }
};

std::int64_t out_extent(std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t padding,
                        std::int64_t dilation) {
  return (n + 2 * padding - dilation * (k - 1) - 1) / stride + 1;
}

Tensor inner(const Tensor& a, const Tensor& b) { return sum(a * b); }

}  // namespace

TEST_CASE("conv2d is its definition, for any kernel, stride, padding, dilation and groups") {
  Draw draw{std::mt19937(1)};
  Generator generator(1);
  for (int trial = 0; trial < 200; ++trial) {
    const std::int64_t groups = draw(1, 3);
    const Conv2dOptions options{
        .stride = draw.pair(1, 3), .padding = draw.pair(0, 3), .dilation = draw.pair(1, 3), .groups = groups};
    const Pair kernel = draw.pair(1, 3), pad = options.padding.amount;
    const auto extent = [&](std::int64_t k, std::int64_t dilation, std::int64_t padding) {
      return std::max<std::int64_t>(1, dilation * (k - 1) + 1 - 2 * padding) + draw(0, 6);
    };
    const Tensor x = randn({draw(1, 3), groups * draw(1, 3), extent(kernel.height, options.dilation.height, pad.height),
                            extent(kernel.width, options.dilation.width, pad.width)},
                           float64, generator);
    const Tensor weight =
        randn({groups * draw(1, 3), x.size(1) / groups, kernel.height, kernel.width}, float64, generator);
    const Tensor bias = randn({weight.size(0)}, float64, generator);
    const Shape shape{x.size(0), weight.size(0),
                      out_extent(x.size(2), kernel.height, options.stride.height, pad.height, options.dilation.height),
                      out_extent(x.size(3), kernel.width, options.stride.width, pad.width, options.dilation.width)};
    INFO("trial ", trial, ", x ", to_string(x.shape()), ", weight ", to_string(weight.shape()), ", stride ",
         to_string(options.stride), ", padding ", to_string(pad), ", dilation ", to_string(options.dilation));
    const Tensor y = conv2d(x, weight, bias, options);
    CHECK(difference(y, looped_conv2d(x, weight, bias, shape, options), rounding) == "");
    // Transposed inputs are read in place.
    const Tensor turned = swapaxes(swapaxes(x, 2, 3) + 0, 2, 3), swapped = swapaxes(swapaxes(x, 0, 1) + 0, 0, 1);
    CHECK(difference(conv2d(turned, weight, bias, options), y, rounding) == "");
    CHECK(difference(conv2d(swapped, weight, bias, options), y, rounding) == "");
    // Its adjoint in x: <conv2d(x), y> = <x, conv_transpose2d(y)>.
    const auto left_over = [](std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t padding,
                              std::int64_t dilation) { return (n + 2 * padding - dilation * (k - 1) - 1) % stride; };
    const Tensor u = randn(shape, float64, generator);
    const Tensor back = conv_transpose2d(u, weight, {},
                                         {.stride = options.stride,
                                          .padding = pad,
                                          .output_padding = {left_over(x.size(2), kernel.height, options.stride.height,
                                                                       pad.height, options.dilation.height),
                                                             left_over(x.size(3), kernel.width, options.stride.width,
                                                                       pad.width, options.dilation.width)},
                                          .dilation = options.dilation,
                                          .groups = groups});
    REQUIRE(back.shape() == x.shape());
    CHECK(difference(inner(conv2d(x, weight, {}, options), u), inner(x, back), {.rtol = 1e-11, .atol = 1e-11}) == "");
  }
}

TEST_CASE("conv_transpose2d spreads each pixel over its window") {
  // One pixel: the kernel itself; two: two kernels side by side.
  const Tensor weight = tensor({{{{1, 2}, {3, 4}}}});
  CHECK(difference(conv_transpose2d(tensor({{{{5}}}}), weight), {{{{5, 10}, {15, 20}}}}) == "");
  CHECK(difference(conv_transpose2d(tensor({{{{1, 10}}}}), weight, tensor({0.5}), {.stride = 2}),
                   {{{{1.5, 2.5, 10.5, 20.5}, {3.5, 4.5, 30.5, 40.5}}}}) == "");
  CHECK(difference(conv_transpose2d(tensor({{{{1, 10}}}}), weight, {}, {.padding = {0, 1}}), {{{{12}, {34}}}}) == "");
  CHECK(difference(conv_transpose2d(tensor({{{{1}}}}), weight, {}, {.stride = 2, .output_padding = 1}),
                   {{{{1, 2, 0}, {3, 4, 0}, {0, 0, 0}}}}) == "");
}

TEST_CASE("conv1d is conv2d of one row") {
  Generator generator(2);
  const Tensor x = randn({2, 4, 9}, float64, generator), weight = randn({6, 2, 3}, float64, generator);
  const Tensor bias = randn({6}, float64, generator);
  const Tensor y = conv1d(x, weight, bias, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  const Tensor flat = conv2d(expand_dims(x, 2), expand_dims(weight, 2), bias,
                             {.stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}, .groups = 2});
  CHECK(y.shape() == Shape{2, 6, 4});
  CHECK(difference(y, squeeze(flat, 2)) == "");
  CHECK(conv1d(x, weight, {}, {.padding = Padding::same, .groups = 2}).shape() == Shape{2, 6, 9});
}

TEST_CASE("padding 'same' keeps the extents, with the odd zero at the end; 'valid' pads nothing") {
  const Tensor x = tensor({{{{1, 2, 3}}}});
  const auto convolved = [&](const NestedList& kernel, const Conv2dOptions& options) {
    return conv2d(x, tensor(kernel), {}, options);
  };
  CHECK(difference(convolved({{{{1, 10}}}}, {.padding = Padding::same}), {{{{21, 32, 3}}}}) == "");
  CHECK(difference(convolved({{{{1, 10, 100}}}}, {.padding = Padding::same}), {{{{210, 321, 32}}}}) == "");
  CHECK(difference(convolved({{{{1, 10, 100}}}}, {.padding = Padding::same, .dilation = {1, 2}}),
                   {{{{310, 20, 31}}}}) == "");
  CHECK(difference(convolved({{{{1, 10}}}}, {.padding = Padding::valid}), {{{{21, 32}}}}) == "");
}

TEST_CASE("a convolution with 1x1 kernels needs no windows") {
  Generator generator(3);
  const Tensor x = randn({2, 3, 4, 5}, float64, generator), weight = randn({4, 3, 1, 1}, float64, generator);
  const Tape tape;
  const Tensor y = conv2d(x, weight);
  for (const std::string& name : recorded_primitives()) CHECK(name != "unfold");
  const Tensor pixels = reshape(transpose(x, {0, 2, 3, 1}), {-1, 3});
  const Tensor expected = transpose(reshape(matmul(pixels, weight.reshape({4, 3}).T()), {2, 4, 5, 4}), {0, 3, 1, 2});
  CHECK(difference(y, expected, rounding) == "");
}

TEST_CASE("gradients of convolutions are right to second order in input, weight and bias") {
  Generator generator(4);
  const auto check = [&](const TensorsFunction& f, const std::vector<Shape>& shapes) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) inputs.push_back(randn(shape, float64, generator));
    const GradcheckResult result = gradcheck(f, inputs, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  };
  using Inputs = std::vector<Tensor>;
  check(
      [](const Inputs& in) {
        return conv2d(in[0], in[1], in[2], {.stride = 2, .padding = {1, 0}});
      },
      {{2, 2, 4, 3}, {3, 2, 2, 3}, {3}});
  check(
      [](const Inputs& in) {
        return conv2d(in[0], in[1], in[2], {.dilation = {1, 2}, .groups = 2});
      },
      {{1, 4, 2, 4}, {2, 2, 2, 2}, {2}});
  check([](const Inputs& in) { return conv2d(in[0], in[1], in[2]); }, {{2, 2, 2, 2}, {3, 2, 1, 1}, {3}});
  check([](const Inputs& in) { return conv2d(in[0], in[1], {}, {.padding = Padding::same, .groups = 2}); },
        {{1, 2, 3, 2}, {4, 1, 2, 3}});
  check([](const Inputs& in) { return conv1d(in[0], in[1], in[2], {.padding = 1}); }, {{2, 2, 4}, {3, 2, 3}, {3}});
  check(
      [](const Inputs& in) {
        return conv_transpose2d(in[0], in[1], in[2],
                                {.stride = 2, .padding = 1, .output_padding = {0, 1}, .groups = 2});
      },
      {{1, 4, 2, 2}, {4, 1, 3, 2}, {2}});
}

TEST_CASE("convolutions compute in the wider of their operands' dtypes") {
  const Tensor x = ones({1, 1, 3, 3}), weight = ones({1, 1, 2, 2}, float64);
  CHECK(conv2d(x, weight).dtype() == float64);
  CHECK(conv2d(x, weight.to(float32)).dtype() == float32);
  CHECK(conv2d(x, weight.to(float32), ones({1}, float64)).dtype() == float64);
  CHECK(conv_transpose2d(x, weight).dtype() == float64);
}

TEST_CASE("an empty batch gives an empty result and zero gradients of the weights") {
  const Tape tape;
  const Tensor x = zeros({0, 2, 5, 5}), weight = ones({3, 2, 3, 3}), bias = ones({3});
  const Tensor y = conv2d(x, weight, bias, {.padding = 1});
  CHECK(y.shape() == Shape{0, 3, 5, 5});
  const std::vector<Tensor> gradients = tape.gradient(sum(y), {x, weight, bias});
  CHECK(gradients[0].shape() == x.shape());
  CHECK(difference(gradients[1], zeros_like(weight)) == "");
  CHECK(difference(gradients[2], zeros_like(bias)) == "");
  CHECK(difference(conv_transpose2d(x, ones({2, 3, 2, 2})), zeros({0, 3, 6, 6})) == "");
  // No channels in: nothing but the bias.
  CHECK(difference(conv2d(zeros({1, 0, 2, 2}), zeros({1, 0, 2, 2}), tensor({7})), {{{{7}}}}) == "");
}

TEST_CASE("unfold lists windows as columns") {
  const Tensor x = tensor({{{{1, 2, 3}, {4, 5, 6}}, {{10, 20, 30}, {40, 50, 60}}}});
  CHECK(difference(unfold(x, 2), {{{1, 2}, {2, 3}, {4, 5}, {5, 6}, {10, 20}, {20, 30}, {40, 50}, {50, 60}}}) == "");
  CHECK(
      difference(
          unfold(x, {2, 3}, {.padding = {0, 1}, .stride = 2}),
          {{{0, 2}, {1, 3}, {2, 0}, {0, 5}, {4, 6}, {5, 0}, {0, 20}, {10, 30}, {20, 0}, {0, 50}, {40, 60}, {50, 0}}}) ==
      "");
  CHECK(difference(fold(unfold(x, 2), {2, 3}, 2), {{{{1, 4, 3}, {4, 10, 6}}, {{10, 40, 30}, {40, 100, 60}}}}) == "");
}

TEST_CASE("unfold copies rows of every length") {
  for (const DType dtype : {float32, float64}) {
    for (std::int64_t width = 1; width <= 70; ++width) {
      CAPTURE(width);
      const Tensor x = arange(3 * (width + 2)).to(dtype).reshape({1, 1, 3, width + 2});
      const Tensor columns = unfold(x, 3).reshape({9, width});
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) CHECK(difference(columns[3 * i + j], x[0][0][i].slice(0, j, j + width)) == "");
      const Tensor padded = unfold(x, {1, 3}, {.padding = {1, 1}}).reshape({3, 5, width + 2});
      CHECK(difference(padded[0], pad(x[0][0], {{1, 1}, {1, 1}}).slice(1, 0, width + 2)) == "");
      CHECK(difference(padded[2], pad(x[0][0], {{1, 1}, {1, 1}}).slice(1, 2, width + 4)) == "");
    }
  }
}

TEST_CASE("fold is the adjoint of unfold") {
  Draw draw{std::mt19937(2)};
  Generator generator(5);
  for (int trial = 0; trial < 100; ++trial) {
    const UnfoldOptions options{.dilation = draw.pair(1, 3), .padding = draw.pair(0, 3), .stride = draw.pair(1, 4)};
    const Pair kernel = draw.pair(1, 3), size(draw(7, 9), draw(7, 9));
    const Tensor x = randn({draw(1, 2), draw(1, 3), size.height, size.width}, float64, generator);
    const Tensor columns = unfold(x, kernel, options);
    const Tensor u = randn(columns.shape(), float64, generator);
    CHECK(difference(inner(columns, u), inner(x, fold(u, size, kernel, options)), {.rtol = 1e-11, .atol = 1e-11}) ==
          "");
  }
}

TEST_CASE("a convolution's bits do not depend on the number of threads") {
  Generator generator(6);
  const Tensor x = randn({8, 8, 20, 20}, float32, generator), weight = randn({16, 8, 3, 3}, float32, generator);
  const auto results = [&](int threads) {
    set_num_threads(threads);
    const Tape tape;
    const Tensor y = conv2d(x + 0, weight, {}, {.stride = 1, .padding = 1});
    std::vector<Tensor> all = tape.gradient(sum(square(y)), {x, weight});
    all.push_back(y);
    eval(all);
    set_num_threads(1);
    return all;
  };
  const std::vector<Tensor> one = results(1), three = results(3);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(difference(three[i], one[i]) == "");
}

TEST_CASE("convolutions refuse what does not fit, naming operation, shapes and what would be right") {
  const Tensor none, x = zeros({2, 4, 5, 5}), weight = zeros({6, 4, 3, 3}), signal = zeros({2, 4, 5});
  const auto conv = [&](const Tensor& images, const Tensor& kernels, const Tensor& bias, const Conv2dOptions& options) {
    return error_of([&] { conv2d(images, kernels, bias, options); });
  };
  CHECK(lacks(conv(none, weight, none, {}), {"conv2d:", "'x'", "undefined"}) == "");
  CHECK(lacks(conv(x, none, none, {}), {"conv2d:", "'weight'", "undefined"}) == "");
  CHECK(lacks(conv(zeros({4, 5}), weight, none, {}), {"conv2d:", "'x'", "(4, 5)", "(N, C, H, W) or (C, H, W)"}) == "");
  CHECK(lacks(conv(signal, weight, none, {}), {"conv2d:", "'x'", "(2, 4, 5)", "2 channels"}) == "");
  CHECK(lacks(conv(x, zeros({6, 4, 3}), none, {}), {"'weight'", "(6, 4, 3)", "(O, C / groups, kh, kw)"}) == "");
  CHECK(lacks(conv(x.to(int64), weight, none, {}), {"conv2d:", "'x'", "int64", "float32 or float64"}) == "");
  CHECK(lacks(conv(x, zeros({6, 3, 3, 3}), none, {}), {"(2, 4, 5, 5)", "(6, 3, 3, 3)", "4 channels"}) == "");
  CHECK(lacks(conv(x, weight, none, {.groups = 2}), {"(6, 4, 3, 3)", "2 groups", "4 / 2"}) == "");
  CHECK(lacks(conv(x, zeros({5, 2, 3, 3}), none, {.groups = 2}), {"(5, 2, 3, 3)", "multiple of 2"}) == "");
  CHECK(lacks(conv(x, weight, none, {.groups = 0}), {"groups is 0", "expected 1 to 2^31 - 1"}) == "");
  CHECK(lacks(conv(x, weight, zeros({4}), {}), {"'bias'", "(4,)", "(6,)"}) == "");
  CHECK(lacks(conv(x, weight, zeros({6}, int64), {}), {"'bias'", "int64"}) == "");
  CHECK(lacks(conv(x, zeros({6, 4, 0, 3}), none, {}), {"kernel's size is (0, 3)", "from 1"}) == "");
  CHECK(lacks(conv(x, weight, none, {.stride = {0, 1}}), {"stride is (0, 1)", "from 1"}) == "");
  CHECK(lacks(conv(x, weight, none, {.dilation = -1}), {"dilation is (-1, -1)", "from 1"}) == "");
  CHECK(lacks(conv(x, weight, none, {.padding = {0, -1}}), {"padding is (0, -1)", "from 0"}) == "");
  CHECK(lacks(conv(x, weight, none, {.stride = std::int64_t{1} << 31}), {"stride", "2^31"}) == "");
  CHECK(lacks(conv(x, weight, none, {.stride = 2, .padding = Padding::same}), {"'same'", "(2, 2)"}) == "");
  CHECK(lacks(conv(x, zeros({6, 4, 3, 7}), none, {}),
              {"kernel (3, 7)", "larger than the padded input (5, 5)", "(2, 4, 5, 5)"}) == "");
  CHECK(lacks(conv(x, weight, none, {.padding = 1, .dilation = 4}), {"dilation (4, 4)", "padded input (7, 7)"}) == "");

  const auto conv_1d = [&](const Tensor& in, const Tensor& kernels, const Conv1dOptions& options) {
    return error_of([&] { conv1d(in, kernels, {}, options); });
  };
  CHECK(lacks(conv_1d(none, signal, {}), {"conv1d:", "'x'", "undefined"}) == "");
  CHECK(lacks(conv_1d(x, signal, {}), {"conv1d:", "'x'", "(2, 4, 5, 5)", "(N, C, L)"}) == "");
  CHECK(lacks(conv_1d(signal, weight, {}), {"conv1d:", "'weight'", "(O, C / groups, k)"}) == "");
  CHECK(lacks(conv_1d(signal, zeros({1, 4, 3}), {.stride = 0}), {"conv1d:", "stride is 0;"}) == "");
  CHECK(lacks(conv_1d(signal, zeros({1, 4, 6}), {}), {"conv1d:", "larger than the padded input"}) == "");

  const auto transposed = [&](const Tensor& in, const Tensor& kernels, const Tensor& bias,
                              const ConvTranspose2dOptions& options) {
    return error_of([&] { conv_transpose2d(in, kernels, bias, options); });
  };
  const Tensor back = zeros({4, 6, 3, 3});
  CHECK(lacks(transposed(none, back, none, {}), {"conv_transpose2d:", "'x'", "undefined"}) == "");
  CHECK(lacks(transposed(zeros({4, 5}), back, none, {}), {"conv_transpose2d:", "(4, 5)", "(N, C, H, W)"}) == "");
  CHECK(lacks(transposed(x, signal, none, {}), {"conv_transpose2d:", "'weight'", "(C, O / groups, kh, kw)"}) == "");
  CHECK(lacks(transposed(x, weight, none, {}), {"(2, 4, 5, 5)", "(6, 4, 3, 3)", "4 channels"}) == "");
  CHECK(lacks(transposed(x, back, none, {.groups = 3}), {"3 groups", "multiple of the groups"}) == "");
  CHECK(lacks(transposed(x, back, zeros({4}), {}), {"'bias'", "(4,)", "(6,)"}) == "");
  CHECK(lacks(transposed(x, back, none, {.stride = 0}), {"stride is (0, 0)"}) == "");
  CHECK(lacks(transposed(x, back, none, {.stride = 2, .output_padding = 2}), {"output_padding is (2, 2)", "less"}) ==
        "");
  CHECK(lacks(transposed(x, back, none, {.padding = 4}), {"padding (4, 4)", "(-1, -1)"}) == "");
}

TEST_CASE("a convolution over three axes is the sum of products in its definition") {
  Generator generator(11);
  const Tensor x = randn({2, 4, 3, 4, 5}, float64, generator), w = randn({6, 2, 2, 3, 2}, float64, generator);
  const Triple stride(1, 2, 1), padding(1, 0, 1), dilation(2, 1, 3);
  const Tensor y = conv3d(x, w, {}, {.stride = stride, .padding = padding, .dilation = dilation, .groups = 2});
  REQUIRE(y.shape() == Shape{2, 6, 3, 1, 4});
  const std::vector<double> xs = x.to_vector<double>(), ws = w.to_vector<double>();
  const auto at = [&](std::int64_t n, std::int64_t c, std::int64_t d, std::int64_t i, std::int64_t j) {
    const bool inside = d >= 0 && d < 3 && i >= 0 && i < 4 && j >= 0 && j < 5;
    return inside ? xs[static_cast<std::size_t>((((n * 4 + c) * 3 + d) * 4 + i) * 5 + j)] : 0;
  };
  const Tensor expected = make_tensor<double>(y.shape(), [&](std::span<double> out) {
    for (std::int64_t k = 0; k < std::ssize(out); ++k) {
      const std::int64_t j = k % 4, d = k / 4 % 3, o = k / 12 % 6, n = k / 72;
      double total = 0;
      for (std::int64_t e = 0; e < 24; ++e) {
        const std::int64_t c = e / 12, a = e / 6 % 2, p = e / 2 % 3, q = e % 2;
        total += ws[static_cast<std::size_t>(o * 24 + e)] * at(n, o / 3 * 2 + c,
                                                               d * stride.depth - padding.depth + a * dilation.depth, p,
                                                               j * stride.width - padding.width + q * dilation.width);
      }
      out[static_cast<std::size_t>(k)] = total;
    }
  });
  CHECK(difference(y, expected, {.rtol = 1e-12, .atol = 1e-12}) == "");
  // Its transpose is the adjoint: <conv(x), g> = <x, transposed(g)>.
  const Tensor g = randn(y.shape(), float64, generator);
  const Tensor back = conv_transpose3d(
      g, w, {}, {.stride = stride, .padding = padding, .output_padding = {0, 1, 0}, .dilation = dilation, .groups = 2});
  REQUIRE(back.shape() == x.shape());
  CHECK(sum(y * g).item() == doctest::Approx(sum(x * back).item()));
}

TEST_CASE("unfold and fold refuse what does not fit") {
  const Tensor none, x = zeros({2, 4, 5, 5}), columns = zeros({2, 16, 16});
  CHECK(lacks(error_of([&] { unfold(none, 2); }), {"unfold:", "'x'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { unfold(columns[0], 2); }), {"unfold:", "(16, 16)", "(N, C, H, W)"}) == "");
  CHECK(lacks(error_of([&] { unfold(x.to(int64), 2); }), {"unfold:", "int64"}) == "");
  CHECK(lacks(error_of([&] { unfold(x, {2, 0}); }), {"unfold:", "kernel_size is (2, 0)"}) == "");
  CHECK(lacks(error_of([&] { unfold(x, 6); }), {"unfold:", "(6, 6)", "larger than the padded input (5, 5)"}) == "");
  CHECK(lacks(error_of([&] { unfold(x, 2, {.stride = 0}); }), {"unfold:", "stride is (0, 0)"}) == "");
  CHECK(lacks(error_of([&] { unfold(x, 2, {.padding = -1}); }), {"unfold:", "padding is (-1, -1)"}) == "");
  CHECK(lacks(error_of([&] { unfold(x, 2, {.dilation = 0}); }), {"unfold:", "dilation is (0, 0)"}) == "");
  CHECK(lacks(error_of([&] { fold(none, 5, 2); }), {"fold:", "'x'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { fold(x, 5, 2); }), {"fold:", "(2, 4, 5, 5)", "(N, C kh kw, L)"}) == "");
  CHECK(lacks(error_of([&] { fold(columns, 6, 2); }), {"fold:", "(2, 16, 16)", "(N, C * 4, 25)", "(6, 6)"}) == "");
  CHECK(lacks(error_of([&] { fold(columns, {3, 3}, {3, 1}); }), {"fold:", "(N, C * 3, 3)"}) == "");
  CHECK(lacks(error_of([&] { fold(columns, -1, 2); }), {"fold:", "output_size is (-1, -1)"}) == "");
  CHECK(lacks(error_of([&] { fold(columns, 1, 2); }), {"fold:", "larger than the padded input (1, 1)"}) == "");
}

}  // namespace xgrad
