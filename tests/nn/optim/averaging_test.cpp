#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/tape.hpp>
#include <data/dataset.hpp>
#include <nn/batchnorm.hpp>
#include <nn/dropout.hpp>
#include <nn/linear.hpp>
#include <nn/loss.hpp>
#include <nn/norm.hpp>
#include <nn/optim/averaged_model.hpp>
#include <nn/optim/clip.hpp>
#include <nn/optim/early_stopping.hpp>
#include <nn/optim/schedule.hpp>
#include <nn/optim/sgd.hpp>
#include <nn/optim/update_bn.hpp>
#include <nn/sequential.hpp>

#include "../../autograd/expect.hpp"

// Averages of weights, and when to stop.
namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

namespace {

nn::Sequential network() {
  return nn::Sequential{nn::Linear(3, 4, {.dtype = float64}), nn::BatchNorm1d(4, {.dtype = float64}),
                        nn::Linear(4, 2, {.dtype = float64})};
}

/// Binds every parameter and floating-point buffer to values that follow from a number.
void set_all(const nn::Module& model, double value) {
  for (const auto& [name, entry] : model.named_state())
    if (is_floating(entry.dtype()))
      entry.set(full(entry.shape(), value, entry.dtype()));
    else
      entry.set(full(entry.shape(), static_cast<std::int64_t>(value), entry.dtype()));
}

double first_of(const nn::Parameter& entry) { return entry.value().to_vector<double>()[0]; }

double buffer_of(const nn::Module& model, const std::string& wanted) {
  for (const auto& [name, buffer] : model.named_buffers())
    if (name == wanted) return first_of(buffer);
  return NAN;
}

}  // namespace

TEST_CASE("AveragedModel averages all updates equally, or by a decay, as PyTorch's") {
  const std::vector<double> values{2, 5, -1, 4};
  nn::Sequential model = network();
  AveragedModel equal(model), moving(model, {.decay = 0.9}), with_buffers(model, {.decay = 0.9, .use_buffers = true});
  double mean = 0, average = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    set_all(model, values[i]);
    equal.update_parameters(model);
    moving.update_parameters(model);
    with_buffers.update_parameters(model);
    mean += values[i] / 4;
    average = i == 0 ? values[i] : 0.9 * average + 0.1 * values[i];
  }
  CHECK(equal.n_averaged() == 4);
  for (const nn::Parameter& p : equal.module().parameters()) CHECK(first_of(p) == doctest::Approx(mean).epsilon(1e-15));
  for (const nn::Parameter& p : moving.module().parameters())
    CHECK(first_of(p) == doctest::Approx(average).epsilon(1e-15));
  CHECK(buffer_of(moving.module(), "1.running_var") == 4);
  CHECK(buffer_of(with_buffers.module(), "1.running_var") == doctest::Approx(average).epsilon(1e-15));
  CHECK(buffer_of(with_buffers.module(), "1.num_batches_tracked") == 4);
  set_all(model, 100);  // the average is a copy
  CHECK(first_of(equal.module().parameters()[0]) == doctest::Approx(mean));
}

TEST_CASE("a decay with a warmup begins lower, so that the first weights are soon forgotten") {
  const nn::Linear model(1, 1, {.bias = false});
  optim::AveragedModel average(model, {.decay = 0.5, .warmup = true});
  double expected = 0;
  for (int n = 0; n < 12; ++n) {
    model.weight.set(full({1, 1}, n == 0 ? 8.0 : -1.0 * n));
    average.update_parameters(model);
    const double decay = n == 0 ? 0 : std::min(0.5, (1.0 + n) / (10.0 + n));
    expected = decay * expected + (1 - decay) * (n == 0 ? 8.0 : -1.0 * n);
    CHECK(average.module().named_parameters()[0].second.value().item() == doctest::Approx(expected));
  }
  CHECK_THROWS_WITH_AS(optim::AveragedModel(model, {.warmup = true}), doctest::Contains("warmup"), Error);
}

TEST_CASE("an averaged model is a model of the same class, of any handle") {
  nn::Sequential model = network();
  const nn::Module handle = model;
  AveragedModel average(handle);
  average.update_parameters(handle);
  average.eval();
  CHECK(model.is_training());
  model.eval();
  const Tensor x = ones({2, 3}, float64);
  CHECK(difference(average(x), model(x)) == "");
}

TEST_CASE("an AverageScope puts the average into the model for a while") {
  nn::Sequential model = network();
  AveragedModel average(model);
  set_all(model, 1);
  average.update_parameters(model);
  set_all(model, 3);
  average.update_parameters(model);
  const Tensor before = model.parameters()[0];
  {
    const AverageScope scope(average, model);
    CHECK(first_of(model.parameters()[0]) == 2);
    CHECK(buffer_of(model, "1.running_mean") == 3);
  }
  CHECK(model.parameters()[0].value().same_as(before));
  nn::Linear other(3, 4);
  CHECK(lacks(error_of([&] { const AverageScope scope(average, other); }), {"AverageScope", "'weight' is missing"}) ==
        "");
}

TEST_CASE("AveragedModel goes on from its state, and refuses what does not fit") {
  nn::Sequential model = network();
  AveragedModel average(model), resumed(model);
  set_all(model, 3);
  average.update_parameters(model);
  resumed.load_state(average.state());
  set_all(model, 7);
  average.update_parameters(model);
  resumed.update_parameters(model);
  CHECK(resumed.n_averaged() == 2);
  CHECK(difference(resumed.module().parameters()[0], average.module().parameters()[0]) == "");
  CHECK(first_of(resumed.module().parameters()[0]) == 5);

  CHECK(lacks(error_of([&] { average.update_parameters(nn::Linear(3, 4)); }),
              {"AveragedModel::update_parameters", "'0.weight' is missing"}) == "");
  CHECK(average.n_averaged() == 2);
  NamedTensors state = average.state();
  state[0].second = Tensor(std::int64_t{-1});
  CHECK(lacks(error_of([&] { average.load_state(state); }), {"AveragedModel::load_state", "n_averaged is -1"}) == "");
  CHECK(lacks(error_of([&] { AveragedModel(model, {.decay = 1.5}); }), {"AveragedModel", "decay is 1.5"}) == "");
}

TEST_CASE("update_bn makes running statistics the averages of all batches, and keeps modes and momentum") {
  Generator generator(2);
  nn::BatchNorm1d norm(2, {.momentum = 0.3, .dtype = float64}), unused(2, {.dtype = float64});
  nn::Sequential model{norm, nn::Dropout(0.5)};
  set_all(model, 9);
  model.eval();
  norm.train();
  std::vector<Tensor> batches;
  std::vector<double> mean(2), variance(2);
  for (const std::int64_t n : {4, 6, 3}) {
    batches.push_back(3 * randn({n, 2}, float64, generator) + 1);
    const auto x = batches.back().to_vector<double>();
    for (std::size_t j = 0; j < 2; ++j) {
      double m = 0, v = 0;
      for (std::size_t i = j; i < x.size(); i += 2) m += x[i] / static_cast<double>(n);
      for (std::size_t i = j; i < x.size(); i += 2) v += (x[i] - m) * (x[i] - m) / static_cast<double>(n - 1);
      mean[j] += m / 3;
      variance[j] += v / 3;
    }
  }
  update_bn(batches, model);
  CHECK(difference(norm.running_mean, tensor(mean), {.rtol = 1e-13}) == "");
  CHECK(difference(norm.running_var, tensor(variance), {.rtol = 1e-13}) == "");
  CHECK(norm.num_batches_tracked.value().item<std::int64_t>() == 3);
  CHECK_FALSE(model.is_training());
  CHECK(norm.is_training());
  CHECK_FALSE(model[1].is_training());

  // Pairs and batches of a data set, too; the momentum is back.
  std::vector<std::pair<Tensor, Tensor>> pairs;
  std::vector<data::Batch> loaded;
  for (const Tensor& x : batches) {
    pairs.emplace_back(x, x);
    loaded.push_back({x, x});
  }
  set_all(model, 4);
  update_bn(pairs, model);
  update_bn(loaded, model);
  CHECK(difference(norm.running_mean, tensor(mean), {.rtol = 1e-13}) == "");
  const Tensor m = norm.running_mean;
  norm(batches[0]);
  CHECK(difference(norm.running_mean, 0.7 * m + 0.3 * xgrad::mean(batches[0], 0), {.rtol = 1e-13}) == "");

  // What fails changes nothing.
  const Tensor kept = norm.running_mean;
  CHECK(lacks(error_of([&] { update_bn(std::vector<Tensor>{}, model); }), {"update_bn", "no batches"}) == "");
  CHECK(lacks(error_of([&] {
                update_bn(std::vector<Tensor>{batches[0], ones({2, 5}, float64)}, model);
              }),
              {"BatchNorm1d", "(2, 5)"}) == "");
  CHECK(difference(norm.running_mean, kept) == "");
  CHECK(norm.is_training());
}

TEST_CASE("schedule::swa anneals to its rate and stays there") {
  // PyTorch 1.13: SWALR(SGD(lr=0.1), swa_lr=0.02, anneal_epochs=4), by both strategies.
  const Schedule cosine = schedule::swa(0.1, 0.02, 4), linear = schedule::swa(0.1, 0.02, 4, schedule::Anneal::linear);
  const std::vector<double> by_cosine{0.1, 0.08828427124746191, 0.06, 0.03171572875253811, 0.02, 0.02};
  const std::vector<double> by_line{0.1, 0.08, 0.06, 0.04, 0.02, 0.02};
  for (std::int64_t t = 0; t < 6; ++t) {
    CHECK(cosine(t) == doctest::Approx(by_cosine[static_cast<std::size_t>(t)]).epsilon(1e-14));
    CHECK(linear(t) == doctest::Approx(by_line[static_cast<std::size_t>(t)]).epsilon(1e-14));
  }
  CHECK(lacks(error_of([] { schedule::swa(0.1, -1); }), {"schedule::swa", "swa_lr is -1"}) == "");
  CHECK(lacks(error_of([] { schedule::swa(0.1, 0.1, 0); }), {"schedule::swa", "anneal_steps is 0"}) == "");
  CHECK(lacks(error_of([&] { cosine(-1); }), {"schedule::swa", "step -1"}) == "");
}

TEST_CASE("EarlyStopping stops after so many evaluations without improvement, and keeps the best weights") {
  nn::Sequential model = network();
  EarlyStopping stopping({.patience = 2, .min_delta = 0.1});
  CHECK(lacks(error_of([&] { stopping.restore(model); }), {"EarlyStopping::restore", "no weights"}) == "");
  const auto see = [&](double value, double weight) {
    set_all(model, weight);
    return stopping(value, model);
  };
  CHECK_FALSE(see(5, 1));
  CHECK_FALSE(see(4.95, 2));  // by less than min_delta
  CHECK_FALSE(see(4, 3));
  CHECK_FALSE(see(NAN, 4));

  EarlyStopping resumed({.patience = 2, .min_delta = 0.1});
  resumed.load_state(stopping.state());
  CHECK(see(4.2, 5));
  CHECK(stopping.stopped());
  CHECK(stopping.best() == 4);
  stopping.restore(model);
  CHECK(first_of(model.parameters()[0]) == 3);
  CHECK(buffer_of(model, "1.running_mean") == 3);
  set_all(model, 8);
  CHECK(resumed(4.2, model));
  resumed.restore(model);
  CHECK(first_of(model.parameters()[0]) == 3);

  EarlyStopping highest({.patience = 1, .mode = PlateauMode::max});
  CHECK_FALSE(highest(0.5));
  CHECK_FALSE(highest(0.6));
  CHECK(highest(0.6));
  CHECK(lacks(error_of([] { EarlyStopping({.patience = 0}); }), {"EarlyStopping", "patience is 0"}) == "");
  CHECK(lacks(error_of([] { EarlyStopping({.min_delta = -1}); }), {"EarlyStopping", "min_delta is -1"}) == "");
  CHECK(lacks(error_of([&] { highest.load_state({}); }), {"EarlyStopping::load_state", "'best' is missing"}) == "");
}

TEST_CASE("a step with the mean over small batches is that with the large batch, and goes on from its middle") {
  manual_seed(1);
  const nn::Linear whole(3, 2, {.dtype = float64}), parts = nn::clone(whole);
  const Tensor x = randn({12, 3}, float64), y = randn({12, 2}, float64);
  eval({x, y});
  const auto gradients = [&](const nn::Linear& layer, std::int64_t from, std::int64_t to) {
    const Tape tape;
    return tape.gradient(nn::mse_loss(layer(slice(x, 0, from, to)), slice(y, 0, from, to)), layer.parameters());
  };
  SGD large(whole.parameters(), {.lr = 0.1, .momentum = 0.9}), small(parts.parameters(), {.lr = 0.1, .momentum = 0.9});
  for (int step = 0; step < 3; ++step) {
    large.step(gradients(whole, 0, 12));
    GradientAccumulator first, second;
    first.add(gradients(parts, 0, 4), 4);
    first.add(gradients(parts, 4, 6), 2);
    second.load_state(first.state());
    second.add(gradients(parts, 6, 12), 6);
    small.step(second.mean());
    CHECK(difference(parts.weight, whole.weight, {.rtol = 1e-13, .atol = 1e-15}) == "");
    CHECK(difference(parts.bias, whole.bias, {.rtol = 1e-13, .atol = 1e-15}) == "");
  }
  GradientAccumulator accumulator;
  accumulator.load_state(accumulator.state());
  CHECK(accumulator.weight() == 0);
  accumulator.add({ones({2}), Tensor()}, 3);
  NamedTensors state = accumulator.state();
  CHECK(state.size() == 3);
  GradientAccumulator other;
  other.load_state(state);
  const std::vector<Tensor> sums = other.sum();
  CHECK(difference(sums[0], full({2}, 3)) == "");
  CHECK_FALSE(sums[1].defined());
  state[2].first = "total.7";
  CHECK(lacks(error_of([&] { other.load_state(state); }), {"GradientAccumulator::load_state", "'total.7'"}) == "");
  CHECK(lacks(error_of([&] { other.load_state({}); }), {"'weight' is missing"}) == "");
}

}  // namespace xgrad::optim
