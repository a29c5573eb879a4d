#include <nn/containers.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace xgrad::nn {
namespace {

std::string listed(const std::vector<std::string>& keys) {
  return keys.empty() ? "there are none" : fmt::format("there are '{}'", fmt::join(keys, "', '"));
}

}  // namespace

void ModuleList::extend(const ModuleList& other) {
  const std::size_t count = other.size();  // `other` may be this
  for (std::size_t i = 0; i < count; ++i) push_back(Module(other.children()[i].second));
}

void ModuleList::replace(std::size_t i, Module module) {
  if (i >= size()) refuse(fmt::format("module {} was to be replaced, there are {}", i, size()));
  replace_child(i, std::move(module));
}

ModuleDict::ModuleDict(std::initializer_list<std::pair<std::string, Module>> modules) : ModuleDict() {
  for (const auto& [name, module] : modules) set(name, module);
}

void ModuleDict::set(const std::string& name, Module module) {
  for (std::size_t i = 0; i < size(); ++i)
    if (children()[i].first == name) return replace_child(i, std::move(module));
  register_module(name, std::move(module));
}

bool ModuleDict::contains(std::string_view name) const {
  return std::ranges::any_of(children(), [&](const auto& child) { return child.first == name; });
}

Module ModuleDict::operator[](std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i)
    if (children()[i].first == name) return named_child(i);
  refuse(fmt::format("module '{}' was asked for; {}", name, listed(keys())));
}

std::vector<std::string> ModuleDict::keys() const {
  std::vector<std::string> names;
  for (const auto& [name, module] : children()) names.push_back(name);
  return names;
}

ParameterDict::ParameterDict(std::initializer_list<std::pair<std::string, Tensor>> values) : ParameterDict() {
  for (const auto& [name, value] : values) set(name, value);
}

void ParameterDict::set(const std::string& name, const Tensor& value) {
  if (!value.defined()) refuse(fmt::format("the value for '{}' is an undefined Tensor", name));
  set(name, Parameter(value));
}

void ParameterDict::set(const std::string& name, const Parameter& shared) {
  if (!shared.defined()) refuse(fmt::format("the Parameter for '{}' is undefined", name));
  if (const auto found = entries_->find(name); found != entries_->end()) {
    found->second = shared;
    return;
  }
  entries_->emplace(name, register_parameter(name, shared));
  keys_->push_back(name);
}

bool ParameterDict::contains(std::string_view name) const { return entries_->contains(name); }

Parameter& ParameterDict::operator[](std::string_view name) const {
  const auto found = entries_->find(name);
  if (found == entries_->end()) refuse(fmt::format("parameter '{}' was asked for; {}", name, listed(*keys_)));
  return found->second;
}

std::vector<std::string> ParameterDict::keys() const { return *keys_; }

}  // namespace xgrad::nn
