#include <nn/state_dict.hpp>

#include <string>
#include <unordered_map>

#include <fmt/format.h>

namespace xgrad::nn {
namespace {

std::string describe(const Tensor& tensor) {
  return fmt::format("{} {}", to_string(tensor.dtype()), to_string(tensor.shape()));
}

void bind_state(std::string_view where, const Module& module, const NamedTensors& state) {
  const std::vector<Tensor> tensors = matched(where, state, state_dict(module));
  std::size_t next = 0;
  for (const auto& [name, entry] : module.named_state()) entry.set(tensors[next++]);
}

}  // namespace

std::vector<Tensor> matched(std::string_view where, const NamedTensors& given, const NamedTensors& expected) {
  std::string mismatches;
  std::size_t count = 0;
  const auto report = [&](const std::string& text) {
    mismatches += "\n  " + text;
    ++count;
  };

  std::unordered_map<std::string_view, Tensor> unmatched;
  for (const auto& [name, tensor] : given)
    if (!unmatched.emplace(name, tensor).second) report(fmt::format("'{}' is given twice", name));

  std::vector<Tensor> ordered;
  for (const auto& [name, tensor] : expected) {
    const auto found = unmatched.find(name);
    if (found == unmatched.end()) {
      report(fmt::format("'{}' is missing, {}", name, describe(tensor)));
      continue;
    }
    const Tensor match = found->second;
    unmatched.erase(found);
    ordered.push_back(match);
    if (match.shape() != tensor.shape()) {
      report(
          fmt::format("'{}' has shape {}, {} was expected", name, to_string(match.shape()), to_string(tensor.shape())));
    }
    if (match.dtype() != tensor.dtype()) {
      report(
          fmt::format("'{}' has dtype {}, {} was expected", name, to_string(match.dtype()), to_string(tensor.dtype())));
    }
  }
  for (const auto& [name, tensor] : given)
    if (unmatched.erase(name) > 0) report(fmt::format("'{}' is unexpected, {}", name, describe(tensor)));

  if (count > 0) fail(where, fmt::format("{} mismatch{}:{}", count, count == 1 ? "" : "es", mismatches));
  return ordered;
}

NamedTensors state_dict(const Module& module) {
  NamedTensors state;
  for (const auto& [name, entry] : module.named_state()) state.emplace_back(name, entry);
  return state;
}

void load_state_dict(const Module& module, const NamedTensors& state) { bind_state("load_state_dict", module, state); }

void save(const Module& module, const std::filesystem::path& path, const Metadata& metadata) {
  save_safetensors(path, state_dict(module), metadata);
}

void load(const Module& module, const std::filesystem::path& path) {
  bind_state(fmt::format("nn::load '{}'", path.string()), module, load_safetensors(path).tensors);
}

}  // namespace xgrad::nn
