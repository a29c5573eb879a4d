#include <nn/functional.hpp>

#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include <nn/module_state.hpp>

namespace xgrad::nn {
namespace {

std::string describe(const Tensor& tensor) {
  return tensor.defined() ? fmt::format("{} {}", to_string(tensor.dtype()), to_string(tensor.shape()))
                          : "an undefined Tensor";
}

void add(Overrides& overrides, const std::string& name, const Parameter& entry, const Tensor& value) {
  const Tensor own = entry.value();
  const bool fits = value.defined() && value.shape() == own.shape() &&
                    (value.dtype() == own.dtype() || (is_floating(value.dtype()) && is_floating(own.dtype())));
  if (!fits) fail("functional_call", fmt::format("'{}' is {}; {} was expected", name, describe(value), describe(own)));
  overrides.add(entry, value);
}

Tensor called(const Module& module, const Inputs& inputs) {
  const OutsideOfModules outside;
  const std::vector<Tensor>& all = inputs;
  return module(all);
}

}  // namespace

Tensor functional_call(const Module& module, const NamedTensors& tensors, const Inputs& inputs) {
  std::unordered_map<std::string, Parameter> entries;
  for (const auto& [name, entry] : module.named_state()) entries.emplace(name, entry);
  std::unordered_map<std::uintptr_t, std::string> given;
  Overrides overrides;
  for (const auto& [name, tensor] : tensors) {
    const auto found = entries.find(name);
    if (found == entries.end())
      fail("functional_call", fmt::format("'{}' is unexpected: {} has no such entry", name, module.type_name()));
    const auto [before, first] = given.emplace(found->second.id(), name);
    if (!first) {
      fail("functional_call", before->second == name
                                  ? fmt::format("'{}' is given twice", name)
                                  : fmt::format("'{}' and '{}' are tied, and given both", before->second, name));
    }
    add(overrides, name, found->second, tensor);
  }
  return called(module, inputs);
}

Tensor functional_call(const Module& module, const std::vector<Tensor>& parameters, const Inputs& inputs) {
  const NamedParameters own = module.named_parameters();
  if (parameters.size() != own.size()) {
    fail("functional_call", fmt::format("{} tensors were given for the {} parameters of {}", parameters.size(),
                                        own.size(), module.type_name()));
  }
  Overrides overrides;
  for (std::size_t i = 0; i < own.size(); ++i) add(overrides, own[i].first, own[i].second, parameters[i]);
  return called(module, inputs);
}

}  // namespace xgrad::nn
