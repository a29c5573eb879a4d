#include <apps/batchnorm_study/report.hpp>

#include <doctest/doctest.h>

#include <cctype>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <apps/common/axis.hpp>
#include <apps/common/files.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <autograd/ops.hpp>

#include "german.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

/// Without the numbers that cairo gives to what it has drawn since the program began.
std::string anonymous(std::string svg) {
  for (const std::string word : {"surface", "image", "source-"})
    for (std::size_t at = svg.find(word); at != std::string::npos; at = svg.find(word, at + word.size()))
      while (at + word.size() < svg.size() && std::isdigit(static_cast<unsigned char>(svg[at + word.size()])))
        svg.erase(at + word.size(), 1);
  return svg;
}

/// All that the programs write, by name: files of a study, of a checkpoint, and tables.
std::map<std::string, std::string> everything() {
  const Scratch scratch;
  Outcome outcome{.setting = all_settings().front(), .evaluations = {}, .steps_done = 12345, .seconds = 1234.5};
  for (std::int64_t step = 1; step <= 2000; step += 60)
    outcome.evaluations.push_back({step, {1234.5, static_cast<double>(step) / 5000}, {std::nan(""), 0.5}});
  const SettingOutcome study{outcome.setting, {outcome}};
  save_plots(scratch / "", study);
  save_report(scratch / "", {study}, {.data = "55000 images", .seeds = {1000000}, .configuration = "[study]"});
  {
    Curves curves(scratch / "", {outcome.setting});
    for (const Evaluation& evaluation : outcome.evaluations) curves.add(evaluation, outcome);
  }
  save_checkpoint(scratch / "checkpoint", {.config = {.hidden = {2}, .lr = 0.0025, .seed = 1000000},
                                           .images = 55000,
                                           .position = {},
                                           .model = {{"w", full({1000}, 0.5)}},
                                           .optimizer = {}});
  std::map<std::string, std::string> texts;
  for (const char* name : {"accuracy-tanh-good.svg", "accuracy-tanh-good.png", "gradient-map-tanh-good.svg",
                           "report.html", "curves.csv", "gradients-tanh-good.csv", "checkpoint"})
    texts[name] = anonymous(contents(scratch / name));
  texts["lr"] = fmt::format("{}", load_checkpoint(scratch / "checkpoint").config.lr);
  texts["summary"] = summary({study}).text();
  texts["json"] = to_json(std::vector{study}, "runs/study-1");
  Performance performance{.images = 4000, .correct = 1000};
  performance.confusion[3][3] = 1000;
  texts["confusion"] = confusion_table(performance).text();
  for (const Tick& tick : ticks({0, 5000}, Scale::linear, 8)) texts["ticks"] += tick.label + " ";
  return texts;
}

}  // namespace

TEST_CASE("what the programs write is the same in any locale") {
  const std::map<std::string, std::string> expected = everything();
  const German german;
  for (const auto& entry : everything()) CHECK_MESSAGE(entry.second == expected.at(entry.first), entry.first);
}
