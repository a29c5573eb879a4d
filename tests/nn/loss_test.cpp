#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
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

TEST_CASE("class weights scale the losses of their labels and the divisor of the mean") {
  const Tensor logits = f64({{1, 2, 3}, {0, 0, 0}}), labels = i64({2, 1}), weight = f64({5, 3, 0.5});
  const double a = negative_log_likelihood({1, 2, 3}, 2), b = std::log(3.0);
  CHECK(difference(cross_entropy(logits, labels, {.weight = weight, .reduction = Reduction::none}), {0.5 * a, 3 * b},
                   rounding) == "");
  CHECK(difference(cross_entropy(logits, labels, {.weight = weight}), f64((0.5 * a + 3 * b) / 3.5), rounding) == "");
  CHECK(difference(cross_entropy(logits, labels, {.weight = weight, .reduction = Reduction::batchmean}),
                   f64((0.5 * a + 3 * b) / 2), rounding) == "");
}

TEST_CASE("ignored labels cost nothing and are left out of the mean") {
  const Tape tape;
  const Tensor logits = f64({{1, 2, 3}, {-INFINITY, 1e4, 0}, {0, 0, 0}});
  const double a = negative_log_likelihood({1, 2, 3}, 2), b = std::log(3.0);
  const Tensor loss = cross_entropy(logits, i64({2, -100, 0}));
  CHECK(difference(loss, f64((a + b) / 2), rounding) == "");
  CHECK(difference(slice(tape.gradient(loss, logits), 0, 1, 2), {{0, 0, 0}}) == "");
  const Tensor weighted =
      cross_entropy(logits, i64({2, 7, 0}), {.weight = f64({1, 1, 3}), .ignore_index = 7, .label_smoothing = 0.3});
  const double first = 0.7 * 3 * a + 0.1 * ((a + 2) + (a + 1) + 3 * a), last = 0.7 * b + 0.1 * 5 * b;
  CHECK(difference(weighted, f64((first + last) / 4), rounding) == "");
}

TEST_CASE("where every label is ignored the sum is 0 and the mean NaN") {
  const Tensor logits = zeros({2, 3}), labels = i64({0, 0});
  CHECK(std::isnan(cross_entropy(logits, labels, {.ignore_index = 0}).item()));
  CHECK(cross_entropy(logits, labels, {.ignore_index = 0, .reduction = Reduction::sum}).item() == 0);
  CHECK(std::isnan(nll_loss(logits, labels, {.ignore_index = 0}).item()));
}

TEST_CASE("without an index to ignore -100 is an error, as any other label that is no class") {
  const Tensor loss = cross_entropy(zeros({2, 3}), i64({0, -100}), {.ignore_index = {}});
  CHECK(lacks(error_of([&] { loss.item(); }), {"-100"}) == "");
}

TEST_CASE("label smoothing mixes labels with the uniform distribution") {
  Generator generator(4);
  const Tensor logits = randn({4, 3}, float64, generator), labels = i64({2, 0, 1, 1});
  const Tensor mixed = one_hot(labels, 3, float64) * 0.8 + 0.2 / 3;
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    CHECK(difference(cross_entropy(logits, labels, {.reduction = reduction, .label_smoothing = 0.2}),
                     cross_entropy(logits, mixed, {.reduction = reduction}), rounding) == "");
  }
}

TEST_CASE("probabilities of one class are that label, with and without smoothing") {
  Generator generator(5);
  const Tensor logits = randn({2, 3, 4}, float64, generator);
  const Tensor labels = i64({{0, 1, 2, 0}, {2, 2, 1, 0}});
  const Tensor certain = transpose(one_hot(labels, 3, float64), {0, 2, 1});
  for (const double smoothing : {0.0, 0.25}) {
    const CrossEntropyOptions options{.reduction = Reduction::none, .label_smoothing = smoothing};
    CHECK(difference(cross_entropy(logits, certain, options), cross_entropy(logits, labels, options), rounding) == "");
  }
  const CrossEntropyOptions weighted{.weight = f64({1, 2, 5}), .reduction = Reduction::sum};
  CHECK(difference(cross_entropy(logits, certain, weighted), cross_entropy(logits, labels, weighted), rounding) == "");
}

TEST_CASE("cross entropy with every option has right gradients of first and second order") {
  Generator generator(6);
  const Tensor weight = f64({1, 2, 5});
  const auto labelled = [&](const Tensor& x) {
    return cross_entropy(x, i64({2, 0, 1, 1}), {.weight = weight, .ignore_index = 0, .label_smoothing = 0.1});
  };
  const auto labelled_check = gradcheck(TensorFunction(labelled), randn({4, 3}, float64, generator), {.order = 2});
  INFO(labelled_check.message);
  CHECK(labelled_check.passed);
  const auto soft = [&](const std::vector<Tensor>& in) {
    return cross_entropy(in[0], softmax(in[1], 1), {.weight = in[2], .label_smoothing = 0.1});
  };
  const auto soft_check =
      gradcheck(TensorsFunction(soft),
                {randn({2, 3, 2}, float64, generator), randn({2, 3, 2}, float64, generator), weight}, {.order = 2});
  INFO(soft_check.message);
  CHECK(soft_check.passed);
}

TEST_CASE("cross entropy refuses weights, probabilities and options that do not fit") {
  const Tensor logits = zeros({4, 3}), labels = zeros({4}, int64);
  const auto call = [&](const Tensor& target, const CrossEntropyOptions& options) {
    return error_of([&] { cross_entropy(logits, target, options); });
  };
  CHECK(lacks(call(labels, {.weight = ones({4})}), {"cross_entropy", "'weight'", "float32 (4,)", "float32 (3,)"}) ==
        "");
  CHECK(lacks(call(labels, {.weight = ones({3}, float64)}), {"float64 (3,)", "float32 (3,)"}) == "");
  CHECK(lacks(call(labels, {.label_smoothing = 1.5}), {"label_smoothing is 1.5", "[0, 1]"}) == "");
  CHECK(lacks(call(labels, {.label_smoothing = NAN}), {"label_smoothing is nan"}) == "");
  CHECK(lacks(call(zeros({4, 2}), {}), {"float32 (4, 2)", "probabilities float32 (4, 3)"}) == "");
  CHECK(lacks(call(zeros({4, 3}, float64), {}), {"float64 (4, 3)", "probabilities float32 (4, 3)"}) == "");
  CHECK(lacks(call(zeros({4, 3}), {.ignore_index = 1}), {"ignore_index is 1", "int64 labels"}) == "");
}

TEST_CASE("negative log-likelihood of log_softmax is cross entropy") {
  Generator generator(7);
  const Tensor logits = randn({2, 3, 2}, float64, generator);
  const Tensor labels = i64({{0, 1}, {-100, 2}});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none, Reduction::batchmean}) {
    CHECK(difference(nll_loss(log_softmax(logits, 1), labels, {.weight = f64({1, 2, 5}), .reduction = reduction}),
                     cross_entropy(logits, labels, {.weight = f64({1, 2, 5}), .reduction = reduction}),
                     rounding) == "");
  }
  const auto call = [](const Tensor& x, const Tensor& y) { return error_of([&] { nll_loss(x, y); }); };
  CHECK(lacks(call(zeros({4, 3}), zeros({5}, int64)), {"nll_loss", "int64 (5,)", "log_probabilities"}) == "");
  CHECK(lacks(call(zeros({4}), zeros({4}, int64)), {"nll_loss", "log_probabilities", "(N, C, ...)"}) == "");
}

TEST_CASE("binary cross entropy is the negative log-likelihood of a coin") {
  const Tensor p = f64({0.2, 0.5, 0.9}), target = f64({1, 0, 0.5});
  const double a = -std::log(0.2), b = std::log(2.0), c = -0.5 * (std::log(0.9) + std::log(0.1));
  CHECK(difference(binary_cross_entropy(p, target, {.reduction = Reduction::none}), {a, b, c}, rounding) == "");
  CHECK(difference(binary_cross_entropy(p, target, {.weight = f64({1, 2, 3})}), f64((a + 2 * b + 3 * c) / 3),
                   rounding) == "");
  const auto f = [](const std::vector<Tensor>& in) { return binary_cross_entropy(in[0], in[1], {.weight = in[2]}); };
  const auto check = gradcheck(TensorsFunction(f), {p, target, f64({2})}, {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("binary cross entropy of what cannot happen is 100, with finite gradients") {
  for (const DType dtype : {float32, float64}) {
    const Tape tape;
    const Tensor p = tensor({0, 1, 0, 1}, dtype);
    const Tensor loss = binary_cross_entropy(p, tensor({0, 1, 1, 0}, dtype), {.reduction = Reduction::none});
    CHECK(difference(loss, {0, 0, 100, 100}) == "");
    CHECK(difference(tape.gradient(sum(loss), p), {1, -1, 0, 0}) == "");
  }
  CHECK(std::isnan(binary_cross_entropy(f64({-0.5}), f64({1})).item()));
  CHECK(std::isnan(binary_cross_entropy(f64({1.5}), f64({1})).item()));
}

TEST_CASE("binary cross entropy with logits is that of their sigmoid, also far out") {
  Generator generator(8);
  const Tensor x = randn({3, 2}, float64, generator), target = f64({{1, 0}, {0.3, 1}, {0, 0.5}});
  const BinaryCrossEntropyOptions weighted{.weight = f64({1, 2}), .reduction = Reduction::none};
  CHECK(difference(binary_cross_entropy_with_logits(x, target, {.weight = f64({1, 2}), .reduction = Reduction::none}),
                   binary_cross_entropy(sigmoid(x), target, weighted), rounding) == "");
  const Tensor far = binary_cross_entropy_with_logits(f64({1000, -1000, 1000, -1000}), f64({1, 0, 0, 1}),
                                                      {.reduction = Reduction::none});
  CHECK(difference(far, {0, 0, 1000, 1000}) == "");
  const double small = binary_cross_entropy_with_logits(f64({-30}), f64({0})).item();
  CHECK(small == doctest::Approx(std::log1p(std::exp(-30.0))).epsilon(1e-12));
}

TEST_CASE("pos_weight counts positives more") {
  const Tensor x = f64({{0, 0}, {0, 0}}), target = f64({{1, 1}, {0, 0}});
  const double b = std::log(2.0);
  CHECK(difference(
            binary_cross_entropy_with_logits(x, target, {.reduction = Reduction::none, .pos_weight = f64({3, 0.5})}),
            {{3 * b, 0.5 * b}, {b, b}}, rounding) == "");
  const auto f = [&](const std::vector<Tensor>& in) {
    return binary_cross_entropy_with_logits(in[0], in[1], {.weight = in[2], .pos_weight = in[3]});
  };
  const auto check = gradcheck(TensorsFunction(f), {x, target, f64({{2}, {3}}), f64({3, 0.5})}, {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("binary losses refuse shapes and dtypes that do not fit") {
  const auto call = [](const Tensor& x, const Tensor& t, const Tensor& weight) {
    return error_of([&] { binary_cross_entropy_with_logits(x, t, {.pos_weight = weight}); });
  };
  CHECK(lacks(call(zeros({3, 1}), zeros({3}), {}),
              {"binary_cross_entropy_with_logits", "'logits'", "(3, 1)", "(3,)"}) == "");
  CHECK(lacks(call(zeros({3}), zeros({3}, int64), {}), {"'target' is int64 (3,)", "floating-point"}) == "");
  CHECK(lacks(call(zeros({3, 2}), zeros({3, 2}), ones({3})), {"'pos_weight'", "(3,)", "(3, 2)"}) == "");
  CHECK(lacks(call(zeros({2}), zeros({2}), ones({2, 2})), {"'pos_weight'", "(2, 2)"}) == "");
  CHECK(lacks(call(zeros({2}), zeros({2}), ones({2}, int64)), {"'pos_weight'", "int64 (2,)"}) == "");
  CHECK(lacks(error_of([] { binary_cross_entropy(zeros({2}, boolean), zeros({2})); }),
              {"binary_cross_entropy", "'p' is bool (2,)"}) == "");
  CHECK(lacks(error_of([] { binary_cross_entropy(zeros({2}), zeros({2}), {.weight = ones({3})}); }),
              {"'weight'", "(3,)", "(2,)"}) == "");
}

TEST_CASE("the Kullback-Leibler divergence as a mean over samples is batchmean") {
  const Tensor q = f64({{0.5, 0.5, 0}, {0.1, 0.2, 0.7}}), p = f64({{0.2, 0.8, 0}, {0.3, 0.3, 0.4}});
  const double a = 0.5 * std::log(0.5 / 0.2) + 0.5 * std::log(0.5 / 0.8);
  const double b = 0.1 * std::log(0.1 / 0.3) + 0.2 * std::log(0.2 / 0.3) + 0.7 * std::log(0.7 / 0.4);
  CHECK(difference(kl_div(log(p), q, {.reduction = Reduction::batchmean}), f64((a + b) / 2), rounding) == "");
  CHECK(difference(kl_div(log(p), q), f64((a + b) / 6), rounding) == "");
  CHECK(difference(sum(kl_div(log(p), q, {.reduction = Reduction::none}), 1), {a, b}, rounding) == "");
  const Tensor row = slice(q, 0, 1, 2), log_row = slice(log(p), 0, 1, 2);
  CHECK(difference(kl_div(log_row, log(row), {.reduction = Reduction::sum, .log_target = true}), f64(b), rounding) ==
        "");
}

TEST_CASE("the Kullback-Leibler divergence has right gradients of first and second order") {
  Generator generator(9);
  for (const bool log_target : {false, true}) {
    const auto f = [&](const std::vector<Tensor>& in) {
      const Tensor target = log_softmax(in[1]);
      return kl_div(log_softmax(in[0]), log_target ? target : exp(target),
                    {.reduction = Reduction::batchmean, .log_target = log_target});
    };
    const std::vector<Tensor> inputs{randn({2, 3}, float64, generator), randn({2, 3}, float64, generator)};
    const auto check = gradcheck(TensorsFunction(f), inputs, {.order = 2});
    INFO(check.message);
    CHECK(check.passed);
  }
}

TEST_CASE("batchmean needs an axis of samples") {
  CHECK(lacks(error_of([] { kl_div(f64(0), f64(1), {.reduction = Reduction::batchmean}); }),
              {"kl_div", "batchmean", "()"}) == "");
}

TEST_CASE("mean squared error") {
  const Tensor prediction = f64({{1, 2}, {3, 4}}), target = f64({{0, 2}, {5, 1}});
  CHECK(difference(mse_loss(prediction, target, {.reduction = Reduction::none}), {{1, 0}, {4, 9}}) == "");
  CHECK(mse_loss(prediction, target).item() == 3.5);
  CHECK(mse_loss(prediction, target, {.reduction = Reduction::sum}).item() == 14);
  CHECK(mse_loss(prediction, target, {.reduction = Reduction::batchmean}).item() == 7);
}

TEST_CASE("the absolute, smooth and Huber losses are quadratic near 0 and linear far out") {
  const Tensor prediction = f64({1, 2, 3, -2}), target = f64({1, 1.5, 1, 2});  // distances 0, 0.5, 2, 4
  CHECK(difference(l1_loss(prediction, target, {.reduction = Reduction::none}), {0, 0.5, 2, 4}) == "");
  CHECK(l1_loss(prediction, target).item() == 6.5 / 4);
  const SmoothL1Options smooth{.reduction = Reduction::none, .beta = 2};
  CHECK(difference(smooth_l1_loss(prediction, target, smooth), {0, 0.0625, 1, 3}) == "");
  CHECK(difference(smooth_l1_loss(prediction, target, {.reduction = Reduction::none, .beta = 0}), {0, 0.5, 2, 4}) ==
        "");
  CHECK(difference(huber_loss(prediction, target, {.reduction = Reduction::none, .delta = 2}), {0, 0.125, 2, 6}) == "");
  CHECK(huber_loss(prediction, target, {.reduction = Reduction::sum}).item() == 0.125 + 1.5 + 3.5);
}

TEST_CASE("losses of distances have right gradients of first and second order, and curvature at 0") {
  using Loss = Tensor (*)(const Tensor&, const Tensor&);
  const Loss losses[] = {[](const Tensor& x, const Tensor& t) { return mse_loss(x, t); },
                         [](const Tensor& x, const Tensor& t) { return l1_loss(x, t); },
                         [](const Tensor& x, const Tensor& t) { return smooth_l1_loss(x, t, {.beta = 0.7}); },
                         [](const Tensor& x, const Tensor& t) { return huber_loss(x, t, {.delta = 0.7}); }};
  for (const Loss loss : losses) {
    const auto f = [&](const std::vector<Tensor>& in) { return loss(in[0], in[1]); };
    const auto check = gradcheck(TensorsFunction(f), {f64({1, 2, -1, 3}), f64({0.5, 4, 0, 2.5})}, {.order = 2});
    INFO(check.message);
    CHECK(check.passed);
  }
  for (const Loss loss : {losses[0], losses[2], losses[3]}) {
    const Tape tape;
    const Tensor x = f64({1}), slope = tape.gradient(loss(x, f64({1})), x);
    CHECK(slope.item() == 0);
    CHECK(tape.gradient(slope, x).item() > 0.9);
  }
}

TEST_CASE("hinge embedding loss draws together what is alike and pushes apart what is not") {
  const Tensor x = f64({0.25, 0.25, 3, 3}), target = i64({1, -1, 1, -1});
  CHECK(difference(hinge_embedding_loss(x, target, {.reduction = Reduction::none}), {0.25, 0.75, 3, 0}) == "");
  CHECK(hinge_embedding_loss(x, target, {.margin = 4}).item() == (0.25 + 3.75 + 3 + 1) / 4);
  CHECK(std::isnan(hinge_embedding_loss(x, i64({1, -1, 0, 1})).item()));
  const auto f = [&](const Tensor& in) { return hinge_embedding_loss(in, target); };
  const auto check = gradcheck(TensorFunction(f), x, {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("losses of distances refuse to broadcast, and options out of range") {
  const Tensor column = zeros({4, 1}), row = zeros({4});
  CHECK(lacks(error_of([&] { mse_loss(column, row); }), {"mse_loss", "'prediction'", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { l1_loss(column, row); }), {"l1_loss", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { smooth_l1_loss(column, row); }), {"smooth_l1_loss", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { huber_loss(column, row); }), {"huber_loss", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { kl_div(column, row); }), {"kl_div", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { hinge_embedding_loss(column, row); }), {"hinge_embedding_loss", "(4, 1)", "(4,)"}) == "");
  CHECK(lacks(error_of([&] { l1_loss(zeros({4}, int64), row); }), {"'prediction' is int64 (4,)"}) == "");
  CHECK(lacks(error_of([&] { kl_div(row, zeros({4}, int64)); }), {"'target' is int64 (4,)"}) == "");
  CHECK(lacks(error_of([&] { smooth_l1_loss(row, row, {.beta = -1}); }), {"smooth_l1_loss", "beta is -1"}) == "");
  CHECK(lacks(error_of([&] { huber_loss(row, row, {.delta = 0}); }), {"huber_loss", "delta is 0"}) == "");
}

}  // namespace xgrad::nn
