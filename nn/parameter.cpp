#include <nn/parameter.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <autograd/members_definitions.hpp>
#include <autograd/out_of_memory.hpp>
#include <nn/registration.hpp>

namespace xgrad {

template class Members<nn::Parameter>;

}  // namespace xgrad

namespace xgrad::nn {
namespace {

std::string describe(const Tensor& tensor) {
  return fmt::format("{} {}", to_string(tensor.dtype()), to_string(tensor.shape()));
}

}  // namespace

Parameter::Parameter(const Tensor& value) {
  if (!value.defined()) fail("Parameter", "the value is an undefined Tensor (default-constructed or moved from)");
  slot_ = std::make_shared<Slot>(Slot{value});
  eval(value);
}

Parameter::Parameter(const Parameter& other) { take(other); }

Parameter& Parameter::operator=(const Parameter& other) {
  if (this == &other) return *this;
  if (object_ && !assigned_with_its_module(other)) {
    registration_->bind(other.slot_);
    return *this;
  }
  leave();
  take(other);
  return *this;
}

Parameter::~Parameter() { leave(); }

Parameter::Parameter(const Registered& registered) : slot_(registered.slot_) {
  join(registered.registration_, registered.owner_);
}

Parameter& Parameter::operator=(const Registered& registered) {
  leave();
  slot_ = registered.slot_;
  join(registered.registration_, registered.owner_);
  return *this;
}

/// Whether this is one of the members that an assignment of whole modules assigns. Afterwards they belong to the module
/// that the other is a handle to.
bool Parameter::assigned_with_its_module(const Parameter& other) const noexcept {
  if (!other.object_ || other.registration_ == registration_) return false;
  const std::lock_guard lock(structure());
  const Registration& entry = *other.registration_;
  return object_around(this, &other, other.object_, *entry.objects, *entry.registrar) != nullptr;
}

/// Becomes a handle to the other's slot. It becomes a member if it lies at the same place in a copy of the object as
/// the other does in the object.
void Parameter::take(const Parameter& other) {
  slot_ = other.slot_;
  registration_ = other.registration_;
  if (!registration_) return;
  if (detail::cloning()) {
    slot_ = cloned(slot_);
    registration_ = cloned(registration_);
  }
  if (!other.object_) return;
  const std::lock_guard lock(structure());
  object_ = object_around(this, &other, other.object_, *registration_->objects, *registration_->registrar);
  if (!object_ && copying_container()) object_ = other.object_;
  if (object_) registration_->members.push_back(this);
}

void Parameter::join(std::shared_ptr<Registration> registration, const Module* object) {
  registration_ = std::move(registration);
  const std::lock_guard lock(structure());
  registration_->members.push_back(this);
  object_ = object;
}

void Parameter::leave() noexcept {
  if (!object_) return;
  const std::lock_guard lock(structure());
  std::erase(registration_->members, this);
  object_ = nullptr;
}

Registered::Registered(std::shared_ptr<Registration> registration, const Module* owner) : owner_(owner) {
  slot_ = registration->slot;
  registration_ = std::move(registration);
}

Tensor& Parameter::slot(std::string_view where) const {
  if (!slot_)
    fail(where, "the Parameter is undefined; it was default-constructed, as the bias of a Linear without one");
  if (Tensor* other = Overrides::find(slot_.get())) return *other;
  return slot_->value;
}

Tensor Parameter::value() const { return slot("Parameter::value"); }

Parameter::operator Tensor() const {
  check_use(*this);
  return slot("Parameter::value");
}

void Parameter::set(const Tensor& value) const {
  Tensor& current = slot("Parameter::set");
  if (!value.defined()) fail("Parameter::set", "the value is an undefined Tensor (default-constructed or moved from)");
  if (value.shape() != current.shape() || value.dtype() != current.dtype())
    fail("Parameter::set", fmt::format("{} was given for a slot of {}", describe(value), describe(current)));
  current = value;
}

void Parameter::convert(DType dtype) const {
  Tensor& current = slot("Parameter::convert");
  current = current.to(dtype);
}

ParameterList::ParameterList(const NamedParameters& named) {
  with_memory("ParameterList", [&] {
    for (const auto& [name, parameter] : named) {
      names_.push_back(name);
      parameters_.push_back(parameter);
    }
  });
}

ParameterList::ParameterList(std::initializer_list<Parameter> parameters) : parameters_(parameters) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) names_.push_back(std::to_string(i));
}

void detail::refuse_element(std::size_t i, std::size_t size) {
  fail("Shared", fmt::format("element {} was asked for, there are {}", i, size));
}

void ParameterList::append(const Parameter& parameter, std::string name) {
  if (!parameter.defined()) fail("ParameterList::append", "the Parameter is undefined; it was default-constructed");
  for (const Parameter& own : parameters_)
    if (own.id() == parameter.id()) return;
  if (name.empty()) name = std::to_string(size());
  const auto taken = [&](const std::string& other) { return std::ranges::find(names_, other) != names_.end(); };
  std::string unique = name;
  for (int i = 2; taken(unique); ++i) unique = fmt::format("{}_{}", name, i);
  names_.push_back(std::move(unique));
  parameters_.push_back(parameter);
}

void ParameterList::extend(const ParameterList& other) {
  const std::size_t count = other.size();  // `other` may be this
  for (std::size_t i = 0; i < count; ++i) append(other.parameters_[i], other.names_[i]);
}

ParameterList operator+(ParameterList a, const ParameterList& b) {
  a.extend(b);
  return a;
}

const Parameter& ParameterList::operator[](std::size_t i) const {
  if (i >= size()) fail("ParameterList", fmt::format("parameter {} was asked for, there are {}", i, size()));
  return parameters_[i];
}

const std::string& ParameterList::name(std::size_t i) const {
  if (i >= size())
    fail("ParameterList", fmt::format("the name of parameter {} was asked for, there are {}", i, size()));
  return names_[i];
}

ParameterList::operator std::vector<Tensor>() const {
  return with_memory("ParameterList", [&] {
    std::vector<Tensor> values;
    values.reserve(size());
    for (const Parameter& parameter : parameters_) values.push_back(parameter.value());
    return values;
  });
}

}  // namespace xgrad::nn
