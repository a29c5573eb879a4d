#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/tape.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// A function of one tensor, of several, and one of several that gives several.
using TensorFunction = std::function<Tensor(const Tensor&)>;
class TensorsFunction;
using TensorsToTensors = std::function<std::vector<Tensor>(const std::vector<Tensor>&)>;

namespace detail {
/// A generic lambda, or a class whose call operator is a template or has overloads.
template <class F>
concept GenericFunction = std::is_class_v<F> && !requires {
  &F::operator();
};
}  // namespace detail

/// A std::function of several tensors. It takes no generic lambda, so that `[](const auto& x) { ... }` is a function of
/// one tensor, and is not looked at as one of several.
class TensorsFunction : public std::function<Tensor(const std::vector<Tensor>&)> {
  using Base = std::function<Tensor(const std::vector<Tensor>&)>;

 public:
  TensorsFunction() noexcept = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, TensorsFunction> && !detail::GenericFunction<std::remove_cvref_t<F>> &&
           std::convertible_to<F, Base>) TensorsFunction(F&& f)
      : Base(std::forward<F>(f)) {}
};

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
#pragma GCC visibility pop

#include <autograd/differentiate/checkpoint.hpp>
#include <autograd/differentiate/custom.hpp>
#include <autograd/differentiate/jacobian.hpp>
#include <autograd/differentiate/jvp.hpp>
#include <autograd/differentiate/on_gradient.hpp>
#include <autograd/differentiate/vmap.hpp>
