#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

bool is_small(const Tensor& x) { return !x.defined() || x.size() < 1000; }

/// Two updates of a metric made of options, its state, and its value where that takes no more than a moment.
template <class M, class... Options>
Probe metric(const char* name, const Tensor& predictions, const Tensor& targets, const Options&... right) {
  return probe(
      {name, "its parts"},
      [](const Tensor& a, const Tensor& b, const Options&... options) {
        M made(options...), other(options...);
        made.update(a, b);
        other.update(a, b);
        if (!is_small(a) || !is_small(b)) return Tensor();
        other.load_state(other.state());
        made.merge(other);
        return made.compute();
      },
      predictions, targets, right...);
}

/// A metric that has seen samples, given another state.
template <class M>
Probe state(const char* name, const M& metric) {
  return probe(
      {name, "its parts"},
      [metric](const NamedTensors& given) {
        M other = metric;
        other.load_state(given);
        return other.compute();
      },
      metric.state());
}

template <class M>
M seen(M metric, const Tensor& predictions, const Tensor& targets) {
  metric.update(predictions, targets);
  return metric;
}

}  // namespace

Probes metric_probes() {
  const Tensor logits = tensor({{0.25, 0.5, 0.25}, {0.25, 0.25, 0.5}, {0.75, 0.25, 0}}),
               labels = tensor({1, 0, 2}, int64);
  const Tensor scores = tensor({0.2, 0.6, 0.5}), binary = tensor({0, 1, 1}, int64);
  const Tensor y = tensor({1, 2, 4}), target = tensor({1, 3, 5});
  const std::int64_t three = 3, two = 2;
  return {
      metric<nn::Accuracy>("Accuracy", logits, labels),
      metric<nn::Accuracy>("Accuracy", labels, labels),
      metric<nn::TopKAccuracy>("TopKAccuracy", logits, labels, two),
      metric<nn::ConfusionMatrix>("ConfusionMatrix", logits, labels, three, nn::Normalize::all),
      metric<nn::ConfusionMatrix>("ConfusionMatrix", labels, labels, three),
      metric<nn::Precision>("Precision", logits, labels, three, nn::ClassScoreOptions{}),
      metric<nn::Recall>("Recall", labels, labels, three, nn::ClassScoreOptions{}),
      metric<nn::F1Score>("F1Score", logits, labels, three, nn::ClassScoreOptions{}),
      metric<nn::AUROC>("AUROC", scores, binary, nn::AUROCOptions{.bins = 5}),
      metric<nn::AUROC>("AUROC", logits, labels, nn::AUROCOptions{.classes = 3, .bins = 5}),
      metric<nn::ExactAUROC>("ExactAUROC", scores, binary, two),
      metric<nn::ExactAUROC>("ExactAUROC", logits, labels, three),
      metric<nn::Mean>("Mean", y, target),
      metric<nn::MeanSquaredError>("MeanSquaredError", y, target),
      metric<nn::MeanAbsoluteError>("MeanAbsoluteError", y, target),
      metric<nn::R2Score>("R2Score", y, target, nn::R2Options{}),
      state("Metric::load_state", seen(nn::Accuracy(), logits, labels)),
      state("Metric::merge", seen(nn::ConfusionMatrix(3), logits, labels)),
      state("Metric", seen(nn::ExactAUROC(2), scores, binary)),
      state("ClassScore::update", seen(nn::F1Score(3), logits, labels)),
  };
}

TEST_CASE("metrics stand wrong calls") { run(metric_probes()); }

}  // namespace xgrad::test
