#include <apps/batchnorm_study/figures.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <apps/common/numbers.hpp>

namespace xgrad::apps {

namespace {

/// A number of an evaluation; NaN where it has none.
using Value = std::function<double(const Score&)>;

Axis steps_axis(const Setting& setting) {
  return {.label = "training step", .range = Range{0, static_cast<double>(setting.steps)}};
}

std::size_t evaluation_count(const SettingOutcome& outcome) {
  std::size_t count = 0;
  for (const Outcome& run : outcome.runs) count = std::max(count, run.evaluations.size());
  return count;
}

/// The spread over seeds of a value at the i-th evaluation, of its logarithm on a logarithmic scale.
Spread spread_at(const SettingOutcome& outcome, std::size_t i, const Network& network, const Value& value,
                 Scale scale) {
  std::vector<double> values;
  for (const Outcome& run : outcome.runs) {
    if (i >= run.evaluations.size()) continue;
    const double v = value(run.evaluations[i].*network.score);
    values.push_back(scale == Scale::logarithmic ? std::log(v) : v);
  }
  return spread_of(values);
}

double unscaled(double value, Scale scale) { return scale == Scale::logarithmic ? std::exp(value) : value; }

std::int64_t step_of(const SettingOutcome& outcome, std::size_t i) {
  return 1 + outcome.setting.eval_every * static_cast<std::int64_t>(i);
}

/// A value over the steps: the mean over seeds, and a band where there are several.
Line curve(const SettingOutcome& outcome, const Network& network, const Value& value, Scale scale, std::string name,
           Colour colour) {
  Line line{std::move(name), colour, {}};
  for (std::size_t i = 0; i < evaluation_count(outcome); ++i) {
    const Spread spread = spread_at(outcome, i, network, value, scale);
    line.points.push_back({static_cast<double>(step_of(outcome, i)), unscaled(spread.mean, scale)});
    if (outcome.runs.size() > 1)
      line.band.push_back({unscaled(spread.mean - spread.std, scale), unscaled(spread.mean + spread.std, scale)});
  }
  return line;
}

void mark_divergences(const SettingOutcome& outcome, LinePlot& plot) {
  for (const Network& network : networks) {
    std::optional<std::int64_t> first;
    for (const Outcome& run : outcome.runs)
      if (const auto step = run.*network.diverged_at) first = std::min(first.value_or(*step), *step);
    if (!first) continue;
    const std::size_t seeds = static_cast<std::size_t>(std::ranges::count_if(
        outcome.runs, [&](const Outcome& run) { return (run.*network.diverged_at).has_value(); }));
    plot.marks.push_back({static_cast<double>(*first),
                          outcome.runs.size() == 1 ? fmt::format("{} diverged at step {}", network.name, *first)
                                                   : fmt::format("{} diverged from step {} on ({} of {} seeds)",
                                                                 network.name, *first, seeds, outcome.runs.size()),
                          network.colour});
  }
}

/// The stretch of the evaluations that "end" is the mean of.
std::vector<Span> end_span(const SettingOutcome& outcome) {
  const std::size_t count = evaluation_count(outcome);
  if (count <= end_evaluations) return {};
  return {{static_cast<double>(step_of(outcome, count - end_evaluations)),
           static_cast<double>(step_of(outcome, count - 1)), fmt::format("end: mean of these {}", end_evaluations)}};
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string percent(const Spread& spread) {
  return spread.count > 1 ? fmt::format("{:.1f} ± {:.1f} %", 100 * spread.mean, 100 * spread.std)
                          : percent(spread.mean);
}

/// The first evaluated step at which the mean accuracy over seeds is so high; none where it never is.
std::optional<std::int64_t> reaches(const SettingOutcome& outcome, const Network& network, double accuracy) {
  for (std::size_t i = 0; i < evaluation_count(outcome); ++i)
    if (spread_at(outcome, i, network, &Score::accuracy, Scale::linear).mean >= accuracy) return step_of(outcome, i);
  return std::nullopt;
}

std::string learning_text(const SettingOutcome& outcome) {
  const std::string images = outcome.setting.evaluates_test ? "test" : "validation";
  std::string text;
  for (const Network& network : networks) {
    const Standing end = standing_at_end(outcome, network);
    const std::string who = fmt::format("The {} network", &network == networks ? "plain" : "batch-normalized");
    if (end.seeds == 0) continue;
    text += end.accuracy.count == 0
                ? fmt::format("{} diverged: its loss is not finite any more. ", who)
                : fmt::format("{} gets {} of the {} images right at the end. ", who, percent(end.accuracy), images);
  }
  if (evaluation_count(outcome) > end_evaluations)
    text += fmt::format("The end, which is shaded, is the mean of the last {} evaluations. ", end_evaluations);
  for (const double goal : {0.9, 0.5}) {
    const auto plain = reaches(outcome, networks[0], goal), normalized = reaches(outcome, networks[1], goal);
    if (!plain && !normalized) continue;
    const auto when = [](const std::optional<std::int64_t>& step) {
      return step ? fmt::format("at step {}", *step) : std::string("never");
    };
    text += fmt::format("The {:.0f} % mark is reached {} with batch normalization and {} without. ", 100 * goal,
                        when(normalized), when(plain));
    break;
  }
  if (outcome.runs.size() > 1)
    text += fmt::format("Curves are means over {} seeds; bands reach a standard deviation to both sides. ",
                        outcome.runs.size());
  return text + "The loss is that of the step's own batch, before the step.";
}

std::int64_t layer_count(const SettingOutcome& outcome) { return outcome.setting.layers; }

Value norm_of_layer(std::int64_t layer) {
  return [layer](const Score& score) {
    const auto i = static_cast<std::size_t>(layer);
    return i < score.gradient_norms.size() ? score.gradient_norms[i] : std::nan("");
  };
}

/// The range of all layers' norms in both networks.
std::optional<Range> norm_range(const SettingOutcome& outcome) {
  double low = INFINITY, high = 0;
  for (const Network& network : networks)
    for (std::int64_t layer = 0; layer < layer_count(outcome); ++layer)
      for (const Point& point :
           curve(outcome, network, norm_of_layer(layer), Scale::logarithmic, "", network.colour).points)
        if (std::isfinite(point.y) && point.y > 0) low = std::min(low, point.y), high = std::max(high, point.y);
  if (!(low < high)) return std::nullopt;
  return Range{std::pow(10, std::floor(std::log10(low))), std::pow(10, std::ceil(std::log10(high)))};
}

/// "0.0021", "3.4e-09".
std::string small(double value) { return fmt::format("{:.2g}", value); }

std::string gradient_text(const SettingOutcome& outcome) {
  if (layer_count(outcome) < 2 || evaluation_count(outcome) == 0)
    return "The norm of the gradient of each layer's weights.";
  const std::int64_t last = layer_count(outcome) - 1;
  const auto ratio = [&](const Network& network, std::size_t i) {
    const auto mean = [&](std::int64_t layer) {
      return spread_at(outcome, i, network, norm_of_layer(layer), Scale::logarithmic).mean;
    };
    return std::exp(mean(0) - mean(last));
  };
  std::string text = fmt::format(
      "The L2 norm of the gradient of each layer's weights. At step 1 that of the first layer is {} times that of the "
      "last one in the plain network, and {} times with batch normalization.",
      small(ratio(networks[0], 0)), small(ratio(networks[1], 0)));
  if (const std::size_t end = evaluation_count(outcome) - 1; end > 0) {
    const double plain = ratio(networks[0], end), normalized = ratio(networks[1], end);
    if (std::isfinite(plain) && std::isfinite(normalized))
      text += fmt::format(" At step {} it is {} and {}.", step_of(outcome, end), small(plain), small(normalized));
  }
  return text +
         " A ratio far below 1 means that the first layers hardly learn: their gradients vanish; one far above 1 that "
         "they explode.";
}

constexpr const char* percentile_names[] = {"15th percentile", "median", "85th percentile"};
constexpr Colour percentile_colours[] = {palette::green, palette::vermilion, palette::blue};

Value percentile(std::size_t i) {
  return [i](const Score& score) { return score.input_percentiles ? (*score.input_percentiles)[i] : std::nan(""); };
}

std::string input_text(const SettingOutcome& outcome) {
  std::string text =
      "The 15th, 50th and 85th percentile of what the first unit of the last hidden layer gives its activation, over "
      "the "
      "images of the evaluation.";
  const std::size_t count = evaluation_count(outcome);
  if (count == 0) return text;
  for (const Network& network : networks) {
    const auto width = [&](std::size_t i) {
      return spread_at(outcome, i, network, percentile(2), Scale::linear).mean -
             spread_at(outcome, i, network, percentile(0), Scale::linear).mean;
    };
    if (std::isfinite(width(0)) && std::isfinite(width(count - 1)))
      text += fmt::format(" In the {} network the outer two are {} apart at step 1 and {} at step {}.",
                          &network == networks ? "plain" : "batch-normalized", small(width(0)), small(width(count - 1)),
                          step_of(outcome, count - 1));
  }
  return text;
}

}  // namespace

LineFigure learning_figure(const SettingOutcome& outcome) {
  const Setting& setting = outcome.setting;
  LinePlot accuracy, loss;
  accuracy.title = setting.title();
  accuracy.x = loss.x = steps_axis(setting);
  accuracy.y = {.label = setting.evaluates_test ? "test accuracy" : "validation accuracy", .range = Range{0, 1}};
  accuracy.spans = end_span(outcome);
  loss.title = "Loss";
  loss.y = {.label = "loss of the step's batch", .scale = Scale::logarithmic};
  for (const Network& network : networks) {
    const std::string end = standing_at_end(outcome, network).text();
    accuracy.lines.push_back(curve(outcome, network, &Score::accuracy, Scale::linear,
                                   fmt::format("{} (end: {})", network.name, end), network.colour));
    loss.lines.push_back(curve(outcome, network, &Score::loss, Scale::logarithmic, network.name, network.colour));
  }
  mark_divergences(outcome, accuracy);
  mark_divergences(outcome, loss);
  return {{std::move(accuracy), std::move(loss)}, learning_text(outcome)};
}

LineFigure gradient_figure(const SettingOutcome& outcome) {
  LineFigure figure{{}, gradient_text(outcome)};
  const auto range = norm_range(outcome);
  for (const Network& network : networks) {
    LinePlot plot{.title = fmt::format("Gradients by layer, {}", network.name),
                  .x = steps_axis(outcome.setting),
                  .y = {.label = "norm of the gradient", .range = range, .scale = Scale::logarithmic},
                  .lines = {}};
    for (std::int64_t layer = 0; layer < layer_count(outcome); ++layer) {
      // The brightest colours would be lost on white.
      const double place =
          0.85 * static_cast<double>(layer) / std::max<double>(1, static_cast<double>(layer_count(outcome) - 1));
      plot.lines.push_back(curve(outcome, network, norm_of_layer(layer), Scale::logarithmic,
                                 fmt::format("layer {}", layer + 1), heat_colour(place)));
    }
    figure.panels.push_back(std::move(plot));
  }
  mark_divergences(outcome, figure.panels.front());
  return figure;
}

HeatFigure gradient_map(const SettingOutcome& outcome) {
  HeatFigure figure{{}, "The same norms as colours, the last layer at the top. Hatched: not finite, or zero."};
  for (const Network& network : networks) {
    HeatMap map{.title = fmt::format("Gradients by layer, {}", network.name),
                .x_label = "training step",
                .columns = {},
                .y_label = "layer",
                .rows = {},
                .values = {},
                .value_label = "norm of the gradient",
                .scale = Scale::logarithmic,
                .range = norm_range(outcome)};
    for (std::size_t i = 0; i < evaluation_count(outcome); ++i)
      map.columns.push_back(static_cast<double>(step_of(outcome, i)));
    for (std::int64_t layer = layer_count(outcome); layer-- > 0;) {
      map.rows.push_back(std::to_string(layer + 1));
      std::vector<double>& row = map.values.emplace_back();
      for (const Point& point :
           curve(outcome, network, norm_of_layer(layer), Scale::logarithmic, "", network.colour).points)
        row.push_back(point.y);
    }
    figure.maps.push_back(std::move(map));
  }
  return figure;
}

LineFigure input_figure(const SettingOutcome& outcome) {
  LineFigure figure{{}, input_text(outcome)};
  // One range for both networks, so that their pictures can be compared.
  Range range{0, 0};
  for (const Network& network : networks) {
    LinePlot plot{.title = fmt::format("input of a last hidden unit, {}", network.name),
                  .x = steps_axis(outcome.setting),
                  .y = {.label = "input of the activation"},
                  .lines = {}};
    for (std::size_t i = 0; i < 3; ++i) {
      plot.lines.push_back(
          curve(outcome, network, percentile(i), Scale::linear, percentile_names[i], percentile_colours[i]));
      for (const Point& point : plot.lines.back().points)
        if (std::isfinite(point.y)) range = {std::min(range.low, point.y), std::max(range.high, point.y)};
    }
    figure.panels.push_back(std::move(plot));
  }
  if (range.low == range.high) range = {-1, 1};
  const double room = 0.05 * (range.high - range.low);
  for (LinePlot& plot : figure.panels) plot.y.range = Range{range.low - room, range.high + room};
  return figure;
}

}  // namespace xgrad::apps
