#include <nn/module.hpp>

#include <algorithm>
#include <ostream>
#include <unordered_set>

#include <fmt/format.h>

#include <autograd/recorder.hpp>

namespace xgrad::nn {

struct Module::State {
  std::string type_name;
  NamedParameters parameters;
  NamedParameters buffers;
  std::vector<std::pair<std::string, Module>> children;
  bool training = true;
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
  return scoped([&] { return forward(x); });
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
