#include <nn/registration.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <nn/module_state.hpp>

namespace xgrad::nn {
namespace {

constinit thread_local Overrides* overrides = nullptr;

}  // namespace

std::mutex& structure() noexcept {
  static constinit std::mutex mutex;
  return mutex;
}

const Module* object_around(const void* place, const void* from, const Module* object, const Objects& objects,
                            const std::type_info& registrar) noexcept {
  const auto distance = reinterpret_cast<std::uintptr_t>(from) - reinterpret_cast<std::uintptr_t>(object);
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(place) - distance;
  for (const Module* candidate : objects.list) {
    if (reinterpret_cast<std::uintptr_t>(candidate) != start || candidate == object) continue;
    // A sliced object has only the start of the object; other memory follows it.
    if (typeid(*candidate) == registrar) return candidate;
    const bool alive = std::ranges::find(objects.list, object) != objects.list.end();
    return alive && typeid(*candidate) == typeid(*object) ? candidate : nullptr;
  }
  return nullptr;
}

void Registration::bind(const std::shared_ptr<Slot>& other) {
  if (trained && other && !is_floating(other->value.dtype())) {
    fail(module, fmt::format("{} {} was assigned to parameter '{}'; float32 or float64 was expected",
                             to_string(other->value.dtype()), to_string(other->value.shape()), name));
  }
  const std::shared_ptr<Slot> former = slot, next = other;  // `other` may be a member's own
  const std::lock_guard lock(structure());
  slot = next;
  for (Parameter* member : members) member->slot_ = next;
}

Parameter ParameterAccess::of(const std::shared_ptr<Registration>& registration) {
  Parameter parameter;
  parameter.slot_ = registration->slot;
  parameter.registration_ = registration;
  return parameter;
}

Overrides::Overrides() : outer_(std::exchange(overrides, this)) {}
Overrides::~Overrides() { overrides = outer_; }

void Overrides::add(const Parameter& parameter, const Tensor& value) {
  tensors_.emplace_back(ParameterAccess::slot(parameter).get(), value);
}

Tensor* Overrides::find(const Slot* slot) noexcept {
  for (Overrides* scope = overrides; scope; scope = scope->outer_)
    for (auto& [own, tensor] : scope->tensors_)
      if (own == slot) return &tensor;
  return nullptr;
}

}  // namespace xgrad::nn
