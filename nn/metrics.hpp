#pragma once

#include <autograd/tensor.hpp>
#include <nn/metrics/accuracy.hpp>
#include <nn/metrics/auroc.hpp>
#include <nn/metrics/confusion_matrix.hpp>
#include <nn/metrics/metric.hpp>
#include <nn/metrics/precision_recall.hpp>
#include <nn/metrics/regression.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The share of rows whose largest logit is the label's, as a scalar in [0, 1]; of equal logits the first counts.
/// logits: (N, C); labels: (N,), int64. NaN for an empty batch. Throws Error where shapes or dtypes do not fit.
Tensor accuracy(const Tensor& logits, const Tensor& labels);

}  // namespace xgrad::nn
#pragma GCC visibility pop
