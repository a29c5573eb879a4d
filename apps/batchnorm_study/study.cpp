#include <apps/batchnorm_study/study.hpp>

#include <algorithm>
#include <cmath>

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
    const auto measured = evaluates ? Runner::Measured::yes : Runner::Measured::no;
    plain.train(batch, step, measured);
    normalized.train(batch, step, measured);
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
