#include <nn/metrics/precision_recall.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/metrics/inputs.hpp>

namespace xgrad::nn {
namespace {

constexpr std::int64_t most_classes = std::int64_t{1} << 24;

Tensor no_counts(const std::string& name, std::int64_t classes) {
  if (classes < 1 || classes > most_classes)
    fail(name, fmt::format("classes is {}; it must lie in [1, {}]", classes, most_classes));
  return zeros({classes}, int64);
}

}  // namespace

ClassScore::ClassScore(std::string name, std::int64_t classes, const ClassScoreOptions& options)
    : Metric(name, fmt::format("classes={}", classes),
             {{"correct", no_counts(name, classes)},
              {"predicted", no_counts(name, classes)},
              {"actual", no_counts(name, classes)}}),
      classes_(classes),
      options_(options) {}

void ClassScore::update(const Tensor& predictions, const Tensor& targets) {
  const std::string where = in("update");
  const Called called(where.c_str());
  const Tensor classes = inputs::predicted_classes(where, predictions, targets, classes_);
  inputs::Checked labels = inputs::classes_of(where, "targets", targets, classes_);
  inputs::Checked predicted{.values = classes, .inside = {}};
  if (!is_floating(predictions.dtype())) predicted = inputs::classes_of(where, "predictions", classes, classes_);
  labels = inputs::both(labels, predicted);
  const Tensor one = labels.kept(ones(targets.shape(), int64));
  const auto counts = [&](const Tensor& places, const Tensor& values) {
    return scatter_add({classes_}, 0, places.reshape(-1), values.reshape(-1));
  };
  const Tensor right = cast(equal(labels.values, predicted.values), int64) * one;
  add(targets.size(), {counts(labels.values, right), counts(predicted.values, one), counts(labels.values, one)},
      labels.outside());
}

Tensor ClassScore::compute() const {
  std::vector<Tensor> counts = totals();
  for (Tensor& count : counts) count = cast(count, float64);
  const Tensor actual = counts[2];
  if (options_.average == Average::micro)
    for (Tensor& count : counts) count = sum(count);
  const auto [numerator, denominator] = fraction(counts[0], counts[1], counts[2]);
  const Tensor undivided = equal(denominator, 0.0);
  const Tensor values = where(undivided, full({}, options_.zero_division, float64),
                              numerator / where(undivided, ones({}, float64), denominator));
  if (options_.average == Average::micro || options_.average == Average::none) return values;
  Tensor weights = options_.average == Average::weighted ? actual : ones({classes_}, float64);
  if (std::isnan(options_.zero_division)) weights = where(undivided, zeros({}, float64), weights);
  return sum(where(equal(weights, 0.0), zeros({}, float64), weights * values)) / sum(weights);
}

ClassScore::Fraction Precision::fraction(const Tensor& correct, const Tensor& predicted, const Tensor&) const {
  return {correct, predicted};
}

ClassScore::Fraction Recall::fraction(const Tensor& correct, const Tensor&, const Tensor& actual) const {
  return {correct, actual};
}

ClassScore::Fraction F1Score::fraction(const Tensor& correct, const Tensor& predicted, const Tensor& actual) const {
  return {2 * correct, predicted + actual};
}

}  // namespace xgrad::nn
