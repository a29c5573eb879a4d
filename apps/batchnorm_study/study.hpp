#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <apps/batchnorm_study/runner.hpp>
#include <apps/batchnorm_study/setting.hpp>
#include <data/image_dataset.hpp>

namespace xgrad::apps {

/// Both networks after the same training step.
struct Evaluation {
  std::int64_t step = 0;
  Score plain;
  Score normalized;
};

/// What a setting gave from one seed: all of its evaluations, or those up to an interrupt.
struct Outcome {
  Setting setting;
  std::uint64_t seed = 0;  ///< of the study
  std::vector<Evaluation> evaluations;
  /// Where the networks diverged, as of the last step.
  std::optional<std::int64_t> plain_diverged_at = {}, normalized_diverged_at = {};
  std::int64_t steps_done = 0;
  double seconds = 0;
};

/// What a setting gave from several seeds.
struct SettingOutcome {
  Setting setting;
  std::vector<Outcome> runs;
};

/// Mean and spread over seeds.
struct Spread {
  double mean = 0;
  double std = 0;  ///< sample standard deviation; 0 of one value
  std::size_t count = 0;
};
/// Of the finite values; NaN with count 0 where there is none.
Spread spread_of(const std::vector<double>& values);

/// Throws Error where a training set has fewer images than a setting's batch.
void check_batch(const Setting& setting, const data::ImageDataset& images);

/// The seed of a setting's initial weights and order of images in a study with a seed: settings have their own,
/// whichever of them are run.
std::uint64_t seed_of(const Setting& setting, std::uint64_t study_seed);

/// Trains the plain and the batch-normalized network of a setting from the same weights on the same batches, with a
/// progress bar, and tells of each evaluation, with the outcome so far. Returns early, with what there is, when
/// interrupted() turns true. Throws Error as check_batch does.
Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t study_seed,
                    const std::function<void(const Evaluation&, const Outcome&)>& on_evaluation);

}  // namespace xgrad::apps
