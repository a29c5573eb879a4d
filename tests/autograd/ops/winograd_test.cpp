#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <autograd/run/run.hpp>

#include "../expect.hpp"

// Convolutions that are computed by Winograd's algorithm, against those of float64, which are not.
namespace xgrad {
namespace {

using test::difference;

/// The largest difference over the largest number expected.
double disagreement(const Tensor& actual, const Tensor& expected) {
  REQUIRE(actual.shape() == expected.shape());
  return (max(abs(actual.to(float64) - expected)) / max(abs(expected))).item();
}

bool uses_winograd(const Tensor& x, const Tensor& weight, const Conv2dOptions& options = {}) {
  const Tape tape;
  const Tensor y = conv2d(x, weight, {}, options);
  const std::vector<std::string> names = recorded_primitives();
  return std::ranges::find(names, "winograd_result") != names.end();
}

struct Layer {
  Shape x, weight;
  Conv2dOptions options;
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all{{{2, 16, 4, 4}, {16, 16, 3, 3}, {.padding = 1}},
                                      {{3, 17, 7, 9}, {19, 17, 3, 3}, {.padding = Padding::same}},
                                      {{2, 16, 26, 11}, {32, 16, 3, 3}, {}},
                                      {{1, 16, 5, 4}, {16, 16, 3, 3}, {.padding = {2, 3}}},
                                      {{40, 16, 14, 14}, {24, 16, 3, 3}, {.padding = 1}}};
  return all;
}

/// Larger than what float32 loses in these sums, and far smaller than any mistake.
constexpr double rounding = 1e-5;

}  // namespace

TEST_CASE("3 x 3 convolutions of many channels, and their gradients to second order, are those of float64") {
  Generator generator(5);
  for (const Layer& layer : layers()) {
    CAPTURE(layer.x);
    const Tensor x = randn(layer.x, float32, generator), weight = randn(layer.weight, float32, generator) / 12.0;
    const Tensor bias = randn({layer.weight[0]}, float32, generator);
    CHECK(uses_winograd(x, weight, layer.options));
    const auto all = [&](const Tensor& a, const Tensor& w, const Tensor& b) {
      const Tensor y = conv2d(a, w, b, layer.options);
      std::vector<Tensor> results = gradient(sum(y * tanh(y)), {a, w, b});
      const Tensor norm = sum(square(results[0])) + sum(square(results[1]));
      for (const Tensor& second : gradient(norm, {a, w})) results.push_back(second);
      results.push_back(y);
      return results;
    };
    const std::vector<Tensor> found = all(x, weight, bias);
    const std::vector<Tensor> expected = all(x.to(float64), weight.to(float64), bias.to(float64));
    for (std::size_t i = 0; i < found.size(); ++i) {
      CAPTURE(i);
      CHECK(disagreement(found[i], expected[i]) < rounding);
    }
  }
}

TEST_CASE("other windows, few channels, groups and float64 are convolved window by window") {
  const Tensor x = ones({1, 16, 8, 8}), weight = ones({16, 16, 3, 3});
  CHECK(uses_winograd(x, weight));
  CHECK_FALSE(uses_winograd(x, weight, {.stride = {1, 2}}));
  CHECK_FALSE(uses_winograd(x, weight, {.dilation = {2, 1}}));
  CHECK_FALSE(uses_winograd(x, ones({16, 8, 3, 3}), {.groups = 2}));
  CHECK_FALSE(uses_winograd(x, ones({16, 16, 3, 1})));
  CHECK_FALSE(uses_winograd(x, ones({16, 16, 5, 5})));
  CHECK_FALSE(uses_winograd(x, ones({8, 16, 3, 3})));
  CHECK_FALSE(uses_winograd(ones({1, 8, 8, 8}), ones({16, 8, 3, 3})));
  CHECK_FALSE(uses_winograd(ones({1, 16, 8, 5}), weight));
  CHECK_FALSE(uses_winograd(x.to(float64), weight.to(float64)));
}

TEST_CASE("neither the other images of a batch nor the threads change a bit of a convolution") {
  Generator generator(6);
  const Tensor x = randn({37, 32, 15, 13}, float32, generator), weight = randn({48, 32, 3, 3}, float32, generator);
  const auto both = [&](const Tensor& images) {
    const Tensor y = conv2d(images, weight, {}, {.padding = 1});
    return std::vector<Tensor>{y, gradient(sum(square(y)), images)};
  };
  const std::vector<Tensor> whole = both(x);
  eval(whole);
  for (const std::int64_t image : {0, 17, 36}) {
    const std::vector<Tensor> alone = both(slice(x, 0, image, image + 1));
    for (std::size_t i = 0; i < whole.size(); ++i)
      CHECK(difference(alone[i], slice(whole[i], 0, image, image + 1)) == "");
  }
  const auto gradients = [&](int threads) {
    set_num_threads(threads);
    const std::vector<Tensor> found = gradient(sum(square(conv2d(x, weight, {}, {.padding = 1}))), {x, weight});
    eval(found);
    set_num_threads(1);
    return found;
  };
  const std::vector<Tensor> one = gradients(1), three = gradients(3);
  CHECK(difference(three[0], one[0]) == "");
  CHECK(difference(three[1], one[1]) == "");
}

TEST_CASE("vmap gives each example of a batch the convolution it would have alone") {
  Generator generator(7);
  const Tensor x = randn({3, 2, 16, 6, 7}, float32, generator), weights = randn({3, 16, 16, 3, 3}, float32, generator);
  const auto layer = [](const std::vector<Tensor>& in) {
    const Tensor y = conv2d(in[0], in[1], {}, {.padding = 1});
    return gradient(sum(square(y)), in);
  };
  const std::vector<Tensor> found = vmap(layer)({x, weights});
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::vector<Tensor> alone =
        layer({squeeze(slice(x, 0, i, i + 1), 0), squeeze(slice(weights, 0, i, i + 1), 0)});
    for (std::size_t k = 0; k < alone.size(); ++k)
      CHECK(disagreement(squeeze(slice(found[k], 0, i, i + 1), 0), alone[k].to(float64)) < rounding);
  }
}

TEST_CASE("an empty batch of many channels gives an empty result and zero gradients of the weights") {
  const Tape tape;
  const Tensor x = zeros({0, 16, 8, 8}), weight = ones({16, 16, 3, 3});
  const Tensor y = conv2d(x, weight);
  CHECK(y.shape() == Shape{0, 16, 6, 6});
  CHECK(difference(tape.gradient(sum(y), weight), zeros_like(weight)) == "");
}

}  // namespace xgrad
