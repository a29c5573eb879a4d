#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/operand.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

namespace run {
struct Call;
}  // namespace run

/// The arguments of the kernel of a custom function: the values of its inputs, row-major, and the memory to fill.
class CustomCall {
 public:
  CustomCall(const std::string& name, const run::Call& call) noexcept : name_(name), call_(call) {}

  std::size_t input_count() const noexcept;
  const Shape& input_shape(std::size_t i) const;
  DType input_dtype(std::size_t i) const;
  const Shape& output_shape() const noexcept;
  DType output_dtype() const noexcept;

  /// The values of input i. Throws Error where T is not its element type.
  template <Element T>
  std::span<const T> input(std::size_t i) const {
    return {static_cast<const T*>(input_data(i, dtype_of<T>())), static_cast<std::size_t>(input_shape(i).elements())};
  }
  /// The result, to be written in whole. Throws Error where T is not its element type.
  template <Element T>
  std::span<T> output() const {
    return {static_cast<T*>(output_data(dtype_of<T>())), static_cast<std::size_t>(output_shape().elements())};
  }

 private:
  const void* input_data(std::size_t i, DType dtype) const;
  void* output_data(DType dtype) const;

  const std::string& name_;
  const run::Call& call_;
};

/// A function with a derivative of the user's own. Its value is computed by `forward` or by `kernel`, one of them.
struct CustomFunction {
  /// Names the function in errors, graphs and profiles.
  std::string name;

  /// The value, in public operations. It may look at values (item()), as an iteration does that stops when it has
  /// converged; then vmap of the function is refused. What it records is not differentiated.
  std::function<Tensor(const std::vector<Tensor>& inputs)> forward = {};

  /// The value, in C++ over raw memory. It has to depend on the inputs only, and may run on any thread and again.
  std::function<void(const CustomCall& call)> kernel = {};
  /// The kernel's result shape; that of input 0 by default. Whatever is wrong with the inputs is refused here.
  std::function<Shape(const std::vector<Tensor>& inputs)> shape = {};
  /// The kernel's result dtype; that of input 0 by default.
  std::optional<DType> dtype = {};

  /// The cotangents of the inputs, in public operations: one for each input, of its shape, or an undefined Tensor where
  /// it is zero. Where it takes gradients itself, it takes them of functions, as by vjp(f, inputs, cotangent), since
  /// the output depends on the inputs as well. It is recorded like all else, so derivatives of higher order and vmap
  /// follow. Without a vjp a gradient through the function is an Error.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs, const Tensor& output, const Tensor& cotangent)>
      vjp = {};
};

/// A custom function, to be called. Copies share it. It lives as long as a handle or a recorded call does.
class Custom {
 public:
  struct Definition;
  explicit Custom(std::shared_ptr<const Definition> definition) noexcept : definition_(std::move(definition)) {}

  /// Records a call. Throws Error on an undefined input and where this one was moved from, and what the function itself
  /// throws.
  Tensor operator()(const std::vector<Tensor>& inputs, CallSite where = SourceLocation::current()) const;
  template <class... T>
  requires(sizeof...(T) > 0 && (std::convertible_to<const T&, Tensor> && ...)) Tensor operator()(const T&... x) const {
    return (*this)(std::vector<Tensor>{Tensor(x)...});
  }

  /// Empty where this one was moved from.
  const std::string& name() const noexcept;

 private:
  std::shared_ptr<const Definition> definition_;
};

/// A primitive of the user's own, to be called like an operation. Derivatives are checked as those of built-in ones
/// are: a vjp that gives another number of cotangents than inputs, or one of another shape or not floating-point, is an
/// Error that names the function; gradcheck works on it. Throws Error without a name, and unless exactly one of forward
/// and kernel is given. Tensors that forward and vjp capture are constants: no gradient flows to them.
Custom custom(CustomFunction function);
/// The same for a forward in public operations.
Custom custom(std::string name, decltype(CustomFunction::forward) forward, decltype(CustomFunction::vjp) vjp);

}  // namespace xgrad
#pragma GCC visibility pop
