#pragma once

#include <concepts>
#include <typeinfo>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct Cloning;

namespace detail {
/// Makes new parts for all of a module; copies that are made on this thread while it is alive get them.
class CloneScope {
 public:
  explicit CloneScope(const Module& module, const std::type_info& type);
  CloneScope(const CloneScope&) = delete;
  CloneScope& operator=(const CloneScope&) = delete;
  ~CloneScope();

 private:
  Cloning* cloning_;
};
}  // namespace detail

/// A deep copy (PyTorch's copy.deepcopy): a module of the same class with parameters, buffers, submodules and a
/// training mode of its own, which have the values of the original's. Entries that are tied in the original are tied in
/// the copy. Entries that are shared with modules outside are not shared by the copy. Hooks stay with the original.
/// Members that are neither modules nor parameters are copied as the class copies them. Throws Error where `module` is
/// a slice of an object of another class.
///
///     nn::Sequential average = nn::clone(model);
template <std::derived_from<Module> M>
M clone(const M& module) {
  const detail::CloneScope scope(module, typeid(M));
  return M(static_cast<const M&>(module));
}

}  // namespace xgrad::nn
#pragma GCC visibility pop
