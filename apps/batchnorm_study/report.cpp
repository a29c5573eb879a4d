#include <apps/batchnorm_study/report.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include <fmt/format.h>

#include <apps/common/html.hpp>
#include <apps/common/plot.hpp>

namespace xgrad::apps {

namespace {

using Network = Score Evaluation::*;

constexpr std::int64_t early_step = 601;

std::string in_thousandths(std::optional<double> accuracy) { return accuracy ? fmt::format("{:.3f}", *accuracy) : "–"; }

std::optional<double> accuracy_at(const Outcome& outcome, Network network, std::int64_t step) {
  const auto found = std::ranges::find(outcome.evaluations, step, &Evaluation::step);
  if (found == outcome.evaluations.end()) return std::nullopt;
  return ((*found).*network).accuracy;
}

/// The step of the middle one of a setting's evaluations.
std::int64_t half_way_step(const Setting& setting) {
  const std::int64_t evaluations = (setting.steps - 1) / setting.eval_every + 1;
  return 1 + setting.eval_every * (evaluations / 2);
}

/// Mean of the last five evaluations.
std::optional<double> end_accuracy(const Outcome& outcome, Network network) {
  const auto& all = outcome.evaluations;
  if (all.empty()) return std::nullopt;
  const auto last = std::span(all).last(std::min<std::size_t>(5, all.size()));
  double sum = 0;
  for (const Evaluation& evaluation : last) sum += (evaluation.*network).accuracy;
  return sum / static_cast<double>(last.size());
}

Line accuracy_line(const Outcome& outcome, Network network, const std::string& name, Colour colour) {
  Line line{fmt::format("{} (end: {})", name, in_thousandths(end_accuracy(outcome, network))), colour, {}};
  for (const Evaluation& evaluation : outcome.evaluations)
    line.points.push_back({static_cast<double>(evaluation.step), (evaluation.*network).accuracy});
  return line;
}

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

}  // namespace

std::vector<std::string> curve_columns() {
  return {"setting", "step", "plain_loss", "bn_loss", "plain_accuracy", "bn_accuracy"};
}

std::vector<std::string> curve_row(const Setting& setting, const Evaluation& evaluation) {
  return {setting.name,
          std::to_string(evaluation.step),
          fmt::format("{:.6g}", evaluation.plain.loss),
          fmt::format("{:.6g}", evaluation.normalized.loss),
          fmt::format("{:.6g}", evaluation.plain.accuracy),
          fmt::format("{:.6g}", evaluation.normalized.accuracy)};
}

Table summary(const std::vector<Outcome>& outcomes) {
  Table table({"setting", "steps", "plain @601", "half-way", "end", "batch norm @601", "half-way", "end", "time"});
  for (const Outcome& outcome : outcomes) {
    std::vector<std::string> cells = {outcome.setting.name, std::to_string(outcome.steps_done)};
    for (const Network network : {&Evaluation::plain, &Evaluation::normalized}) {
      cells.push_back(in_thousandths(accuracy_at(outcome, network, early_step)));
      cells.push_back(in_thousandths(accuracy_at(outcome, network, half_way_step(outcome.setting))));
      cells.push_back(in_thousandths(end_accuracy(outcome, network)));
    }
    cells.push_back(fmt::format("{:.1f} s", outcome.seconds));
    table.add(cells);
  }
  return table;
}

void save_accuracy_plot(const std::filesystem::path& directory, const Outcome& outcome) {
  const auto steps = static_cast<double>(outcome.setting.steps);
  save_line_plots(directory / plot_name(outcome.setting),
                  {{.title = outcome.setting.title(),
                    .x = {.label = "training step", .range = Range{0, steps}},
                    .y = {.label = "validation accuracy", .range = Range{0, 1}},
                    .lines = {accuracy_line(outcome, &Evaluation::plain, "plain", palette::vermilion),
                              accuracy_line(outcome, &Evaluation::normalized, "batch norm", palette::blue)}}});
}

void save_report(const std::filesystem::path& directory, const std::vector<Outcome>& outcomes,
                 const RunDescription& description) {
  HtmlPage page("Batch normalization in a deep network");
  if (!description.status.empty()) page.paragraph(description.status);
  page.paragraph(
      "Two networks of the same shape start from the same weights and see the same batches; one has batch "
      "normalization "
      "after every layer. Validation accuracy after 601 steps, half-way, and at the end (mean of the last five "
      "evaluations).");
  page.table(summary(outcomes));
  for (const Outcome& outcome : outcomes)
    page.figure(plot_name(outcome.setting) + ".svg",
                fmt::format("{}: {}", outcome.setting.name, outcome.setting.title()));
  page.heading("Settings").table(settings_table(outcomes));
  page.paragraph(fmt::format("Data: {}. Seed: {}.", description.data, description.seed));
  std::vector<std::string> files = {"curves.csv"};
  for (const Outcome& outcome : outcomes) files.push_back(plot_name(outcome.setting) + ".png");
  page.links(files).save(directory / "report.html");
}

}  // namespace xgrad::apps
