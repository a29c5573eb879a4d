#include <nn/clone.hpp>

#include <unordered_map>
#include <utility>

#include <nn/module_state.hpp>

namespace xgrad::nn {

struct Cloning {
  std::unordered_map<const ModuleState*, std::shared_ptr<ModuleState>> states;
  std::unordered_map<const ModuleChild*, std::shared_ptr<ModuleChild>> children;
  std::unordered_map<const Registration*, std::shared_ptr<Registration>> entries;
  std::unordered_map<const Slot*, std::shared_ptr<Slot>> slots;
  Cloning* outer = nullptr;

  /// New parts for one module, without its submodules.
  void add(const ModuleState& from) {
    std::shared_ptr<ModuleState>& to = states[&from];
    if (to) return;
    to = std::make_shared<ModuleState>();
    to->type_name = from.type_name;
    to->training = from.training;
    to->standalone = from.standalone;
    const auto copy = [&](const std::vector<std::shared_ptr<Registration>>& old) {
      std::vector<std::shared_ptr<Registration>> result;
      for (const auto& entry : old) {
        auto own = std::make_shared<Registration>();
        own->module = entry->module;
        own->name = entry->name;
        own->trained = entry->trained;
        own->registrar = entry->registrar;
        own->objects = to->objects;
        own->slot = slot(entry->slot);
        entries[entry.get()] = own;
        result.push_back(std::move(own));
      }
      return result;
    };
    to->parameters = copy(from.parameters);
    to->buffers = copy(from.buffers);
    for (const auto& place : from.places) {
      auto own = std::make_shared<ModuleChild>(*place);
      own->parent = to;
      own->objects = to->objects;
      own->members.clear();
      children[place.get()] = own;
      to->places.push_back(std::move(own));
    }
  }

  std::shared_ptr<Slot> slot(const std::shared_ptr<Slot>& old) {
    if (!old) return nullptr;
    std::shared_ptr<Slot>& own = slots[old.get()];
    if (!own) own = std::make_shared<Slot>(*old);
    return own;
  }
};

namespace {

constinit thread_local Cloning* cloning = nullptr;
constinit thread_local int containers = 0;

template <class T>
std::shared_ptr<T> new_part(const std::shared_ptr<T>& old,
                            std::unordered_map<const T*, std::shared_ptr<T>> Cloning::*parts) {
  if (!cloning) return old;
  const auto found = (cloning->*parts).find(old.get());
  return found == (cloning->*parts).end() ? old : found->second;
}

}  // namespace

std::shared_ptr<Slot> cloned(const std::shared_ptr<Slot>& slot) { return new_part(slot, &Cloning::slots); }
std::shared_ptr<Registration> cloned(const std::shared_ptr<Registration>& entry) {
  return new_part(entry, &Cloning::entries);
}
std::shared_ptr<ModuleState> cloned(const std::shared_ptr<ModuleState>& state) {
  return new_part(state, &Cloning::states);
}
std::shared_ptr<ModuleChild> cloned(const std::shared_ptr<ModuleChild>& child) {
  return new_part(child, &Cloning::children);
}
bool copying_container() noexcept { return containers > 0; }

namespace detail {

bool cloning() noexcept { return nn::cloning != nullptr; }

ContainerCopy::ContainerCopy() noexcept { ++containers; }
ContainerCopy::~ContainerCopy() { --containers; }

CloneScope::CloneScope(const Module& module, const std::type_info& type) {
  const std::shared_ptr<ModuleState>& root = ModuleAccess::state(module);
  if (!root) fail("clone", "the module was moved from");
  if (typeid(module) != type)
    fail("clone", "the " + root->type_name + " is known as one of its base classes only; clone it where its class is");
  auto parts = std::make_unique<Cloning>();
  any_state(*root, [&](const ModuleState& state) {
    parts->add(state);
    return false;
  });
  parts->outer = nn::cloning;
  cloning_ = nn::cloning = parts.get();
  try {
    for (const auto& [old, own] : parts->states)
      for (const auto& [name, child] : old->children) own->children.emplace_back(name, child);
  } catch (...) {
    nn::cloning = parts->outer;
    throw;
  }
  static_cast<void>(parts.release());
}

CloneScope::~CloneScope() {
  nn::cloning = cloning_->outer;
  delete cloning_;
}

}  // namespace detail
}  // namespace xgrad::nn
