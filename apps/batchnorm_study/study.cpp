#include <apps/batchnorm_study/study.hpp>

#include <fmt/format.h>

#include <apps/batchnorm_study/learner.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/progress.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

namespace {

/// Batches without end: one epoch after the other, without a last batch that is smaller.
class Batches {
 public:
  Batches(const data::Dataset& images, std::int64_t batch, std::uint64_t seed)
      : loader_(images, {.batch_size = batch, .shuffle = true, .seed = seed, .drop_last = true}), at_(loader_.begin()) {
    if (loader_.batches() == 0)
      fail("--batch", fmt::format("batches of {} out of {} training images", batch, images.size()));
  }

  data::Batch next() {
    if (at_ == loader_.end()) at_ = loader_.begin();
    const data::Batch batch = *at_;
    ++at_;
    return batch;
  }

 private:
  data::Loader loader_;
  data::Loader::Iterator at_;
};

}  // namespace

Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t seed,
                    const std::function<void(const Evaluation&)>& on_evaluation) {
  const std::vector<Tensor> weights = initial_weights(setting, seed);
  Learner plain(setting, weights, Normalization::none);
  Learner normalized(setting, weights, Normalization::batch);
  Batches batches(splits.train, setting.batch, seed);
  const data::Batch validation = splits.validation.all();

  Outcome outcome{.setting = setting, .evaluations = {}};
  Progress progress(setting.name, setting.steps);
  for (std::int64_t step = 1; step <= setting.steps && !interrupted(); ++step) {
    const data::Batch batch = batches.next();
    const Tensor plain_loss = plain.train(batch);
    const Tensor normalized_loss = normalized.train(batch);
    if ((step - 1) % setting.eval_every == 0) {
      const Evaluation evaluation{.step = step,
                                  .plain = {plain_loss.item(), plain.accuracy(validation)},
                                  .normalized = {normalized_loss.item(), normalized.accuracy(validation)}};
      on_evaluation(evaluation);
      outcome.evaluations.push_back(evaluation);
      progress.note(
          fmt::format("plain {:.3f}, batch norm {:.3f}", evaluation.plain.accuracy, evaluation.normalized.accuracy));
    }
    outcome.steps_done = step;
    progress.advance();
  }
  outcome.seconds = progress.seconds();
  return outcome;
}

}  // namespace xgrad::apps
