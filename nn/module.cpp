#include <nn/module.hpp>

#include <algorithm>
#include <ostream>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/out_of_memory.hpp>
#include <autograd/recorder.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {
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

ModuleState& Module::state() const {
  if (!state_) fail("Module", "the module was moved from");
  return *state_;
}

Tensor Module::apply(const std::vector<Tensor>& inputs) const {
  return inputs.size() == 1 ? forward(inputs[0]) : forward(inputs);
}

Tensor Module::operator()(const Operand& x) const {
  if (!x.defined()) refuse("the input is an undefined Tensor (default-constructed or moved from)");
  return with_memory(type_name(), [&] {
    return scoped([&] {
      if (observing) observing->takes({x});
      return state_->hooks && !observing ? hooked({x}) : forward(x);
    });
  });
}

Tensor Module::operator()(const Operand& a, const Operand& b) const {
  return with_memory(type_name(), [&] { return (*this)(std::vector<Tensor>{a.tensor(), b.tensor()}); });
}

Tensor Module::operator()(const Operand& a, const Operand& b, const Operand& c) const {
  return with_memory(type_name(), [&] { return (*this)(std::vector<Tensor>{a.tensor(), b.tensor(), c.tensor()}); });
}

Tensor Module::operator()(const std::vector<Tensor>& inputs) const {
  if (inputs.empty()) refuse("no inputs were given");
  if (!inputs[0].defined()) refuse("the input is an undefined Tensor (default-constructed or moved from)");
  return with_memory(type_name(), [&] {
    return scoped([&] {
      if (observing) observing->takes(inputs);
      return state_->hooks && !observing ? hooked(inputs) : apply(inputs);
    });
  });
}

Tensor Module::forward(const Tensor& x) const {
  if (!concrete_) refuse("the class does not override forward for one input");
  return concrete_->forward(x);
}

Tensor Module::forward(const Tensor& a, const Tensor& b) const {
  if (!concrete_) refuse("the class does not override forward for two inputs");
  return concrete_->forward(a, b);
}

Tensor Module::forward(const Tensor& a, const Tensor& b, const Tensor& c) const {
  if (!concrete_) refuse("the class does not override forward for three inputs");
  return concrete_->forward(a, b, c);
}

Tensor Module::forward(const std::vector<Tensor>& inputs) const {
  if (concrete_) return concrete_->forward(inputs);
  if (inputs.size() == 1) return forward(inputs[0]);
  if (inputs.size() == 2) return forward(inputs[0], inputs[1]);
  if (inputs.size() == 3) return forward(inputs[0], inputs[1], inputs[2]);
  refuse(fmt::format("the class does not override forward for {} inputs", inputs.size()));
}

std::string Module::arguments() const { return concrete_ ? concrete_->arguments() : ""; }

void Module::collect(Entries which, const std::string& prefix, NamedParameters& found) const {
  const auto add = [&](const std::vector<std::shared_ptr<Registration>>& entries) {
    for (const auto& entry : entries)
      if (entry->slot) found.emplace_back(prefix + entry->name, ParameterAccess::of(entry));
  };
  state().settle();
  if (which != Entries::buffers) add(state_->parameters);
  if (which != Entries::parameters) add(state_->buffers);
  for (const auto& [name, child] : state_->children) child.collect(which, prefix + name + ".", found);
}

NamedParameters Module::named_parameters() const {
  return with_memory("Module::named_parameters", [&] {
    NamedParameters found;
    collect(Entries::parameters, "", found);
    return unique(std::move(found));
  });
}

NamedParameters Module::named_buffers() const {
  return with_memory("Module::named_buffers", [&] {
    NamedParameters found;
    collect(Entries::buffers, "", found);
    return unique(std::move(found));
  });
}

NamedParameters Module::named_state() const {
  return with_memory("Module::named_state", [&] {
    NamedParameters found;
    collect(Entries::both, "", found);
    return found;
  });
}

const std::vector<std::pair<std::string, Module>>& Module::children() const { return state().children; }

Module Module::named_child(std::size_t i) const {
  if (i >= children().size()) refuse(fmt::format("module {} was asked for, there are {}", i, children().size()));
  Module child = children()[i].second;
  if (!label_.empty()) child.label_ = label_ + "." + child.label_;
  return child;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters()) count += parameter.value().size();
  return count;
}

void Module::set_training(bool training) {
  state().training = training;
  for (auto& [name, child] : state_->children) child.set_training(training);
}

void Module::train() { set_training(true); }
void Module::eval() { set_training(false); }

void Module::to(DType dtype) {
  if (!is_floating(dtype)) refuse(fmt::format("to({}): float32, float64 or bfloat16 was expected", to_string(dtype)));
  std::vector<Tensor> converted;
  const auto convert = [&](const NamedParameters& entries, DType to) {
    for (const auto& [name, entry] : entries) {
      if (!is_floating(entry.dtype())) continue;
      entry.convert(to);
      converted.push_back(entry);
    }
  };
  convert(named_parameters(), dtype);
  convert(named_buffers(), computed_in(dtype));
  xgrad::eval(converted);
}

const std::string& Module::type_name() const { return state().type_name; }

void Module::set_standalone() const { state().standalone = true; }

void Module::check_name(std::string_view name) const {
  const auto entry_named = [&](const auto& entry) { return entry->name == name; };
  const auto child_named = [&](const auto& child) { return child.first == name; };
  const bool taken = std::ranges::any_of(state().parameters, entry_named) ||
                     std::ranges::any_of(state().buffers, entry_named) ||
                     std::ranges::any_of(state().children, child_named);
  if (name.empty() || name.find('.') != std::string_view::npos)
    refuse(fmt::format("the name '{}' cannot be registered: it must not be empty nor hold a dot", name));
  if (taken) refuse(fmt::format("the name '{}' is registered already", name));
}

Registered Module::add_entry(std::string name, Parameter value, bool trained) {
  check_name(name);
  if (trained && value.defined() && !is_floating(value.dtype()))
    refuse(
        fmt::format("parameter '{}' is {}; float32, float64 or bfloat16 was expected", name, to_string(value.dtype())));
  auto entry = std::make_shared<Registration>();
  entry->module = type_name();
  entry->name = std::move(name);
  entry->trained = trained;
  entry->slot = ParameterAccess::slot(value);
  entry->objects = state_->objects;
  entry->registrar = &typeid(*this);
  (trained ? state_->parameters : state_->buffers).push_back(entry);
  return Registered(std::move(entry), this);
}

Registered Module::register_parameter(std::string name, const Tensor& value) {
  return add_entry(std::move(name), value.defined() ? Parameter(value) : Parameter(), true);
}
Registered Module::register_parameter(std::string name, const Parameter& shared) {
  return add_entry(std::move(name), shared, true);
}
Registered Module::register_buffer(std::string name, const Tensor& value) {
  return add_entry(std::move(name), value.defined() ? Buffer(value) : Buffer(), false);
}
Registered Module::register_buffer(std::string name, const Buffer& shared) {
  return add_entry(std::move(name), shared, false);
}

void Module::refuse(std::string_view message) const { state().refuse(message); }

void Module::rethrow(const Error& error) const {
  if (dynamic_cast<const ModuleError*>(&error)) throw;
  state().refuse(error.what());
}

void ModuleState::refuse(std::string_view message) const {
  const std::string& place = scope_name(recorder().scope);
  throw ModuleError(place.empty() ? fmt::format("{}: {}", type_name, message)
                                  : fmt::format("{} '{}': {}", type_name, place, message));
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
