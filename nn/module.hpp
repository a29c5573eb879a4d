#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>
#include <nn/parameter.hpp>

namespace xgrad::nn {  // not public
struct ModuleHooks;
struct ModuleState;
struct ModuleChild;
struct Objects;
}  // namespace xgrad::nn

#pragma GCC visibility push(default)
namespace xgrad::nn {

class Module;

/// The inputs of a module: one tensor, or several. Converts to the first of them.
class Inputs {
 public:
  Inputs() = default;
  Inputs(const Tensor& only) : tensors_{only} {}
  Inputs(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {}

  std::size_t size() const noexcept { return tensors_.size(); }
  /// Throws Error where there are fewer.
  const Tensor& operator[](std::size_t i) const;
  operator const Tensor&() const { return (*this)[0]; }
  operator const std::vector<Tensor>&() const noexcept { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

/// Removes a hook that was registered (Module::register_forward_hook and the others). Copies refer to the same hook. A
/// handle that goes out of scope leaves the hook in place.
class HookHandle {
 public:
  HookHandle() = default;
  /// Does nothing if the hook was removed already, or its module is gone.
  void remove() const;

 private:
  friend class Module;
  std::weak_ptr<ModuleHooks> hooks_;
  std::int64_t id_ = 0;
};

/// Called before a module is applied. Returns inputs to use instead, or an undefined Tensor to keep them. A function of
/// a Tensor sees and replaces the first of several inputs; a function of std::vector<Tensor> sees all of them.
using ForwardPreHook = std::function<Inputs(const Module& module, const Inputs& inputs)>;
/// Called after a module was applied. Returns an output to use instead, or an undefined Tensor to keep it.
using ForwardHook = std::function<Tensor(const Module& module, const Inputs& inputs, const Tensor& output)>;
/// Called while a derivative through the module is recorded, once the gradient with respect to its (first) input is
/// known. Returns a gradient to use instead, or an undefined Tensor to keep it.
using BackwardHook = std::function<Tensor(const Module& module, const Tensor& grad_input, const Tensor& grad_output)>;

/// A part of a network: a function of a tensor, or of several, with named parameters, buffers (state that is not
/// trained) and submodules. A module is a handle: copies share parameters, buffers, submodules and the training mode.
/// Names are hierarchical, as PyTorch's: "layers.1.bias".
///
/// A module of your own registers its parts as members and overrides forward:
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
/// A registered member and its entry are one. An assignment to a member, be it a parameter (see Parameter) or a module
/// (`net.fc = nn::Linear(512, 10)`), changes the entry in all copies of the module. A part that was not registered is
/// no part of the module. Its use in the module's forward is an Error: the call of a module that has parameters,
/// buffers or submodules, or asks for the training mode, and the conversion of a Parameter to a Tensor.
/// nn::standalone(module) and parameter.value() allow such a use.
///
/// Members that are neither modules, parameters nor tensors are copied with the handle, not shared. A module that was
/// moved from is refused with an Error wherever it is used.
class Module {
 public:
  Module(const Module& other);
  Module(Module&& other) noexcept;
  /// Makes this a handle to the other module. If this is a registered member, the other module replaces it in the
  /// module that registered it and in all copies of that. Throws Error if the other is that module, or contains it.
  Module& operator=(const Module& other) &;
  Module& operator=(Module&& other) &;
  template <class M>
  requires(std::derived_from<M, Module> && !std::same_as<M, Module>) Module& operator=(const M& other) & {
    return *this = Module(other);
  }
  virtual ~Module();

  /// Any module as a plain Module: a handle to it, of the same behaviour. Hence modules are passed by value.
  template <class M>
  requires(std::derived_from<M, Module> && !std::same_as<M, Module>) Module(const M& module)
      : Module(static_cast<const Module&>(module)) {
    concrete_ = std::make_shared<M>(module);
    copy_ = [](const Module& other) -> std::shared_ptr<const Module> {
      return std::make_shared<M>(static_cast<const M&>(other));
    };
  }

  /// Applies the module. Nodes that are recorded meanwhile carry the name under which the module was registered, and
  /// errors begin with the module's class and name: "Conv2d '1.0': conv2d: ...". Of several inputs all but the first
  /// may be undefined Tensors.
  Tensor operator()(const Operand& x) const;
  Tensor operator()(const Operand& a, const Operand& b) const;
  Tensor operator()(const Operand& a, const Operand& b, const Operand& c) const;
  Tensor operator()(const std::vector<Tensor>& inputs) const;

  /// The function that the module stands for: a class overrides the one with as many inputs as it takes. The last
  /// calls the one with as many; a class of more than three inputs, or of any number, overrides it. Calls of a single
  /// input take the first.
  virtual Tensor forward(const Tensor& x) const;
  virtual Tensor forward(const Tensor& a, const Tensor& b) const;
  virtual Tensor forward(const Tensor& a, const Tensor& b, const Tensor& c) const;
  virtual Tensor forward(const std::vector<Tensor>& inputs) const;

  /// Parameters and buffers of this module and, recursively, of its submodules. One that appears under several names
  /// is given once, under the first.
  ParameterList parameters() const { return named_parameters(); }
  NamedParameters named_parameters() const;
  NamedParameters named_buffers() const;
  /// All entries of the state in PyTorch's order (a module's parameters, its buffers, then its submodules), each under
  /// every name it has.
  NamedParameters named_state() const;
  /// Hooks, as PyTorch's: functions that see the tensors that go through the module, or replace them. They belong to
  /// the module and all its copies and run in the order of registration, also where the module is part of another one.
  /// They do not run for calls of recurrent layers with a state, and for forward() itself. A hook that captures the
  /// module keeps it alive; it gets the module as an argument. A module that a hook applies need not be registered.
  ///
  /// Backward hooks work like on_gradient: they run in each differentiation that reaches the output, and their
  /// computations become part of it. If no derivative with respect to the input is wanted, as in a first layer,
  /// grad_input is an undefined Tensor, and its replacement is an Error. A gradient that reaches the input other than
  /// through the output, as in a derivative of a derivative, does not run them. The module they get is a handle with
  /// its parameters, buffers and submodules.
  ///
  /// Each gives a handle that removes the hook. Throws Error where the function is empty.
  HookHandle register_forward_pre_hook(ForwardPreHook hook) const;
  HookHandle register_forward_hook(ForwardHook hook) const;
  HookHandle register_full_backward_hook(BackwardHook hook) const;

  /// Submodules by name.
  const std::vector<std::pair<std::string, Module>>& children() const;
  /// Number of trainable numbers.
  std::int64_t parameter_count() const;

  /// Training mode, for this module and its submodules: batch normalization uses and updates batch statistics, dropout
  /// drops. Modules start in training mode.
  void train();
  /// Evaluation mode: batch normalization uses running statistics, dropout does nothing.
  void eval();
  bool is_training() const;

  /// Converts floating-point parameters and buffers to float32 or float64, or parameters to bfloat16, which takes half
  /// the memory: buffers, such as running statistics, change little by little and become float32. Linear and recurrent
  /// layers and attention's projections then round their input to bfloat16, too, and sum up in float32. Throws Error on
  /// another dtype.
  void to(DType dtype);

  /// The name of the module's class.
  const std::string& type_name() const;
  /// The arguments that the printed module shows: "in_features=784, out_features=100, bias=True".
  virtual std::string arguments() const;

 protected:
  explicit Module(std::string type_name);

  /// Adds a parameter with a floating-point value, a buffer with any value, or a submodule, and returns the member for
  /// it. An undefined value is a name without a parameter, such as the bias of a layer that has none; a parameter may
  /// be assigned later. A Parameter as value shares its slot. Throws Error where the name is empty, has a dot in it or
  /// is taken, and where a submodule is this module or contains it.
  Registered register_parameter(std::string name, const Tensor& value);
  Registered register_parameter(std::string name, const Parameter& shared);
  Registered register_buffer(std::string name, const Tensor& value);
  Registered register_buffer(std::string name, const Buffer& shared);
  template <std::derived_from<Module> M>
  M register_module(std::string name, M module) {
    register_child(std::move(name), module, typeid(M),
                   {[](const Module& from) { return Module(static_cast<const M&>(from)); },
                    [](Module& to, const Module& from) {
                      if constexpr (std::is_copy_assignable_v<M>) static_cast<M&>(to) = static_cast<const M&>(from);
                    }});
    return module;
  }

  /// The i-th child under this module's name and its own ("layers.0"): for containers whose modules others apply.
  Module named_child(std::size_t i) const;
  /// Puts another module in the place of the i-th child, for all copies of this module: for containers that keep their
  /// modules as children only.
  void replace_child(std::size_t i, Module module);

  /// Calls f and returns its result; nodes that are recorded meanwhile carry the module's name. For calls that return
  /// more than a tensor.
  template <class F>
  auto scoped(F&& f) const {
    const Application application(*this);
    const auto call = [&] { return label_.empty() ? named(f) : labelled(f); };
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
    } else {
      auto result = call();
      application.gives(result);
      return result;
    }
  }

  /// Throws an Error that names the module and the place in the network where it stands.
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  friend struct ModuleState;
  friend struct ModuleChild;
  friend struct ModuleAccess;
  template <std::derived_from<Module> M>
  friend M standalone(M module);
  struct BackwardCall;
  enum class Entries { parameters, buffers, both };

  /// Functions for the class of a module, which only register_module knows.
  struct Handling {
    Module (*wrap)(const Module& from);
    void (*assign)(Module& to, const Module& from);
  };

  /// A call of a module on this thread, as long as it lasts. Throws Error if the module has to be registered with a
  /// module that is being applied, and is not.
  class Application {
   public:
    explicit Application(const Module& module);
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;
    ~Application();

    /// Tells who observes the calls of this thread, if anybody, what it gives: a tensor, or the main one of a result.
    void gives(const Tensor& output) const;
    template <class Result>
    void gives(const Result& result) const {
      if constexpr (requires { gives(result.output); })
        gives(result.output);
      else if constexpr (requires { gives(result.values); })
        gives(result.values);
      else if constexpr (requires { gives(result.h); })
        gives(result.h);
    }

   private:
    friend struct ModuleAccess;
    friend class Module;
    const ModuleState* state_;
    Application* outer_;
    std::size_t next_ = 0;  ///< the child that is likely to be applied next
    bool stray_ = false;    ///< not registered, which matters once it asks for the training mode
  };

  /// Calls f and returns its result; errors of operations in it also name the module.
  template <class F>
  auto named(F&& f) const {
    try {
      return f();
    } catch (const Error& error) {
      rethrow(error);
    }
  }
  [[noreturn]] void rethrow(const Error& error) const;
  template <class F>
  auto labelled(F&& f) const {
    const NameScope scope(label_);
    return named(f);
  }

  Module(std::shared_ptr<ModuleState> state, std::shared_ptr<const Module> concrete, std::string label);
  ModuleState& state() const;

  void collect(Entries which, const std::string& prefix, NamedParameters& found) const;
  void check_name(std::string_view name) const;
  Registered add_entry(std::string name, Parameter value, bool trained);
  template <class Hook>
  HookHandle add_hook(std::vector<std::pair<std::int64_t, Hook>> ModuleHooks::*list, Hook hook) const;
  Tensor apply(const std::vector<Tensor>& inputs) const;
  Tensor hooked(std::vector<Tensor> inputs) const;
  void register_child(std::string name, Module& module, const std::type_info& type, Handling handling);
  void check_child(const Module& module) const;
  void set_training(bool training);

  void become(const Module& other);
  void join(const std::shared_ptr<ModuleChild>& place, const Module* parent);
  void leave() noexcept;
  void join_like(const Module& other);
  bool assigned_with_its_parent(const Module& other) const noexcept;
  void replace_in_parent(const Module& other);
  static void replace_child_of(ModuleState& parent, std::size_t i, Module child);
  void set_standalone() const;

  std::shared_ptr<ModuleState> state_;      ///< null once moved from
  std::shared_ptr<Objects> objects_;        ///< where this object is listed
  std::shared_ptr<const Module> concrete_;  ///< whose forward and arguments a plain Module has
  std::shared_ptr<const Module> (*copy_)(const Module& concrete) = nullptr;
  std::string label_;                   ///< name under which this handle was registered
  std::shared_ptr<ModuleChild> place_;  ///< the entry that it is a member for
  const Module* parent_ = nullptr;      ///< the object whose member it is
  bool pending_ = false;                ///< whether the first copy will be the member
};

/// A module that the forward of another may apply without having registered it. It is not part of the other, which
/// neither trains nor saves it nor sets its mode. A fixed teacher, for example:
///
///     nn::Sequential teacher = nn::standalone(load_teacher());
template <std::derived_from<Module> M>
M standalone(M module) {
  module.set_standalone();
  return module;
}

/// Prints as PyTorch does: `Sequential(`, a line `  (0): Linear(in_features=784, ...)` for each submodule, `)`.
std::string to_string(const Module& module);
std::ostream& operator<<(std::ostream& out, const Module& module);

}  // namespace xgrad::nn
#pragma GCC visibility pop
