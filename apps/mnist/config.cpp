#include <apps/mnist/config.hpp>

#include <algorithm>
#include <concepts>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/numbers.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t pixels = 784, classes = 10;

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
  const std::optional<T> number = parse_number<T>(text);
  if (!number) fail("checkpoint", fmt::format("its metadata has '{}' for {}; expected a number", text, name));
  value = *number;
}

void parse(const std::string& name, std::string_view text, std::vector<std::int64_t>& values) {
  values.clear();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parse(name, text.substr(at, comma - at), values.emplace_back());
    at = comma + 1;
  }
}

/// What each field may be. The flags ask the same.
template <class T>
void require(std::string_view where, const char* name, T value, const Accepted<T>& accepted) {
  if (!accepted.contains(value)) fail(where, fmt::format("{} is {}; expected {}", name, value, accepted.expected));
}

}  // namespace

void check(std::string_view where, const Config& config) {
  const auto layers = static_cast<std::int64_t>(config.hidden.size());
  require(where, "the number of hidden layers", layers, whole_number<std::int64_t>(1, Config::max_hidden_layers));
  for (const std::int64_t units : config.hidden)
    require(where, "hidden", units, whole_number<std::int64_t>(1, Config::max_units));
  require(where, "lr", config.lr, positive_number());
  require(where, "lr-decay", config.lr_decay, positive_number());
  require(where, "beta1", config.beta1, fraction());
  require(where, "beta2", config.beta2, fraction());
  require(where, "adam-eps", config.adam_eps, positive_number());
  require(where, "weight-decay", config.weight_decay, non_negative_number());
  require(where, "bn-momentum", config.bn_momentum, fraction());
  require(where, "bn-eps", config.bn_eps, positive_number());
  require(where, "batch", config.batch, whole_number<std::int64_t>(2, Config::max_batch));
  std::int64_t parameters = 0, in = pixels;
  for (const std::int64_t units : config.hidden) {
    parameters += (in + 3) * units;  // weights, biases, and batch norm's weights and biases
    in = units;
  }
  parameters += (in + 1) * classes;
  if (parameters > Config::max_parameters)
    fail(where, fmt::format("hidden is {}, a model of {} parameters; expected at most {}",
                            fmt::join(config.hidden, ","), parameters, Config::max_parameters));
}

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
  check("checkpoint", config);
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

std::string architecture(const Config& config) {
  return fmt::format("{}-{}-{}", pixels, fmt::join(config.hidden, "-"), classes);
}

nn::Sequential make_model(const Config& config) {
  nn::Sequential model;
  std::int64_t in = pixels;
  for (const std::int64_t units : config.hidden) {
    model.push_back(nn::Linear(in, units));
    model.push_back(nn::BatchNorm1d(units, {.eps = config.bn_eps, .momentum = config.bn_momentum}));
    model.push_back(nn::ReLU());
    in = units;
  }
  model.push_back(nn::Linear(in, classes));
  return model;
}

}  // namespace xgrad::apps
