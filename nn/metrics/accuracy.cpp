#include <nn/metrics/accuracy.hpp>

#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/metrics/inputs.hpp>

namespace xgrad::nn {
namespace {

Tensor share(const Tensor& correct, std::int64_t samples) {
  return cast(correct, float64) / static_cast<double>(samples);
}

}  // namespace

Accuracy::Accuracy() : Metric("Accuracy", "", {{"correct", zeros({}, int64)}}) {}

void Accuracy::update(const Tensor& predictions, const Tensor& targets) {
  const Called called("Accuracy::update");
  const std::string where = in("update");
  const Tensor predicted = inputs::predicted_classes(where, predictions, targets, 0);
  const std::int64_t classes =
      is_floating(predictions.dtype()) ? predictions.size(1) : std::numeric_limits<std::int64_t>::max();
  const inputs::Checked labels = inputs::classes_of(where, "targets", targets, classes);
  add(targets.size(), {sum(cast(labels.kept(cast(equal(predicted, labels.values), int64)), int64))}, labels.outside());
}

Tensor Accuracy::compute() const { return share(totals()[0], samples()); }

TopKAccuracy::TopKAccuracy(std::int64_t k)
    : Metric("TopKAccuracy", fmt::format("k={}", k), {{"correct", zeros({}, int64)}}), k_(k) {
  if (k < 1) fail("TopKAccuracy", fmt::format("k is {}; it must be at least 1", k));
}

void TopKAccuracy::update(const Tensor& scores, const Tensor& targets) {
  const Called called("TopKAccuracy::update");
  const std::string where = in("update");
  inputs::check_defined(where, "scores", scores);
  if (!is_floating(scores.dtype()) || scores.rank() < 2 || scores.size(1) < k_)
    fail(where, fmt::format("scores are {}; floating-point scores (N, C, ...) with C at least {} were expected",
                            inputs::described(scores), k_));
  inputs::predicted_classes(where, scores, targets, 0);
  const inputs::Checked labels = inputs::classes_of(where, "targets", targets, scores.size(1));
  const Tensor among = any(equal(topk(scores, k_, 1).indices, expand_dims(labels.values, 1)), 1);
  add(targets.size(), {sum(labels.kept(cast(among, int64)))}, labels.outside());
}

Tensor TopKAccuracy::compute() const { return share(totals()[0], samples()); }

}  // namespace xgrad::nn
