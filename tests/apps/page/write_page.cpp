// Pages for check_page.mjs to look at in a browser.
//
//   write_page FILE       writes a report whose values that test knows
//   write_page --serve PORT
//                         serves one live, prints its address, and does what it reads: "update N", a loss at N steps,
//                         "end", or nothing more: it ends

#include <cmath>
#include <iostream>
#include <string>

#include <apps/common/page.hpp>
#include <autograd/error.hpp>
#ifdef XGRAD_TEST_LIVE
#include <apps/common/live.hpp>
#endif

using namespace xgrad::apps;

namespace {

LinePlot accuracy() {
  Line plain{.name = "plain", .colour = palette::vermilion, .points = {}};
  Line normalized{.name = "batch norm", .colour = palette::blue, .points = {}};
  Line reference{
      .name = "logistic regression", .colour = palette::green, .points = {{0, 0.5}, {1000, 0.5}}, .dash = Dash::dashed};
  for (int step = 0; step <= 1000; step += 100) {
    const double share = step / 1000.0;
    plain.points.push_back({1.0 * step, step > 600 ? std::nan("") : 0.25 * share});
    normalized.points.push_back({1.0 * step, 0.75 * share});
    normalized.band.push_back({0.75 * share - 0.0625, 0.75 * share + 0.125});
  }
  return {
      .title = "Accuracy </script><b>&",
      .x = {.label = "training step", .range = Range{0, 1000}},
      .y = {.label = "validation accuracy", .range = Range{0, 1}},
      .lines = {plain, normalized, reference},
      .marks = {{700, "plain diverged at step 700", palette::vermilion}, {720, "learning rate x 0.1", palette::green}},
      .spans = {{900, 1000, "end: mean of these evaluations"}}};
}

LinePlot loss(int steps) {
  Line line{.name = "loss", .colour = palette::blue, .points = {}};
  Line large{.name = "large", .colour = palette::purple, .points = {}};
  for (int step = 0; step < steps; ++step) {
    line.points.push_back({1.0 * step, 1 + std::sin(step * 0.01)});
    large.points.push_back({1.0 * step, 1e3});
  }
  return {.title = "Loss", .x = {.label = "training step"}, .y = {.label = "cross-entropy"}, .lines = {line, large}};
}

HeatMap gradients(const std::string& title) {
  HeatMap map{.title = title,
              .x_label = "training step",
              .columns = {},
              .y_label = "layer",
              .rows = {},
              .values = {},
              .value_label = "norm of the gradient",
              .scale = Scale::logarithmic};
  for (int column = 0; column < 20; ++column) map.columns.push_back(100.0 * column);
  for (int layer = 1; layer <= 10; ++layer) {
    map.rows.push_back(std::to_string(layer));
    map.values.emplace_back();
    for (int column = 0; column < 20; ++column)
      map.values.back().push_back(column < 15 ? std::pow(2.0, -layer) : std::nan(""));
  }
  return map;
}

HistogramRow activations() {
  HistogramRow row{.title = "Activations",
                   .x_label = "activation",
                   .range = {-1, 1},
                   .colour = palette::blue,
                   .histograms = {},
                   .y_label = "activations"};
  for (int layer = 1; layer <= 10; ++layer) {
    std::vector<double> counts(20, 0.0);
    counts[10] = 12345.0 * layer;
    row.histograms.push_back({"layer " + std::to_string(layer), "mean 0.00, std 0.05", counts});
  }
  return row;
}

void write(const std::string& path) {
  Table table({"setting", "plain", "batch norm", "a column with a longer name", "another one", "and one more", "time"});
  for (int i = 0; i < 40; ++i)
    table.add({"setting-" + std::to_string(i), "0.412", "0.665", "diverged at step 2,851", "0.441", "0.5", "0.1 s"});
  Page("A page to look at <&>")
      .paragraph("A paragraph of words that are long enough to be broken into lines on a phone, and on a desktop too.")
      .table(table)
      .heading("Curves")
      .figure({{accuracy()}, "What the curves show."})
      .figure({{loss(5000), accuracy()}, "Two panels."})
      .figure({{gradients("plain"), gradients("batch norm")}, "Heat maps."})
      .figure({{activations()}, "Histograms."})
      .heading("Command")
      .preformatted(
          "program --with --a --command --line --that --is --longer --than --a --phone --is --wide --by --far\n")
      .save(path);
}

#ifdef XGRAD_TEST_LIVE
void serve(int port) {
  LiveView view({.title = "A live page", .at = {.port = port}});
  std::cout << view.address() << std::endl;
  std::string word;
  while (std::cin >> word) {
    if (word == "end") {
      view.end("Training has ended.");
      continue;
    }
    int steps = 0;
    std::cin >> steps;
    view.update({{{loss(steps)}, "The loss so far."}});
    view.status({.what = "test", .step = steps, .steps = 1000, .loss = 0.5});
  }
}
#endif

}  // namespace

int main(int argc, char** argv) {
  try {
#ifdef XGRAD_TEST_LIVE
    if (argc == 3) {
      serve(std::stoi(argv[2]));
      return 0;
    }
#endif
    if (argc != 2) return 2;
    write(argv[1]);
    return 0;
  } catch (const xgrad::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
