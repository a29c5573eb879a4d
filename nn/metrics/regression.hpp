#pragma once

#include <nn/metrics/metric.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The weighted mean of numbers, such as losses:
///
///     nn::Mean mean_loss;
///     mean_loss.update(loss, images.size(0));  // each batch's mean counts as often as it has images
///
/// state(): "total" (sum of weight * value), "weight", float64.
class Mean : public Metric {
 public:
  Mean();

  /// values: floating-point or int64, of any shape; weights: of a shape that broadcasts to theirs. Throws Error where
  /// they do not fit, and on a weight that is a plain number below 0.
  void update(const Tensor& values, const Tensor& weights = 1);

  /// Throws Error where the weights add up to 0.
  Tensor compute() const override;
};

/// The mean of (prediction - target)^2 over all numbers of all batches.
///
/// state(): "total", float64.
class MeanSquaredError : public Metric {
 public:
  MeanSquaredError();

  /// Numbers of one shape. Throws Error where they are not.
  void update(const Tensor& predictions, const Tensor& targets);

  Tensor compute() const override;
};

/// The mean of |prediction - target| over all numbers of all batches.
///
/// state(): "total", float64.
class MeanAbsoluteError : public Metric {
 public:
  MeanAbsoluteError();

  /// Numbers of one shape. Throws Error where they are not.
  void update(const Tensor& predictions, const Tensor& targets);

  Tensor compute() const override;
};

/// How the values of several outputs become one.
enum class MultiOutput {
  uniform_average,    ///< their mean
  variance_weighted,  ///< their mean, weighted by the variance of the targets
  raw_values          ///< not at all: the values of the outputs, (outputs,)
};

struct R2Options {
  std::int64_t outputs = 1;
  MultiOutput multioutput = MultiOutput::uniform_average;
};

/// The coefficient of determination, the share of the targets' variance that the predictions explain:
/// 1 - sum (y - prediction)^2 / sum (y - mean y)^2. Of constant targets 1 where they are met exactly, else 0. Means and
/// squared deviations of the parts are joined by the formula of Chan, Golub and LeVeque (1983), which does not cancel.
///
/// state(): "mean", "deviation" (sum (y - mean)^2), "residual" (sum (y - prediction)^2), each (outputs,), float64.
class R2Score : public Metric {
 public:
  /// Throws Error unless outputs >= 1.
  explicit R2Score(const R2Options& options = {});

  /// Numbers of one shape, (N, outputs), or (N,) for one output. Throws Error where they are not.
  void update(const Tensor& predictions, const Tensor& targets);

  /// Throws Error on fewer than two samples.
  Tensor compute() const override;

 private:
  std::vector<Tensor> joined(const std::vector<Tensor>& a, std::int64_t samples_of_a, const std::vector<Tensor>& b,
                             std::int64_t samples_of_b) const override;

  R2Options options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
