#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nn/clone.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// A module for inference (nn::freeze): a function of its inputs alone, as the module was in evaluation mode when it
/// was frozen. Calls give what the module gives, to rounding.
///
/// The first call with inputs of new shapes or dtypes records the module's forward. What depends on parameters and
/// buffers alone is computed then, batch normalizations become a part of the layers before them, and the program is
/// planned and compiled. Later calls with such inputs only run it. Up to 128 programs are kept, which share
/// their constants; calls with further shapes apply the module.
///
/// Calls may come from any number of threads at once. The same inputs give the same bits, whoever calls.
///
/// A result is a constant to derivatives, as one of stop_gradient: it is no part of what a Tape records. Functions that
/// derivatives go through apply the module instead.
///
/// Copies are handles to the same programs. Throws Error as the module does for inputs that it does not take; where its
/// forward asks for values that depend on the inputs (item(), data()), draws from the default generator, or changes a
/// parameter or a buffer. A generator of its own that it draws from is not noticed: it would repeat its numbers.
class FrozenModule {
 public:
  Tensor operator()(const Operand& x) const;
  Tensor operator()(const Operand& a, const Operand& b) const;
  Tensor operator()(const Operand& a, const Operand& b, const Operand& c) const;
  Tensor operator()(const std::vector<Tensor>& inputs) const;

  /// Writes the result's values, row-major, to memory of the caller's. The first form also reads the values of the one
  /// input from there; `shape` is its shape. From a thread's second call with a shape on, they allocate nothing. Throw
  /// Error unless the result has the dtype of y and as many elements, and x as many as its shape.
  void run(std::span<const float> x, const Shape& shape, std::span<float> y) const;
  void run(std::span<const double> x, const Shape& shape, std::span<double> y) const;
  void run(std::span<const std::int64_t> x, const Shape& shape, std::span<float> y) const;
  void run(const Tensor& x, std::span<float> y) const;
  void run(const Tensor& x, std::span<double> y) const;
  void run(const std::vector<Tensor>& inputs, std::span<float> y) const;
  void run(const std::vector<Tensor>& inputs, std::span<double> y) const;

 private:
  friend struct Freezing;
  struct State;
  explicit FrozenModule(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& state() const;

  std::shared_ptr<const State> state_;  ///< null once moved from
};

/// Prints the module that was frozen: "FrozenModule(Linear(in_features=2, ...))".
std::string to_string(const FrozenModule& frozen);
std::ostream& operator<<(std::ostream& out, const FrozenModule& frozen);

namespace detail {
/// Takes over a module that nobody else has a handle to.
FrozenModule frozen(Module copy);
void check_frozen(const Module& module);
}  // namespace detail

/// Freezes a module for inference (PyTorch's torch.jit.freeze and optimize_for_inference). What happens to the module
/// later does not change the result. Hooks do not run. Throws Error as clone does.
///
///     const nn::FrozenModule classifier = nn::freeze(model);
///     const Tensor logits = classifier(image);
template <std::derived_from<Module> M>
FrozenModule freeze(const M& module) {
  detail::check_frozen(module);
  return detail::frozen(Module(clone(module)));
}

}  // namespace xgrad::nn
#pragma GCC visibility pop
