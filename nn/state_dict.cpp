#include <nn/state_dict.hpp>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace xgrad::nn {
namespace {

std::string describe(const Tensor& tensor) {
  if (!tensor.defined()) return "an undefined Tensor";
  return fmt::format("{} {}", to_string(tensor.dtype()), to_string(tensor.shape()));
}

/// Whether two tensors hold the same, NaN being NaN, dtype and shape included.
bool same_values(const Tensor& a, const Tensor& b) {
  if (a.same_as(b)) return true;
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return visit_dtype(a.dtype(), [&]<class T>(std::type_identity<T>) {
    return std::ranges::equal(a.data<T>(), b.data<T>(), [](T x, T y) { return x == y || (x != x && y != y); });
  });
}

LoadResult bind_state(std::string_view where, const Module& module, const NamedTensors& given,
                      const LoadStateOptions& options) {
  LoadResult result;
  const NamedParameters entries = module.named_state();
  std::unordered_map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, tensor] : given) by_name.emplace(name, &tensor);
  std::unordered_map<std::uintptr_t, std::pair<std::string, const Tensor*>> by_slot;
  for (const auto& [name, entry] : entries) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) continue;
    const auto [first, added] = by_slot.try_emplace(entry.id(), name, found->second);
    if (!added && !same_values(*first->second.second, *found->second))
      fail(where,
           fmt::format("'{}' and '{}' are tied in the module, and given different values", first->second.first, name));
  }
  // Entries that are expected: all, or those that are given; tied ones stand for each other.
  std::unordered_set<std::string_view> names;
  NamedTensors expected, state;
  NamedParameters bound;
  for (const auto& [name, entry] : entries) {
    names.insert(name);
    const auto tied = by_slot.find(entry.id());
    const bool itself = by_name.contains(name);
    if (itself || (tied == by_slot.end() && options.strict)) {
      expected.emplace_back(name, entry.value());
      bound.emplace_back(name, entry);
    } else if (tied == by_slot.end()) {
      result.missing_keys.push_back(name);
    }
  }
  for (const auto& [name, tensor] : given) {
    if (options.strict || names.contains(name))
      state.emplace_back(name, tensor);
    else
      result.unexpected_keys.push_back(name);
  }
  const std::vector<Tensor> tensors = matched(where, state, expected);
  for (std::size_t i = 0; i < bound.size(); ++i) bound[i].second.set(tensors[i]);
  return result;
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
    // Files of bfloat16 are read as float32.
    ordered.push_back(match.defined() && match.dtype() == float32 && tensor.dtype() == bfloat16 ? match.to(bfloat16)
                                                                                                : match);
    if (!match.defined()) {
      report(fmt::format("'{}' is an undefined Tensor (default-constructed or moved from)", name));
      continue;
    }
    if (match.shape() != tensor.shape()) {
      report(
          fmt::format("'{}' has shape {}, {} was expected", name, to_string(match.shape()), to_string(tensor.shape())));
    }
    if (ordered.back().dtype() != tensor.dtype()) {
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
  for (const auto& [name, entry] : module.named_state()) state.emplace_back(name, entry.value());
  return state;
}

LoadResult load_state_dict(const Module& module, const NamedTensors& state, const LoadStateOptions& options) {
  return bind_state("load_state_dict", module, state, options);
}

void save(const Module& module, const std::filesystem::path& path, const Metadata& metadata) {
  NamedTensors once;
  Metadata all = metadata;
  std::unordered_map<std::uintptr_t, std::string> first_names;
  for (const auto& [name, entry] : module.named_state()) {
    const auto [first, added] = first_names.emplace(entry.id(), name);
    if (added)
      once.emplace_back(name, entry.value());
    else
      all.insert({name, first->second});
  }
  save_safetensors(path, once, all);
}

LoadResult load(const Module& module, const std::filesystem::path& path, const LoadStateOptions& options) {
  return bind_state(fmt::format("nn::load '{}'", path.string()), module, load_safetensors(path).tensors, options);
}

}  // namespace xgrad::nn
