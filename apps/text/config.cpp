#include <apps/text/config.hpp>

#include <apps/common/fields.hpp>

namespace xgrad::apps::text {

/// Calls visit(name, field) for each field of a Config, with the name of its flag.
template <class AnyConfig, class Visit>
void for_each_field(AnyConfig& config, Visit&& visit) {
  visit("model", config.model);
  visit("layers", config.layers);
  visit("units", config.units);
  visit("heads", config.heads);
  visit("dropout", config.dropout);
  visit("context", config.context);
  visit("batch", config.batch);
  visit("steps", config.steps);
  visit("lr", config.lr);
  visit("warmup", config.warmup);
  visit("weight-decay", config.weight_decay);
  visit("clip", config.clip);
  visit("validation", config.validation);
  visit("every", config.every);
  visit("seed", config.seed);
}

void check(std::string_view where, const Config& config, std::int64_t alphabet) {
  const auto whole = [&](const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    fields::require(where, name, value, whole_number(low, high));
  };
  if (config.model != "lstm" && config.model != "transformer")
    fail(where, fmt::format("model is '{}'; expected lstm or transformer", config.model));
  whole("layers", config.layers, 1, Config::max_layers);
  whole("units", config.units, 1, Config::max_units);
  whole("heads", config.heads, 1, Config::max_units);
  fields::require(where, "dropout", config.dropout, fraction());
  whole("context", config.context, 1, Config::max_context);
  whole("batch", config.batch, 1, Config::max_batch);
  whole("steps", config.steps, 1, Config::max_steps);
  fields::require(where, "lr", config.lr, positive_number());
  whole("warmup", config.warmup, 0, Config::max_steps);
  fields::require(where, "weight-decay", config.weight_decay, non_negative_number());
  fields::require(where, "clip", config.clip, positive_number());
  fields::require(where, "validation", config.validation, fraction());
  whole("every", config.every, 1, Config::max_steps);
  if (config.model == "transformer" && config.units % config.heads != 0)
    fail(where, fmt::format("units is {} and heads {}; expected heads to divide units", config.units, config.heads));
  const std::int64_t for_each_layer = (config.model == "lstm" ? 8 : 12) * config.units * config.units;
  const std::int64_t parameters =
      config.layers * for_each_layer + (2 * alphabet + (config.model == "lstm" ? 0 : config.context)) * config.units;
  if (parameters > Config::max_parameters)
    fail(where, fmt::format("{} layers of {} units are a model of {} parameters; expected at most {}", config.layers,
                            config.units, parameters, Config::max_parameters));
}

Metadata to_metadata(const Config& config) { return fields::to_metadata(config); }

Config from_metadata(const Metadata& metadata) {
  const auto config = fields::from_metadata<Config>(metadata);
  check("checkpoint", config);
  return config;
}

void check_given(const Config& stored, const Config& wanted, const std::set<std::string>& given) {
  fields::check_given(stored, wanted, given);
}

}  // namespace xgrad::apps::text
