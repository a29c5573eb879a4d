#include <apps/mnist/config.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/fields.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

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

namespace {

constexpr std::int64_t pixels = 784, classes = 10;

using fields::require;

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

Metadata to_metadata(const Config& config) { return fields::to_metadata(config); }

Config from_metadata(const Metadata& metadata) {
  const auto config = fields::from_metadata<Config>(metadata);
  check("checkpoint", config);
  return config;
}

Config reconcile(const Config& stored, const Config& wanted, const std::set<std::string>& given) {
  fields::check_given(stored, wanted, given);
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
