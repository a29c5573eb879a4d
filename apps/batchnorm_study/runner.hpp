#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <apps/batchnorm_study/learner.hpp>
#include <data/image_dataset.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

/// Where a network stands after some training step.
struct Score {
  /// Cross-entropy of the step's batch, before the step. NaN or infinite where training has blown up.
  double loss = 0;
  /// Share of the evaluation images that it gets right in eval mode, with its running statistics. NaN where it has
  /// diverged or gives an image something that is not finite.
  double accuracy = 0;
  /// The step at which it diverged: from there on no loss has been finite. None where this step's is.
  std::optional<std::int64_t> diverged_at = {};
  /// Of a setting that watches inputs: their 15th, 50th and 85th percentile. Not where the network has diverged.
  std::optional<std::array<double, 3>> input_percentiles = {};
  /// L2 norms of the step's gradients of the linear layers' weights, from the first layer on; none where the step was
  /// not measured.
  std::vector<double> gradient_norms = {};
};

/// Batches without end: one epoch after the other, without a last batch that is smaller. They follow from the images,
/// the size and the seed; `workers` says on how many threads they are made.
class Batches {
 public:
  /// Throws Error as data::Loader does.
  Batches(const data::ImageDataset& images, std::int64_t batch, std::uint64_t seed, std::int64_t workers = 1);

  data::Batch next();

 private:
  data::Loader<> loader_;
  data::Loader<>::Iterator at_;
};

/// A network in training, and whether it still is one.
class Runner {
 public:
  Runner(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization)
      : learner_(setting, weights, normalization), watches_inputs_(setting.watches_inputs) {}

  /// Whether a step also measures the norms of the gradients. What it does to the network is the same, to the bit.
  enum class Measured { no, yes };

  /// One step of training, and its number from 1 on.
  void train(const data::Batch& batch, std::int64_t step, Measured measured = Measured::no);

  Score score(const data::Batch& images);

  /// Of the last step's batch, before the step.
  double loss() const noexcept { return loss_; }
  std::optional<std::int64_t> diverged_at() const noexcept { return diverged_at_; }
  const nn::Sequential& network() const noexcept { return learner_.network(); }

 private:
  Learner learner_;
  bool watches_inputs_;
  double loss_ = 0;
  std::optional<std::int64_t> diverged_at_;
  std::vector<double> norms_;
};

}  // namespace xgrad::apps
