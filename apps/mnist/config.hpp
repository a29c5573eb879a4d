#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <apps/mnist/model.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

/// All that decides what a training run computes, besides the images and how long it goes on. It travels in the
/// checkpoint's metadata, each field under its flag's name.
struct Config {
  std::string model = "mlp";                      ///< one of model_names()
  std::vector<std::int64_t> hidden = {100, 100};  ///< units of the hidden layers of an mlp
  std::string dtype = "float32";                  ///< of the weights: float32, or bfloat16 for half the memory
  std::string augment = "none";                   ///< how training images are changed at random: one of augmentations()
  double input_dropout = 0;    ///< share of the pixels that is dropped in training, before the first layer of an mlp
  double dropout = 0;          ///< share of the values before the last layers that is dropped in training
  double label_smoothing = 0;  ///< share of a label that is spread over all digits
  double lr = 0.002;
  std::string schedule = "decay";  ///< of the learning rate: decay, or one-cycle
  double lr_decay = 0.8;           ///< factor on the learning rate after each epoch, with decay
  std::int64_t cycle_epochs = 0;   ///< epochs of the whole run, with one-cycle; else 0
  double beta1 = 0.9;
  double beta2 = 0.999;
  double adam_eps = 1e-8;
  double weight_decay = 0;
  double ema = 0;  ///< decay of the weights' moving average, which is evaluated in their place; 0 for none
  double bn_momentum = 0.1;
  double bn_eps = 1e-5;
  std::int64_t batch = 64;  ///< two or more: batch norm needs them
  std::uint64_t seed = 1;

  /// Bounds of the numbers above; those of the others are in common/numbers.hpp.
  static constexpr std::int64_t max_units = 100'000, max_hidden_layers = 100, max_batch = 1'000'000,
                                max_epochs = 1'000'000;
  /// Of a model. Training holds four times as many numbers, in 1.6 GB.
  static constexpr std::int64_t max_parameters = 100'000'000;
};

/// Throws Error, which `where` begins, where a field has a value that no run can have, or all of them a model of more
/// than Config::max_parameters.
void check(std::string_view where, const Config& config);

/// Sets the fields whose flags were not given to what suits the model: those of images train in one cycle, on
/// augmented images, with averaged weights.
void recommend(Config& config, const std::set<std::string>& given);

/// The moving average of the weights, for configurations that have one.
optim::AveragedModelOptions average_options(const Config& config);

Metadata to_metadata(const Config& config);
/// Throws Error where a field is missing, is no number, or as check() does.
Config from_metadata(const Metadata& metadata);

/// What resuming a run with `stored` means where the user gave flags of these names with the values of `wanted`:
/// `stored`, or an Error that names the flags that contradict it.
Config reconcile(const Config& stored, const Config& wanted, const std::set<std::string>& given);

}  // namespace xgrad::apps
