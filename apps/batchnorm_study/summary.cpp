#include <apps/batchnorm_study/summary.hpp>

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <apps/common/numbers.hpp>

namespace xgrad::apps {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t early_step = 601;

/// The step of the middle one of a setting's evaluations.
std::int64_t half_way_step(const Setting& setting) {
  const std::int64_t evaluations = (setting.steps - 1) / setting.eval_every + 1;
  return 1 + setting.eval_every * (evaluations / 2);
}

/// The steps at which the seeds diverged that did.
std::vector<std::int64_t> divergence_steps(const SettingOutcome& outcome, const Network& network) {
  std::vector<std::int64_t> steps;
  for (const Outcome& run : outcome.runs)
    if (const auto step = run.*network.diverged_at) steps.push_back(*step);
  return steps;
}

std::string at_steps(const std::vector<std::int64_t>& steps) {
  const auto [first, last] = std::ranges::minmax(steps);
  return first == last ? fmt::format("at step {}", first) : fmt::format("at steps {} to {}", first, last);
}

std::string end_in_words(const SettingOutcome& outcome, const Network& network) {
  if (outcome.runs.size() == 1)
    if (const auto step = outcome.runs.front().*network.diverged_at) return fmt::format("diverged at step {}", *step);
  return standing_at_end(outcome, network).text();
}

Json to_json(const Standing& standing) {
  Json json = {{"seeds", standing.seeds}, {"diverged", standing.diverged}};
  json["accuracy"] = standing.accuracy.count == 0 ? Json() : Json(standing.accuracy.mean);
  json["std"] = standing.accuracy.count < 2 ? Json() : Json(standing.accuracy.std);
  return json;
}

std::string step_or_nothing(std::optional<std::int64_t> step) { return step ? std::to_string(*step) : ""; }

}  // namespace

std::string Standing::text() const {
  if (seeds == 0) return "–";
  if (accuracy.count == 0) return "diverged";
  std::string result = figure(accuracy.mean, 3);
  if (accuracy.count > 1) result += fmt::format(" ± {}", figure(accuracy.std, 3));
  if (diverged > 0) result += fmt::format(" ({} of {} diverged)", diverged, seeds);
  return result;
}

Standing standing_at(const SettingOutcome& outcome, const Network& network, std::int64_t step) {
  Standing standing;
  std::vector<double> accuracies;
  for (const Outcome& run : outcome.runs) {
    const auto found = std::ranges::find(run.evaluations, step, &Evaluation::step);
    if (found == run.evaluations.end()) continue;
    const Score& score = (*found).*network.score;
    ++standing.seeds;
    standing.diverged += score.diverged_at ? 1 : 0;
    accuracies.push_back(score.accuracy);
  }
  standing.accuracy = spread_of(accuracies);
  return standing;
}

Standing standing_at_end(const SettingOutcome& outcome, const Network& network) {
  Standing standing;
  std::vector<double> accuracies;
  for (const Outcome& run : outcome.runs) {
    if (run.evaluations.empty()) continue;
    ++standing.seeds;
    if (run.*network.diverged_at) {
      ++standing.diverged;
      continue;
    }
    const auto last = std::span(run.evaluations).last(std::min(end_evaluations, run.evaluations.size()));
    double sum = 0;
    for (const Evaluation& evaluation : last) sum += (evaluation.*network.score).accuracy;
    accuracies.push_back(sum / static_cast<double>(last.size()));
  }
  standing.accuracy = spread_of(accuracies);
  return standing;
}

Table summary(const std::vector<SettingOutcome>& outcomes) {
  Table table({"setting", "steps", "plain @601", "half-way", "end", "batch norm @601", "half-way", "end", "time"});
  for (const SettingOutcome& outcome : outcomes) {
    std::int64_t steps = 0;
    double seconds = 0;
    for (const Outcome& run : outcome.runs) steps = std::max(steps, run.steps_done), seconds += run.seconds;
    std::vector<std::string> cells = {outcome.setting.name, std::to_string(steps)};
    for (const Network& network : networks) {
      cells.push_back(standing_at(outcome, network, early_step).text());
      cells.push_back(standing_at(outcome, network, half_way_step(outcome.setting)).text());
      cells.push_back(end_in_words(outcome, network));
    }
    cells.push_back(fmt::format("{:.1f} s", seconds));
    table.add(cells);
  }
  return table;
}

std::vector<std::string> divergences(const SettingOutcome& outcome) {
  std::vector<std::string> texts;
  for (const Network& network : networks) {
    const std::vector<std::int64_t> steps = divergence_steps(outcome, network);
    if (steps.empty()) continue;
    texts.push_back(outcome.runs.size() == 1 ? fmt::format("{} diverged {}", network.name, at_steps(steps))
                                             : fmt::format("{} diverged {} with {} of {} seeds", network.name,
                                                           at_steps(steps), steps.size(), outcome.runs.size()));
  }
  return texts;
}

std::string divergences(const std::vector<SettingOutcome>& outcomes) {
  std::string text;
  for (const SettingOutcome& outcome : outcomes)
    for (const std::string& divergence : divergences(outcome))
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", outcome.setting.name, divergence);
  return text.empty() ? "" : text + ". From there on the loss is not finite, and there is no accuracy.";
}

std::string to_json(const std::vector<SettingOutcome>& outcomes, const std::filesystem::path& folder) {
  Json settings = Json::array();
  for (const SettingOutcome& outcome : outcomes) {
    Json seeds = Json::array();
    for (const Outcome& run : outcome.runs) {
      Json& seed = seeds.emplace_back(Json{{"seed", run.seed}, {"steps", run.steps_done}, {"seconds", run.seconds}});
      for (const Network& network : networks) {
        const auto step = run.*network.diverged_at;
        seed[network.key] = {{"diverged_at", step ? Json(*step) : Json()}};
      }
    }
    Json setting = {{"setting", outcome.setting.name}, {"title", outcome.setting.title()}, {"seeds", seeds}};
    for (const Network& network : networks)
      setting[network.key] = {{"at_601", to_json(standing_at(outcome, network, early_step))},
                              {"half_way", to_json(standing_at(outcome, network, half_way_step(outcome.setting)))},
                              {"end", to_json(standing_at_end(outcome, network))}};
    settings.push_back(setting);
  }
  return Json{{"run", folder.string()}, {"settings", settings}}.dump(2) + "\n";
}

Curves::Curves(const std::filesystem::path& folder, const std::vector<Setting>& settings)
    : curves_(folder / "curves.csv", {"setting", "seed", "step", "plain_loss", "bn_loss", "plain_accuracy",
                                      "bn_accuracy", "plain_diverged_at", "bn_diverged_at"}) {
  for (const Setting& setting : settings) {
    OfSetting& files = of_setting_[setting.name];
    std::vector<std::string> columns = {"seed", "step"};
    for (const Network& network : networks)
      for (std::int64_t layer = 1; layer <= setting.layers; ++layer)
        columns.push_back(fmt::format("{}_{}", network.key, layer));
    files.gradients = std::make_unique<CsvWriter>(folder / fmt::format("gradients-{}.csv", setting.name), columns);
    if (setting.watches_inputs)
      files.inputs = std::make_unique<CsvWriter>(
          folder / fmt::format("inputs-{}.csv", setting.name),
          std::vector<std::string>{"seed", "step", "plain_15", "plain_50", "plain_85", "bn_15", "bn_50", "bn_85"});
  }
}

void Curves::add(const Evaluation& evaluation, const Outcome& outcome) {
  const std::string seed = std::to_string(outcome.seed), step = std::to_string(evaluation.step);
  std::vector<std::string> gradients = {seed, step}, inputs = {seed, step};
  for (const Network& network : networks) {
    const Score& score = evaluation.*network.score;
    for (std::size_t layer = 0; layer < static_cast<std::size_t>(outcome.setting.layers); ++layer)
      gradients.push_back(csv_number(layer < score.gradient_norms.size() ? score.gradient_norms[layer] : std::nan("")));
    for (std::size_t i = 0; i < 3; ++i)
      inputs.push_back(csv_number(score.input_percentiles ? (*score.input_percentiles)[i] : std::nan("")));
  }
  curves_.row({outcome.setting.name, seed, step, csv_number(evaluation.plain.loss),
               csv_number(evaluation.normalized.loss), csv_number(evaluation.plain.accuracy),
               csv_number(evaluation.normalized.accuracy), step_or_nothing(evaluation.plain.diverged_at),
               step_or_nothing(evaluation.normalized.diverged_at)});
  const OfSetting& files = of_setting_.at(outcome.setting.name);
  files.gradients->row(gradients);
  if (files.inputs) files.inputs->row(inputs);
}

}  // namespace xgrad::apps
