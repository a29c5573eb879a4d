#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <autograd/io/safetensors.hpp>

namespace xgrad::apps::text {

/// All that decides what a training run computes, besides the text. It travels in the checkpoint's metadata, each field
/// under its flag's name.
struct Config {
  std::string model = "lstm";  ///< or "transformer"
  std::int64_t layers = 1;
  std::int64_t units = 256;
  std::int64_t heads = 4;  ///< of a transformer
  double dropout = 0.1;
  std::int64_t context = 64;  ///< characters of a piece of the text
  std::int64_t batch = 32;    ///< pieces of a step
  std::int64_t steps = 3000;
  double lr = 0.002;
  std::int64_t warmup = 100;  ///< steps
  double weight_decay = 0.01;
  double clip = 1;           ///< of the gradients' norm
  double validation = 0.1;   ///< share of the text, from its end
  std::int64_t every = 250;  ///< steps between validations and checkpoints
  std::uint64_t seed = 1;

  static constexpr std::int64_t max_layers = 100, max_units = 100'000, max_context = 100'000, max_batch = 1'000'000,
                                max_steps = 1'000'000'000, max_parameters = 500'000'000;
};

/// Throws Error, which `where` begins, where a field has a value that no run can have, where heads do not divide units,
/// and where all of them are a model of more than max_parameters for an alphabet of this size.
void check(std::string_view where, const Config& config, std::int64_t alphabet = 1);

Metadata to_metadata(const Config& config);
/// Throws Error where a field is missing, is no number, or as check() does.
Config from_metadata(const Metadata& metadata);
/// Throws Error where flags of these names contradict the run to go on with.
void check_given(const Config& stored, const Config& wanted, const std::set<std::string>& given);

}  // namespace xgrad::apps::text
