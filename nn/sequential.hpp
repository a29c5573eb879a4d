#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Modules applied one after the other. They are named "0", "1", ...; their parameters ("0.weight") and the nodes that
/// they record carry these names.
class Sequential : public Module {
 public:
  Sequential() : Module("Sequential") {}

  /// Sequential{nn::Linear(784, 100), nn::Tanh(), nn::Linear(100, 10)}, or `return {...}` of several modules.
  /// Sequential{other} with another Sequential is a copy that shares its modules; to nest a single one, push_back it.
  template <class... M>
  requires(sizeof...(M) > 0 && (std::derived_from<M, Module> && ...) &&
           !(sizeof...(M) == 1 && (std::same_as<M, Sequential> && ...))) explicit(sizeof...(M) == 1)
      Sequential(const M&... modules)
      : Sequential() {
    (push_back(modules), ...);
  }

  /// Modules with names of their own, as PyTorch's of an OrderedDict: Sequential{{"conv", conv}, {"norm", norm}}.
  /// Throws Error as ModuleDict::set does, and on a name that stands twice.
  Sequential(std::initializer_list<std::pair<std::string, Module>> modules);

  /// Appends a module, which is shared with the caller's handle. Throws Error where it is this one, or contains it.
  void push_back(Module module);
  /// The same with a name other than its number. Throws Error on one that is empty, taken, or has a dot in it.
  void push_back(std::string name, Module module);
  /// Appends the modules of another one, which then share them, as "2", "3", ...
  void extend(const Sequential& other);
  /// Puts a module in the place of the i-th, for all copies. Throws Error where there are fewer, and as push_back.
  void replace(std::size_t i, Module module);

  std::size_t size() const { return children().size(); }
  /// The i-th module. Throws Error where there are fewer.
  Module operator[](std::size_t i) const;

  /// The input itself where there are no modules.
  Tensor forward(const Tensor& x) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
