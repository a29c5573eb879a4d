#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Containers of modules and of parameters, for modules of one's own whose parts are many or have names that are known
/// late. They are registered as any module is, and have no function: the module around them applies their parts.
///
///     class Tower : public nn::Module {
///      public:
///       explicit Tower(std::int64_t depth) : Module("Tower") {
///         for (std::int64_t i = 0; i < depth; ++i) layers.push_back(nn::Linear(8, 8));
///       }
///       Tensor forward(const Tensor& x) const override {
///         Tensor y = x;
///         for (const nn::Module& layer : layers) y = y + tanh(layer(y));
///         return y;
///       }
///
///      private:
///       nn::ModuleList layers = register_module("layers", nn::ModuleList());
///     };
namespace xgrad::nn {

/// Modules by number, registered as "0", "1", ...
class ModuleList : public Module {
 public:
  /// Goes through the modules.
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Module;

    Iterator() = default;
    Module operator*() const { return (*list_)[i_]; }
    Iterator& operator++() {
      ++i_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++i_;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.i_ == b.i_; }

   private:
    friend class ModuleList;
    Iterator(const ModuleList* list, std::size_t i) : list_(list), i_(i) {}
    const ModuleList* list_ = nullptr;
    std::size_t i_ = 0;
  };

  ModuleList() : Module("ModuleList") {}
  template <class... M>
  requires(sizeof...(M) > 0 && (std::derived_from<M, Module> && ...) &&
           !(sizeof...(M) == 1 && (std::same_as<M, ModuleList> && ...))) explicit ModuleList(const M&... modules)
      : ModuleList() {
    (push_back(modules), ...);
  }

  /// Appends a module, which is shared with the caller's handle, and returns the handle for it (see
  /// Module::register_module). Throws Error where it is this one, or contains it.
  template <std::derived_from<Module> M>
  M push_back(M module) {
    return register_module(std::to_string(size()), std::move(module));
  }
  /// Appends the modules of another list, which then share them.
  void extend(const ModuleList& other);
  /// Puts a module in the place of the i-th, for all copies. Throws Error where there are fewer, and as push_back.
  void replace(std::size_t i, Module module);

  std::size_t size() const { return children().size(); }
  /// The i-th module. Throws Error where there are fewer.
  Module operator[](std::size_t i) const { return named_child(i); }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }
};

/// Modules by name, in the order in which they came.
class ModuleDict : public Module {
 public:
  ModuleDict() : Module("ModuleDict") {}
  ModuleDict(std::initializer_list<std::pair<std::string, Module>> modules);

  /// Adds a module, or puts it in the place of the one of that name, for all copies. Throws Error on a name that is
  /// empty or has a dot in it, and where the module is this one, or contains it.
  void set(const std::string& name, Module module);

  std::size_t size() const { return children().size(); }
  bool contains(std::string_view name) const;
  /// Throws Error where there is none of that name, and lists those that there are.
  Module operator[](std::string_view name) const;
  std::vector<std::string> keys() const;
};

/// Parameters by name, in the order in which they came. (Parameters by number are a
/// `nn::Shared<std::vector<Parameter>>` of the module itself, see nn/parameter.hpp.)
class ParameterDict : public Module {
 public:
  ParameterDict() : Module("ParameterDict") {}
  ParameterDict(std::initializer_list<std::pair<std::string, Tensor>> values);

  /// Adds a parameter with a value, or binds the one of that name to a new slot that holds it. Throws Error on a name
  /// that is empty or has a dot in it, and on a value that is not floating-point.
  void set(const std::string& name, const Tensor& value);
  /// The same with a slot that is shared.
  void set(const std::string& name, const Parameter& shared);

  std::size_t size() const { return entries_.size(); }
  bool contains(std::string_view name) const;
  /// The member for a parameter: what is assigned to it is the entry. Throws Error where there is none of that name,
  /// and lists those that there are.
  Parameter& operator[](std::string_view name) const;
  std::vector<std::string> keys() const;

 private:
  Shared<std::map<std::string, Parameter, std::less<>>> entries_;
  Shared<std::vector<std::string>> keys_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
