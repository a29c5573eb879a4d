#include <nn/loss.hpp>

#include <vector>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

Tensor reduce(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      return sum(losses);
    case Reduction::none:
      break;
  }
  return losses;
}

void check_cross_entropy(const Tensor& logits, const Tensor& labels) {
  if (logits.rank() < 2 || !is_floating(logits.dtype())) {
    fail("cross_entropy", fmt::format("logits are {} {}; floating-point logits (N, C, ...) were expected",
                                      to_string(logits.dtype()), to_string(logits.shape())));
  }
  Shape expected = logits.shape();
  expected.erase(1);
  if (labels.shape() != expected || labels.dtype() != int64) {
    fail("cross_entropy",
         fmt::format("labels are {} {}; int64 {} was expected for logits of shape {}", to_string(labels.dtype()),
                     to_string(labels.shape()), to_string(expected), to_string(logits.shape())));
  }
}

/// (N, C, d1, ...) as (N, d1, ..., C).
Tensor classes_last(const Tensor& logits) {
  std::vector<int> order;
  for (int axis = 0; axis < logits.rank(); ++axis)
    if (axis != 1) order.push_back(axis);
  order.push_back(1);
  return logits.rank() == 2 ? logits : transpose(logits, order);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& labels, const LossOptions& options) {
  check_cross_entropy(logits, labels);
  const Tensor scores = classes_last(logits);
  const Tensor is_label = one_hot(labels, scores.size(-1), boolean);
  return reduce(logsumexp(scores, -1) - sum(where(is_label, scores, 0.0), -1), options.reduction);
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target, const LossOptions& options) {
  if (prediction.shape() != target.shape()) {
    fail("mse_loss", fmt::format("the prediction has shape {}, the target {}; one shape was expected",
                                 to_string(prediction.shape()), to_string(target.shape())));
  }
  return reduce(square(prediction - target), options.reduction);
}

}  // namespace xgrad::nn
