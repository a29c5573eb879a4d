#include <doctest/doctest.h>

#include <cmath>

#include <autograd/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/loss.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;
using test::Tolerance;

namespace {

constexpr Tolerance rounding{.rtol = 1e-12};

/// -log(softmax(x)[label]), as the textbook has it.
double negative_log_likelihood(const std::vector<double>& x, std::size_t label) {
  double total = 0;
  for (const double value : x) total += std::exp(value);
  return std::log(total) - x[label];
}

}  // namespace

TEST_CASE("cross entropy is the negative log-likelihood of the labels") {
  const Tensor logits = f64({{1, 2, 3}, {0, 0, 0}, {5, -1, 2}});
  const Tensor labels = i64({2, 1, 1});
  const double a = negative_log_likelihood({1, 2, 3}, 2), b = std::log(3.0), c = negative_log_likelihood({5, -1, 2}, 1);
  CHECK(difference(cross_entropy(logits, labels, {.reduction = Reduction::none}), {a, b, c}, rounding) == "");
  CHECK(difference(cross_entropy(logits, labels), f64((a + b + c) / 3), rounding) == "");
  CHECK(difference(cross_entropy(logits, labels, {.reduction = Reduction::sum}), f64(a + b + c), rounding) == "");
  CHECK(cross_entropy(logits.to(float32), labels).dtype() == float32);
}

TEST_CASE("cross entropy takes classes along axis 1, whatever axes follow") {
  Generator generator(1);
  const Tensor logits = randn({2, 3, 4}, float64, generator);
  const Tensor labels = i64({{0, 1, 2, 0}, {2, 2, 1, 0}});
  const Tensor flat = reshape(transpose(logits, {0, 2, 1}), {8, 3});
  const Tensor expected = cross_entropy(flat, reshape(labels, {8}), {.reduction = Reduction::none});
  CHECK(difference(cross_entropy(logits, labels, {.reduction = Reduction::none}), reshape(expected, {2, 4}),
                   rounding) == "");
  CHECK(difference(cross_entropy(logits, labels), mean(expected), rounding) == "");
}

TEST_CASE("cross entropy has right gradients of first and second order") {
  Generator generator(3);
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const auto f = [&](const Tensor& logits) {
      return cross_entropy(logits, i64({2, 0, 1, 1}), {.reduction = reduction});
    };
    const auto check = gradcheck(TensorFunction(f), randn({4, 3}, float64, generator), {.order = 2});
    INFO(check.message);
    CHECK(check.passed);
  }
}

TEST_CASE("cross entropy of large logits is finite, and so is its gradient") {
  const Tape tape;
  const Tensor logits = tensor({{1e4, -1e4}, {1e4, -1e4}});
  const Tensor loss = cross_entropy(logits, i64({0, 1}), {.reduction = Reduction::none});
  CHECK(difference(loss, {0, 2e4}) == "");
  CHECK(difference(tape.gradient(sum(loss), logits), {{0, 0}, {1, -1}}) == "");
}

TEST_CASE("a class of logit -inf costs nothing unless it is the label") {
  const double inf = INFINITY;
  const Tensor loss = cross_entropy(f64({{-inf, 0, 0}, {-inf, 0, 0}}), i64({1, 0}), {.reduction = Reduction::none});
  CHECK(difference(loss, {std::log(2.0), inf}, rounding) == "");
}

TEST_CASE("over an empty batch the sum is 0 and the mean NaN") {
  const Tensor logits = zeros({0, 3}), labels = zeros({0}, int64);
  CHECK(cross_entropy(logits, labels, {.reduction = Reduction::sum}).item() == 0);
  CHECK(std::isnan(cross_entropy(logits, labels).item()));
  CHECK(cross_entropy(logits, labels, {.reduction = Reduction::none}).shape() == Shape{0});
}

TEST_CASE("cross entropy refuses shapes and dtypes that do not fit when it is called") {
  const auto call = [](const Tensor& logits, const Tensor& labels) {
    return error_of([&] { cross_entropy(logits, labels); });
  };
  CHECK(lacks(call(zeros({4, 3}), zeros({5}, int64)), {"cross_entropy", "int64 (5,)", "int64 (4,)", "(4, 3)"}) == "");
  CHECK(lacks(call(zeros({4, 3}), zeros({4, 1}, int64)), {"int64 (4, 1)", "int64 (4,)"}) == "");
  CHECK(lacks(call(zeros({4, 3}), zeros({4})), {"float32 (4,)", "int64 (4,)"}) == "");
  CHECK(lacks(call(zeros({4}), zeros({4}, int64)), {"float32 (4,)", "(N, C, ...)"}) == "");
  CHECK(lacks(call(zeros({4, 3}, int64), zeros({4}, int64)), {"int64 (4, 3)", "floating-point"}) == "");
}

TEST_CASE("a label that is no class is an error when the loss is asked for") {
  for (const int label : {3, 100, -1}) {
    const Tensor loss = cross_entropy(zeros({2, 3}), i64({0, label}));
    CHECK(lacks(error_of([&] { loss.item(); }), {std::to_string(label)}) == "");
  }
}

TEST_CASE("mean squared error") {
  const Tensor prediction = f64({{1, 2}, {3, 4}}), target = f64({{0, 2}, {5, 1}});
  CHECK(difference(mse_loss(prediction, target, {.reduction = Reduction::none}), {{1, 0}, {4, 9}}) == "");
  CHECK(mse_loss(prediction, target).item() == 3.5);
  CHECK(mse_loss(prediction, target, {.reduction = Reduction::sum}).item() == 14);
  const auto f = [](const std::vector<Tensor>& in) { return mse_loss(in[0], in[1]); };
  const auto check = gradcheck(TensorsFunction(f), {prediction, target}, {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("mean squared error refuses to broadcast") {
  CHECK(lacks(error_of([] { mse_loss(zeros({4, 1}), zeros({4})); }), {"mse_loss", "(4, 1)", "(4,)"}) == "");
}

}  // namespace xgrad::nn
