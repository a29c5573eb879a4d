#pragma once

#include "descent.hpp"

/// Derivatives of functions by torch::autograd. They can be differentiated again where recording was on before, as in a
/// function that is being differentiated, and so can those of gradient_of() and gradients_of().
namespace gradbench {

/// Products of the Jacobian of f at x with the directions, each of x's shape: by differentiating twice, since the
/// product of the Jacobian's transpose with a cotangent is linear in that. libtorch's forward mode cannot be nested,
/// and torch::autograd::grad takes one cotangent at a time.
std::vector<Tensor> jacobian_products(const TensorFunction& f, const Tensor& x, const std::vector<Tensor>& directions);

}  // namespace gradbench
