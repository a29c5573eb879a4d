#pragma once

#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

#include <autograd/tape.hpp>

namespace xgrad {

/// A function of one tensor, of several, and one of several that gives several.
using TensorFunction = std::function<Tensor(const Tensor&)>;
using TensorsFunction = std::function<Tensor(const std::vector<Tensor>&)>;
using TensorsToTensors = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

/// Gradients of a recorded tensor, as Tape::gradient gives them, on whichever tape of this thread recorded it.
Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options = {});
std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs, const GradientOptions& options = {});
std::vector<Tensor> gradient(const Tensor& y, std::initializer_list<Tensor> xs, const GradientOptions& options = {});

/// The gradient of a scalar function at x; for several inputs, one gradient for each. Zeros in an input that the
/// function does not use, as in all transforms of functions: its derivative there. As for all of them it is the
/// derivative in the function's arguments: what the function captures is constant, even x itself.
Tensor gradient(const TensorFunction& f, const Tensor& x);
std::vector<Tensor> gradient(const TensorsFunction& f, const std::vector<Tensor>& xs);

/// Vector-Jacobian product: f(x), and cotangent^T J for the Jacobian J of f at x (of x's shape).
/// The cotangent has the shape of f(x).
std::pair<Tensor, Tensor> vjp(const TensorFunction& f, const Tensor& x, const Tensor& cotangent);
std::pair<Tensor, std::vector<Tensor>> vjp(const TensorsFunction& f, const std::vector<Tensor>& xs,
                                           const Tensor& cotangent);

}  // namespace xgrad

#include <autograd/differentiate/checkpoint.hpp>
#include <autograd/differentiate/custom.hpp>
#include <autograd/differentiate/jacobian.hpp>
#include <autograd/differentiate/jvp.hpp>
#include <autograd/differentiate/on_gradient.hpp>
#include <autograd/differentiate/vmap.hpp>
