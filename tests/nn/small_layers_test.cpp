#include <doctest/doctest.h>

#include <cmath>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::gradient_of;
using test::i64;
using test::lacks;

const test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

}  // namespace

TEST_CASE("softmax and its kin as modules") {
  const Tensor x = randn({2, 3, 2, 2}, float64);
  CHECK(difference(Softmax(1)(x), softmax(x, 1)) == "");
  CHECK(difference(Softmin()(x), softmax(-x, -1)) == "");
  CHECK(difference(LogSoftmax(2)(x), log_softmax(x, 2)) == "");
  CHECK(difference(Softmax2d()(x), softmax(x, 1)) == "");
  CHECK(difference(sum(Softmax2d()(x[0]), 0), ones({2, 2}, float64), rounding) == "");
  CHECK(lacks(error_of([&] { Softmax2d()(ones({2, 2})); }), {"Softmax2d", "(2, 2)", "(N, C, H, W)"}) == "");
  CHECK(to_string(Softmax(1)) == "Softmax(axis=1)");
}

TEST_CASE("thresholds cut where they say, with their derivatives") {
  const Tensor x = f64({-2, -0.5, -0.25, 0, 0.25, 0.5, 2});
  CHECK(difference(Threshold(0.25, 7)(x), {7, 7, 7, 7, 7, 0.5, 2}) == "");
  CHECK(difference(Hardshrink()(x), {-2, 0, 0, 0, 0, 0, 2}) == "");
  CHECK(difference(Softshrink()(x), {-1.5, 0, 0, 0, 0, 0, 1.5}) == "");
  const Threshold threshold(0.25, 7);
  CHECK(difference(gradient_of([&](const Tensor& t) { return threshold(t); }, x), {0, 0, 0, 0, 0, 1, 1}) == "");
  CHECK(difference(gradient_of([](const Tensor& t) { return Hardshrink()(t); }, x), {1, 0, 0, 0, 0, 0, 1}) == "");
  CHECK(difference(gradient_of([](const Tensor& t) { return Softshrink()(t); }, x), {1, 0, 0, 0, 0, 0, 1}) == "");
  CHECK(std::isnan(Hardshrink()(f64(NAN)).item()));
  CHECK(lacks(error_of([] { Softshrink(-1); }), {"Softshrink", "lambd is -1"}) == "");
}

TEST_CASE("RReLU draws slopes in training mode") {
  RReLU layer(0.1, 0.3);
  const Tensor y = layer(full({1000}, -1.0));
  CHECK(min(y).item() >= -0.3);
  CHECK(max(y).item() <= -0.1);
  CHECK(max(y).item() - min(y).item() > 0.1);
  CHECK(difference(layer(f64({0, 3})), {0, 3}) == "");
  layer.eval();
  CHECK(difference(layer(f64({-1, 2})), {-0.2, 2}, rounding) == "");
  CHECK(lacks(error_of([] { RReLU(0.5, 0.1); }), {"RReLU", "lower is 0.5"}) == "");
}

TEST_CASE("an axis is cut into several, or nothing is done") {
  const Tensor x = arange(24).reshape({2, 12});
  CHECK(Identity()(x).same_as(x));
  CHECK(difference(Unflatten(1, {3, -1})(x), x.reshape({2, 3, 4})) == "");
  CHECK(difference(Unflatten(0, {2, 1})(x), x.reshape({2, 1, 12})) == "");
  CHECK(lacks(error_of([&] { Unflatten(1, {5, -1})(x); }), {"Unflatten", "axis 1", "(2, 12)", "(5, -1)"}) == "");
  CHECK(lacks(error_of([&] { Unflatten(2, {5})(x); }), {"(2, 12)", "no axis 2"}) == "");
  CHECK(lacks(error_of([&] { Unflatten(1, {-1, -1}); }), {"(-1, -1)"}) == "");
}

TEST_CASE("similarities and distances of vectors") {
  const Tensor a = f64({{3, 4}, {0, 0}}), b = f64({{4, 3}, {1, 1}});
  CHECK(difference(CosineSimilarity()(a, b), {24.0 / 25, 0}, rounding) == "");
  CHECK(difference(CosineSimilarity(0)(a, a), {1, 1}, rounding) == "");
  CHECK(difference(PairwiseDistance({.eps = 0})(a, b), {std::sqrt(2.0), std::sqrt(2.0)}, rounding) == "");
  CHECK(difference(PairwiseDistance({.p = 1, .eps = 0, .keepdims = true})(a, b), {{2}, {2}}, rounding) == "");
}

TEST_CASE("cells take one example, and start from zeros") {
  const LSTMCell lstm(3, 2, {.dtype = float64});
  const GRUCell gru(3, 2, {.dtype = float64});
  const Tensor x = randn({2, 3}, float64), zero = zeros({2, 2}, float64);
  CHECK(difference(lstm(x), lstm(x, {zero, zero}).h) == "");
  CHECK(difference(lstm(x[0]), lstm(x)[0], rounding) == "");
  CHECK(difference(gru(x), gru(x, zero)) == "");
  CHECK(difference(gru(x[1], zero[1]), gru(x)[1], rounding) == "");
  CHECK(state_dict(gru)[0].first == "weight_ih");
  CHECK(RNNCell(3, 2, {.bias = false}).parameters().size() == 2);
  CHECK(lacks(error_of([&] { gru(zeros({2, 4})); }), {"GRUCell", "(2, 4)", "(N, 3)"}) == "");
  CHECK(lacks(error_of([&] { gru(x, zeros({3, 2})); }), {"GRUCell", "(3, 2)", "(2, 2)"}) == "");
  CHECK(lacks(error_of([] { RNNCell(0, 2); }), {"RNNCell", "(0, 2)"}) == "");
}

TEST_CASE("bags of rows") {
  const Tensor table = f64({{1, 2}, {3, 5}, {10, 0}});
  const auto bag = [&](const Tensor& indices, const EmbeddingBagCall& options) {
    return embedding_bag(indices, table, options);
  };
  const Tensor indices = i64({0, 1, 2, 1}), offsets = i64({0, 3, 3});
  CHECK(difference(bag(indices, {.offsets = offsets, .mode = BagMode::sum}), {{14, 7}, {0, 0}, {3, 5}}) == "");
  CHECK(difference(bag(indices, {.offsets = offsets, .mode = BagMode::max}), {{10, 5}, {0, 0}, {3, 5}}) == "");
  CHECK(difference(bag(indices, {.offsets = i64({0, 2, 4}), .include_last_offset = true}), {{2, 3.5}, {6.5, 2.5}}) ==
        "");
  CHECK(difference(bag(i64({{0, 1}, {1, 1}}), {.padding_idx = -2}), {{1, 2}, {0, 0}}) == "");
  CHECK(difference(bag(zeros({0}, int64), {.offsets = i64({0, 0})}), zeros({2, 2}, float64)) == "");
  CHECK(lacks(error_of([&] { bag(indices, {}); }), {"embedding_bag", "no offsets", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { bag(indices, {.offsets = i64({0, 5})}); }), {"'offsets'", "to 5", "0 to 4"}) == "");
  CHECK(lacks(error_of([&] { bag(indices, {.offsets = i64({1, 2})}); }), {"'offsets'", "from 1"}) == "");
  CHECK(lacks(error_of([&] { bag(indices, {.offsets = offsets, .per_sample_weights = ones({4})}); }),
              {"per_sample_weights", "BagMode::sum"}) == "");
  CHECK(lacks(error_of([&] { bag(i64({{0, 1}}), {.offsets = offsets}); }), {"offsets", "(1, 2)"}) == "");
  const EmbeddingBag layer(3, 2, {.mode = BagMode::sum, .dtype = float64});
  layer.weight.set(table);
  CHECK(difference(layer(indices, offsets, f64({1, 2, 0, -1})), {{7, 12}, {0, 0}, {-3, -5}}) == "");
  CHECK(difference(layer(i64({{0, 2}})), {{11, 2}}) == "");
  CHECK(to_string(layer) == "EmbeddingBag(3, 2, mode='sum')");
}

}  // namespace xgrad::nn
