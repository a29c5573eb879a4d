#include <nn/metrics/auroc.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/metrics/inputs.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::nn {
namespace {

constexpr std::int64_t most_counts = std::int64_t{1} << 30;

/// The number of areas: one for two classes.
std::int64_t areas(std::int64_t classes) { return classes == 2 ? 1 : classes; }

Tensor no_counts(const AUROCOptions& options) {
  const auto [classes, bins] = options;
  if (classes < 2 || classes > most_counts)
    fail("AUROC", fmt::format("classes is {}; it must lie in [2, {}]", classes, most_counts));
  if (bins < 1 || bins > most_counts / (2 * areas(classes)))
    fail("AUROC", fmt::format("bins is {}; it must lie in [1, {}] for {} classes", bins,
                              most_counts / (2 * areas(classes)), classes));
  return zeros({2, areas(classes), bins}, int64);
}

Tensor no_scores(std::int64_t classes) {
  constexpr std::int64_t most_classes = std::int64_t{1} << 24;
  if (classes < 2 || classes > most_classes)
    fail("ExactAUROC", fmt::format("classes is {}; it must lie in [2, {}]", classes, most_classes));
  return classes == 2 ? zeros({0}, float64) : zeros({0, classes}, float64);
}

struct Samples {
  inputs::Checked scores;   ///< (N, areas)
  inputs::Checked targets;  ///< (N,)
};

Samples samples_of(const std::string& where, const Tensor& scores, const Tensor& targets, std::int64_t classes,
                   double low, double high) {
  inputs::check_defined(where, "scores", scores);
  inputs::check_defined(where, "targets", targets);
  const Shape expected = classes == 2 ? Shape{targets.size()} : Shape{targets.size(), classes};
  if (targets.rank() != 1 || scores.shape() != expected)
    fail(where, fmt::format("scores are {}, targets are {}; {} and int64 (N,) were expected", inputs::described(scores),
                            inputs::described(targets),
                            classes == 2 ? "(N,), the scores of class 1," : fmt::format("(N, {})", classes)));
  Samples samples{inputs::scores_of(where, "scores", scores, low, high),
                  inputs::classes_of(where, "targets", targets, classes)};
  samples.scores.values = samples.scores.values.reshape({targets.size(), areas(classes)});
  if (samples.scores.inside.defined())
    samples.scores.inside = samples.scores.inside.reshape({targets.size(), areas(classes)});
  return samples;
}

/// The number of samples with a score or a target out of range; undefined for none.
Tensor outside_of(const Samples& samples) {
  const Tensor scores = samples.scores.outside(), targets = samples.targets.outside();
  if (!scores.defined() || !targets.defined()) return scores.defined() ? scores : targets;
  return scores + targets;
}

/// The mean of the areas. Throws Error where a class has none.
Tensor mean_area(const std::string& where, const Tensor& per_class) {
  const std::vector<double> values = per_class.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) continue;
    fail(where,
         fmt::format("class {} has no samples, or all of them, so that it has no area", values.size() == 1 ? 1 : i));
  }
  return mean(per_class);
}

/// The area of one column of scores, by the ranks of the class's samples (Mann and Whitney, 1947).
double exact_area(std::span<const double> scores, std::span<const std::int64_t> targets, std::size_t column,
                  std::size_t columns, std::int64_t positive) {
  std::vector<std::size_t> order(targets.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score = [&](std::size_t i) { return scores[i * columns + column]; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) < score(b); });
  // Twice the number of pairs in the right order, equal ones counting once: whole numbers.
  double pairs = 0, below = 0, all = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    double equal = 0, others = 0;
    std::size_t end = begin;
    for (; end < order.size() && score(order[end]) == score(order[begin]); ++end)
      (targets[order[end]] == positive ? equal : others) += 1;
    pairs += equal * (2 * below + others);
    below += others;
    all += equal;
    begin = end;
  }
  return all == 0 || below == 0 ? std::numeric_limits<double>::quiet_NaN() : pairs / (2 * all * below);
}

}  // namespace

AUROC::AUROC(const AUROCOptions& options)
    : Metric("AUROC", fmt::format("classes={}, bins={}", options.classes, options.bins),
             {{"counts", no_counts(options)}}),
      options_(options) {}

void AUROC::update(const Tensor& scores, const Tensor& targets) {
  const Called called("AUROC::update");
  const auto [classes, bins] = options_;
  const Samples samples = samples_of(in("update"), scores, targets, classes, 0, 1);
  const std::int64_t n = areas(classes);
  const Tensor bin = minimum(cast(samples.scores.values * static_cast<double>(bins), int64), bins - 1);
  // The class of each column; of two classes the column is that of class 1.
  const Tensor column = arange(n), label = classes == 2 ? column + 1 : column;
  const Tensor is_class = cast(equal(expand_dims(samples.targets.values, 1), label), int64);
  const Tensor places = (is_class * n + column) * bins + bin;
  Tensor counted = samples.scores.kept(ones(places.shape(), int64));
  if (samples.targets.inside.defined()) counted = where(expand_dims(samples.targets.inside, 1), counted, 0);
  const Tensor counts = scatter_add({2 * n * bins}, 0, places.reshape(-1), counted.reshape(-1));
  add(targets.size(), {counts.reshape({2, n, bins})}, outside_of(samples));
}

Tensor AUROC::per_class() const {
  const Tensor counts = cast(totals()[0], float64);
  const Tensor others = take(counts, 0), positives = take(counts, 1);
  const Tensor below = cumsum(others, 1) - others;
  const Tensor pairs = sum(others, 1) * sum(positives, 1);
  return sum(positives * (below + others / 2), 1) / pairs;  // 0 / 0 where there is none
}

Tensor AUROC::compute() const { return mean_area(in("compute"), per_class()); }

Tensor AUROC::error_bound() const {
  const Tensor counts = cast(totals()[0], float64);
  const Tensor others = take(counts, 0), positives = take(counts, 1);
  return mean_area(in("error_bound"), sum(positives * others, 1) / (2 * sum(others, 1) * sum(positives, 1)));
}

ExactAUROC::ExactAUROC(std::int64_t classes)
    : Metric("ExactAUROC", fmt::format("classes={}", classes),
             {{"scores", no_scores(classes)}, {"targets", zeros({0}, int64)}}),
      classes_(classes) {}

void ExactAUROC::update(const Tensor& scores, const Tensor& targets) {
  const Called called("ExactAUROC::update");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Samples samples = samples_of(in("update"), scores, targets, classes_, -infinity, infinity);
  add(targets.size(), {samples.scores.values.reshape(scores.shape()), samples.targets.values}, outside_of(samples));
}

std::vector<Tensor> ExactAUROC::joined(const std::vector<Tensor>& a, std::int64_t, const std::vector<Tensor>& b,
                                       std::int64_t) const {
  std::vector<Tensor> parts = a;
  for (std::size_t i = 0; i + 1 < b.size(); i += 2) {
    parts.insert(parts.end(), {b[i], b[i + 1]});
    while (parts.size() > 2 && parts[parts.size() - 3].size() <= 2 * parts.back().size()) {
      for (const std::size_t place : {parts.size() - 2, parts.size() - 1})
        parts[place - 2] = concatenate({parts[place - 2], parts[place]});
      parts.resize(parts.size() - 2);
    }
  }
  return parts;
}

std::vector<Tensor> ExactAUROC::settled() const {
  const std::vector<Tensor> parts = Metric::settled();
  if (parts.size() <= 2) return parts;
  std::vector<Tensor> scores, targets;
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    scores.push_back(parts[i]);
    targets.push_back(parts[i + 1]);
  }
  return {concatenate(scores), concatenate(targets)};
}

void ExactAUROC::check_totals(const std::string& where, const NamedTensors& given) const {
  std::int64_t samples = 0;
  for (const auto& [entry, tensor] : given)
    if (entry == "samples" && tensor.defined() && tensor.dtype() == int64 && tensor.rank() == 0)
      samples = std::clamp<std::int64_t>(tensor.item<std::int64_t>(), 0, most_counts);
  const Shape scores = classes_ == 2 ? Shape{samples} : Shape{samples, classes_};
  // Only shapes and dtypes are compared, so that a broadcast zero stands for all of them.
  matched(where, given,
          {{"samples", zeros({}, int64)},
           {"scores", broadcast_to(zeros({}, float64), scores)},
           {"targets", broadcast_to(zeros({}, int64), {samples})}});
}

Tensor ExactAUROC::per_class() const {
  const std::vector<Tensor> all = totals();
  const auto columns = static_cast<std::size_t>(areas(classes_));
  std::vector<double> values;
  for (std::size_t column = 0; column < columns; ++column)
    values.push_back(exact_area(all[0].data<double>(), all[1].data<std::int64_t>(), column, columns,
                                classes_ == 2 ? 1 : static_cast<std::int64_t>(column)));
  return tensor(values);
}

Tensor ExactAUROC::compute() const { return mean_area(in("compute"), per_class()); }

}  // namespace xgrad::nn
