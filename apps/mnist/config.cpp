#include <apps/mnist/config.hpp>

#include <charconv>
#include <concepts>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

/// Calls visit(name, field) for each field of a Config, with the name of its flag.
template <class AnyConfig, class Visit>
void for_each_field(AnyConfig& config, Visit&& visit) {
  visit("hidden", config.hidden);
  visit("lr", config.lr);
  visit("lr-decay", config.lr_decay);
  visit("beta1", config.beta1);
  visit("beta2", config.beta2);
  visit("adam-eps", config.adam_eps);
  visit("weight-decay", config.weight_decay);
  visit("bn-momentum", config.bn_momentum);
  visit("bn-eps", config.bn_eps);
  visit("batch", config.batch);
  visit("seed", config.seed);
}

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
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("checkpoint", fmt::format("its metadata has '{}' for {}; expected a number", text, name));
}

void parse(const std::string& name, std::string_view text, std::vector<std::int64_t>& values) {
  values.clear();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parse(name, text.substr(0, comma), values.emplace_back());
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

}  // namespace

Metadata to_metadata(const Config& config) {
  Metadata metadata;
  for_each_field(config, [&](const char* name, const auto& value) { metadata[name] = to_text(value); });
  return metadata;
}

Config from_metadata(const Metadata& metadata) {
  Config config;
  for_each_field(config, [&](const std::string& name, auto& value) {
    const auto found = metadata.find(name);
    if (found == metadata.end()) fail("checkpoint", fmt::format("its metadata lacks {}", name));
    parse(name, found->second, value);
  });
  return config;
}

Config reconcile(const Config& stored, const Config& wanted, const std::set<std::string>& given) {
  const Metadata was = to_metadata(stored);
  std::vector<std::string> contradictions;
  for (const auto& [name, value] : to_metadata(wanted))
    if (given.contains(name) && value != was.at(name))
      contradictions.push_back(fmt::format("--{} {} (it has {})", name, value, was.at(name)));
  if (!contradictions.empty())
    fail("--resume", fmt::format("the checkpoint's run cannot go on with {}", fmt::join(contradictions, ", ")));
  return stored;
}

nn::Sequential make_model(const Config& config) {
  nn::Sequential model;
  std::int64_t in = 784;
  for (const std::int64_t units : config.hidden) {
    model.push_back(nn::Linear(in, units));
    model.push_back(nn::BatchNorm1d(units, {.eps = config.bn_eps, .momentum = config.bn_momentum}));
    model.push_back(nn::ReLU());
    in = units;
  }
  model.push_back(nn::Linear(in, 10));
  return model;
}

}  // namespace xgrad::apps
