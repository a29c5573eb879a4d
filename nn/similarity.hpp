#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// How alike two tensors of vectors are. The inputs broadcast.
namespace xgrad::nn {

/// The cosine of the angle between vectors along an axis: the sum of a b over max(|a|, eps) max(|b|, eps).
class CosineSimilarity : public Module {
 public:
  explicit CosineSimilarity(int axis = 1, double eps = 1e-8);

  using Module::operator();
  Tensor forward(const Tensor& a, const Tensor& b) const override;
  std::string arguments() const override;

 private:
  int axis_;
  double eps_;
};

struct PairwiseDistanceOptions {
  double p = 2;
  /// Added to the entries of differences.
  double eps = 1e-6;
  bool keepdims = false;
};

/// The p-norm of a - b + eps along the last axis. Throws Error unless p > 0.
class PairwiseDistance : public Module {
 public:
  explicit PairwiseDistance(const PairwiseDistanceOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& a, const Tensor& b) const override;
  std::string arguments() const override;

 private:
  PairwiseDistanceOptions options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
