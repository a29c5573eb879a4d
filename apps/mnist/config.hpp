#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nn/nn.hpp>

namespace xgrad::apps {

/// All that decides what a training run computes, besides the images and how long it goes on. It travels in the
/// checkpoint's metadata, each field under its flag's name.
struct Config {
  std::vector<std::int64_t> hidden = {100, 100};  ///< units of the hidden layers
  double lr = 0.002;
  double lr_decay = 0.8;  ///< factor on the learning rate after each epoch
  double beta1 = 0.9;
  double beta2 = 0.999;
  double adam_eps = 1e-8;
  double weight_decay = 0;
  double bn_momentum = 0.1;
  double bn_eps = 1e-5;
  std::int64_t batch = 64;  ///< two or more: batch norm needs them
  std::uint64_t seed = 1;

  /// Bounds of the numbers above; those of the others are in common/numbers.hpp.
  static constexpr std::int64_t max_units = 100'000, max_hidden_layers = 100, max_batch = 1'000'000;
  /// Of a model. Training holds four times as many numbers, in 1.6 GB.
  static constexpr std::int64_t max_parameters = 100'000'000;
};

/// Throws Error, which `where` begins, where a field has a value that no run can have, or all of them a model of more
/// than Config::max_parameters.
void check(std::string_view where, const Config& config);

Metadata to_metadata(const Config& config);
/// Throws Error where a field is missing, is no number, or as check() does.
Config from_metadata(const Metadata& metadata);

/// What resuming a run with `stored` means where the user gave flags of these names with the values of `wanted`:
/// `stored`, or an Error that names the flags that contradict it.
Config reconcile(const Config& stored, const Config& wanted, const std::set<std::string>& given);

/// "784-100-100-10".
std::string architecture(const Config& config);

/// 784-hidden-...-10: Linear, BatchNorm1d and ReLU for each hidden layer, then Linear. PyTorch's default weights, drawn
/// from the default generator.
nn::Sequential make_model(const Config& config);

}  // namespace xgrad::apps
