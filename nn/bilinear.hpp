#pragma once

#include <nn/linear.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// y[k] = a^T weight[k] b + bias[k].
///
/// a: (..., in1_features), b: (..., in2_features), with the same axes before the last; y: (..., out_features); weight:
/// (out_features, in1_features, in2_features), bias: (out_features,). Both start as U(-k, k) with
/// k = 1 / sqrt(in1_features), as PyTorch's do. Throws Error unless numbers of features are positive, and on inputs of
/// other shapes.
class Bilinear : public Module {
 public:
  Bilinear(std::int64_t in1_features, std::int64_t in2_features, std::int64_t out_features,
           const LinearOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& a, const Tensor& b) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< undefined where the layer has none

 private:
  std::int64_t in1_features_;
  std::int64_t in2_features_;
  std::int64_t out_features_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
