#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>

#include <autograd/kernel/memory.hpp>
#include <autograd/node.hpp>
#include <autograd/ops.hpp>
#include <autograd/primitive.hpp>
#include <autograd/random.hpp>
#include <autograd/tape.hpp>
#include <nn/linear.hpp>
#include <nn/loss.hpp>
#include <nn/metrics.hpp>
#include <nn/optim/sgd.hpp>

#include "../../autograd/expect.hpp"

// What holds for every metric, and metrics of numbers.
namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

TEST_CASE("Mean weighs what it is given") {
  Mean mean;
  mean.update(tensor({1.0f, 2.0f}));
  mean.update(5, 4);
  mean.update(i64({7, 9}), f64({0, 2}));
  CHECK(mean.compute().item() == (1 + 2 + 20 + 18) / 8.0);
  CHECK(mean.compute().dtype() == float64);
  CHECK(mean.samples() == 5);
  CHECK(lacks(error_of([&] { mean.update(1, -1); }), {"Mean::update", "weight is -1"}) == "");
  CHECK(lacks(error_of([&] { mean.update(ones({2}), ones({3})); }), {"Mean::update", "(2,)", "(3,)"}) == "");
  CHECK(mean.samples() == 5);
  Mean nothing;
  nothing.update(1, 0);
  CHECK(lacks(error_of([&] { nothing.compute(); }), {"Mean::compute", "add up to 0"}) == "");
  CHECK(lacks(error_of([] { Mean().compute(); }), {"Mean::compute", "no samples"}) == "");
}

TEST_CASE("sums are float64: small losses are not lost beside a large total") {
  Mean mean;
  mean.update(tensor({16777216.0f}));
  for (int i = 0; i < 8; ++i) mean.update(tensor({1.0f}));  // in float32 the total would stay where it is
  CHECK(mean.compute().item() == 16777224.0 / 9);
}

TEST_CASE("MeanSquaredError and MeanAbsoluteError follow their formulas over all batches") {
  MeanSquaredError squared;
  MeanAbsoluteError absolute;
  for (const auto& [y, target] : {std::pair{f64({1, 2}), f64({0, 4})}, {f64({-1, 1, 3}), f64({2, 1, 3})}}) {
    squared.update(y, target);
    absolute.update(y, target);
  }
  CHECK(squared.compute().item() == (1 + 4 + 9) / 5.0);
  CHECK(absolute.compute().item() == (1 + 2 + 3) / 5.0);
  CHECK(lacks(error_of([&] { squared.update(ones({2}), ones({3})); }), {"MeanSquaredError::update", "(2,)", "(3,)"}) ==
        "");
  CHECK(lacks(error_of([&] { absolute.update(ones({2}), Tensor()); }), {"MeanAbsoluteError::update", "'targets'"}) ==
        "");
}

TEST_CASE("R2Score follows its formula, also where targets lie far from 0") {
  for (const double offset : {0.0, 1e8}) {
    INFO("offset ", offset);
    Generator generator(3);
    const Tensor targets = randn({40, 2}, float64, generator) + offset;
    const Tensor predictions = targets + 0.5 * randn({40, 2}, float64, generator);
    eval({targets, predictions});
    const auto y = targets.to_vector<double>(), p = predictions.to_vector<double>();
    std::vector<double> expected, variances;
    for (std::size_t j = 0; j < 2; ++j) {
      double mean = 0, deviation = 0, residual = 0;
      for (std::size_t i = 0; i < 40; ++i) mean += (y[2 * i + j] - offset) / 40;
      for (std::size_t i = 0; i < 40; ++i) {
        deviation += std::pow(y[2 * i + j] - offset - mean, 2);
        residual += std::pow(y[2 * i + j] - p[2 * i + j], 2);
      }
      expected.push_back(1 - residual / deviation);
      variances.push_back(deviation);
    }
    const auto of = [&](MultiOutput multioutput) {
      R2Score first({.outputs = 2, .multioutput = multioutput}), second = first;
      first.update(slice(predictions, 0, 0, 3), slice(targets, 0, 0, 3));
      first.update(slice(predictions, 0, 3, 20), slice(targets, 0, 3, 20));
      second.update(slice(predictions, 0, 20, 40), slice(targets, 0, 20, 40));
      first.merge(second);
      return first.compute();
    };
    // Sums of squares of targets would have lost all digits at 1e8.
    const double tolerance = offset == 0 ? 1e-13 : 1e-7;
    CHECK(difference(of(MultiOutput::raw_values), tensor(expected), {.rtol = tolerance}) == "");
    CHECK(of(MultiOutput::uniform_average).item() ==
          doctest::Approx((expected[0] + expected[1]) / 2).epsilon(tolerance));
    CHECK(of(MultiOutput::variance_weighted).item() ==
          doctest::Approx((expected[0] * variances[0] + expected[1] * variances[1]) / (variances[0] + variances[1]))
              .epsilon(tolerance));
  }
  R2Score constant;
  constant.update(f64({2}), f64({2}));
  CHECK(lacks(error_of([&] { constant.compute(); }), {"R2Score::compute", "one sample"}) == "");
  constant.update(f64({2}), f64({2}));
  CHECK(constant.compute().item() == 1);
  constant.update(f64({3}), f64({2}));
  CHECK(constant.compute().item() == 0);
  CHECK(lacks(error_of([&] {
                constant.update(ones({2, 3}), ones({2, 3}));
              }),
              {"R2Score::update", "(2, 3)", "(N, 1)"}) == "");
  CHECK(lacks(error_of([] { R2Score({.outputs = 0}); }), {"R2Score", "outputs is 0"}) == "");
}

TEST_CASE("update() runs nothing, and joins the run of an optimizer's step") {
  Linear model(3, 2);
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  Accuracy accuracy;
  Mean loss_of_all;
  const Tensor x = ones({4, 3}), labels = i64({0, 1, 0, 1});
  eval(x);
  const Tensor logits = [&] {
    const Tape tape;
    const Tensor y = model(x), loss = cross_entropy(y, labels);
    accuracy.update(y, labels);
    loss_of_all.update(loss, 4);
    CHECK_FALSE(loss.node()->has_value());
    sgd.step(tape.gradient(loss, model.parameters()));
    CHECK(loss.node()->has_value());
    return y;
  }();
  CHECK(accuracy.samples() == 4);
  CHECK(accuracy.compute().item() == 0.5);  // equal rows
}

TEST_CASE("a thousand batches take no more memory than a few: nothing is kept") {
  Generator generator(5);
  Accuracy accuracy;
  ConfusionMatrix confusion(10);
  AUROC area({.classes = 10, .bins = 50});
  R2Score r2;
  Mean loss;
  const auto feed = [&](int batches) {
    std::size_t most = 0;
    for (int i = 0; i < batches; ++i) {
      const Tensor logits = randn({200, 10}, float32, generator), y = softmax(logits);
      const Tensor labels = randint(10, {200}, generator), target = sum(logits, 1);
      accuracy.update(logits, labels);
      confusion.update(argmax(logits, 1), labels);
      area.update(y, labels);
      r2.update(target + 1, target);
      loss.update(cross_entropy(logits, labels), 200);
      most = std::max(most, recorded_primitives().size());
    }
    return most;
  };
  feed(10);
  accuracy.compute().item();  // what waits runs along
  const std::size_t before = memory_stats().live;
  const std::size_t waiting = feed(1000);
  CHECK(waiting < 42'000);  // twice the bound of what waits without a tape: the list is pruned when it has doubled
  accuracy.compute().item();
  eval(confusion.compute());
  CHECK(memory_stats().live < before + 100'000);  // a batch alone has 8 kB
  CHECK(accuracy.samples() == 202'000);
  CHECK(sum(confusion.compute()).item<std::int64_t>() == 202'000);
  CHECK(area.compute().item() == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("values out of range of tensors that wait are found when a value is asked for") {
  const Tensor labels = i64({0, 1, 2}), far = labels + i64({0, 0, 5});
  ConfusionMatrix confusion(3);
  confusion.update(labels, labels);
  confusion.update(labels, far);
  const std::vector<std::string> parts{"1 of the values", "out of range", "reset()"};
  CHECK(lacks(error_of([&] { confusion.compute(); }), parts) == "");
  CHECK(lacks(error_of([&] { confusion.state(); }), parts) == "");
  ConfusionMatrix other(3);
  CHECK(lacks(error_of([&] { other.merge(confusion); }), parts) == "");
  confusion.reset();
  CHECK(confusion.samples() == 0);
  confusion.update(labels, labels + 0);
  CHECK(difference(confusion.compute(), eye(3, {}, int64)) == "");

  AUROC area;
  area.update(f64({0.5, 0.25}) * 4, i64({0, 1}) + 0);
  CHECK(lacks(error_of([&] { area.compute(); }), parts) == "");
}

TEST_CASE("merge and load_state refuse what is of another kind, and change nothing") {
  Accuracy accuracy;
  accuracy.update(i64({1, 0}), i64({1, 1}));
  Mean mean;
  mean.update(1);
  CHECK(lacks(error_of([&] { accuracy.merge(mean); }), {"Accuracy::merge", "Mean", "Accuracy was expected"}) == "");
  CHECK(lacks(error_of([&] { ConfusionMatrix(3).merge(ConfusionMatrix(4)); }), {"classes=4", "classes=3"}) == "");
  CHECK(lacks(error_of([&] { accuracy.load_state(mean.state()); }),
              {"Accuracy::load_state", "'correct' is missing", "'total' is unexpected"}) == "");
  CHECK(lacks(error_of([&] {
                accuracy.load_state({{"samples", tensor({-1}, int64).reshape(Shape{})}, {"correct", zeros({}, int64)}});
              }),
              {"samples is -1"}) == "");
  CHECK(accuracy.compute().item() == 0.5);
  accuracy.merge(Accuracy());  // nothing
  CHECK(accuracy.compute().item() == 0.5);
  Accuracy copy = accuracy;
  copy.merge(copy);
  CHECK(copy.samples() == 4);
  CHECK(copy.compute().item() == 0.5);
  const Accuracy taken = std::move(copy);
  CHECK(lacks(error_of([&] { copy.compute(); }), {"moved from"}) == "");  // NOLINT
  CHECK(lacks(error_of([&] { copy.update(i64({1}), i64({1})); }), {"moved from"}) == "");
}

namespace {

/// A metric of a user's own, whose parts are not joined by sums.
class Largest : public Metric {
 public:
  Largest() : Metric("Largest", "", {{"largest", zeros({}, float64)}}) {}

  void update(const Tensor& x) { add(x.size(), {max(cast(x, float64))}); }
  Tensor compute() const override { return totals()[0]; }

 private:
  std::vector<Tensor> joined(const std::vector<Tensor>& a, std::int64_t, const std::vector<Tensor>& b,
                             std::int64_t) const override {
    return {maximum(a[0], b[0])};
  }
};

}  // namespace

TEST_CASE("a metric of one's own joins its parts by its own rule") {
  Largest first, second;
  first.update(f64({-5, -7}));
  first.update(f64({-6}));
  CHECK(first.compute().item() == -5);
  second.update(f64({-1}));
  first.merge(second);
  CHECK(first.compute().item() == -1);
  CHECK(first.samples() == 4);
}

TEST_CASE("an empty batch changes nothing") {
  Accuracy accuracy;
  accuracy.update(zeros({0, 3}), zeros({0}, int64));
  AUROC area;
  area.update(zeros({0}), zeros({0}, int64));
  R2Score r2;
  r2.update(zeros({0}), zeros({0}));
  CHECK(accuracy.samples() + area.samples() + r2.samples() == 0);
}

namespace {

/// The share of pairs of a sample of the class and another that are in order, equal ones counting half.
double plain_area(const std::vector<double>& scores, const std::vector<bool>& positive) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (!positive[i] || positive[j]) continue;
      right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
      pairs += 1;
    }
  return right / pairs;
}

}  // namespace

TEST_CASE("AUROC of two classes: exact, and binned within its bound") {
  Generator generator(11);
  const Tensor targets = randint(2, {300}, generator);
  const Tensor scores = sigmoid(randn({300}, float64, generator) + cast(targets, float64));
  eval({targets, scores});
  std::vector<bool> positive;
  for (const std::int64_t t : targets.data<std::int64_t>()) positive.push_back(t == 1);
  const double expected = plain_area(scores.to_vector<double>(), positive);
  CHECK(expected > 0.6);

  ExactAUROC exact;
  AUROC coarse({.bins = 8}), fine;
  for (std::int64_t i = 0; i < 300; i += 25) {
    exact.update(slice(scores, 0, i, i + 25), slice(targets, 0, i, i + 25));
    coarse.update(slice(scores, 0, i, i + 25), slice(targets, 0, i, i + 25));
    fine.update(slice(scores, 0, i, i + 25), equal(slice(targets, 0, i, i + 25), 1));  // bool
  }
  CHECK(exact.compute().item() == doctest::Approx(expected).epsilon(1e-14));
  CHECK(std::abs(coarse.compute().item() - expected) <= coarse.error_bound().item());
  CHECK(std::abs(fine.compute().item() - expected) <= fine.error_bound().item());
  CHECK(coarse.error_bound().item() < 0.1);
  CHECK(fine.error_bound().item() < 1e-3);
  CHECK(coarse.compute().item() != fine.compute().item());
  CHECK(coarse.state()[1].second.shape() == Shape{2, 1, 8});

  // Scores at the bins' lower ends: binned is exact. Equal scores, and 1, count.
  AUROC ties({.bins = 4});
  ties.update(f64({0, 0.25, 0.25, 1, 0.75}), i64({0, 0, 1, 1, 1}));
  CHECK(ties.compute().item() == 5.5 / 6);
}

TEST_CASE("AUROC of several classes is the mean of each against the rest") {
  Generator generator(13);
  const Tensor targets = randint(3, {60}, generator);
  const Tensor logits = 3 * randn({60, 3}, float32, generator) + one_hot(targets, 3);
  eval({targets, logits});
  const auto labels = targets.to_vector<std::int64_t>();
  std::vector<double> areas;
  for (std::int64_t c = 0; c < 3; ++c) {
    std::vector<bool> positive;
    for (const std::int64_t label : labels) positive.push_back(label == c);
    areas.push_back(plain_area(take(logits, Tensor(c), 1).to_vector<double>(), positive));
  }
  const double expected = (areas[0] + areas[1] + areas[2]) / 3;
  ExactAUROC exact(3), other(3), sent(3);
  exact.update(slice(logits, 0, 0, 20), slice(targets, 0, 0, 20));
  for (std::int64_t i = 20; i < 60; ++i) other.update(slice(logits, 0, i, i + 1), slice(targets, 0, i, i + 1));
  sent.load_state(other.state());
  exact.merge(sent);
  CHECK(difference(exact.per_class(), tensor(areas), {.rtol = 1e-14}) == "");
  CHECK(exact.compute().item() == doctest::Approx(expected).epsilon(1e-14));
  CHECK(exact.state()[1].second.shape() == Shape{60, 3});

  AUROC binned({.classes = 3});
  binned.update(sigmoid(logits), targets);  // each class's order stays
  CHECK(std::abs(binned.compute().item() - expected) <= binned.error_bound().item() + 1e-15);
  CHECK(binned.error_bound().item() < 0.01);
}

TEST_CASE("AUROC refuses what has no area, and scores that are none") {
  AUROC area({.classes = 3, .bins = 10});
  ExactAUROC exact(3);
  const Tensor scores = f64({{0.2, 0.3, 0.5}, {0.5, 0.25, 0.25}}), targets = i64({2, 0});
  area.update(scores, targets);
  exact.update(scores, targets);
  CHECK(lacks(error_of([&] { area.compute(); }), {"AUROC::compute", "class 1 has no samples"}) == "");
  CHECK(lacks(error_of([&] { exact.compute(); }), {"ExactAUROC::compute", "class 1 has no samples"}) == "");
  CHECK(std::isnan(area.per_class().to_vector<double>()[1]));
  CHECK(area.per_class().to_vector<double>()[0] == 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(lacks(error_of([] { AUROC().update(f64({0.5, 1.5}), i64({0, 1})); }), {"'scores' holds 1.5", "[0, 1]"}) == "");
  CHECK(lacks(error_of([&] { ExactAUROC().update(f64({0.5, nan}), i64({0, 1})); }), {"'scores' holds nan"}) == "");
  CHECK(lacks(error_of([] { AUROC().update(f64({0.5}), i64({2})); }), {"'targets' holds 2", "0 to 1"}) == "");
  CHECK(lacks(error_of([] {
                AUROC().update(ones({2, 2}), i64({0, 1}));
              }),
              {"AUROC::update", "(2, 2)", "class 1"}) == "");
  CHECK(lacks(error_of([] { AUROC({.bins = 0}); }), {"AUROC", "bins is 0"}) == "");
  CHECK(lacks(error_of([] { AUROC({.classes = 1}); }), {"AUROC", "classes is 1"}) == "");
  CHECK(lacks(error_of([] { ExactAUROC(1); }), {"ExactAUROC", "classes is 1"}) == "");
}

}  // namespace xgrad::nn
