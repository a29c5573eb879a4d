#include <apps/batchnorm_study/study.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <apps/batchnorm_study/learner.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/progress.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

namespace {

/// Batches without end: one epoch after the other, without a last batch that is smaller.
class Batches {
 public:
  Batches(const data::ImageDataset& images, std::int64_t batch, std::uint64_t seed)
      : loader_(images, {.batch_size = batch, .shuffle = true, .seed = seed, .drop_last = true}),
        at_(loader_.begin()) {}

  data::Batch next() {
    if (at_ == loader_.end()) at_ = loader_.begin();
    const data::Batch batch = *at_;
    ++at_;
    return batch;
  }

 private:
  data::Loader<> loader_;
  data::Loader<>::Iterator at_;
};

/// A network in training, and whether it still is one.
class Runner {
 public:
  Runner(const Setting& setting, const std::vector<Tensor>& weights, Normalization normalization)
      : learner_(setting, weights, normalization), watches_inputs_(setting.watches_inputs) {}

  /// A step; one that is measured gives the gradients' norms as well.
  void train(const data::Batch& batch, std::int64_t step, bool measured) {
    norms_.clear();
    if (measured) {
      const auto [loss, norms] = learner_.train_and_measure(batch);
      norms_ = norms.to(float64).to_vector<double>();
      loss_ = loss.item();
    } else {
      loss_ = learner_.train(batch).item();
    }
    if (std::isfinite(loss_))
      diverged_at_.reset();
    else if (!diverged_at_)
      diverged_at_ = step;
  }

  Score score(const data::Batch& images) {
    Score score{.loss = loss_, .accuracy = std::nan(""), .diverged_at = diverged_at_, .gradient_norms = norms_};
    if (diverged_at_) return score;
    score.accuracy = learner_.accuracy(images);
    if (watches_inputs_) score.input_percentiles = learner_.input_percentiles(images);
    return score;
  }

  std::optional<std::int64_t> diverged_at() const { return diverged_at_; }

 private:
  Learner learner_;
  bool watches_inputs_;
  double loss_ = 0;
  std::optional<std::int64_t> diverged_at_;
  std::vector<double> norms_;
};

std::string remark(const Score& score) {
  return score.diverged_at ? fmt::format("diverged at step {}", *score.diverged_at) : figure(score.accuracy, 3);
}

}  // namespace

void check_batch(const Setting& setting, const data::ImageDataset& images) {
  if (setting.batch > images.size())
    fail("--batch",
         fmt::format("batches of {0} out of {1} training images; expected at most {1}", setting.batch, images.size()));
}

Spread spread_of(const std::vector<double>& values) {
  Spread spread{.mean = std::nan("")};
  double sum = 0, squares = 0;
  for (const double value : values)
    if (std::isfinite(value)) sum += value, ++spread.count;
  if (spread.count == 0) return spread;
  spread.mean = sum / static_cast<double>(spread.count);
  for (const double value : values)
    if (std::isfinite(value)) squares += (value - spread.mean) * (value - spread.mean);
  if (spread.count > 1) spread.std = std::sqrt(squares / static_cast<double>(spread.count - 1));
  return spread;
}

std::uint64_t seed_of(const Setting& setting, std::uint64_t study_seed) {
  constexpr std::uint64_t seeds_apart = 5;
  const std::vector<Setting> all = all_settings();
  const auto same_name = [&](const Setting& other) { return other.name == setting.name; };
  return study_seed * seeds_apart + static_cast<std::uint64_t>(std::ranges::find_if(all, same_name) - all.begin());
}

Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t study_seed,
                    const std::function<void(const Evaluation&, const Outcome&)>& on_evaluation) {
  check_batch(setting, splits.train);
  const std::uint64_t seed = seed_of(setting, study_seed);
  const std::vector<Tensor> weights = initial_weights(setting, seed);
  Runner plain(setting, weights, Normalization::none);
  Runner normalized(setting, weights, Normalization::batch);
  Batches batches(splits.train, setting.batch, seed);
  const data::Batch images = (setting.evaluates_test ? splits.test : splits.validation).all();

  Outcome outcome{.setting = setting, .seed = study_seed, .evaluations = {}};
  Progress progress(setting.name, setting.steps);
  for (std::int64_t step = 1; step <= setting.steps && !interrupted(); ++step) {
    const data::Batch batch = batches.next();
    const bool evaluates = (step - 1) % setting.eval_every == 0;
    plain.train(batch, step, evaluates);
    normalized.train(batch, step, evaluates);
    outcome.plain_diverged_at = plain.diverged_at();
    outcome.normalized_diverged_at = normalized.diverged_at();
    if (evaluates) {
      const Evaluation evaluation{.step = step, .plain = plain.score(images), .normalized = normalized.score(images)};
      outcome.evaluations.push_back(evaluation);
      on_evaluation(evaluation, outcome);
      progress.note(fmt::format("plain {}, batch norm {}", remark(evaluation.plain), remark(evaluation.normalized)));
    }
    outcome.steps_done = step;
    progress.advance();
  }
  outcome.seconds = progress.seconds();
  return outcome;
}

}  // namespace xgrad::apps
