#pragma once

#include <vector>

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// f(x), of which nothing inside is kept for differentiation: a derivative through it first computes again what it
/// reads (gradient checkpointing: Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016). Memory for time: a
/// chain of n layers in sqrt(n) segments keeps the segments' inputs and the values of one segment, and computes
/// everything but the last value of each twice.
///
/// - f is called once. What it recorded is recorded again where the derivative reads it, so random numbers are the
///   same, and running statistics are updated once.
/// - Values and gradients are those without checkpoint, to the last bit unless a tensor is read several times inside
/// and
///   also outside: then its cotangents add up in another order. Derivatives of any order, jvp and vmap follow.
/// - Gradients flow to the arguments and to what f captures, as a module's parameters.
/// - f may look at values (item()); they are dropped when it returns, unless a handle remains.
/// - Checkpoints nest. Without a tape nothing is kept in any case, and the result is f(x).
///
/// Throws Error where f gives an undefined Tensor. A gradient with respect to a tensor inside, one that f computed and
/// handed out, of something that depends on it through the result, is an Error: return it from f, or make it an
/// argument.
Tensor checkpoint(const TensorFunction& f, const Tensor& x);
Tensor checkpoint(const TensorsFunction& f, const std::vector<Tensor>& xs);
/// The same for several results, of one dtype, float32 or float64; they are packed into one tensor, which costs a copy.
/// Throws Error on other dtypes.
std::vector<Tensor> checkpoint(const TensorsToTensors& f, const std::vector<Tensor>& xs);

}  // namespace xgrad
#pragma GCC visibility pop
