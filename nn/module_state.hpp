#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <nn/module.hpp>
#include <nn/registration.hpp>

/// The shared state behind a module's handles, for the files of nn/ only.
namespace xgrad::nn {

/// By number, in the order of registration.
struct ModuleHooks {
  std::vector<std::pair<std::int64_t, ForwardPreHook>> before;
  std::vector<std::pair<std::int64_t, ForwardHook>> after;
  std::vector<std::pair<std::int64_t, BackwardHook>> backward;
  std::int64_t next_id = 1;
};

/// The entry of a submodule, beside the module itself: the members that stand for it.
struct ModuleChild {
  std::string name;
  std::weak_ptr<ModuleState> parent;
  std::shared_ptr<Objects> objects;  ///< the parent's
  const std::type_info* registrar;   ///< the class that registered it
  const std::type_info* type;        ///< the member's class
  Module::Handling handling;
  std::vector<Module*> members;
};

/// An Error whose text begins with a module. Modules further out add nothing to it.
class ModuleError : public Error {
 public:
  using Error::Error;
};

struct ModuleState {
  std::string type_name;
  std::vector<std::shared_ptr<Registration>> parameters;
  std::vector<std::shared_ptr<Registration>> buffers;
  std::vector<std::pair<std::string, Module>> children;
  std::vector<std::shared_ptr<ModuleChild>> places;  ///< of the children
  std::shared_ptr<Objects> objects = std::make_shared<Objects>();
  /// Null if there are none, so that modules without hooks pay for one check.
  std::shared_ptr<ModuleHooks> hooks;
  bool training = true;
  bool standalone = false;
  /// Whether the module was used or copied since the latest child was registered. From then on its members do not move.
  std::atomic<bool> settled = true;

  void settle() noexcept {
    if (!settled.load(std::memory_order_relaxed)) settled.store(true, std::memory_order_relaxed);
  }
  /// Throws Error(`Class 'name': message`), with the name in the network that is current.
  [[noreturn]] void refuse(std::string_view message) const;
  /// Whether it has parameters, buffers or submodules.
  bool has_parts() const noexcept;
};

/// Gives the files of nn/ access to a Module.
struct ModuleAccess {
  using Application = Module::Application;

  static const std::shared_ptr<ModuleState>& state(const Module& module) { return module.state_; }
  static const std::string& label(const Module& module) { return module.label_; }
  /// The object whose functions a module has: itself, or for a plain Module that stands for one that.
  static const Module& concrete(const Module& module) { return module.concrete_ ? *module.concrete_ : module; }
  static const ModuleState* state(const Application& application) { return application.state_; }
  static Application* outer(const Application& application) { return application.outer_; }
};

/// Calls f with a state and those of all modules in it, until f gives true; tells whether it did.
template <class F>
bool any_state(const ModuleState& state, F&& f) {
  if (f(state)) return true;
  for (const auto& [name, child] : state.children)
    if (any_state(*ModuleAccess::state(child), f)) return true;
  return false;
}

/// The module that is being applied on this thread, innermost; null where none is.
extern constinit thread_local ModuleAccess::Application* applying;

/// Told of the calls of modules on this thread, while it is there (`observing`). Hooks do not run meanwhile.
class CallObserver {
 public:
  virtual void begins(const Module& module) = 0;
  virtual void takes(const std::vector<Tensor>& inputs) = 0;
  virtual void gives(const Tensor& output) = 0;
  virtual void ends() noexcept = 0;

 protected:
  ~CallObserver() = default;
};
extern constinit thread_local CallObserver* observing;

/// While it is alive, no module counts as being applied. For user functions that a module calls.
class OutsideOfModules {
 public:
  OutsideOfModules() noexcept : before_(std::exchange(applying, nullptr)) {}
  OutsideOfModules(const OutsideOfModules&) = delete;
  OutsideOfModules& operator=(const OutsideOfModules&) = delete;
  ~OutsideOfModules() { applying = before_; }

 private:
  ModuleAccess::Application* before_;
};

/// The state that replaces another in a deep copy under way on this thread, or the other itself.
std::shared_ptr<ModuleState> cloned(const std::shared_ptr<ModuleState>& state);
std::shared_ptr<ModuleChild> cloned(const std::shared_ptr<ModuleChild>& child);

}  // namespace xgrad::nn
