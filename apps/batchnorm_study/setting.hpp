#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xgrad::apps {

enum class Activation { tanh, relu, sigmoid };

std::string_view to_string(Activation activation);
/// Throws Error where there is none of that name.
Activation activation_named(std::string_view name);

/// One experiment of the study: how both networks are built and trained. The networks are
/// 784-units-...-units-10 with `layers` linear layers.
struct Setting {
  std::string name;
  Activation activation = Activation::tanh;
  double lr = 0.01;
  /// Standard deviation of the normal distribution that all initial weights are drawn from.
  double init_std = 0.1;
  std::int64_t steps = 2000;
  std::int64_t batch = 60;
  std::int64_t layers = 10;
  std::int64_t units = 100;
  /// Added to the variance in batch norm.
  double eps = 1e-3;
  /// Share of the old value in batch norm's running averages, as TensorFlow 1 has it; momentum is 1 - decay.
  double decay = 0.99;
  /// Steps between evaluations; the first comes after the first step.
  std::int64_t eval_every = 60;
  /// Whether batch norm also follows the last linear layer.
  bool normalizes_output = true;
  /// The images of the evaluations: those of the test rather than those for validation.
  bool evaluates_test = false;
  /// Whether evaluations also look at what a unit of the last hidden layer gives its activation.
  bool watches_inputs = false;

  /// "tanh, learning rate 0.01, weights N(0, 0.1²)".
  std::string title() const;

  /// Bounds of the numbers above; those of the others are in common/numbers.hpp.
  static constexpr std::int64_t max_steps = 1'000'000'000, max_batch = 1'000'000, max_layers = 1000, max_units = 10'000;
  /// Of a network.
  static constexpr std::int64_t max_weights = 100'000'000;
};

/// Throws Error where a setting's layers have more than Setting::max_weights weights.
void check(const Setting& setting);

/// Values that replace those of every setting.
struct Overrides {
  std::optional<Activation> activation = {};
  std::optional<double> lr = {}, init_std = {}, eps = {}, decay = {};
  std::optional<std::int64_t> steps = {}, batch = {}, layers = {}, units = {}, eval_every = {};
};

/// The study's settings, in its order: five of a deep network, and "paper", the experiment of Ioffe and Szegedy ("Batch
/// normalization: accelerating deep network training by reducing internal covariate shift", 2015, section 4.1): three
/// hidden layers of 100 sigmoid units, batches of 60, 50,000 steps, test accuracy, and the inputs of a unit. The paper
/// does not say at what learning rate.
std::vector<Setting> all_settings();

/// What a setting can be chosen by: its number (from 1) or its name; and "all".
std::vector<std::string> setting_choices();

/// Those chosen, in the order given, each once, with the overrides applied. Throws Error on an unknown
/// one, listing what there is.
std::vector<Setting> select_settings(const std::vector<std::string>& chosen, const Overrides& overrides);

}  // namespace xgrad::apps
