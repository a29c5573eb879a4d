#pragma once

#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// How the values of classes become one.
enum class Average {
  micro,     ///< the value of the sums over all classes
  macro,     ///< the mean over the classes
  weighted,  ///< the mean over the classes, weighted by their number of targets
  none       ///< not at all: the values of the classes, (C,)
};

struct ClassScoreOptions {
  Average average = Average::macro;
  /// The value of a class whose denominator is 0. NaN leaves the class out of a mean.
  double zero_division = 0;
};

/// The base of Precision, Recall and F1Score, which count for each class the samples that have it as target, as
/// prediction, and as both. Classes without samples count in a macro mean, with zero_division, as in scikit-learn.
///
/// state(): "correct", "predicted", "actual", each (C,), int64. Throws Error unless there are 1 to 2^24 classes.
class ClassScore : public Metric {
 public:
  /// predictions: floating-point scores (N, C, ...), of which the largest counts, the first of equal ones, or int64
  /// classes (N, ...). targets: int64 (N, ...). Throws Error where shapes or dtypes do not fit, and on classes outside
  /// 0..C-1.
  void update(const Tensor& predictions, const Tensor& targets);

  /// A scalar, or (C,) with Average::none.
  Tensor compute() const override;

 protected:
  ClassScore(std::string name, std::int64_t classes, const ClassScoreOptions& options);

 private:
  struct Fraction {
    Tensor numerator, denominator;
  };
  /// Of counts as float64, of a class each or of all together.
  virtual Fraction fraction(const Tensor& correct, const Tensor& predicted, const Tensor& actual) const = 0;
  friend class Precision;
  friend class Recall;
  friend class F1Score;

  std::int64_t classes_;
  ClassScoreOptions options_;
};

/// The share of the predictions of a class that are right: true positives / (true + false positives).
class Precision : public ClassScore {
 public:
  explicit Precision(std::int64_t classes, const ClassScoreOptions& options = {})
      : ClassScore("Precision", classes, options) {}

 private:
  Fraction fraction(const Tensor& correct, const Tensor& predicted, const Tensor& actual) const override;
};

/// The share of the samples of a class that are found: true positives / (true positives + false negatives).
class Recall : public ClassScore {
 public:
  explicit Recall(std::int64_t classes, const ClassScoreOptions& options = {})
      : ClassScore("Recall", classes, options) {}

 private:
  Fraction fraction(const Tensor& correct, const Tensor& predicted, const Tensor& actual) const override;
};

/// The harmonic mean of precision and recall: 2 true positives / (2 true positives + false positives + false
/// negatives).
class F1Score : public ClassScore {
 public:
  explicit F1Score(std::int64_t classes, const ClassScoreOptions& options = {})
      : ClassScore("F1Score", classes, options) {}

 private:
  Fraction fraction(const Tensor& correct, const Tensor& predicted, const Tensor& actual) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
