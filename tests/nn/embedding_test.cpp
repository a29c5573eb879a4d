#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/embedding.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::i64;
using test::lacks;

TEST_CASE("an embedding gives the rows of its weight, for indices of any shape") {
  const Embedding layer(3, 2);
  layer.weight.set(tensor({{0, 1}, {10, 11}, {20, 21}}));
  CHECK(difference(layer(i64({2, 0, 2})), {{20, 21}, {0, 1}, {20, 21}}) == "");
  CHECK(difference(layer(i64({{1}, {0}})), {{{10, 11}}, {{0, 1}}}) == "");
  CHECK(difference(layer(tensor(1, int64)), {10, 11}) == "");
  CHECK(layer(zeros({0}, int64)).shape() == Shape{0, 2});
}

TEST_CASE("an embedding starts as N(0, 1), its padding row as zeros") {
  manual_seed(1);
  const Embedding layer(200, 50, {.padding_idx = -1});
  const std::vector<double> values = slice(layer.weight, 0, 0, 199).to_vector<double>();
  double total = 0, squares = 0;
  for (const double value : values) total += value, squares += value * value;
  const auto n = static_cast<double>(values.size());
  // Five standard deviations of the mean, 1 / sqrt(n), and of the mean of squares, sqrt(2 / n).
  CHECK(std::abs(total / n) < 5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(difference(slice(layer.weight, 0, 199, 200), zeros({1, 50})) == "");
}

TEST_CASE("gradients of repeated indices add up, the padding row gets none") {
  const Tensor indices = i64({{0, 2}, {2, 1}});
  for (const std::int64_t padding : {1, -2}) {
    const Embedding layer(3, 2, {.padding_idx = padding});
    const Tape tape;
    CHECK(difference(tape.gradient(sum(layer(indices)), layer.weight), {{1, 1}, {0, 0}, {2, 2}}) == "");
  }
  const Embedding layer(3, 2, {.dtype = float64});
  const auto f = [&](const Tensor& weight) {
    layer.weight.set(weight);
    return square(layer(indices));
  };
  const auto check = gradcheck(TensorFunction(f), test::f64({{1, 2}, {3, 4}, {5, 6}}), {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("embeddings print as PyTorch's") {
  CHECK(to_string(Embedding(10, 3)) == "Embedding(10, 3)");
  CHECK(to_string(Embedding(10, 3, {.padding_idx = -1})) == "Embedding(10, 3, padding_idx=9)");
}

TEST_CASE("embeddings refuse what they cannot look up, and arguments out of range") {
  const Embedding layer(3, 2);
  CHECK(lacks(error_of([&] { layer(zeros({4})); }), {"Embedding", "float32 (4,)", "int64"}) == "");
  const Tensor outside = layer(i64({0, 3}));
  CHECK(lacks(error_of([&] { eval(outside); }), {"3"}) == "");
  CHECK(lacks(error_of([] { Embedding(-1, 2); }), {"Embedding", "(-1, 2)"}) == "");
  CHECK(lacks(error_of([] { Embedding(3, 2, {.padding_idx = 3}); }), {"padding_idx is 3", "-3 to 2"}) == "");
  CHECK(lacks(error_of([] { Embedding(3, 2, {.padding_idx = -4}); }), {"padding_idx is -4"}) == "");
}

}  // namespace xgrad::nn
