#pragma once

#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The share of samples whose predicted class is the target, in [0, 1].
///
/// state(): "correct" (int64).
class Accuracy : public Metric {
 public:
  Accuracy();

  /// predictions: floating-point scores (N, C, ...), of which the largest counts, the first of equal ones, or int64
  /// classes (N, ...). targets: int64 (N, ...). Throws Error where shapes or dtypes do not fit, and on targets outside
  /// 0..C-1 (below 0, where predictions are classes).
  void update(const Tensor& predictions, const Tensor& targets);

  Tensor compute() const override;
};

/// The share of samples whose target is among the k classes of the largest scores, in [0, 1].
///
/// state(): "correct" (int64).
class TopKAccuracy : public Metric {
 public:
  /// Throws Error unless k >= 1.
  explicit TopKAccuracy(std::int64_t k);

  /// scores: floating-point (N, C, ...), C >= k; targets: int64 (N, ...). Throws Error where shapes or dtypes do not
  /// fit, and on targets outside 0..C-1.
  void update(const Tensor& scores, const Tensor& targets);

  Tensor compute() const override;

 private:
  std::int64_t k_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
