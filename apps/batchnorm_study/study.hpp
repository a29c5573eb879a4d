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

/// What a setting gave: all of its evaluations, or those up to an interrupt.
struct Outcome {
  Setting setting;
  std::vector<Evaluation> evaluations;
  /// Where the networks diverged, as of the last step.
  std::optional<std::int64_t> plain_diverged_at = {}, normalized_diverged_at = {};
  std::int64_t steps_done = 0;
  double seconds = 0;
};

/// Throws Error where a training set has fewer images than a setting's batch.
void check_batch(const Setting& setting, const data::ImageDataset& images);

/// Trains the plain and the batch-normalized network of a setting from the same weights on the same batches, with a
/// progress bar, and tells of each evaluation. Returns early, with what there is, when interrupted() turns true.
/// Throws Error as check_batch does.
Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t seed,
                    const std::function<void(const Evaluation&)>& on_evaluation);

}  // namespace xgrad::apps
