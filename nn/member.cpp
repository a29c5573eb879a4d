#include <utility>

#include <fmt/format.h>

#include <nn/module_state.hpp>

/// Modules as values and as members: copies, moves and assignments.
namespace xgrad::nn {

Module::Module(std::string type_name) : Module(std::make_shared<ModuleState>(), nullptr, "") {
  state_->type_name = std::move(type_name);
}

Module::Module(std::shared_ptr<ModuleState> state, std::shared_ptr<const Module> concrete, std::string label)
    : state_(std::move(state)), objects_(state_->objects), concrete_(std::move(concrete)), label_(std::move(label)) {
  const std::lock_guard lock(structure());
  objects_->add(this);
}

Module::Module(const Module& other)
    : state_(cloned(other.state_)),
      objects_(state_ ? state_->objects : other.objects_),
      concrete_(other.concrete_),
      copy_(other.copy_),
      label_(other.label_) {
  if (state_ != other.state_ && concrete_ && copy_) concrete_ = copy_(*concrete_);
  if (state_) state_->settle();
  const std::lock_guard lock(structure());
  objects_->add(this);
  join_like(other);
}

Module::Module(Module&& other) noexcept
    : state_(std::move(other.state_)),
      objects_(other.objects_),
      concrete_(std::move(other.concrete_)),
      copy_(other.copy_),
      label_(std::move(other.label_)) {
  if (state_ && !other.pending_) state_->settle();
  const std::lock_guard lock(structure());
  objects_->add(this);
  join_like(other);
}

Module& Module::operator=(const Module& other) & {
  if (this == &other) return *this;
  if (parent_ && !assigned_with_its_parent(other)) {
    replace_in_parent(other);
    become(other);
    return *this;
  }
  become(other);
  label_ = other.label_;
  const std::lock_guard lock(structure());
  leave();
  join_like(other);
  if (!parent_ && other.parent_) {
    // `body = register_module("body", ...)` in a constructor: the temporary gives its place to the member.
    const std::shared_ptr<ModuleState> parent = other.place_->parent.lock();
    if (parent && !parent->settled.load(std::memory_order_relaxed) && typeid(*this) == *other.place_->type)
      join(other.place_, other.parent_);
  }
  return *this;
}

Module& Module::operator=(Module&& other) & {
  if (this == &other) return *this;
  *this = std::as_const(other);
  other.state_.reset();
  other.concrete_.reset();
  return *this;
}

Module::~Module() {
  const std::lock_guard lock(structure());
  leave();
  objects_->remove(this);
}

/// Whether this is one of the members that an assignment of whole modules assigns (see Parameter).
bool Module::assigned_with_its_parent(const Module& other) const noexcept {
  if (!other.place_ || other.pending_ || other.place_ == place_) return false;
  const std::lock_guard lock(structure());
  const ModuleChild& place = *other.place_;
  return object_around(this, &other, other.parent_, *place.objects, *place.registrar) != nullptr;
}

/// Becomes a handle to the other's state. Members that are modules, which are assigned next, are plain until then.
void Module::become(const Module& other) {
  std::shared_ptr<ModuleState> former = other.state_;
  std::shared_ptr<const Module> former_concrete = other.concrete_;
  const std::lock_guard lock(structure());
  if (state_) {
    for (const auto& place : state_->places) {
      const std::vector<Module*> members = place->members;
      for (Module* member : members)
        if (member->parent_ == this) member->leave();
    }
  }
  objects_->remove(this);
  state_.swap(former);
  concrete_.swap(former_concrete);
  objects_ = other.objects_;
  copy_ = other.copy_;
  objects_->add(this);
}

void Module::join(const std::shared_ptr<ModuleChild>& place, const Module* parent) {
  place_ = place;
  parent_ = parent;
  place_->members.push_back(this);
}

void Module::leave() noexcept {
  if (!parent_) return;
  std::erase(place_->members, this);
  place_.reset();
  parent_ = nullptr;
}

/// Becomes a member if it lies at the same place in a copy of the object as the other does in the object, or if the
/// other announces a member.
void Module::join_like(const Module& other) {
  if (!other.place_) return;
  if (other.pending_) return join(other.place_, other.parent_);
  const std::shared_ptr<ModuleChild> place = cloned(other.place_);
  const Module* parent = object_around(this, &other, other.parent_, *place->objects, *place->registrar);
  if (!parent && copying_container()) parent = other.parent_;
  if (parent) join(place, parent);
}

/// Puts the other in the place of the child that this member stands for: into the parent's list, and into the members
/// of the parent's other copies.
void Module::replace_in_parent(const Module& other) {
  const std::shared_ptr<ModuleChild> place = place_;
  const std::shared_ptr<ModuleState> parent = place->parent.lock();
  if (!parent || state_ == other.state_) return;
  const auto shown = [&] { return fmt::format("'{}' of {}", place->name, parent->type_name); };
  if (typeid(other) != *place->type)
    fail(parent->type_name, fmt::format("a module of another class was assigned to '{}'", place->name));
  other.state();
  if (any_state(*other.state_, [&](const ModuleState& state) { return &state == parent.get(); }))
    fail(parent->type_name, fmt::format("what was assigned to {} contains that module itself", shown()));
  for (std::size_t i = 0; i < parent->places.size(); ++i)
    if (parent->places[i] == place) replace_child_of(*parent, i, place->handling.wrap(other));
  std::vector<std::pair<Module*, const Module*>> others;
  {
    const std::lock_guard lock(structure());
    const std::vector<Module*> members = place->members;
    for (Module* member : members) {
      if (member == this || !member->state_) continue;
      others.emplace_back(member, member->parent_);
      member->leave();
    }
  }
  for (const auto& [member, object] : others) {
    place->handling.assign(*member, other);
    member->label_ = place->name;
    const std::lock_guard lock(structure());
    member->leave();
    member->join(place, object);
  }
}

void Module::replace_child_of(ModuleState& parent, std::size_t i, Module child) {
  auto& [name, own] = parent.children[i];
  child.label_ = name;
  any_state(*own.state_, [](const ModuleState& state) {
    for (const auto* entries : {&state.parameters, &state.buffers})
      for (const auto& entry : *entries) ++entry->replacements;
    return false;
  });
  own = child;
  own.label_ = name;
}

void Module::replace_child(std::size_t i, Module module) {
  if (i >= children().size()) refuse(fmt::format("there is no child {}; there are {}", i, children().size()));
  check_child(module);
  replace_child_of(*state_, i, std::move(module));
}

void Module::check_child(const Module& module) const {
  module.state();
  if (any_state(*module.state_, [&](const ModuleState& state) { return &state == state_.get(); }))
    refuse(fmt::format("the {} to be registered is this module, or contains it", module.type_name()));
}

void Module::register_child(std::string name, Module& module, const std::type_info& type, Handling handling) {
  state();
  check_name(name);
  check_child(module);
  module.label_ = name;
  auto place = std::make_shared<ModuleChild>();
  place->name = name;
  place->parent = state_;
  place->objects = state_->objects;
  place->registrar = &typeid(*this);
  place->type = &type;
  place->handling = handling;
  Module child = handling.wrap(module);
  state_->children.emplace_back(std::move(name), std::move(child));
  state_->places.push_back(place);
  state_->settled = false;
  {
    const std::lock_guard lock(structure());
    module.leave();
  }
  module.place_ = std::move(place);
  module.parent_ = this;
  module.pending_ = true;
}

}  // namespace xgrad::nn
