#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>
#include <nn/parameter.hpp>

namespace xgrad::nn {

class Module;
struct ModuleHooks;

/// Takes a hook away again (Module::register_forward_hook and its like). Copies stand for the same hook; one that goes
/// out of scope leaves it in place.
class HookHandle {
 public:
  HookHandle() = default;
  /// What has been removed already, or whose module is gone, stays so.
  void remove() const;

 private:
  friend class Module;
  std::weak_ptr<ModuleHooks> hooks_;
  std::int64_t id_ = 0;
};

/// Called before a module is applied; gives the input to take instead, or an undefined Tensor to leave it.
using ForwardPreHook = std::function<Tensor(const Module& module, const Tensor& input)>;
/// Called after it was applied; gives the output to take instead, or an undefined Tensor to leave it.
using ForwardHook = std::function<Tensor(const Module& module, const Tensor& input, const Tensor& output)>;
/// Called while a derivative through the module is recorded, once the gradient with respect to its input is known.
/// Gives the gradient to take instead, or an undefined Tensor to leave it.
using BackwardHook = std::function<Tensor(const Module& module, const Tensor& grad_input, const Tensor& grad_output)>;

/// A part of a network: a function of a tensor, with named parameters, buffers (state that is not trained) and
/// submodules. A module is a handle: copies share parameters, buffers, submodules and the training mode. Names are
/// hierarchical, as PyTorch's: "layers.1.bias".
///
/// A module of one's own registers its parts as members and says what it computes:
///
///     class Residual : public nn::Module {
///      public:
///       explicit Residual(std::int64_t features) : Module("Residual"), features_(features) {}
///
///       Tensor forward(const Tensor& x) const override { return x + scale * tanh(inner(x)); }
///
///      private:
///       std::int64_t features_;
///       nn::Linear inner = register_module("inner", nn::Linear(features_, features_));
///       nn::Parameter scale = register_parameter("scale", ones({features_}));
///     };
///
///     nn::Sequential model{nn::Linear(784, 100), Residual(100), nn::Linear(100, 10)};
///
/// Members that are neither modules, parameters nor tensors are copied with the handle, not shared.
class Module {
 public:
  Module(const Module&) = default;
  Module& operator=(Module other) noexcept;
  virtual ~Module() = default;

  /// Any module as a plain Module: a handle to it, of the same behaviour. Hence modules are passed by value.
  template <class M>
  requires(std::derived_from<M, Module> && !std::same_as<M, Module>) Module(const M& module)
      : Module(static_cast<const Module&>(module)) {
    concrete_ = std::make_shared<M>(module);
  }

  /// Applies the module. What is recorded meanwhile carries the name under which the module was registered.
  Tensor operator()(const Operand& x) const;

  /// The function that the module stands for.
  virtual Tensor forward(const Tensor& x) const;

  /// Parameters and buffers of this module and, recursively, of its submodules. One that appears under several names
  /// is given once, under the first.
  ParameterList parameters() const { return named_parameters(); }
  NamedParameters named_parameters() const;
  NamedParameters named_buffers() const;
  /// All entries of the state in PyTorch's order (a module's parameters, its buffers, then its submodules), each under
  /// every name it has.
  NamedParameters named_state() const;
  /// Hooks, as PyTorch's: functions that look at what goes through the module, or replace it. They belong to the module
  /// and all its copies and run in the order of registration, also where the module is part of another one. They see
  /// calls with one tensor, module(x); calls with more, as of recurrent layers with a state, and forward() itself pass
  /// them by. A hook that captures the module keeps it alive; it gets the module as an argument.
  ///
  /// Backward hooks stand on tensors as on_gradient does: they run in each differentiation that reaches the output, and
  /// what they compute becomes part of it. Where the derivative is not wanted of the input, as in a first layer,
  /// grad_input is an undefined Tensor, and to replace it is an Error. A gradient that reaches the input on another way
  /// than through the output, as in a derivative of a derivative, passes them by. The module they get is a handle with
  /// its parameters, buffers and submodules.
  ///
  /// Each gives a handle that removes the hook. Throws Error where the function is empty.
  HookHandle register_forward_pre_hook(ForwardPreHook hook) const;
  HookHandle register_forward_hook(ForwardHook hook) const;
  HookHandle register_full_backward_hook(BackwardHook hook) const;

  /// Submodules by name.
  const std::vector<std::pair<std::string, Module>>& children() const noexcept;
  /// Number of trainable numbers.
  std::int64_t parameter_count() const;

  /// Training mode, for this module and its submodules: batch normalization uses and updates batch statistics, dropout
  /// drops. Modules start in it.
  void train();
  /// Evaluation mode: batch normalization uses running statistics, dropout does nothing.
  void eval();
  bool is_training() const noexcept;

  /// Converts floating-point parameters and buffers to float32 or float64. Throws Error on another dtype.
  void to(DType dtype);

  /// The name of the module's class.
  const std::string& type_name() const noexcept;
  /// The arguments that the printed module shows: "in_features=784, out_features=100, bias=True".
  virtual std::string arguments() const;

 protected:
  explicit Module(std::string type_name);

  /// Adds a parameter of a floating-point value, a buffer of any value, a submodule, and gives it back. Throws Error
  /// where the name is empty, has a dot in it or is taken.
  Parameter register_parameter(std::string name, const Tensor& value);
  Buffer register_buffer(std::string name, const Tensor& value);
  template <std::derived_from<Module> M>
  M register_module(std::string name, M module) {
    static_cast<Module&>(module).label_ = name;
    add_child(std::move(name), module);
    return module;
  }

  /// What f returns, where what is recorded meanwhile carries the module's name: for calls of more than one tensor.
  template <class F>
  auto scoped(F&& f) const {
    if (label_.empty()) return f();
    const NameScope scope(label_);
    return f();
  }

  /// Throws an Error that names the module and the place in the network where it stands.
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  struct State;
  struct BackwardCall;
  enum class Entries { parameters, buffers, both };

  void collect(Entries which, const std::string& prefix, NamedParameters& found) const;
  void check_name(std::string_view name) const;
  template <class Hook>
  HookHandle add_hook(std::vector<std::pair<std::int64_t, Hook>> ModuleHooks::*list, Hook hook) const;
  Tensor hooked(const Tensor& x) const;
  void add_child(std::string name, Module module);
  void set_training(bool training);

  std::shared_ptr<State> state_;
  std::shared_ptr<const Module> concrete_;  ///< whose forward and arguments a plain Module has
  std::string label_;                       ///< name under which this handle was registered
};

/// Prints as PyTorch does: `Sequential(`, a line `  (0): Linear(in_features=784, ...)` for each submodule, `)`.
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& out, const Module& module);

}  // namespace xgrad::nn
