#include <apps/batchnorm_study/report.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/batchnorm_study/figures.hpp>
#include <apps/batchnorm_study/learner.hpp>
#include <apps/common/page.hpp>
#include <apps/common/plot.hpp>
#include <autograd/autograd.hpp>
#include <autograd/run/build_info.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::apps {

namespace {

Table settings_table(const std::vector<SettingOutcome>& outcomes) {
  Table table({"setting", "activation", "learning rate", "weights' std", "steps", "batch", "layers", "units", "eps",
               "decay", "evaluated every"});
  for (const SettingOutcome& outcome : outcomes) {
    const Setting& s = outcome.setting;
    table.add({s.name, std::string(to_string(s.activation)), fmt::format("{}", s.lr), fmt::format("{}", s.init_std),
               fmt::format("{}", s.steps), fmt::format("{}", s.batch), fmt::format("{}", s.layers),
               fmt::format("{}", s.units), fmt::format("{}", s.eps), fmt::format("{}", s.decay),
               fmt::format("{}", s.eval_every)});
  }
  return table;
}

Table machine_table() {
  const BuildInfo info = build_info();
  Table table({"what", "value"});
  table.add({"xgrad", fmt::format("{}, built with {} for {}", info.version, info.compiler, info.architecture)});
  table.add({"processor", fmt::format("{}, {} cores", info.processor, info.cores)});
  table.add({"instruction sets",
             info.instruction_sets.empty() ? "baseline" : fmt::format("{}", fmt::join(info.instruction_sets, ", "))});
  table.add({"BLAS", info.blas});
  table.add({"threads", std::to_string(num_threads())});
  return table;
}

}  // namespace

std::string profile_of(const Setting& setting, const data::ImageDataset& images) {
  constexpr int steps_before = 20, steps = 50;
  Learner learner(setting, initial_weights(setting, 1), Normalization::batch);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(setting.batch));
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
  const data::Batch batch = images.batch(indices);
  for (int i = 0; i < steps_before; ++i) learner.train(batch).item();
  Profile profile;
  for (int i = 0; i < steps; ++i) learner.train(batch).item();
  profile.stop();
  return profile.report();
}

void save_plots(const std::filesystem::path& folder, const SettingOutcome& outcome) {
  const std::string& name = outcome.setting.name;
  save_line_plots(folder / ("accuracy-" + name), learning_figure(outcome).panels);
  save_line_plots(folder / ("gradients-" + name), gradient_figure(outcome).panels);
  save_heat_maps(folder / ("gradient-map-" + name), gradient_map(outcome).maps);
  if (outcome.setting.watches_inputs) save_line_plots(folder / ("inputs-" + name), input_figure(outcome).panels);
}

std::vector<Figure> figures_of(const SettingOutcome& outcome) {
  const auto shown = [](const auto& panels, const std::string& text) {
    return Figure{{panels.begin(), panels.end()}, text};
  };
  const LineFigure learning = learning_figure(outcome), gradients = gradient_figure(outcome);
  const HeatFigure map = gradient_map(outcome);
  std::vector<Figure> figures = {shown(learning.panels, learning.text), shown(gradients.panels, gradients.text),
                                 shown(map.maps, map.text)};
  if (outcome.setting.watches_inputs) {
    const LineFigure inputs = input_figure(outcome);
    figures.push_back(shown(inputs.panels, inputs.text));
  }
  return figures;
}

void save_report(const std::filesystem::path& folder, const std::vector<SettingOutcome>& outcomes,
                 const RunDescription& description) {
  Page page("Batch normalization in a deep network");
  if (!description.status.empty()) page.paragraph(description.status);
  page.paragraph(fmt::format(
      "Two networks of the same shape start from the same weights and see the same batches; one has batch "
      "normalization "
      "after every layer. The table has the validation accuracy (of the setting \"paper\": test accuracy, and no batch "
      "normalization after the last layer) after 601 steps, half-way, and at the end, which is the mean of the last {} "
      "evaluations. Data: {}. {}.",
      end_evaluations, description.data,
      description.seeds.size() == 1
          ? fmt::format("Seed: {}", description.seeds.front())
          : fmt::format("Seeds: {}; mean ± standard deviation", fmt::join(description.seeds, ", "))));
  page.table(summary(outcomes));
  if (const std::string text = divergences(outcomes); !text.empty()) page.paragraph(text);
  for (const SettingOutcome& outcome : outcomes) {
    page.heading(fmt::format("{}: {}", outcome.setting.name, outcome.setting.title()));
    for (const std::string& divergence : divergences(outcome)) page.paragraph(divergence + ".");
    for (const Figure& figure : figures_of(outcome)) page.figure(figure);
  }
  page.heading("Settings").table(settings_table(outcomes));
  page.heading("Configuration").paragraph("This file, run.toml, repeats the run: xgrad --config run.toml");
  page.preformatted(description.configuration);
  page.heading("Machine").table(machine_table());
  if (!description.profile.empty())
    page.heading("Where the time goes")
        .paragraph(fmt::format("50 training steps of the batch-normalized network of {}, after 20 others.",
                               outcomes.front().setting.name))
        .preformatted(description.profile);
  page.save(folder / "report.html");
}

}  // namespace xgrad::apps
