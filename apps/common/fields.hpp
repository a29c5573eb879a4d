#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/numbers.hpp>
#include <autograd/error.hpp>
#include <autograd/io/safetensors.hpp>

/// Structs of hyper-parameters that travel in a checkpoint's metadata, each field under its flag's name. Such a struct
/// Config has a function beside it,
///
///     template <class AnyConfig, class Visit> void for_each_field(AnyConfig& config, Visit&& visit);
///
/// that calls visit(name, field) for each field, with a `const Config&` as well. Fields are numbers, texts and lists of
/// whole numbers.
namespace xgrad::apps::fields {

/// The shortest text that reads back as the same value.
template <class T>
std::string to_text(const T& value) {
  if constexpr (std::same_as<T, std::vector<std::int64_t>>)
    return fmt::format("{}", fmt::join(value, ","));
  else
    return fmt::format("{}", value);
}

template <class T>
void parse(const std::string& name, std::string_view text, T& value) {
  const std::optional<T> number = parse_number<T>(text);
  if (!number) fail("checkpoint", fmt::format("its metadata has '{}' for {}; expected a number", text, name));
  value = *number;
}
inline void parse(const std::string& /*name*/, std::string_view text, std::string& value) { value = text; }
inline void parse(const std::string& name, std::string_view text, std::vector<std::int64_t>& values) {
  values.clear();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parse(name, text.substr(at, comma - at), values.emplace_back());
    at = comma + 1;
  }
}

/// Throws Error, which `where` begins, unless a field is what its flag takes.
template <class T>
void require(std::string_view where, const char* name, T value, const Accepted<T>& accepted) {
  if (!accepted.contains(value)) fail(where, fmt::format("{} is {}; expected {}", name, value, accepted.expected));
}

template <class Config>
Metadata to_metadata(const Config& config) {
  Metadata metadata;
  for_each_field(config, [&](const char* name, const auto& value) { metadata[name] = to_text(value); });
  return metadata;
}

/// Throws Error where a field is missing or is no number.
template <class Config>
Config from_metadata(const Metadata& metadata) {
  Config config;
  for_each_field(config, [&](const std::string& name, auto& value) {
    const auto found = metadata.find(name);
    if (found == metadata.end()) fail("checkpoint", fmt::format("its metadata lacks {}", name));
    parse(name, found->second, value);
  });
  return config;
}

/// Throws Error where flags that the user gave contradict the run to go on with, and names them.
template <class Config>
void check_given(const Config& stored, const Config& wanted, const std::set<std::string>& given) {
  const Metadata was = to_metadata(stored);
  std::vector<std::string> contradictions;
  for (const auto& [name, value] : to_metadata(wanted))
    if (given.contains(name) && value != was.at(name))
      contradictions.push_back(fmt::format("--{} {} (it has {})", name, value, was.at(name)));
  if (!contradictions.empty())
    fail("--resume", fmt::format("the checkpoint's run cannot go on with {}", fmt::join(contradictions, ", ")));
}

}  // namespace xgrad::apps::fields
