#include <apps/activation_stats/command.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/activation_stats/statistics.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/numbers.hpp>
#include <apps/common/output.hpp>
#include <apps/common/page.hpp>
#include <apps/common/plot.hpp>
#include <apps/common/run_folder.hpp>
#include <apps/common/table.hpp>
#include <autograd/error.hpp>
#include <autograd/io/file.hpp>
#include <autograd/ops.hpp>

namespace xgrad::apps {

namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  NetworkOptions network;
  std::uint64_t seed = 1;
  std::string out;
  bool overwrite = false;
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
  add_text(app, "--out", flags.out, "The run's folder, for the numbers and the plots")
      ->default_str("runs/activations-N, a new one");
  app.add_flag("--overwrite", flags.overwrite, "Replace the run in --out");
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

/// A range around 0 that holds all means with little room: they are small, and differ in size.
Range range_of_means(const std::vector<Result>& results) {
  double largest = 0;
  for (const Result& result : results)
    for (const LayerStatistics& layer : result.layers)
      if (std::isfinite(layer.mean)) largest = std::max(largest, std::abs(layer.mean));
  if (largest == 0) largest = 1e-3;
  return {-1.15 * largest, 1.15 * largest};
}

HistogramRow histograms(const Result& result) {
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
  return row;
}

std::vector<LinePlot> statistics_plots(const std::vector<Result>& results) {
  return {plot(results, "Mean of the activations", {.label = "mean", .range = range_of_means(results)},
               &LayerStatistics::mean),
          plot(results, "Standard deviation of the activations",
               {.label = "standard deviation", .scale = Scale::logarithmic}, &LayerStatistics::std)};
}

/// What the histograms of a network show, by its first and its last layer.
std::string in_words(const Result& result) {
  const double first = result.layers.front().std, last = result.layers.back().std;
  const std::string text =
      fmt::format("The standard deviation is {:.2g} after the first layer and {:.2g} after the last.", first, last);
  if (!std::isfinite(last)) return text + " What is not finite has no place in a histogram.";
  if (last < 0.1 * first) return text + " The activations shrink from layer to layer, and gradients with them.";
  if (last > 0.9)
    return text + " Most activations are at the ends of tanh, where its slope is 0: no gradient comes through.";
  return text + " Each layer passes on about as much as it gets.";
}

void save_report(const std::filesystem::path& path, const std::vector<Result>& results,
                 const std::string& configuration) {
  Page page("How activations spread through a deep network");
  page.paragraph(
      "Standard-normal inputs go through a tanh network without training. Each layer multiplies by its weights, "
      "normalizes "
      "where it has batch normalization, and takes the tanh.");
  const std::vector<LinePlot> plots = statistics_plots(results);
  page.figure(
      {{plots.begin(), plots.end()},
       "Means stay near 0, since tanh is odd and the weights are symmetric; how near depends on chance and on how "
       "widely the activations spread. The standard deviation tells whether a signal survives."});
  for (const Result& result : results) {
    page.heading(result.title);
    page.figure({{histograms(result)}, in_words(result)});
  }
  page.heading("Numbers").table(table(results));
  page.heading("Configuration").preformatted(configuration);
  page.save(path);
}

Json to_json(const std::vector<Result>& results) {
  Json networks = Json::object();
  for (const Result& result : results) {
    Json& layers = networks[result.file] = Json::array();
    // JSON has no number that is not finite: such a one is null.
    for (const LayerStatistics& layer : result.layers) layers.push_back({{"mean", layer.mean}, {"std", layer.std}});
  }
  return networks;
}

int run_activations(const Flags& flags, const Call& call) {
  check(flags.network);
  RunFolder out("activations", flags.out, start_of(false, flags.overwrite), {"statistics.csv", run_file});
  out.make();
  const std::vector<Result> all = results(flags);
  io::write_file({"activations", (out / run_file).string()}, call.toml());
  save_numbers(out / "statistics.csv", all);
  save_line_plots(out / "statistics", statistics_plots(all));
  for (const Result& result : all) save_histogram_row(out / ("histograms-" + result.file), histograms(result));
  save_report(out / "report.html", all, call.toml());
  if (call.json())
    print(Json{{"run", out.path().string()}, {"networks", to_json(all)}}.dump(2) + "\n");
  else
    print(fmt::format("{}\nRun: {}\n", table(all).text(), out.path().string()));
  return 0;
}

}  // namespace

void add_activations_command(Commands& commands) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = commands.add("activations",
                                   "How activations spread through a deep tanh network: with small weights, with "
                                   "Xavier's, and with small weights and "
                                   "batch normalization",
                                   {"activations", "activations --layers 20 --std 0.05 --out runs/deep"},
                                   [flags](const Call& call) { return run_activations(*flags, call); });
  describe(command, *flags);
}

}  // namespace xgrad::apps
