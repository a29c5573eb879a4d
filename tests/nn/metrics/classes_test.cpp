#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <nn/metrics.hpp>

#include "../../autograd/expect.hpp"

// Metrics of predicted classes, against plain loops over the samples.
namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

namespace {

constexpr std::int64_t classes = 4;

/// Batches of different sizes, of which one misses a class; scores with equal entries.
struct Data {
  std::vector<Tensor> scores, targets;
  std::vector<std::int64_t> predicted, actual;

  Data() {
    Generator generator(7);
    for (const std::int64_t n : {5, 1, 13, 8}) {
      scores.push_back(cast(randint(-3, 4, {n, classes}, generator), float32));
      targets.push_back(randint(0, n == 8 ? 2 : 3, {n}, generator));  // class 3 is never a target
      eval({scores.back(), targets.back()});
      const auto values = scores.back().to_vector<double>();
      for (std::int64_t i = 0; i < n; ++i) {
        std::int64_t best = 0;
        for (std::int64_t c = 1; c < classes; ++c)
          if (values[static_cast<std::size_t>(i * classes + c)] > values[static_cast<std::size_t>(i * classes + best)])
            best = c;
        predicted.push_back(best);
      }
      const auto labels = targets.back().to_vector<std::int64_t>();
      actual.insert(actual.end(), labels.begin(), labels.end());
    }
  }

  std::int64_t count(std::int64_t target, std::int64_t prediction) const {
    std::int64_t found = 0;
    for (std::size_t i = 0; i < actual.size(); ++i)
      found += (target < 0 || actual[i] == target) && (prediction < 0 || predicted[i] == prediction);
    return found;
  }

  template <class M>
  M seen(M metric) const {
    for (std::size_t i = 0; i < scores.size(); ++i) metric.update(scores[i], targets[i]);
    return metric;
  }
  /// The same, from classes, in two parts that are merged, one of them by its state.
  template <class M>
  M merged(const M& empty) const {
    M first = empty, second = empty, sent = empty;
    for (std::size_t i = 0; i < scores.size(); ++i) (i < 2 ? first : second).update(argmax(scores[i], 1), targets[i]);
    sent.load_state(second.state());
    first.merge(sent);
    return first;
  }
};

}  // namespace

TEST_CASE("Accuracy is the share of right classes over all batches") {
  const Data data;
  double right = 0;
  for (std::size_t i = 0; i < data.actual.size(); ++i) right += data.actual[i] == data.predicted[i];
  const Accuracy accuracy = data.seen(Accuracy());
  CHECK(right > 3);
  CHECK(accuracy.samples() == 27);
  CHECK(difference(accuracy.compute(), Tensor(right / 27).to(float64), {.rtol = 1e-7}) == "");
  CHECK(accuracy.compute().item() == right / 27);
  CHECK(data.merged(Accuracy()).compute().item() == right / 27);
  CHECK(accuracy.state()[1].second.dtype() == int64);
}

TEST_CASE("Accuracy takes scores of places, with the classes in axis 1") {
  Accuracy accuracy;
  const Tensor scores = tensor({{{1, 0, 0}, {0, 1, 0}}, {{0, 0, 1}, {1, 1, 0}}});  // (2, 2, 3)
  accuracy.update(scores, i64({{0, 1, 0}, {0, 1, 0}}));
  CHECK(accuracy.samples() == 6);
  CHECK(accuracy.compute().item() == 5.0 / 6);  // classes 0 1 0, 1 1 0
}

TEST_CASE("TopKAccuracy counts targets among the k largest scores") {
  TopKAccuracy first(1), second(2), third(3);
  const Tensor scores = tensor({{0.1, 0.7, 0.2}, {0.5, 0.2, 0.3}, {0.3, 0.3, 0.4}});
  for (TopKAccuracy* metric : {&first, &second, &third}) metric->update(scores, i64({1, 2, 1}));
  CHECK(first.compute().item() == 1.0 / 3);
  CHECK(second.compute().item() == 2.0 / 3);  // of the third row's equal scores the first counts
  CHECK(third.compute().item() == 1);
  CHECK(lacks(error_of([&] { first.merge(second); }), {"TopKAccuracy::merge", "k=2", "k=1"}) == "");
  CHECK(lacks(error_of([&] {
                TopKAccuracy(4).update(scores, i64({1, 2, 1}));
              }),
              {"TopKAccuracy::update", "(3, 3)", "4"}) == "");
  CHECK(lacks(error_of([] { TopKAccuracy(0); }), {"TopKAccuracy", "k is 0"}) == "");
}

TEST_CASE("ConfusionMatrix counts targets by rows and predictions by columns") {
  const Data data;
  Tensor counts = data.seen(ConfusionMatrix(classes)).compute();
  CHECK(counts.dtype() == int64);
  for (std::int64_t i = 0; i < classes; ++i)
    for (std::int64_t j = 0; j < classes; ++j) CHECK(at(counts, {i, j}).item<std::int64_t>() == data.count(i, j));
  CHECK(difference(data.merged(ConfusionMatrix(classes)).compute(), counts) == "");

  const auto shares = [&](Normalize normalize) { return data.seen(ConfusionMatrix(classes, normalize)).compute(); };
  const Tensor rows = sum(shares(Normalize::targets), 1), columns = sum(shares(Normalize::predictions), 0);
  CHECK(difference(rows, f64({1, 1, 1, 0}), {.rtol = 1e-15}) == "");
  CHECK(difference(columns, f64({1, 1, 1, 1}), {.rtol = 1e-15}) == "");
  CHECK(difference(shares(Normalize::all) * 27, cast(counts, float64), {.rtol = 1e-15}) == "");
}

TEST_CASE("Precision, Recall and F1Score of each class, micro, macro and weighted") {
  const Data data;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double zero_division : {0.0, 1.0, nan}) {
    INFO("zero_division ", zero_division);
    const auto ratio = [&](double a, double b) { return b == 0 ? zero_division : a / b; };
    std::vector<double> precision, recall, f1, support;
    double right = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      const auto both = static_cast<double>(data.count(c, c)), predicted = static_cast<double>(data.count(-1, c)),
                 actual = static_cast<double>(data.count(c, -1));
      precision.push_back(ratio(both, predicted));
      recall.push_back(ratio(both, actual));
      f1.push_back(ratio(2 * both, predicted + actual));
      support.push_back(actual);
      right += both;
    }
    CHECK(support[3] == 0);
    const auto averaged = [&](const std::vector<double>& values, bool weighted) {
      double total = 0, weight = 0;
      for (std::size_t c = 0; c < values.size(); ++c) {
        if (std::isnan(values[c])) continue;
        total += (weighted ? support[c] : 1) * values[c];
        weight += weighted ? support[c] : 1;
      }
      return total / weight;
    };
    const auto check = [&](auto make, const std::vector<double>& values) {
      const auto of = [&](Average average) { return make({.average = average, .zero_division = zero_division}); };
      CHECK(difference(data.seen(of(Average::none)).compute(), tensor(values), {.rtol = 1e-14}) == "");
      CHECK(data.seen(of(Average::micro)).compute().item() == doctest::Approx(right / 27).epsilon(1e-14));
      CHECK(data.seen(of(Average::macro)).compute().item() == doctest::Approx(averaged(values, false)).epsilon(1e-14));
      CHECK(data.merged(of(Average::weighted)).compute().item() ==
            doctest::Approx(averaged(values, true)).epsilon(1e-14));
    };
    check([](const ClassScoreOptions& o) { return Precision(classes, o); }, precision);
    check([](const ClassScoreOptions& o) { return Recall(classes, o); }, recall);
    check([](const ClassScoreOptions& o) { return F1Score(classes, o); }, f1);
  }
  // By hand: targets 0 0 1, predictions 0 1 1.
  F1Score f1(2, {.average = Average::none});
  f1.update(i64({0, 1, 1}), i64({0, 0, 1}));
  CHECK(difference(f1.compute(), f64({2.0 / 3, 2.0 / 3}), {.rtol = 1e-15}) == "");
}

TEST_CASE("metrics of classes refuse what does not fit") {
  const Tensor scores = zeros({4, 3});
  const auto call = [](auto metric, const Tensor& predictions, const Tensor& targets) {
    return error_of([&] { metric.update(predictions, targets); });
  };
  CHECK(lacks(call(Accuracy(), scores, zeros({5}, int64)), {"Accuracy::update", "float32 (4, 3)", "int64 (5,)"}) == "");
  CHECK(lacks(call(Accuracy(), scores, zeros({4})), {"Accuracy::update", "'targets' is float32 (4,)"}) == "");
  CHECK(lacks(call(Accuracy(), scores, i64({0, 1, 3, 0})), {"'targets' holds 3", "0 to 2"}) == "");
  CHECK(lacks(call(Accuracy(), Tensor(), i64({0})), {"Accuracy::update", "'predictions'", "undefined"}) == "");
  CHECK(lacks(call(ConfusionMatrix(4), scores, i64({0, 1, 2, 0})), {"ConfusionMatrix::update", "(N, 4, ...)"}) == "");
  CHECK(lacks(call(ConfusionMatrix(3), i64({0, 1, 4}), i64({0, 1, 2})), {"'predictions' holds 4", "0 to 2"}) == "");
  CHECK(lacks(call(Recall(3), i64({0, 1, 2}), i64({0, -1, 2})), {"Recall::update", "'targets' holds -1"}) == "");
  CHECK(lacks(call(Precision(3), i64({0, 1}), i64({0, 1, 2})), {"Precision::update", "int64 (2,)", "int64 (3,)"}) ==
        "");
  CHECK(lacks(error_of([] { ConfusionMatrix(0); }), {"ConfusionMatrix", "classes is 0"}) == "");
  CHECK(lacks(error_of([] { F1Score(-1); }), {"F1Score", "classes is -1"}) == "");
  CHECK(lacks(error_of([] { F1Score(3).compute(); }), {"F1Score::compute", "no samples"}) == "");
}

}  // namespace xgrad::nn
