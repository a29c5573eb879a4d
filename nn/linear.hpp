#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct LinearOptions {
  bool bias = true;
  DType dtype = float32;
};

/// y = x W^T + b.
///
/// x: (..., in_features), y: (..., out_features), weight: (out_features, in_features), bias: (out_features,).
/// Weight and bias start as U(-k, k) with k = 1 / sqrt(in_features), drawn from the default generator, as PyTorch's do.
/// Throws Error on negative numbers of features and on inputs of another number of features.
class Linear : public Module {
 public:
  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;
  std::int64_t in_features() const noexcept { return in_features_; }
  std::int64_t out_features() const noexcept { return out_features_; }

  Parameter weight;
  Parameter bias;  ///< undefined where the layer has none

 private:
  std::int64_t in_features_;
  std::int64_t out_features_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
