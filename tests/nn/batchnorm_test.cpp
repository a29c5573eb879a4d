#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <autograd/primitive.hpp>
#include <nn/batchnorm.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;
using test::Tolerance;

namespace {

constexpr Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

/// Channels 1, 2, 6 (mean 3, variance 14/3, unbiased 7) and 0, 4, 8 (mean 4, variance 32/3, unbiased 16).
const NestedList batch{{1, 0}, {2, 4}, {6, 8}};

BatchNorm1d layer_of(BatchNormOptions options) {
  options.dtype = float64;
  return BatchNorm1d(2, options);
}

}  // namespace

TEST_CASE("batch norm in training brings every channel to mean 0 and biased variance 1") {
  const BatchNorm1d layer = layer_of({});
  const double s = std::sqrt(14.0 / 3 + 1e-5), t = std::sqrt(32.0 / 3 + 1e-5);
  CHECK(difference(layer(f64(batch)), {{-2 / s, -4 / t}, {-1 / s, 0}, {3 / s, 4 / t}}, rounding) == "");
  layer.weight.set(f64({2, 3}));
  layer.bias.set(f64({10, 20}));
  CHECK(difference(layer(f64(batch)), {{10 - 4 / s, 20 - 12 / t}, {10 - 2 / s, 20}, {10 + 6 / s, 20 + 12 / t}},
                   rounding) == "");
}

TEST_CASE("batch norm of (N, C, L) takes its statistics over N and L") {
  const BatchNorm1d layer = layer_of({});
  const Tensor rows = f64({{1, 0}, {2, 4}, {6, 8}, {0, 1}});
  const Tensor expected = layer(rows);
  // (4, 2) as two samples of two channels and two places.
  const Tensor x = transpose(reshape(rows, {2, 2, 2}), {0, 2, 1});
  CHECK(difference(layer(x), transpose(reshape(expected, {2, 2, 2}), {0, 2, 1}), rounding) == "");
  CHECK(difference(layer.num_batches_tracked, tensor(2, int64)) == "");
}

TEST_CASE("batch norm of images takes its statistics over N, H and W") {
  Generator generator(3);
  const Tensor x = randn({3, 2, 2, 5}, float64, generator);
  const BatchNorm1d flat = layer_of({});
  BatchNorm2d layer(2, {.dtype = float64});
  layer.weight.set(f64({2, 3}));
  layer.bias.set(f64({-1, 1}));
  flat.weight.set(f64({2, 3}));
  flat.bias.set(f64({-1, 1}));
  const Tensor expected = flat(reshape(x, {3, 2, 10}));
  CHECK(difference(layer(x), expected.reshape(x.shape()), rounding) == "");
  CHECK(difference(layer.running_mean, flat.running_mean, rounding) == "");
  CHECK(difference(layer.running_var, flat.running_var, rounding) == "");
  layer.eval();
  const Tensor scale = layer.weight / sqrt(layer.running_var + 1e-5);
  const auto spread = [](const Tensor& channels) { return channels.reshape({2, 1, 1}); };
  CHECK(difference(layer(x), (x - spread(layer.running_mean)) * spread(scale) + spread(layer.bias), rounding) == "");

  const auto refusal = [&](const Shape& shape) { return error_of([&] { layer(zeros(shape, float64)); }); };
  CHECK(lacks(refusal({3, 2, 5}), {"BatchNorm2d", "(3, 2, 5)", "(N, 2, H, W)"}) == "");
  CHECK(lacks(refusal({3, 3, 5, 5}), {"BatchNorm2d", "(3, 3, 5, 5)"}) == "");
  layer.train();
  CHECK(lacks(refusal({1, 2, 1, 1}), {"BatchNorm2d", "more than one value per channel"}) == "");
  CHECK(layer(zeros({0, 2, 4, 4}, float64)).shape() == Shape{0, 2, 4, 4});
  CHECK(BatchNorm2d(0)(zeros({2, 0, 3, 3})).shape() == Shape{2, 0, 3, 3});
  CHECK(to_string(BatchNorm2d(4)) == "BatchNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)");
}

TEST_CASE("batch norm of volumes is that of images with as many places") {
  Generator generator(8);
  const Tensor x = randn({2, 3, 2, 4, 5}, float32, generator), images = x.reshape({2, 3, 8, 5});
  const BatchNorm3d solid(3);
  const BatchNorm2d flat(3);
  CHECK(test::difference(solid(x), flat(images).reshape(x.shape())) == "");
  CHECK(test::difference(solid.running_var, flat.running_var) == "");
  CHECK(to_string(solid) == "BatchNorm3d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)");
}

TEST_CASE("running statistics move by momentum, with the unbiased variance as in PyTorch") {
  const BatchNorm1d layer = layer_of({.momentum = 0.25});
  layer(f64(batch));
  CHECK(difference(layer.running_mean, {0.75, 1}, rounding) == "");
  CHECK(difference(layer.running_var, {0.75 + 0.25 * 7, 0.75 + 0.25 * 16}, rounding) == "");
  layer(f64(batch) * 2);
  CHECK(difference(layer.running_mean, {0.75 * 0.75 + 0.25 * 6, 0.75 + 0.25 * 8}, rounding) == "");
  CHECK(difference(layer.running_var, {0.75 * 2.5 + 0.25 * 28, 0.75 * 4.75 + 0.25 * 64}, rounding) == "");
  CHECK(layer.num_batches_tracked.value().item<std::int64_t>() == 2);
}

TEST_CASE("TensorFlow 1's convention: decay 0.99, eps 1e-3, biased running variance") {
  BatchNorm1d layer = layer_of({.eps = 1e-3, .momentum = 0.01, .running_variance = RunningVariance::biased});
  const double s = std::sqrt(14.0 / 3 + 1e-3);
  CHECK(difference(slice(layer(f64(batch)), 1, 0, 1), {{-2 / s}, {-1 / s}, {3 / s}}, rounding) == "");
  CHECK(difference(layer.running_mean, {0.03, 0.04}, rounding) == "");
  const double variance = 0.99 + 0.01 * 14 / 3;
  CHECK(difference(layer.running_var, {variance, 0.99 + 0.01 * 32 / 3}, rounding) == "");
  layer.eval();
  CHECK(difference(slice(layer(f64({{1, 1}})), 1, 0, 1), {{(1 - 0.03) / std::sqrt(variance + 1e-3)}}, rounding) == "");
}

TEST_CASE("without a momentum running statistics are averages over all batches") {
  const BatchNorm1d layer = layer_of({.momentum = {}});
  layer(f64(batch));
  layer(f64(batch) * 2);
  layer(f64(batch) * 3);
  CHECK(difference(layer.running_mean, {6, 8}, rounding) == "");
  CHECK(difference(layer.running_var, {7 * 14.0 / 3, 16 * 14.0 / 3}, rounding) == "");
}

TEST_CASE("a momentum of 0 keeps the running statistics, one of 1 takes the batch's") {
  const BatchNorm1d still = layer_of({.momentum = 0});
  still(f64(batch));
  CHECK(difference(still.running_mean, {0, 0}) == "");
  CHECK(difference(still.running_var, {1, 1}) == "");
  const BatchNorm1d eager = layer_of({.momentum = 1});
  eager(f64(batch));
  CHECK(difference(eager.running_var, {7, 16}, rounding) == "");
}

TEST_CASE("evaluation uses the running statistics and leaves them alone") {
  BatchNorm1d layer = layer_of({});
  layer.eval();
  CHECK(difference(layer(f64({{1, 2}})), f64({{1, 2}}) / std::sqrt(1 + 1e-5), rounding) == "");
  layer.running_mean.set(f64({1, 2}));
  layer.running_var.set(f64({4, 9}));
  layer.weight.set(f64({2, 3}));
  layer.bias.set(f64({10, 20}));
  const double s = std::sqrt(4 + 1e-5), t = std::sqrt(9 + 1e-5);
  const NestedList expected{{10 + 2 * 2 / s, 20 + 3 * 3 / t}};
  CHECK(difference(layer(f64({{3, 5}})), expected, rounding) == "");
  CHECK(difference(squeeze(layer(f64({{{3}, {5}}})), 2), expected, rounding) == "");
  CHECK(difference(layer.running_mean, {1, 2}) == "");
  CHECK(layer.num_batches_tracked.value().item() == 0);
}

TEST_CASE("without running statistics evaluation uses the batch's") {
  BatchNorm1d layer = layer_of({.track_running_stats = false});
  CHECK(layer.named_buffers().empty());
  const Tensor in_training = layer(f64(batch));
  layer.eval();
  CHECK(difference(layer(f64(batch)), in_training) == "");
  CHECK(lacks(error_of([&] { layer(f64({{1, 2}})); }), {"more than one value per channel"}) == "");
}

TEST_CASE("without affine there are no parameters") {
  const BatchNorm1d layer = layer_of({.affine = false});
  CHECK(layer.parameters().empty());
  CHECK_FALSE(layer.weight.defined());
  CHECK(difference(layer(f64(batch)), layer_of({})(f64(batch)), rounding) == "");
}

template <class Layer>
void check_gradients(const Shape& shape, Generator& generator) {
  Layer layer(2, {.dtype = float64});
  const auto f = [&](const std::vector<Tensor>& in) {
    layer.weight.set(in[1]);
    layer.bias.set(in[2]);
    return layer(in[0]);
  };
  const std::vector<Tensor> inputs{randn(shape, float64, generator), randn({2}, float64, generator),
                                   randn({2}, float64, generator)};
  const auto in_training = gradcheck(f, inputs, {.order = 2});
  INFO("training: ", in_training.message);
  CHECK(in_training.passed);
  layer.eval();
  const auto in_evaluation = gradcheck(f, inputs, {.order = 2});
  INFO("evaluation: ", in_evaluation.message);
  CHECK(in_evaluation.passed);
}

TEST_CASE("batch norm has right gradients of first and second order") {
  Generator generator(2);
  check_gradients<BatchNorm1d>({5, 2}, generator);
  check_gradients<BatchNorm1d>({3, 2, 2}, generator);
  check_gradients<BatchNorm2d>({2, 2, 2, 1}, generator);
}

TEST_CASE("no gradient flows through the running statistics") {
  const BatchNorm1d layer = layer_of({});
  const Tape tape;
  const Tensor x = f64(batch);
  layer(x);
  CHECK(difference(tape.gradient(sum(layer.running_mean + layer.running_var), x, {.materialize_grads = true}),
                   zeros({3, 2}, float64)) == "");
}

TEST_CASE("a constant channel becomes 0, with finite gradients") {
  const BatchNorm1d layer = layer_of({});
  const Tape tape;
  const Tensor x = f64({{5, 1}, {5, 2}, {5, 6}});
  const Tensor y = layer(x);
  CHECK(difference(slice(y, 1, 0, 1), {{0}, {0}, {0}}) == "");
  const Tensor gradient = tape.gradient(sum(y * f64({{1, 2}, {3, 4}, {5, 6}})), x);
  const std::vector<double> values = gradient.to_vector<double>();
  for (const double value : values) CHECK(std::isfinite(value));
}

TEST_CASE("one value per channel cannot be normalized in training") {
  BatchNorm1d layer = layer_of({});
  const auto call = [&](const Shape& shape) { return error_of([&] { layer(zeros(shape, float64)); }); };
  CHECK(lacks(call({1, 2}), {"BatchNorm1d", "more than one value per channel", "(1, 2)"}) == "");
  CHECK(lacks(call({1, 2, 1}), {"(1, 2, 1)"}) == "");
  CHECK(call({1, 2, 2}) == "no Error");
  layer.eval();
  CHECK(call({1, 2}) == "no Error");
}

TEST_CASE("an empty batch gives an empty result and zero gradients, and changes no buffer") {
  const BatchNorm1d layer = layer_of({});
  const Tape tape;
  const Tensor y = layer(zeros({0, 2}, float64));
  CHECK(y.shape() == Shape{0, 2});
  const std::vector<Tensor> gradients = tape.gradient(sum(y), layer.parameters());
  CHECK(difference(gradients[0], {0, 0}) == "");
  CHECK(difference(gradients[1], {0, 0}) == "");
  CHECK(difference(layer.running_mean, {0, 0}) == "");
  CHECK(difference(layer.running_var, {1, 1}) == "");
  CHECK(layer.num_batches_tracked.value().item() == 0);
}

TEST_CASE("batch norm refuses inputs of another rank or number of channels, naming the shapes") {
  const BatchNorm1d layer(3);
  const auto call = [&](const Shape& shape) { return error_of([&] { layer(zeros(shape)); }); };
  CHECK(lacks(call({4, 5}), {"BatchNorm1d", "(4, 5)", "(N, 3) or (N, 3, L)"}) == "");
  CHECK(lacks(call({3}), {"(3,)"}) == "");
  CHECK(lacks(call({2, 3, 4, 5}), {"(2, 3, 4, 5)"}) == "");
}

TEST_CASE("batch norm refuses options out of range") {
  CHECK(lacks(error_of([] { BatchNorm1d(-1); }), {"-1 features"}) == "");
  CHECK(lacks(error_of([] { BatchNorm1d(2, {.eps = -1}); }), {"eps is -1"}) == "");
  CHECK(lacks(error_of([] { BatchNorm1d(2, {.momentum = 1.5}); }), {"momentum is 1.5", "[0, 1]"}) == "");
  CHECK(lacks(error_of([] { BatchNorm1d(2, {.momentum = -0.1}); }), {"momentum is -0.1"}) == "");
}

TEST_CASE("every training step records the same program, with any momentum") {
  for (const std::optional<double> momentum : {std::optional<double>(0.1), std::optional<double>()}) {
    const BatchNorm1d layer = layer_of({.momentum = momentum});
    std::vector<std::string> first;
    for (int step = 0; step < 3; ++step) {
      const Tape tape;
      eval(layer(f64(batch)));
      if (step == 0)
        first = recorded_primitives();
      else
        CHECK(recorded_primitives() == first);
    }
    CHECK(first.size() > 5);
  }
}

}  // namespace xgrad::nn
