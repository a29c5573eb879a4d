#include <apps/mnist/config.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/fields.hpp>
#include <apps/mnist/augment.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

/// Calls visit(name, field) for each field of a Config, with the name of its flag.
template <class AnyConfig, class Visit>
void for_each_field(AnyConfig& config, Visit&& visit) {
  visit("model", config.model);
  visit("hidden", config.hidden);
  visit("dtype", config.dtype);
  visit("augment", config.augment);
  visit("input-dropout", config.input_dropout);
  visit("dropout", config.dropout);
  visit("label-smoothing", config.label_smoothing);
  visit("lr", config.lr);
  visit("schedule", config.schedule);
  visit("lr-decay", config.lr_decay);
  visit("cycle-epochs", config.cycle_epochs);
  visit("beta1", config.beta1);
  visit("beta2", config.beta2);
  visit("adam-eps", config.adam_eps);
  visit("weight-decay", config.weight_decay);
  visit("ema", config.ema);
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
  if (std::ranges::find(model_names(), config.model) == model_names().end())
    fail(where, fmt::format("model is '{}'; expected one of {}", config.model, fmt::join(model_names(), ", ")));
  if (config.dtype != "float32" && config.dtype != "bfloat16")
    fail(where, fmt::format("dtype is '{}'; expected float32 or bfloat16", config.dtype));
  if (config.schedule != "decay" && config.schedule != "one-cycle")
    fail(where, fmt::format("schedule is '{}'; expected decay or one-cycle", config.schedule));
  if (std::ranges::find(augmentations(), config.augment) == augmentations().end())
    fail(where, fmt::format("augment is '{}'; expected one of {}", config.augment, fmt::join(augmentations(), ", ")));
  require(where, "input-dropout", config.input_dropout, fraction());
  require(where, "dropout", config.dropout, fraction());
  require(where, "label-smoothing", config.label_smoothing, fraction());
  require(where, "cycle-epochs", config.cycle_epochs, whole_number<std::int64_t>(0, Config::max_epochs));
  require(where, "ema", config.ema, fraction());
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

void recommend(Config& config, const std::set<std::string>& given) {
  if (config.model == "mlp") return;
  const auto set = [&](const char* flag, auto& field, const auto& value) {
    if (!given.contains(flag)) field = value;
  };
  set("schedule", config.schedule, "one-cycle");
  set("augment", config.augment, "affine");
  set("lr", config.lr, 0.005);
  set("ema", config.ema, 0.998);
  if (config.model == "cnn") set("dropout", config.dropout, 0.3);
}

optim::AveragedModelOptions average_options(const Config& config) {
  return {.decay = config.ema, .warmup = true, .use_buffers = true};
}

Metadata to_metadata(const Config& config) { return fields::to_metadata(config); }

Config from_metadata(const Metadata& metadata) {
  Metadata all = metadata;
  all.emplace("dtype", "float32");  // which checkpoints that do not say it have
  const auto config = fields::from_metadata<Config>(all);
  check("checkpoint", config);
  return config;
}

Config reconcile(const Config& stored, const Config& wanted, const std::set<std::string>& given) {
  fields::check_given(stored, wanted, given);
  return stored;
}

}  // namespace xgrad::apps
