#include <apps/batchnorm_study/report.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include <fmt/format.h>

#include <apps/common/numbers.hpp>
#include <apps/common/page.hpp>
#include <apps/common/plot.hpp>

namespace xgrad::apps {

namespace {

/// One of the two networks: where an evaluation and an outcome speak of it, and what it is called.
struct Network {
  Score Evaluation::*score;
  std::optional<std::int64_t> Outcome::*diverged_at;
  const char* name;
  Colour colour;
};

constexpr Network networks[] = {
    {&Evaluation::plain, &Outcome::plain_diverged_at, "plain", palette::vermilion},
    {&Evaluation::normalized, &Outcome::normalized_diverged_at, "batch norm", palette::blue}};

constexpr std::int64_t early_step = 601;

std::string in_words(std::int64_t diverged_at) { return fmt::format("diverged at step {}", diverged_at); }

std::string accuracy_at(const Outcome& outcome, const Network& network, std::int64_t step) {
  const auto found = std::ranges::find(outcome.evaluations, step, &Evaluation::step);
  if (found == outcome.evaluations.end()) return "–";
  const Score& score = (*found).*network.score;
  return score.diverged_at ? "diverged" : figure(score.accuracy, 3);
}

/// The step of the middle one of a setting's evaluations.
std::int64_t half_way_step(const Setting& setting) {
  const std::int64_t evaluations = (setting.steps - 1) / setting.eval_every + 1;
  return 1 + setting.eval_every * (evaluations / 2);
}

/// Mean of the last five evaluations.
std::string end_accuracy(const Outcome& outcome, const Network& network) {
  if (outcome.*network.diverged_at) return in_words(*(outcome.*network.diverged_at));
  const auto& all = outcome.evaluations;
  if (all.empty()) return "–";
  const auto last = std::span(all).last(std::min<std::size_t>(5, all.size()));
  double sum = 0;
  for (const Evaluation& evaluation : last) sum += (evaluation.*network.score).accuracy;
  return figure(sum / static_cast<double>(last.size()), 3);
}

Line accuracy_line(const Outcome& outcome, const Network& network) {
  const std::string end = end_accuracy(outcome, network);
  const bool diverged = (outcome.*network.diverged_at).has_value();
  Line line{fmt::format("{} ({}{})", network.name, diverged ? "" : "end: ", end), network.colour, {}};
  for (const Evaluation& evaluation : outcome.evaluations)
    line.points.push_back({static_cast<double>(evaluation.step), (evaluation.*network.score).accuracy});
  return line;
}

/// "plain diverged at step 61", for each network that did.
std::vector<std::string> divergences(const Outcome& outcome) {
  std::vector<std::string> texts;
  for (const Network& network : networks)
    if (const auto step = outcome.*network.diverged_at)
      texts.push_back(fmt::format("{} {}", network.name, in_words(*step)));
  return texts;
}

std::string caption(const Outcome& outcome) {
  std::string text = fmt::format("{}: {}", outcome.setting.name, outcome.setting.title());
  for (const std::string& divergence : divergences(outcome)) text += "; " + divergence;
  return text;
}

std::string step_or_nothing(std::optional<std::int64_t> step) { return step ? std::to_string(*step) : ""; }

Table settings_table(const std::vector<Outcome>& outcomes) {
  Table table({"setting", "activation", "learning rate", "weights' std", "steps", "batch", "layers", "units", "eps",
               "decay", "evaluated every"});
  for (const Outcome& outcome : outcomes) {
    const Setting& s = outcome.setting;
    table.add({s.name, std::string(to_string(s.activation)), fmt::format("{}", s.lr), fmt::format("{}", s.init_std),
               fmt::format("{}", s.steps), fmt::format("{}", s.batch), fmt::format("{}", s.layers),
               fmt::format("{}", s.units), fmt::format("{}", s.eps), fmt::format("{}", s.decay),
               fmt::format("{}", s.eval_every)});
  }
  return table;
}

std::string plot_name(const Setting& setting) { return "accuracy-" + setting.name; }

/// A panel of inputs_plots.
LinePlot inputs_panel(const Outcome& outcome, const Network& network, const Range& range) {
  static constexpr const char* names[] = {"15th percentile", "median", "85th percentile"};
  static constexpr Colour colours[] = {palette::green, palette::vermilion, palette::blue};
  LinePlot plot{.title = fmt::format("input of a last hidden unit, {}", network.name),
                .x = {.label = "training step", .range = Range{0, static_cast<double>(outcome.setting.steps)}},
                .y = {.label = "input of the activation", .range = range},
                .lines = {}};
  for (std::size_t i = 0; i < 3; ++i) {
    Line line{names[i], colours[i], {}};
    for (const Evaluation& evaluation : outcome.evaluations)
      if (const auto& percentiles = (evaluation.*network.score).input_percentiles)
        line.points.push_back({static_cast<double>(evaluation.step), (*percentiles)[i]});
    plot.lines.push_back(std::move(line));
  }
  return plot;
}

LinePlot accuracy_plot(const Outcome& outcome) {
  LinePlot plot{
      .title = outcome.setting.title(),
      .x = {.label = "training step", .range = Range{0, static_cast<double>(outcome.setting.steps)}},
      .y = {.label = outcome.setting.evaluates_test ? "test accuracy" : "validation accuracy", .range = Range{0, 1}},
      .lines = {}};
  for (const Network& network : networks) {
    plot.lines.push_back(accuracy_line(outcome, network));
    if (const auto step = outcome.*network.diverged_at)
      plot.marks.push_back(
          {static_cast<double>(*step), fmt::format("{} {}", network.name, in_words(*step)), network.colour});
  }
  return plot;
}

std::vector<LinePlot> inputs_plots(const Outcome& outcome) {
  // One range for both networks, so that their pictures can be compared.
  Range range{0, 0};
  for (const Evaluation& evaluation : outcome.evaluations)
    for (const Network& network : networks)
      if (const auto& percentiles = (evaluation.*network.score).input_percentiles)
        for (const double value : *percentiles)
          if (std::isfinite(value)) range = {std::min(range.low, value), std::max(range.high, value)};
  if (range.low == range.high) range = {-1, 1};
  return {inputs_panel(outcome, networks[0], range), inputs_panel(outcome, networks[1], range)};
}

}  // namespace

std::string inputs_name(const Setting& setting) { return "inputs-" + setting.name; }

std::vector<std::string> input_columns() {
  return {"step", "plain_15", "plain_50", "plain_85", "bn_15", "bn_50", "bn_85"};
}

std::vector<std::string> input_row(const Evaluation& evaluation) {
  std::vector<std::string> row = {std::to_string(evaluation.step)};
  for (const Network& network : networks)
    for (std::size_t i = 0; i < 3; ++i) {
      const auto& percentiles = (evaluation.*network.score).input_percentiles;
      row.push_back(csv_number(percentiles ? (*percentiles)[i] : std::nan("")));
    }
  return row;
}

std::vector<std::string> curve_columns() {
  return {"setting",        "step",        "plain_loss",        "bn_loss",
          "plain_accuracy", "bn_accuracy", "plain_diverged_at", "bn_diverged_at"};
}

std::vector<std::string> curve_row(const Setting& setting, const Evaluation& evaluation) {
  return {setting.name,
          std::to_string(evaluation.step),
          csv_number(evaluation.plain.loss),
          csv_number(evaluation.normalized.loss),
          csv_number(evaluation.plain.accuracy),
          csv_number(evaluation.normalized.accuracy),
          step_or_nothing(evaluation.plain.diverged_at),
          step_or_nothing(evaluation.normalized.diverged_at)};
}

Table summary(const std::vector<Outcome>& outcomes) {
  Table table({"setting", "steps", "plain @601", "half-way", "end", "batch norm @601", "half-way", "end", "time"});
  for (const Outcome& outcome : outcomes) {
    std::vector<std::string> cells = {outcome.setting.name, std::to_string(outcome.steps_done)};
    for (const Network& network : networks) {
      cells.push_back(accuracy_at(outcome, network, early_step));
      cells.push_back(accuracy_at(outcome, network, half_way_step(outcome.setting)));
      cells.push_back(end_accuracy(outcome, network));
    }
    cells.push_back(fmt::format("{:.1f} s", outcome.seconds));
    table.add(cells);
  }
  return table;
}

std::string divergences(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const Outcome& outcome : outcomes)
    for (const std::string& divergence : divergences(outcome))
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", outcome.setting.name, divergence);
  return text.empty() ? "" : text + ". From there on the loss is not finite, and there is no accuracy.";
}

void save_accuracy_plot(const std::filesystem::path& directory, const Outcome& outcome) {
  save_line_plots(directory / plot_name(outcome.setting), {accuracy_plot(outcome)});
}

void save_inputs_plot(const std::filesystem::path& directory, const Outcome& outcome) {
  save_line_plots(directory / inputs_name(outcome.setting), inputs_plots(outcome));
}

void save_report(const std::filesystem::path& directory, const std::vector<Outcome>& outcomes,
                 const RunDescription& description) {
  Page page("Batch normalization in a deep network");
  if (!description.status.empty()) page.paragraph(description.status);
  page.paragraph(
      "Two networks of the same shape start from the same weights and see the same batches; one has batch "
      "normalization "
      "after every layer. Validation accuracy (of the setting \"paper\": test accuracy, and no batch normalization "
      "after "
      "the last layer) after 601 steps, half-way, and at the end (mean of the last five evaluations).");
  page.table(summary(outcomes));
  if (const std::string text = divergences(outcomes); !text.empty()) page.paragraph(text);
  for (const Outcome& outcome : outcomes) {
    page.figure({{accuracy_plot(outcome)}, caption(outcome)});
    if (!outcome.setting.watches_inputs) continue;
    const auto plots = inputs_plots(outcome);
    page.figure({{plots.begin(), plots.end()},
                 fmt::format("{}: the 15th, 50th and 85th percentile of what the first unit of the last hidden layer "
                             "gives its activation, over the images of the evaluation",
                             outcome.setting.name)});
  }
  page.heading("Settings").table(settings_table(outcomes));
  page.paragraph(fmt::format("Data: {}. Seed: {}.", description.data, description.seed));
  std::string files = "curves.csv";
  for (const Outcome& outcome : outcomes)
    if (outcome.setting.watches_inputs) files += fmt::format(", {}.csv", inputs_name(outcome.setting));
  page.paragraph(fmt::format("Beside this page: {}, and the plots as SVG and PNG.", files));
  page.save(directory / "report.html");
}

}  // namespace xgrad::apps
