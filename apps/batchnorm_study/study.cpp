#include <apps/batchnorm_study/study.hpp>

#include <fmt/format.h>

#include <apps/common/interrupt.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/progress.hpp>

namespace xgrad::apps {

namespace {

std::string remark(const Score& score) {
  return score.diverged_at ? fmt::format("diverged at step {}", *score.diverged_at) : figure(score.accuracy, 3);
}

}  // namespace

void check_batch(const Setting& setting, const data::ImageDataset& images) {
  if (setting.batch > images.size())
    fail("--batch",
         fmt::format("batches of {0} out of {1} training images; expected at most {1}", setting.batch, images.size()));
}

Outcome run_setting(const Setting& setting, const data::Splits& splits, std::uint64_t seed,
                    const std::function<void(const Evaluation&)>& on_evaluation) {
  check_batch(setting, splits.train);
  const std::vector<Tensor> weights = initial_weights(setting, seed);
  Runner plain(setting, weights, Normalization::none);
  Runner normalized(setting, weights, Normalization::batch);
  Batches batches(splits.train, setting.batch, seed);
  const data::Batch images = (setting.evaluates_test ? splits.test : splits.validation).all();

  Outcome outcome{.setting = setting, .evaluations = {}};
  Progress progress(setting.name, setting.steps);
  for (std::int64_t step = 1; step <= setting.steps && !interrupted(); ++step) {
    const data::Batch batch = batches.next();
    plain.train(batch, step);
    normalized.train(batch, step);
    if ((step - 1) % setting.eval_every == 0) {
      const Evaluation evaluation{.step = step, .plain = plain.score(images), .normalized = normalized.score(images)};
      on_evaluation(evaluation);
      outcome.evaluations.push_back(evaluation);
      progress.note(fmt::format("plain {}, batch norm {}", remark(evaluation.plain), remark(evaluation.normalized)));
    }
    outcome.steps_done = step;
    progress.advance();
  }
  outcome.plain_diverged_at = plain.diverged_at();
  outcome.normalized_diverged_at = normalized.diverged_at();
  outcome.seconds = progress.seconds();
  return outcome;
}

}  // namespace xgrad::apps
