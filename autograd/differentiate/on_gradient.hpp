#pragma once

#include <functional>

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// x, with a function of the user's on the gradient that arrives at the result: f gets the total of it, once in every
/// differentiation that reaches x through the result, and gives what goes on to x instead. An undefined Tensor, and the
/// gradient itself, leave it as it is. As a hook on a tensor in PyTorch (Tensor.register_hook); since tensors never
/// change, the result, and not x, is the tensor that has it.
///
///     Tensor h = on_gradient(tanh(x), [](const Tensor& gradient) { return clip(gradient, -1, 1); });
///
/// f runs while the derivative is recorded, and what it computes becomes part of the derivative, which can be
/// differentiated again; where that comes to the result once more, f gets this gradient, too. It may look at values
/// (item()); what they need runs at once. It lives as long as the recorded call does; where it holds the result itself,
/// or what depends on that, neither is ever freed.
///
/// Throws Error where x is not floating-point and where f is empty; the gradient does where f gives a Tensor of another
/// shape or dtype than it got.
Tensor on_gradient(const Tensor& x, std::function<Tensor(const Tensor& gradient)> f);

/// The same for the result y of a computation from x, for hooks on both ends of it: f is also told whether the
/// derivative is wanted of x, so that what is hooked there will be reached.
Tensor on_gradient(const Tensor& y, const Tensor& x, std::function<Tensor(const Tensor& gradient, bool wanted)> f);

}  // namespace xgrad
#pragma GCC visibility pop
