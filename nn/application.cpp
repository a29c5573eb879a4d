#include <algorithm>

#include <fmt/format.h>

#include <nn/module_state.hpp>

/// The modules that are being applied, and the check that the parts they use are registered with them.
namespace xgrad::nn {

constinit thread_local ModuleAccess::Application* applying = nullptr;
constinit thread_local CallObserver* observing = nullptr;

namespace {

/// Whether any module that is being applied is one of those that f accepts, or contains one.
template <class F>
bool in_applied_modules(const ModuleAccess::Application* innermost, F&& f) {
  for (const auto* at = innermost; at; at = ModuleAccess::outer(*at))
    if (any_state(*ModuleAccess::state(*at), f)) return true;
  return false;
}

[[noreturn]] void refuse_stray(const ModuleState& outer, const std::string& type, const char* why) {
  outer.refuse(
      fmt::format("it applies a {0} that it has not registered, {1}; make it a member by `nn::{0} part = "
                  "register_module(\"part\", nn::{0}(...));`, or wrap it in nn::standalone(...) where it is not to "
                  "belong to the module",
                  type, why));
}

}  // namespace

bool ModuleState::has_parts() const noexcept { return !parameters.empty() || !buffers.empty() || !children.empty(); }

Module::Application::Application(const Module& module) : state_(&module.state()), outer_(applying) {
  module.state_->settle();
  if (outer_ && !state_->standalone) {
    const auto& siblings = outer_->state_->children;
    bool found = false;
    for (std::size_t looked = 0; looked < siblings.size() && !found; ++looked) {
      if (outer_->next_ >= siblings.size()) outer_->next_ = 0;
      found = siblings[outer_->next_++].second.state_.get() == state_;
    }
    if (!found) {
      stray_ = !state_->has_parts();
      if (!stray_ && !in_applied_modules(outer_, [&](const ModuleState& state) { return &state == state_; }))
        refuse_stray(*outer_->state_, state_->type_name, "so its parameters are neither trained nor saved");
    }
  }
  if (observing) observing->begins(module);
  applying = this;
}

Module::Application::~Application() {
  applying = outer_;
  if (observing) observing->ends();
}

void Module::Application::gives(const Tensor& output) const {
  if (observing) observing->gives(output);
}

bool Module::is_training() const {
  const ModuleState& own = state();
  if (applying && applying->stray_ && applying->state_ == &own) {
    if (!in_applied_modules(applying->outer_, [&](const ModuleState& state) { return &state == &own; }))
      refuse_stray(*applying->outer_->state_, own.type_name, "so train() and eval() do not reach it");
    applying->stray_ = false;
  }
  return own.training;
}

void check_use(const Parameter& parameter) {
  if (!applying || !parameter.defined()) return;
  const Registration* registration = ParameterAccess::registration(parameter).get();
  const Slot* slot = ParameterAccess::slot(parameter).get();
  const ModuleState& state = *ModuleAccess::state(*applying);
  if (registration && registration->objects == state.objects && registration->slot.get() == slot) return;
  const auto has_slot = [&](const ModuleState& one) {
    const auto own = [&](const std::shared_ptr<Registration>& entry) { return entry->slot.get() == slot; };
    return std::ranges::any_of(one.parameters, own) || std::ranges::any_of(one.buffers, own);
  };
  if (in_applied_modules(applying, has_slot)) return;
  const Tensor value = parameter.value();
  state.refuse(
      fmt::format("it uses a Parameter, {} {}, that it has not registered, so it is neither trained nor saved; make it "
                  "a member by `nn::Parameter weight = register_parameter(\"weight\", ...);`, in containers by "
                  "nn::Shared, or write weight.value() where it is not to belong to the module",
                  to_string(value.dtype()), to_string(value.shape())));
}

}  // namespace xgrad::nn
