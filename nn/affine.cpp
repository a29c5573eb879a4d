#include <nn/affine.hpp>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Affine::Affine(const Tensor& weight, const Parameter& bias)
    : Affine(weight, bias.defined() ? static_cast<Tensor>(bias) : Tensor()) {}

Affine::Affine(const Tensor& weight, const Tensor& bias) : transposed_(weight.T()), bias_(bias) {}

Tensor Affine::operator()(const Tensor& x) const {
  const Tensor y = matmul(transposed_.dtype() == bfloat16 ? cast(x, bfloat16) : x, transposed_);
  return bias_.defined() ? y + bias_ : y;
}

}  // namespace xgrad::nn
