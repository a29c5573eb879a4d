#pragma once

#include <functional>
#include <vector>

#include <apps/batchnorm_study/setting.hpp>
#include <data/dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

/// Where a network stands after some training step.
struct Score {
  /// Cross-entropy of the step's batch, before the step. NaN or infinite where training has blown up.
  double loss = 0;
  /// Share of the validation images that it gets right in eval mode, with its running statistics.
  double accuracy = 0;
};

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
  std::int64_t steps_done = 0;
  double seconds = 0;
};

enum class Normalization { none, batch };

/// Weights of a setting's layers, (out, in) each, drawn from N(0, init_std^2) with a seed.
std::vector<Tensor> initial_weights(const Setting& setting, std::uint64_t seed);

/// The network of a setting with these weights. Plain: biases, zero at first. Batch-normalized: no biases, and batch
/// norm after every linear layer, before the activation; the last one too, whose output is the logits.
nn::Sequential make_network(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization);

/// Trains the plain and the batch-normalized network of a setting from the same weights on the same batches, with a
/// progress bar, and tells of each evaluation. Returns early, with what there is, when interrupted() turns true.
/// Throws Error where the training set has fewer images than a batch.
Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t seed,
                    const std::function<void(const Evaluation&)>& on_evaluation);

}  // namespace xgrad::apps
