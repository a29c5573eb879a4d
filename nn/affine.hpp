#pragma once

#include <autograd/tensor.hpp>
#include <nn/parameter.hpp>

/// What layers with a weight (out_features, in_features) and a bias (out_features,) share.
namespace xgrad::nn {

/// x weight^T + bias, for rows of any shape (..., in_features). The weight is transposed once for several calls; the
/// bias may be undefined. Where the weight is bfloat16, x is rounded to it, so that the product is one of bfloat16
/// matrices.
class Affine {
 public:
  Affine(const Tensor& weight, const Parameter& bias = {});
  Affine(const Tensor& weight, const Tensor& bias);
  Tensor operator()(const Tensor& x) const;

 private:
  Tensor transposed_, bias_;
};

}  // namespace xgrad::nn
