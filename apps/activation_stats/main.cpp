#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <apps/activation_stats/statistics.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/output.hpp>
#include <apps/common/plot.hpp>
#include <apps/common/table.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <autograd/run/run.hpp>

namespace {

using namespace xgrad;
using namespace xgrad::apps;

struct Flags {
  NetworkOptions network;
  std::uint64_t seed = 1;
  std::string out = "activations";
  int threads = num_threads();
};

constexpr std::int64_t max_values = 100'000'000;  // of a layer's output: 400 MB
constexpr std::int64_t max_layers = 100;          // as many as a page of histograms has room for
constexpr std::int64_t max_units = 10'000;

/// A network and what its layers give.
struct Result {
  std::string file;
  std::string title;
  Colour colour;
  std::vector<LayerStatistics> layers;
};

void describe(CLI::App& app, Flags& flags) {
  add_number(app, "--seed", flags.seed, seed_number(), "Seed of the inputs and the weights");
  add_text(app, "--out", flags.out, "Directory for the numbers and the plots; those of an earlier run are replaced");
  add_threads(app, flags.threads);
  NetworkOptions& n = flags.network;
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  add_number(app, "--samples", n.samples, integer(2, max_values), "Number of inputs");
  add_number(app, "--layers", n.layers, integer(1, max_layers), "Layers");
  add_number(app, "--units", n.units, integer(1, max_units), "Units of a layer, and features of an input");
  add_number(app, "--std", n.std, positive_number(), "Standard deviation of the weights, except Xavier's");
}

/// Flags that are too much together.
void check(const NetworkOptions& network) {
  if (network.samples * network.units > max_values)
    fail("--samples", fmt::format("{} of them with {} units are {} values; expected at most {}", network.samples,
                                  network.units, network.samples * network.units, max_values));
}

std::vector<Result> results(const Flags& flags) {
  Generator generator(flags.seed);
  const Tensor inputs = randn({flags.network.samples, flags.network.units}, float32, generator);
  const std::string normal = fmt::format("N(0, {}²)", flags.network.std);
  const auto run = [&](Initialization initialization) {
    return activation_statistics(inputs, initialization, flags.network, generator);
  };
  return {{"normal", normal, palette::vermilion, run(Initialization::normal)},
          {"xavier", "Xavier", palette::blue, run(Initialization::xavier)},
          {"batch-norm", normal + " with batch norm", palette::green, run(Initialization::batch_norm)}};
}

Table table(const std::vector<Result>& results) {
  std::vector<std::string> columns = {"layer"};
  for (const Result& result : results)
    for (const char* what : {"mean", "std"}) columns.push_back(fmt::format("{}: {}", result.file, what));
  Table table(columns);
  for (std::size_t layer = 0; layer < results.front().layers.size(); ++layer) {
    std::vector<std::string> cells = {std::to_string(layer + 1)};
    for (const Result& result : results)
      for (const double value : {result.layers[layer].mean, result.layers[layer].std})
        cells.push_back(std::isfinite(value) ? fmt::format("{:.3g}", value) : figure(value, 0));
    table.add(cells);
  }
  return table;
}

void save_numbers(const std::filesystem::path& path, const std::vector<Result>& results) {
  CsvWriter csv(path, {"network", "layer", "mean", "std"});
  for (const Result& result : results)
    for (std::size_t layer = 0; layer < result.layers.size(); ++layer)
      csv.row({result.file, std::to_string(layer + 1), csv_number(result.layers[layer].mean),
               csv_number(result.layers[layer].std)});
}

/// From where on a line cannot be drawn, which otherwise looks as if it had not been computed.
std::optional<Mark> mark_of_gap(const Line& line, Scale scale) {
  for (const Point& point : line.points)
    if (!std::isfinite(point.y) || (scale == Scale::logarithmic && point.y <= 0))
      return Mark{point.x, fmt::format("{} from layer {} on", figure(point.y, 0), point.x), line.colour};
  return std::nullopt;
}

LinePlot plot(const std::vector<Result>& results, const std::string& title, const Axis& y,
              double LayerStatistics::*statistic) {
  const auto layers = static_cast<double>(results.front().layers.size());
  LinePlot plot{.title = title,
                .x = {.label = "layer", .range = Range{0.5, layers + 0.5}},
                .y = y,
                .lines = {},
                .markers = Markers::dots};
  for (const Result& result : results) {
    Line line{result.title, result.colour, {}};
    for (const LayerStatistics& layer : result.layers)
      line.points.push_back({static_cast<double>(line.points.size() + 1), layer.*statistic});
    plot.lines.push_back(line);
    if (const auto mark = mark_of_gap(line, y.scale)) plot.marks.push_back(*mark);
  }
  return plot;
}

/// A range around 0 that holds all means, and is not so narrow that noise looks like more.
Range range_of_means(const std::vector<Result>& results) {
  double largest = 0.02;
  for (const Result& result : results)
    for (const LayerStatistics& layer : result.layers) largest = std::max(largest, 1.1 * std::abs(layer.mean));
  return {-largest, largest};
}

void save_histograms(const std::filesystem::path& stem, const Result& result) {
  HistogramRow row{.title = "Activations of each layer, " + result.title,
                   .x_label = "activation",
                   .range = activation_range,
                   .colour = result.colour,
                   .histograms = {},
                   .y_label = "share of the activations"};
  for (const LayerStatistics& layer : result.layers)
    row.histograms.push_back({fmt::format("layer {}", row.histograms.size() + 1),
                              std::isfinite(layer.std) ? fmt::format("std {:.2g}", layer.std) : "not finite",
                              layer.histogram});
  save_histogram_row(stem, row);
}

int activation_stats(const Flags& flags) {
  set_num_threads(flags.threads);
  check(flags.network);
  const std::filesystem::path out = flags.out;
  make_directory(out);
  const std::vector<Result> all = results(flags);
  save_numbers(out / "statistics.csv", all);
  save_line_plots(
      out / "statistics",
      {plot(all, "Mean of the activations", {.label = "mean", .range = range_of_means(all)}, &LayerStatistics::mean),
       plot(all, "Standard deviation of the activations", {.label = "standard deviation", .scale = Scale::logarithmic},
            &LayerStatistics::std)});
  for (const Result& result : all) save_histograms(out / ("histograms-" + result.file), result);
  print(fmt::format("{}\nNumbers and plots: {}\n", table(all).text(), out.string()));
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Sends standard-normal inputs through a deep tanh network and shows what becomes of them: with small weights, "
      "with Xavier's, and with small weights and batch normalization.",
      "activation_stats");
  Flags flags;
  describe(app, flags);
  return parse_and_run(app, argc, argv, [&] { return activation_stats(flags); });
}

}  // namespace

int main(int argc, char** argv) {
  return xgrad::apps::run_program("activation_stats", [&] { return run(argc, argv); });
}
