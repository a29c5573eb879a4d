#include <nn/metrics/confusion_matrix.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/metrics/inputs.hpp>

namespace xgrad::nn {
namespace {

Tensor no_counts(std::int64_t classes) {
  if (classes < 1 || classes > std::int64_t{1} << 15)
    fail("ConfusionMatrix", fmt::format("classes is {}; it must lie in [1, {}]", classes, std::int64_t{1} << 15));
  return zeros({classes, classes}, int64);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t classes, Normalize normalize)
    : Metric("ConfusionMatrix", fmt::format("classes={}", classes), {{"counts", no_counts(classes)}}),
      classes_(classes),
      normalize_(normalize) {}

void ConfusionMatrix::update(const Tensor& predictions, const Tensor& targets) {
  const Called called("ConfusionMatrix::update");
  const std::string where = in("update");
  const Tensor classes = inputs::predicted_classes(where, predictions, targets, classes_);
  inputs::Checked labels = inputs::classes_of(where, "targets", targets, classes_);
  inputs::Checked predicted{.values = classes, .inside = {}};
  if (!is_floating(predictions.dtype())) predicted = inputs::classes_of(where, "predictions", classes, classes_);
  labels = inputs::both(labels, predicted);
  const Tensor places = (labels.values * classes_ + predicted.values).reshape(-1);
  const Tensor counted = labels.kept(ones(targets.shape(), int64)).reshape(-1);
  const Tensor counts = scatter_add({classes_ * classes_}, 0, places, counted);
  add(targets.size(), {counts.reshape({classes_, classes_})}, labels.outside());
}

Tensor ConfusionMatrix::compute() const {
  const Tensor counts = totals()[0];
  if (normalize_ == Normalize::none) return counts;
  const Tensor shares = cast(counts, float64);
  if (normalize_ == Normalize::all) return shares / sum(shares);
  return shares / maximum(sum(shares, normalize_ == Normalize::targets ? 1 : 0, {.keepdims = true}), 1.0);
}

}  // namespace xgrad::nn
