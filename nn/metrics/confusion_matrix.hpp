#pragma once

#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Which sums of a confusion matrix are made 1.
enum class Normalize {
  none,
  targets,      ///< each row's: shares of the samples of a class
  predictions,  ///< each column's: shares of the predictions of a class
  all           ///< that of all entries
};

/// How often each class was predicted for samples of each class: entry [i][j] counts targets i with prediction j.
///
/// state(): "counts" (C, C), int64.
class ConfusionMatrix : public Metric {
 public:
  /// Throws Error unless classes >= 1 and a matrix of classes^2 numbers is one that a tensor can hold.
  explicit ConfusionMatrix(std::int64_t classes, Normalize normalize = Normalize::none);

  /// predictions: floating-point scores (N, C, ...), of which the largest counts, the first of equal ones, or int64
  /// classes (N, ...). targets: int64 (N, ...). Throws Error where shapes or dtypes do not fit, and on classes outside
  /// 0..C-1.
  void update(const Tensor& predictions, const Tensor& targets);

  /// (C, C): int64 counts, or float64 shares where they are normalized; 0 in a row or column without samples.
  Tensor compute() const override;

 private:
  std::int64_t classes_;
  Normalize normalize_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
