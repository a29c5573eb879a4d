#pragma once

#include <utility>
#include <vector>

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// Jacobian-vector product, also called forward mode: f(x), and J v for the Jacobian J of f at x, of f(x)'s shape. The
/// tangent v has x's shape; of several inputs each has its own, and the products add up. J v is recorded as the vjp of
/// the vjp: u -> u^T J is linear, and its own vjp along v is J v. What that leaves unused never runs.
/// Throws Error where a tangent's shape is not its input's, and where x or f(x) is not floating-point.
std::pair<Tensor, Tensor> jvp(const TensorFunction& f, const Tensor& x, const Tensor& tangent);
std::pair<Tensor, Tensor> jvp(const TensorsFunction& f, const std::vector<Tensor>& xs,
                              const std::vector<Tensor>& tangents);

/// Hessian-vector product of a scalar function at x: H v, of x's shape, as the jvp of the gradient. H itself is never
/// formed. For several inputs H is the Hessian in all of them, and the result has one part for each.
/// Throws Error where f(x) has several elements, and as jvp does.
Tensor hvp(const TensorFunction& f, const Tensor& x, const Tensor& v);
std::vector<Tensor> hvp(const TensorsFunction& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& vs);

/// f(x) and the gradient at x of a scalar function, recorded once.
std::pair<Tensor, Tensor> value_and_gradient(const TensorFunction& f, const Tensor& x);
std::pair<Tensor, std::vector<Tensor>> value_and_gradient(const TensorsFunction& f, const std::vector<Tensor>& xs);

}  // namespace xgrad
#pragma GCC visibility pop
