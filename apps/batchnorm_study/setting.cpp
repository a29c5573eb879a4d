#include <apps/batchnorm_study/setting.hpp>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t pixels = 784, classes = 10;

constexpr std::string_view activation_names[] = {"tanh", "relu", "sigmoid"};

template <class T>
void replace(T& value, const std::optional<T>& replacement) {
  if (replacement) value = *replacement;
}

void apply(const Overrides& overrides, Setting& setting) {
  replace(setting.activation, overrides.activation);
  replace(setting.lr, overrides.lr);
  replace(setting.init_std, overrides.init_std);
  replace(setting.eps, overrides.eps);
  replace(setting.decay, overrides.decay);
  replace(setting.steps, overrides.steps);
  replace(setting.batch, overrides.batch);
  replace(setting.layers, overrides.layers);
  replace(setting.units, overrides.units);
  replace(setting.eval_every, overrides.eval_every);
  if (setting.layers == 1) setting.watches_inputs = false;  // there is no hidden layer
}

}  // namespace

std::string_view to_string(Activation activation) { return activation_names[static_cast<std::size_t>(activation)]; }

Activation activation_named(std::string_view name) {
  const auto found = std::ranges::find(activation_names, name);
  if (found == std::end(activation_names))
    fail("activation", fmt::format("'{}' is none of {}", name, fmt::join(activation_names, ", ")));
  return static_cast<Activation>(found - std::begin(activation_names));
}

std::string Setting::title() const {
  const std::string weights = init_std == 1 ? "N(0, 1)" : fmt::format("N(0, {}²)", init_std);
  return fmt::format("{}, learning rate {}, weights {}", to_string(activation), lr, weights);
}

std::vector<Setting> all_settings() {
  return {{.name = "tanh-good", .activation = Activation::tanh, .lr = 0.01, .init_std = 0.1, .steps = 2000},
          {.name = "tanh-bad", .activation = Activation::tanh, .lr = 0.01, .init_std = 1, .steps = 5000},
          {.name = "tanh-bad-lr1", .activation = Activation::tanh, .lr = 1, .init_std = 1, .steps = 5000},
          {.name = "relu-good", .activation = Activation::relu, .lr = 0.01, .init_std = 0.1, .steps = 2000},
          {.name = "relu-bad", .activation = Activation::relu, .lr = 0.01, .init_std = 1, .steps = 5000},
          {.name = "paper",
           .activation = Activation::sigmoid,
           .lr = 0.1,
           .init_std = 0.1,
           .steps = 50'000,
           .layers = 4,
           .eval_every = 600,
           .normalizes_output = false,
           .evaluates_test = true,
           .watches_inputs = true}};
}

void check(const Setting& setting) {
  const std::int64_t inner = std::max<std::int64_t>(setting.layers - 2, 0);
  const std::int64_t weights =
      setting.layers == 1 ? pixels * classes : setting.units * (pixels + inner * setting.units + classes);
  if (weights > Setting::max_weights)
    fail("--units", fmt::format("{} in {} layers are {} weights; expected at most {}", setting.units, setting.layers,
                                weights, Setting::max_weights));
}

std::vector<std::string> setting_choices() {
  std::vector<std::string> choices;
  for (const Setting& setting : all_settings()) {
    choices.push_back(std::to_string(choices.size() / 2 + 1));
    choices.push_back(setting.name);
  }
  choices.push_back("all");
  return choices;
}

std::vector<Setting> select_settings(const std::vector<std::string>& chosen, const Overrides& overrides) {
  const std::vector<std::string> choices = setting_choices();
  const std::vector<Setting> all = all_settings();
  std::vector<Setting> selected;
  const auto select = [&](const Setting& setting) {
    const bool is_new = std::ranges::find(selected, setting.name, &Setting::name) == selected.end();
    if (is_new) apply(overrides, selected.emplace_back(setting));
  };
  for (const std::string& choice : chosen) {
    const auto position = static_cast<std::size_t>(std::ranges::find(choices, choice) - choices.begin());
    if (position == choices.size())
      fail("settings", fmt::format("there is no setting '{}'; expected some of {}", choice, fmt::join(choices, ", ")));
    if (choice == "all")
      std::ranges::for_each(all, select);
    else
      select(all[position / 2]);
  }
  return selected;
}

}  // namespace xgrad::apps
