#include <nn/module.hpp>

#include <algorithm>
#include <ostream>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/recorder.hpp>
#include <autograd/transforms/on_gradient.hpp>

namespace xgrad::nn {

/// By number, in the order of registration.
struct ModuleHooks {
  std::vector<std::pair<std::int64_t, ForwardPreHook>> before;
  std::vector<std::pair<std::int64_t, ForwardHook>> after;
  std::vector<std::pair<std::int64_t, BackwardHook>> backward;
  std::int64_t next_id = 1;
};

struct Module::State {
  std::string type_name;
  NamedParameters parameters;
  NamedParameters buffers;
  std::vector<std::pair<std::string, Module>> children;
  /// Null where there are none, so that modules without hooks pay for one look.
  std::shared_ptr<ModuleHooks> hooks;
  bool training = true;
};

/// One call of a module with backward hooks. It does not keep the module alive.
struct Module::BackwardCall {
  std::vector<std::pair<std::int64_t, BackwardHook>> hooks;
  std::weak_ptr<State> state;
  std::weak_ptr<const Module> concrete;
  std::string label;
  Tensor grad_output;

  /// What the hooks make of the gradient of the input.
  Tensor run(Tensor grad_input) {
    const Tensor given = std::exchange(grad_output, Tensor());
    Module module(label);
    module.state_ = state.lock();
    module.concrete_ = concrete.lock();
    if (!module.state_) return grad_input;
    for (const auto& [id, hook] : hooks) {
      Tensor replaced = hook(module, grad_input, given);
      if (!replaced.defined()) continue;
      if (!grad_input.defined())
        module.refuse("a backward hook replaces the gradient of the input, which is not wanted here and not computed");
      grad_input = std::move(replaced);
    }
    return grad_input;
  }
};

namespace {

/// Entries without those whose slot came before under another name.
NamedParameters unique(NamedParameters entries) {
  std::unordered_set<std::uintptr_t> seen;
  std::erase_if(entries, [&](const auto& entry) { return !seen.insert(entry.second.id()).second; });
  return entries;
}

std::string indented(std::string text) {
  for (std::size_t line = text.find('\n'); line != std::string::npos; line = text.find('\n', line + 1))
    text.insert(line + 1, "  ");
  return text;
}

}  // namespace

Module::Module(std::string type_name) : state_(std::make_shared<State>()) { state_->type_name = std::move(type_name); }

Module& Module::operator=(Module other) noexcept {
  state_.swap(other.state_);
  concrete_.swap(other.concrete_);
  label_.swap(other.label_);
  return *this;
}

Tensor Module::operator()(const Operand& x) const {
  if (!x.defined()) refuse("the input is an undefined Tensor (default-constructed or moved from)");
  return scoped([&] { return state_->hooks ? hooked(x) : forward(x); });
}

Tensor Module::hooked(const Tensor& x) const {
  const ModuleHooks hooks = *state_->hooks;  // a copy: hooks may add hooks, and remove themselves
  Tensor input = x;
  for (const auto& [id, hook] : hooks.before)
    if (Tensor replaced = hook(*this, input); replaced.defined()) input = std::move(replaced);
  std::shared_ptr<BackwardCall> call;
  if (!hooks.backward.empty()) {
    call = std::make_shared<BackwardCall>(BackwardCall{hooks.backward, state_, concrete_, label_, {}});
    if (is_floating(input.dtype()))
      input = on_gradient(input, [call](const Tensor& grad_input) {
        return call->grad_output.defined() ? call->run(grad_input) : grad_input;
      });
  }
  Tensor output = forward(input);
  for (const auto& [id, hook] : hooks.after)
    if (Tensor replaced = hook(*this, input, output); replaced.defined()) output = std::move(replaced);
  if (!call || !is_floating(output.dtype())) return output;
  return on_gradient(output, input, [call](const Tensor& grad_output, bool wanted) {
    call->grad_output = grad_output;
    if (!wanted) call->run({});
    return grad_output;
  });
}

template <class Hook>
HookHandle Module::add_hook(std::vector<std::pair<std::int64_t, Hook>> ModuleHooks::*list, Hook hook) const {
  if (!hook) refuse("the hook to be registered is empty");
  if (!state_->hooks) state_->hooks = std::make_shared<ModuleHooks>();
  HookHandle handle;
  handle.hooks_ = state_->hooks;
  handle.id_ = state_->hooks->next_id++;
  ((*state_->hooks).*list).emplace_back(handle.id_, std::move(hook));
  return handle;
}

HookHandle Module::register_forward_pre_hook(ForwardPreHook hook) const {
  return add_hook(&ModuleHooks::before, std::move(hook));
}
HookHandle Module::register_forward_hook(ForwardHook hook) const {
  return add_hook(&ModuleHooks::after, std::move(hook));
}
HookHandle Module::register_full_backward_hook(BackwardHook hook) const {
  return add_hook(&ModuleHooks::backward, std::move(hook));
}

void HookHandle::remove() const {
  const std::shared_ptr<ModuleHooks> hooks = hooks_.lock();
  if (!hooks) return;
  const auto own = [&](const auto& entry) { return entry.first == id_; };
  std::erase_if(hooks->before, own);
  std::erase_if(hooks->after, own);
  std::erase_if(hooks->backward, own);
}

Tensor Module::forward(const Tensor& x) const {
  if (!concrete_) refuse("the class does not override forward");
  return concrete_->forward(x);
}

std::string Module::arguments() const { return concrete_ ? concrete_->arguments() : ""; }

void Module::collect(Entries which, const std::string& prefix, NamedParameters& found) const {
  const auto add = [&](const NamedParameters& entries) {
    for (const auto& [name, entry] : entries) found.emplace_back(prefix + name, entry);
  };
  if (which != Entries::buffers) add(state_->parameters);
  if (which != Entries::parameters) add(state_->buffers);
  for (const auto& [name, child] : state_->children) child.collect(which, prefix + name + ".", found);
}

NamedParameters Module::named_parameters() const {
  NamedParameters found;
  collect(Entries::parameters, "", found);
  return unique(std::move(found));
}

NamedParameters Module::named_buffers() const {
  NamedParameters found;
  collect(Entries::buffers, "", found);
  return unique(std::move(found));
}

NamedParameters Module::named_state() const {
  NamedParameters found;
  collect(Entries::both, "", found);
  return found;
}

const std::vector<std::pair<std::string, Module>>& Module::children() const noexcept { return state_->children; }

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters()) count += parameter.value().size();
  return count;
}

void Module::set_training(bool training) {
  state_->training = training;
  for (auto& [name, child] : state_->children) child.set_training(training);
}

void Module::train() { set_training(true); }
void Module::eval() { set_training(false); }
bool Module::is_training() const noexcept { return state_->training; }

void Module::to(DType dtype) {
  if (!is_floating(dtype)) refuse(fmt::format("to({}): float32 or float64 was expected", to_string(dtype)));
  std::vector<Tensor> converted;
  for (const auto& [name, entry] : named_state()) {
    if (!is_floating(entry.dtype())) continue;
    entry.convert(dtype);
    converted.push_back(entry);
  }
  xgrad::eval(converted);
}

const std::string& Module::type_name() const noexcept { return state_->type_name; }

void Module::check_name(std::string_view name) const {
  const auto named = [&](const auto& entry) { return entry.first == name; };
  const bool taken = std::ranges::any_of(state_->parameters, named) || std::ranges::any_of(state_->buffers, named) ||
                     std::ranges::any_of(state_->children, named);
  if (name.empty() || name.find('.') != std::string_view::npos)
    refuse(fmt::format("the name '{}' cannot be registered: it must not be empty nor hold a dot", name));
  if (taken) refuse(fmt::format("the name '{}' is registered already", name));
}

Parameter Module::register_parameter(std::string name, const Tensor& value) {
  check_name(name);
  if (!is_floating(value.dtype()))
    refuse(fmt::format("parameter '{}' is {}; float32 or float64 was expected", name, to_string(value.dtype())));
  return state_->parameters.emplace_back(std::move(name), Parameter(value)).second;
}

Buffer Module::register_buffer(std::string name, const Tensor& value) {
  check_name(name);
  return state_->buffers.emplace_back(std::move(name), Buffer(value)).second;
}

void Module::add_child(std::string name, Module module) {
  check_name(name);
  state_->children.emplace_back(std::move(name), std::move(module));
}

void Module::refuse(std::string_view message) const {
  const std::string& place = scope_name(recorder().scope);
  fail(place.empty() ? type_name() : fmt::format("{} '{}'", type_name(), place), message);
}

std::string to_string(const Module& module) {
  const std::string arguments = module.arguments();
  const auto& children = module.children();
  if (children.empty()) return fmt::format("{}({})", module.type_name(), arguments);
  std::string text = module.type_name() + '(';
  if (!arguments.empty()) text += "\n  " + arguments;
  for (const auto& [name, child] : children) text += fmt::format("\n  ({}): {}", name, indented(to_string(child)));
  return text + "\n)";
}

std::ostream& operator<<(std::ostream& out, const Module& module) { return out << to_string(module); }

}  // namespace xgrad::nn
