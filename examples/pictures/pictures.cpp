#include <examples/pictures/pictures.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include <fmt/format.h>

#include <apps/common/plot.hpp>
#include <data/toy.hpp>
#include <examples/digits.hpp>
#include <examples/energy_distance.hpp>
#include <examples/fine_tuning.hpp>
#include <examples/gan.hpp>
#include <examples/gpt.hpp>
#include <examples/hmc.hpp>
#include <examples/neural_ode.hpp>
#include <examples/policy_gradient.hpp>
#include <examples/vae.hpp>

namespace xgrad::examples {

namespace {

namespace fs = std::filesystem;
using apps::Align;
using apps::Box;
using apps::Canvas;
using apps::LinePlot;
using apps::Look;
using apps::Point;
using apps::Range;
using apps::Scale;
using apps::Weight;
namespace palette = apps::palette;

constexpr double height = 330;

/// Points of an (N, 2) tensor.
std::vector<Point> points_of(const Tensor& rows) {
  std::vector<Point> points;
  for (const Tensor& row : rows) points.push_back({row[0].item(), row[1].item()});
  return points;
}

/// Values over their places, which are `every` apart.
std::vector<Point> over_steps(const std::vector<double>& values, double first = 0, double every = 1) {
  std::vector<Point> points;
  for (const double value : values) points.push_back({first + every * static_cast<double>(points.size()), value});
  return points;
}

void heading(Canvas& canvas, Point at, std::string_view text) {
  canvas.text(at, text, {.size = 15, .weight = Weight::bold});
}

// ---------------------------------------------------------------------------------------------- vae

/// Rows of digits, (rows * 10, 784), as ink on paper.
void draw_digits(Canvas& canvas, Point at, const Tensor& images) {
  constexpr double side = 28, gap = 5;
  const Tensor paper = 1 - images;
  for (std::int64_t i = 0; i < paper.size(0); ++i) {
    const Point corner = {at.x + static_cast<double>(i % 10) * (side + gap),
                          at.y + static_cast<double>(i / 10) * (side + gap)};
    const std::vector<float> pixels = paper[i].to_vector<float>();
    canvas.image({corner.x, corner.y, side, side}, 28, 28, [&](int row, int column) {
      const double light = std::clamp(pixels[static_cast<std::size_t>(28 * row + column)], 0.0F, 1.0F);
      return apps::Colour{light, light, light};
    });
  }
}

void draw_vae(const fs::path& stem, bool brief) {
  const auto [train, test] = digits("", brief ? 2000 : 20000, 1000);
  const auto [vae, train_elbo, test_elbo] = train_vae(train, test, {.epochs = brief ? 2 : 30});
  const Tensor some = test.all().images[Slice{0, 10}], again = vae(some);
  manual_seed(1);
  const Tensor drawn = vae.sample(40);
  const LinePlot curves = {.title = "Bound on the log-likelihood of an image",
                           .x = {.label = "epoch"},
                           .y = {.label = "bound (ELBO), nats"},
                           .lines = {{"trained on", palette::grey, over_steps(train_elbo, 1)},
                                     {"others", palette::blue, over_steps(test_elbo, 1)}}};
  apps::save_drawing(stem, 870, height, [&](Canvas& canvas) {
    draw_line_plot(canvas, {0, 0, 490, height}, curves);
    heading(canvas, {510, 24}, "Digits");
    draw_digits(canvas, {510, 34}, some);
    heading(canvas, {510, 88}, "as they come back from 10 numbers");
    draw_digits(canvas, {510, 98}, again);
    heading(canvas, {510, 152}, "new ones, from noise");
    draw_digits(canvas, {510, 162}, drawn);
  });
}

// ---------------------------------------------------------------------------------------------- gan

LinePlot moons(const std::string& title, const Tensor& real, const Tensor& made) {
  return {.title = title,
          .x = {.label = "", .range = Range{-1.5, 2.5}},
          .y = {.label = "", .range = Range{-1.2, 1.7}},
          .lines = {{"real", palette::grey, points_of(real), {}, {}, Look::dots},
                    {"made", palette::blue, points_of(made), {}, {}, Look::dots}}};
}

void draw_gan(const fs::path& stem, bool brief) {
  const Tensor points = data::make_moons({.n_samples = 2000, .noise = 0.05, .seed = 1}).all().data;
  const Tensor others = data::make_moons({.n_samples = 2000, .noise = 0.05, .seed = 2}).all().data;
  const std::int64_t steps = brief ? 100 : 3000, early = brief ? 50 : 200;
  std::vector<Point> distances, slopes;
  Tensor first, last;
  train_gan(points, {.steps = steps, .report_every = 50}, [&](const GanProgress& now, const Gan& gan) {
    const Tensor made = gan.sample(2000);
    const double step = static_cast<double>(now.step);
    distances.push_back({step, energy_distance(made, others).item()});
    slopes.push_back({step, now.slope_norm});
    if (now.step == early) first = made;
    last = made;
  });
  const LinePlot curves = {
      .title = "Training",
      .x = {.label = "step of the generator"},
      .y = {.label = "", .range = Range{0, 1.2}},
      .lines = {{"energy distance", palette::blue, distances}, {"the critic's slope", palette::vermilion, slopes}}};
  apps::save_drawing(stem, 1000, height, [&](Canvas& canvas) {
    draw_line_plot(canvas, {-20, 0, 380, height}, curves);
    draw_line_plot(canvas, {325, 0, 360, height},
                   moons(fmt::format("After {} steps", early), others[Slice{0, 400}], first[Slice{0, 400}]));
    draw_line_plot(canvas, {640, 0, 360, height},
                   moons(fmt::format("After {} steps", steps), others[Slice{0, 400}], last[Slice{0, 400}]));
  });
}

// ---------------------------------------------------------------------------------------------- gpt

void draw_gpt(const fs::path& stem, bool brief) {
  const Numbers numbers = numbers_in_words(1);
  const std::vector<std::int64_t> lengths =
      brief ? std::vector<std::int64_t>{20} : std::vector<std::int64_t>{50, 200, 1500};
  std::vector<TrainedGpt> models;
  for (const std::int64_t steps : lengths)
    models.push_back(train_gpt(numbers.train, numbers.test, {.steps = steps, .report_every = 10}));

  std::vector<Point> train, test;
  for (const GptProgress& now : models.back().progress) {
    train.push_back({static_cast<double>(now.step), now.train_loss});
    test.push_back({static_cast<double>(now.step), now.test_loss});
  }
  const double end = static_cast<double>(lengths.back()), entropy = unigram_entropy(numbers.train);
  // All that cannot be known are the digits: which of 10,000 numbers a line is about.
  const double open = 9000 * std::log(10000) / static_cast<double>(numbers.train.size());
  const LinePlot curves = {.title = "Surprise at the next character",
                           .x = {.label = "step"},
                           .y = {.label = "cross entropy, nats", .range = Range{0, 3.6}},
                           .lines = {{"training", palette::grey, train},
                                     {"held out", palette::blue, test},
                                     {"frequencies", palette::green, {{0, entropy}, {end, entropy}}},
                                     {"digits unknown", palette::vermilion, {{0, open}, {end, open}}}}};
  apps::save_drawing(stem, 960, height, [&](Canvas& canvas) {
    draw_line_plot(canvas, {0, 0, 530, height}, curves);
    double top = 24;
    for (std::size_t i = 0; i < models.size(); ++i) {
      heading(canvas, {545, top}, fmt::format("After {} steps", lengths[i]));
      std::size_t line = 0;
      for (int shown = 0; shown < 3; ++shown) {
        const std::string question = numbers.test.substr(line, numbers.test.find(" is ", line) + 4 - line);
        std::string answer = continue_text(models[i], question, 50);
        if (answer.ends_with('\n')) answer.pop_back();
        canvas.text({545, top += 21}, answer);
        line = numbers.test.find('\n', line) + 1;
      }
      top += 38;
    }
  });
}

// ---------------------------------------------------------------------------------------------- policy gradient

void draw_policy_gradient(const fs::path& stem, bool brief) {
  LinePlot plot = {.title = "Steps that a pole stays up, mean of 16 episodes, for five seeds",
                   .x = {.label = "update"},
                   .y = {.label = "steps, at most 500", .range = Range{0, 520}},
                   .lines = {}};
  for (const bool baseline : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto trained = train_policy({.updates = brief ? 5 : 80, .baseline = baseline, .seed = seed});
      const std::string name = seed > 1 ? "" : baseline ? "with a baseline" : "without one";
      plot.lines.push_back({name, baseline ? palette::blue : palette::vermilion, over_steps(trained.lengths)});
    }
  }
  apps::save_drawing(stem, 640, height, [&](Canvas& canvas) { draw_line_plot(canvas, {0, 0, 640, height}, plot); });
}

// ---------------------------------------------------------------------------------------------- neural ode

void draw_neural_ode(const fs::path& stem, bool brief) {
  const NeuralOdeOptions options = {.steps = brief ? 50 : 2000}, few_steps = {.steps = brief ? 20 : 200};
  const Tensor observed = observe_pendulum(options), start = tensor({1.8, 0});
  const auto solve = [&](const Dynamics& f) { return solve_ode(f, start, 0.025, 480); };
  const auto angles = [](const Tensor& states, std::int64_t every) {
    return over_steps(states[{Slice{.step = every}, 0}].to_vector<double>(), 0, 0.025 * static_cast<double>(every));
  };
  const Tensor expected = solve(pendulum(4, 0.3)), early = solve(train_ode(observed, few_steps).network);
  const Tensor late = solve(train_ode(observed, options).network);

  const Tensor seen = reshape(observed[{Slice{}, Slice{0, 8}}], {-1, 2});
  const LinePlot plane = {.title = "Speed over angle",
                          .x = {.label = "angle, rad"},
                          .y = {.label = "angular velocity, rad/s"},
                          .lines = {{"observed", palette::grey, points_of(seen), {}, {}, Look::dots},
                                    {"the network, from another start", palette::blue, points_of(late)}}};
  const double end = options.interval * static_cast<double>(options.observations - 1);
  const LinePlot time = {
      .title = "Angle over time, from that start",
      .x = {.label = "seconds"},
      .y = {.label = "angle, rad"},
      .lines = {{fmt::format("after {} steps", few_steps.steps), palette::vermilion, angles(early, 1)},
                {fmt::format("after {}", options.steps), palette::blue, angles(late, 1)},
                {"the pendulum", {0, 0, 0}, angles(expected, 8), {}, {}, Look::dots}},
      .marks = {{end, "observations end", palette::grey}}};
  apps::save_drawing(stem, 920, height, [&](Canvas& canvas) {
    draw_line_plot(canvas, {0, 0, 460, height}, plane);
    draw_line_plot(canvas, {450, 0, 470, height}, time);
  });
}

// ---------------------------------------------------------------------------------------------- hmc

void draw_hmc(const fs::path& stem, bool brief) {
  constexpr double width = 2, bend = 0.25;
  const LogDensity log_density = banana(width, bend);
  const HmcOptions options = {.samples = brief ? 50 : 5000};
  const HmcResult found = hmc(log_density, 2, options);

  LinePlot plane = {.title = "A bent Gaussian",
                    .x = {.label = "x", .range = Range{-7, 7}},
                    .y = {.label = "y", .range = Range{-4.5, 9}},
                    .lines = {{"samples",
                               palette::grey,
                               points_of(reshape(found.samples[Slice{.start = -10}], {-1, 2})),
                               {},
                               {},
                               Look::dots}}};
  for (const int deviations : {1, 2, 3}) {
    std::vector<Point> level;
    for (int i = 0; i <= 100; ++i) {
      const double angle = 2 * std::numbers::pi * i / 100, x = width * deviations * std::cos(angle);
      level.push_back({x, bend * (x * x - width * width) + deviations * std::sin(angle)});
    }
    plane.lines.push_back({deviations == 1 ? "1, 2, 3 deviations" : "", palette::green, level});
  }
  manual_seed(4);
  Motion at = {tensor({{-3, 1}}, float64), tensor({{1.2, -1}}, float64)};
  std::vector<Point> path = points_of(at.x);
  for (int i = 0; i < 100; ++i) {
    at = leapfrog(log_density, at, 0.05, 1);
    path.push_back(points_of(at.x)[0]);
  }
  plane.lines.push_back({"a move", palette::vermilion, path});

  // The error of the mean of all chains' samples so far.
  const Tensor so_far = cumsum(mean(found.samples, 1), 0) / expand_dims(arange(1, options.samples + 1).to(float64), 1);
  const Tensor error = sqrt(mean(square(so_far), 1));
  std::vector<Point> errors, bound;
  for (double n = 1; n <= static_cast<double>(options.samples); n *= 1.15) {
    const auto i = static_cast<std::int64_t>(n);
    errors.push_back({static_cast<double>(i), error[i - 1].item()});
    // Of independent samples: the mean of variances 4 and 3 over their number.
    bound.push_back({static_cast<double>(i), std::sqrt(3.5 / static_cast<double>(64 * i))});
  }
  const LinePlot convergence = {
      .title = "Error of the mean",
      .x = {.label = "samples of each of 64 chains", .scale = Scale::logarithmic},
      .y = {.label = "root mean square", .scale = Scale::logarithmic},
      .lines = {{"found", palette::blue, errors}, {"of independent samples", palette::grey, bound}}};
  apps::save_drawing(stem, 920, height, [&](Canvas& canvas) {
    draw_line_plot(canvas, {0, 0, 490, height}, plane);
    draw_line_plot(canvas, {480, 0, 440, height}, convergence);
  });
}

// ---------------------------------------------------------------------------------------------- fine-tuning

void draw_fine_tuning(const fs::path& stem, bool brief) {
  const auto [train, test] = digits("", brief ? 2000 : 20000, brief ? 500 : 4000);
  const Classifier pretrained = pretrain(digits_between(train, 0, 4));
  const Images others = digits_between(test, 5, 9);
  const int repeats = brief ? 1 : 3;
  std::vector<Point> scratch, head, tuned;
  for (const int count : brief ? std::vector{5} : std::vector{2, 5, 10, 20, 50}) {
    Accuracies mean;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const Images many = digits_between(train.subset(repeat * train.size() / repeats, train.size()), 5, 9);
      const Accuracies reached = fine_tune(pretrained, few_of_each(many, 5, count), others);
      mean.from_scratch += reached.from_scratch / repeats;
      mean.head_only += reached.head_only / repeats;
      mean.fine_tuned += reached.fine_tuned / repeats;
    }
    scratch.push_back({static_cast<double>(count), mean.from_scratch});
    head.push_back({static_cast<double>(count), mean.head_only});
    tuned.push_back({static_cast<double>(count), mean.fine_tuned});
  }
  const LinePlot plot = {.title = "Digits 5 to 9, after many of 0 to 4",
                         .x = {.label = "images of each digit", .range = Range{1.5, 70}, .scale = Scale::logarithmic},
                         .y = {.label = "accuracy on others", .range = Range{0.6, 1}},
                         .lines = {{"from scratch", palette::vermilion, scratch},
                                   {"a new head", palette::green, head},
                                   {"the head, then all of it", palette::blue, tuned}},
                         .markers = apps::Markers::dots};
  apps::save_drawing(stem, 640, height, [&](Canvas& canvas) { draw_line_plot(canvas, {0, 0, 640, height}, plot); });
}

}  // namespace

std::vector<std::pair<std::string, DrawPicture>> pictures() {
  return {{"vae", draw_vae},
          {"gan", draw_gan},
          {"gpt", draw_gpt},
          {"policy-gradient", draw_policy_gradient},
          {"neural-ode", draw_neural_ode},
          {"hmc", draw_hmc},
          {"fine-tuning", draw_fine_tuning}};
}

}  // namespace xgrad::examples
