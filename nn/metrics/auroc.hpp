#pragma once

#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct AUROCOptions {
  /// 2: scores (N,) are those of class 1. More: scores (N, C) are those of each class.
  std::int64_t classes = 2;
  /// The intervals of equal length that [0, 1] is divided into.
  std::int64_t bins = 1000;
};

/// The area under the receiver operating characteristic: the probability that a sample of the class has a higher score
/// than one of another class, equal scores counting half. With more than two classes, the mean of the areas of each
/// class against all others.
///
/// It keeps no samples, but counts how many of each class and of the others lie in each of the bins: scores of one bin
/// count as equal. So the area of a class is off by at most half of sum_b p_b n_b, where p_b and n_b are the shares of
/// the class's and of the other samples that lie in bin b; error_bound() gives that number, at most 1 / 2. Where scores
/// spread evenly over [0, 1] it is below 1 / (2 bins). Scores that crowd together (all of them near 0 or 1) need more
/// bins, or ExactAUROC.
///
/// state(): "counts" (2, C, bins), int64: the others' in [0], the class's in [1]; C is 1 for two classes.
class AUROC : public Metric {
 public:
  /// Throws Error unless classes >= 2 and bins >= 1, and on more than 2^30 counts.
  explicit AUROC(const AUROCOptions& options = {});

  /// scores: floating-point numbers in [0, 1] (apply sigmoid or softmax to logits), (N,) for two classes, else (N, C);
  /// targets: int64 or bool (N,). Throws Error where shapes or dtypes do not fit, on scores outside [0, 1], and on
  /// targets outside the classes.
  void update(const Tensor& scores, const Tensor& targets);

  /// Throws Error where a class has no samples, or all of them: it has no area then.
  Tensor compute() const override;
  /// The area of each class, (C,), NaN where it has none; (1,) for two classes.
  Tensor per_class() const;
  /// How far compute() can lie from the area of the scores themselves.
  Tensor error_bound() const;

 private:
  AUROCOptions options_;
};

/// The same area, exact, of scores that may be any numbers, such as logits. It keeps every score: memory grows with the
/// number of samples.
///
/// state(): "scores" (N,) or (N, C), float64, and "targets" (N,), int64.
class ExactAUROC : public Metric {
 public:
  /// Throws Error unless there are 2 to 2^24 classes.
  explicit ExactAUROC(std::int64_t classes = 2);

  /// scores: floating-point, (N,) for two classes, else (N, C); targets: int64 or bool (N,). Throws Error where shapes
  /// or dtypes do not fit, on scores that are not numbers, and on targets outside the classes.
  void update(const Tensor& scores, const Tensor& targets);

  /// Throws Error where a class has no samples, or all of them.
  Tensor compute() const override;
  /// The area of each class, (C,), NaN where it has none; (1,) for two classes.
  Tensor per_class() const;

 private:
  /// The totals are scores and targets of one part after another, each part more than twice as long as the next, so
  /// that few parts are copied often.
  std::vector<Tensor> joined(const std::vector<Tensor>& a, std::int64_t samples_of_a, const std::vector<Tensor>& b,
                             std::int64_t samples_of_b) const override;
  void check_totals(const std::string& where, const NamedTensors& given) const override;
  std::vector<Tensor> settled() const override;

  std::int64_t classes_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
