#include <apps/batchnorm_study/study.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <apps/batchnorm_study/figures.hpp>
#include <apps/batchnorm_study/learner.hpp>
#include <apps/batchnorm_study/report.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <data/synthetic.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

std::vector<std::string> names(const std::vector<Setting>& settings) {
  std::vector<std::string> result;
  for (const Setting& setting : settings) result.push_back(setting.name);
  return result;
}

using Names = std::vector<std::string>;

SettingOutcome study_of(std::vector<Outcome> runs) {
  const Setting setting = runs.front().setting;
  return {setting, std::move(runs)};
}

Setting small_setting() {
  Setting setting = all_settings().front();
  setting.steps = 25;
  setting.layers = 3;
  setting.units = 8;
  setting.batch = 20;
  setting.eval_every = 10;
  return setting;
}

}  // namespace

TEST_CASE("settings are chosen by number, by name, or all, each once") {
  CHECK(names(select_settings({"3", "tanh-good", "3"}, {})) == Names{"tanh-bad-lr1", "tanh-good"});
  CHECK(names(select_settings({"all"}, {})) == names(all_settings()));
  CHECK_THROWS_WITH_AS(select_settings({"1", "7"}, {}), doctest::Contains("there is no setting '7'"), Error);
}

TEST_CASE("overrides replace what they name and nothing else") {
  const Setting setting = select_settings({"4"}, {.lr = 0.5, .steps = 7}).front();
  CHECK(setting.lr == 0.5);
  CHECK(setting.steps == 7);
  CHECK(setting.init_std == all_settings()[3].init_std);
  CHECK(setting.activation == Activation::relu);
  CHECK(setting.title() == "relu, learning rate 0.5, weights N(0, 0.1²)");
}

TEST_CASE("the study's networks are as described") {
  const Setting setting = all_settings().front();
  const std::vector<Tensor> weights = initial_weights(setting, 1);
  const nn::Sequential plain = make_network(setting, weights, Normalization::none);
  const nn::Sequential normalized = make_network(setting, weights, Normalization::batch);
  const std::int64_t weight_count = 784 * 100 + 8 * 100 * 100 + 100 * 10;
  const std::int64_t unit_count = 9 * 100 + 10;
  CHECK(plain.parameter_count() == weight_count + unit_count);           // biases
  CHECK(normalized.parameter_count() == weight_count + 2 * unit_count);  // batch norm's weights and biases
  CHECK(plain.children().size() == 10 + 9);
  CHECK(normalized.children().size() == 10 + 10 + 9);
  CHECK(normalized.children().back().second.type_name() == "BatchNorm1d");
  CHECK(normalized.children()[2].second.type_name() == "Tanh");
}

TEST_CASE("both networks start from the same weights, and the plain one from biases of zero") {
  const Setting setting = small_setting();
  const std::vector<Tensor> weights = initial_weights(setting, 7);
  const nn::NamedParameters plain = make_network(setting, weights, Normalization::none).named_parameters();
  const nn::NamedParameters normalized = make_network(setting, weights, Normalization::batch).named_parameters();
  CHECK(plain[0].first == "0.weight");
  CHECK(plain[0].second.value().same_as(normalized[0].second.value()));
  CHECK(plain[1].first == "0.bias");
  CHECK(max(abs(plain[1].second)).item() == 0);
  CHECK(plain.back().second.shape() == Shape{10});
}

TEST_CASE("initial weights have the standard deviation asked for, and their seed's values") {
  Setting setting = all_settings().front();
  setting.init_std = 0.5;
  const Tensor weights = initial_weights(setting, 3)[0];
  CHECK(xgrad::std(weights).item() ==
        doctest::Approx(0.5).epsilon(0.02));  // 78,400 draws: 0.25 % is one standard error
  CHECK(mean(weights).item() == doctest::Approx(0).epsilon(0.02));
  CHECK(min(equal(weights, initial_weights(setting, 3)[0])).item<bool>());
  CHECK_FALSE(min(equal(weights, initial_weights(setting, 4)[0])).item<bool>());
}

TEST_CASE("evaluating changes nothing in a network and leaves it training") {
  const Setting setting = small_setting();
  Learner learner(setting, initial_weights(setting, 1), Normalization::batch);
  const data::Batch images = data::synthetic_digits(20, 1).all();
  learner.accuracy(images);
  CHECK(learner.network().is_training());
  for (const auto& buffer : learner.network().named_buffers())
    if (buffer.first.ends_with("num_batches_tracked"))
      CHECK_MESSAGE(buffer.second.value().item<int>() == 0, buffer.first);
}

TEST_CASE("running statistics follow TensorFlow 1: decay 0.99, biased variance") {
  const Setting setting = small_setting();
  const std::vector<Tensor> weights = initial_weights(setting, 1);
  Learner learner(setting, weights, Normalization::batch);
  const data::Batch images = data::synthetic_digits(20, 1).all();
  learner.train(images);
  const Tensor first_layer = matmul(images.images, weights[0].T());
  for (const auto& [name, buffer] : learner.network().named_buffers()) {
    const auto expect = [&values = buffer](const Tensor& expected) {
      for (std::size_t i = 0; i < 8; ++i)
        CHECK(values.value().to_vector<float>()[i] == doctest::Approx(expected.to_vector<float>()[i]).epsilon(1e-5));
    };
    if (name == "1.running_mean") expect(0.01 * mean(first_layer, 0));
    if (name == "1.running_var") expect(0.99 + 0.01 * var(first_layer, 0, {.correction = 0}));
  }
}

TEST_CASE("evaluations come after the first step and then at every interval") {
  std::vector<std::int64_t> steps;
  const Outcome outcome = run_setting(small_setting(), data::synthetic_splits(1, {100, 50, 0}), 1,
                                      [&](const Evaluation& evaluation, const Outcome& so_far) {
                                        steps.push_back(evaluation.step);
                                        CHECK(so_far.evaluations.back().step == evaluation.step);
                                      });
  CHECK(steps == std::vector<std::int64_t>{1, 11, 21});
  CHECK(outcome.evaluations.size() == 3);
  CHECK(outcome.steps_done == 25);
  CHECK(outcome.evaluations[0].plain.loss > 0);
}

TEST_CASE("evaluating leaves no trace in training, nor in later evaluations") {
  const data::Splits splits = data::synthetic_splits(1, {100, 50, 0});
  Setting often = small_setting();
  often.eval_every = 1;
  const Outcome rare = run_setting(small_setting(), splits, 1, [](const Evaluation&, const Outcome&) {});
  const Outcome frequent = run_setting(often, splits, 1, [](const Evaluation&, const Outcome&) {});
  for (const Evaluation& evaluation : rare.evaluations) {
    const Evaluation& same_step = frequent.evaluations[static_cast<std::size_t>(evaluation.step - 1)];
    CHECK(evaluation.plain.loss == same_step.plain.loss);
    CHECK(evaluation.normalized.loss == same_step.normalized.loss);
    CHECK(evaluation.normalized.accuracy == same_step.normalized.accuracy);
  }
}

TEST_CASE("a training set smaller than a batch is refused") {
  CHECK_THROWS_WITH_AS(
      run_setting(small_setting(), data::synthetic_splits(1, {10, 10, 0}), 1, [](const Evaluation&, const Outcome&) {}),
      doctest::Contains("batches of 20 out of 10"), Error);
}

TEST_CASE("the paper's networks normalize hidden layers only, and its inputs' percentiles are those of a unit") {
  Setting setting = select_settings({"paper"}, {.units = 4}).front();
  CHECK(setting.layers == 4);
  CHECK(setting.steps == 50'000);
  const std::vector<Tensor> weights = initial_weights(setting, 1);
  const nn::Sequential network = make_network(setting, weights, Normalization::batch);
  std::string kinds;
  for (std::size_t i = 0; i < network.size(); ++i) kinds += network[i].type_name() + " ";
  CHECK(kinds == "Linear BatchNorm1d Sigmoid Linear BatchNorm1d Sigmoid Linear BatchNorm1d Sigmoid Linear ");
  CHECK(network.named_parameters().back().first == "9.bias");

  Generator generator(2);
  const data::Batch images{rand({21, 784}, float32, generator), zeros({21}, int64)};
  for (const Normalization normalization : {Normalization::none, Normalization::batch}) {
    Learner learner(setting, weights, normalization);
    learner.train(images);
    const std::array<double, 3> found = learner.input_percentiles(images);
    // By hand, in eval mode: sort, and go 0.15, 0.5 and 0.85 of the way along 21 numbers.
    nn::Sequential copy = learner.network();
    copy.eval();
    Tensor x = images.images;
    const std::size_t behind = copy.size() - 2;
    for (std::size_t i = 0; i < behind; ++i) x = copy[i](x);
    std::vector<float> column;
    for (std::int64_t i = 0; i < 21; ++i) column.push_back(x[i][0].item<float>());
    copy.train();
    std::ranges::sort(column);
    CHECK(found[0] == doctest::Approx(column[3]));
    CHECK(found[1] == doctest::Approx(column[10]));
    CHECK(found[2] == doctest::Approx(column[17]));
  }
  CHECK_FALSE(select_settings({"paper"}, {.layers = 1}).front().watches_inputs);
  setting.layers = 1;
  Learner flat(setting, initial_weights(setting, 1), Normalization::batch);
  CHECK_THROWS_WITH_AS(flat.input_percentiles(images), doctest::Contains("no hidden layer"), Error);
}

TEST_CASE("the summary shows step 601, half-way, and the mean of the last five evaluations") {
  Outcome outcome{.setting = all_settings().front(), .evaluations = {}, .steps_done = 2000, .seconds = 1.25};
  for (std::int64_t step = 1; step <= 2000; step += 60) {
    const double accuracy = static_cast<double>(step) / 10000;
    outcome.evaluations.push_back({step, {1, accuracy}, {1, accuracy + 0.5}});
  }
  CHECK(summary({study_of({outcome})}).rows().front() ==
        Names{"tanh-good", "2000", "0.060", "0.102", "0.186", "0.560", "0.602", "0.686", "1.2 s"});
}

TEST_CASE("the summary of a run cut short leaves out what it has not reached") {
  Outcome outcome{.setting = all_settings().front(), .evaluations = {{1, {1, 0.25}, {1, 0.75}}}, .steps_done = 30};
  CHECK(summary({study_of({outcome})}).rows().front() ==
        Names{"tanh-good", "30", "–", "–", "0.250", "–", "–", "0.750", "0.0 s"});
}

namespace {

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// 25 steps, of which the plain network is lost from `step` on.
Outcome diverged_at(std::int64_t step) {
  const double nan = std::nan("");
  Outcome outcome{.setting = small_setting(), .evaluations = {}, .plain_diverged_at = step, .steps_done = 25};
  for (std::int64_t at = 1; at <= 21; at += 10) {
    Evaluation evaluation{at, {1, 0.25}, {1, 0.75}};
    if (at >= step) evaluation.plain = {nan, nan, step};
    outcome.evaluations.push_back(evaluation);
  }
  return outcome;
}

}  // namespace

TEST_CASE("a network that diverges has no accuracy from that step on") {
  Setting setting = small_setting();
  setting.activation = Activation::relu;
  setting.lr = 1e30;
  setting.eval_every = 3;
  const data::Splits splits = data::synthetic_splits(1, {100, 50, 0});
  const Outcome outcome = run_setting(setting, splits, 1, [](const Evaluation&, const Outcome&) {});
  REQUIRE(outcome.plain_diverged_at);
  const std::int64_t step = *outcome.plain_diverged_at;
  CHECK(step > 0);
  CHECK(step <= 3);
  std::size_t lost = 0;
  for (const Evaluation& evaluation : outcome.evaluations) {
    CHECK(std::isfinite(evaluation.plain.loss) == (evaluation.step < step));
    if (evaluation.step >= step) CHECK(std::isnan(evaluation.plain.accuracy));
    CHECK(evaluation.plain.diverged_at == (evaluation.step >= step ? std::optional(step) : std::nullopt));
    lost += evaluation.plain.diverged_at ? 1 : 0;
  }
  CHECK(lost > 5);
}

TEST_CASE("where evaluations stand does not decide at which step a network diverges") {
  Setting setting = small_setting();
  setting.activation = Activation::relu;
  setting.init_std = 1e6;
  setting.layers = 8;
  const data::Splits splits = data::synthetic_splits(1, {100, 50, 0});
  setting.eval_every = 1000;
  const Outcome rare = run_setting(setting, splits, 1, [](const Evaluation&, const Outcome&) {});
  REQUIRE(rare.plain_diverged_at);
  setting.eval_every = 7;
  CHECK(run_setting(setting, splits, 1, [](const Evaluation&, const Outcome&) {}).plain_diverged_at ==
        rare.plain_diverged_at);
}

TEST_CASE("an accuracy of outputs that are not finite is none") {
  const Setting setting = small_setting();
  const data::Batch images = data::synthetic_digits(20, 1).all();
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    std::vector<Tensor> weights = initial_weights(setting, 1);
    weights.back() = full(weights.back().shape(), value);
    for (const Normalization normalization : {Normalization::none, Normalization::batch}) {
      Learner learner(setting, weights, normalization);
      CHECK(std::isnan(learner.accuracy(images)));
      CHECK(learner.network().is_training());
    }
  }
}

TEST_CASE("table, curves, picture and report say where a network diverged") {
  const Scratch scratch;
  const Outcome outcome = diverged_at(7);
  CHECK(summary({study_of({outcome})}).rows().front() ==
        Names{"tanh-good", "25", "–", "diverged", "diverged at step 7", "–", "0.750", "0.750", "0.0 s"});
  CHECK(divergences(std::vector{study_of({outcome})}).starts_with("tanh-good: plain diverged at step 7."));

  {
    Curves curves(scratch / "", {outcome.setting});
    for (const Evaluation& evaluation : outcome.evaluations) curves.add(evaluation, outcome);
  }
  const std::string curves = contents(scratch / "curves.csv");
  CHECK(
      curves.starts_with("setting,seed,step,plain_loss,bn_loss,plain_accuracy,bn_accuracy,plain_diverged_at,"
                         "bn_diverged_at\ntanh-good,0,1,1,1,0.25,0.75,,\ntanh-good,0,11,nan,1,nan,0.75,7,\n"));

  save_report(scratch / "", {study_of({outcome})}, {.data = "d", .seeds = {1}, .configuration = "[study]"});
  const std::string report = contents(scratch / "report.html");
  CHECK(count(report, "diverged at step 7") >= 4);  // table, paragraphs, marks
  save_plots(scratch / "", study_of({outcome}));
  const std::string with_mark = contents(scratch / "accuracy-tanh-good.svg");
  CHECK(with_mark.find("nan") == std::string::npos);
  Outcome unmarked = outcome;
  unmarked.plain_diverged_at.reset();
  save_plots(scratch / "", study_of({unmarked}));
  // The mark's line.
  CHECK(count(with_mark, "<path") > count(contents(scratch / "accuracy-tanh-good.svg"), "<path"));
}

TEST_CASE("several seeds give mean and sample standard deviation, of those that have not diverged") {
  CHECK(spread_of({1, 2, 4}).mean == doctest::Approx(7.0 / 3));
  CHECK(spread_of({1, 2, 4}).std == doctest::Approx(std::sqrt(7.0 / 3)));
  CHECK(spread_of({3, std::nan("")}).count == 1);
  CHECK(std::isnan(spread_of({}).mean));

  Outcome first = diverged_at(7), second = diverged_at(100), third = diverged_at(100);
  second.plain_diverged_at.reset();
  third.plain_diverged_at.reset();
  for (Evaluation& evaluation : third.evaluations) evaluation.plain.accuracy = evaluation.normalized.accuracy = 0.5;
  const SettingOutcome study = study_of({first, second, third});
  CHECK(standing_at_end(study, networks[0]).text() == "0.375 ± 0.177 (1 of 3 diverged)");
  CHECK(standing_at_end(study, networks[1]).text() == "0.667 ± 0.144");
  CHECK(standing_at(study, networks[0], 1).text() == "0.333 ± 0.144");
  CHECK(divergences(study) == Names{"plain diverged at step 7 with 1 of 3 seeds"});

  // Curves are the mean, bands reach a standard deviation to both sides.
  const LinePlot accuracy = learning_figure(study).panels.front();
  CHECK(accuracy.lines[1].points[0].y == doctest::Approx(2.0 / 3));
  CHECK(accuracy.lines[1].band[0].high - accuracy.lines[1].band[0].low == doctest::Approx(2 * std::sqrt(1.0 / 48)));
  CHECK(learning_figure(study_of({first})).panels.front().lines[0].band.empty());
}

TEST_CASE("gradients' norms are those of each layer's weights, and measuring them changes nothing") {
  const Setting setting = small_setting();
  const std::vector<Tensor> weights = initial_weights(setting, 1);
  const data::Batch images = data::synthetic_digits(20, 1).all();
  for (const Normalization normalization : {Normalization::none, Normalization::batch}) {
    Learner measured(setting, weights, normalization), other(setting, weights, normalization);
    nn::Sequential network = make_network(setting, weights, normalization);
    Tape tape;
    const std::vector<Tensor> gradients =
        tape.gradient(nn::cross_entropy(network(images.images), images.labels), network.parameters());
    const Learner::Step step = measured.train_and_measure(images);
    REQUIRE(step.gradient_norms.shape() == Shape{3});
    std::size_t layer = 0;
    for (const Tensor& gradient : gradients) {
      if (gradient.rank() != 2) continue;
      CHECK(step.gradient_norms.to_vector<float>()[layer++] == doctest::Approx(sqrt(sum(square(gradient))).item()));
    }
    other.train(images);
    for (int i = 0; i < 5; ++i) CHECK(measured.train(images).item() == other.train(images).item());
  }
}

TEST_CASE("the figures' texts are of the run's own numbers") {
  const data::Splits splits = data::synthetic_splits(1, {100, 50, 0});
  const Outcome outcome = run_setting(small_setting(), splits, 1, [](const Evaluation&, const Outcome&) {});
  const SettingOutcome study = study_of({outcome});
  double sum = 0;
  for (const Evaluation& evaluation : outcome.evaluations) sum += evaluation.normalized.accuracy;
  const std::string expected =
      fmt::format("The batch-normalized network gets {:.1f} % of the validation images right", 100 * sum / 3);
  CHECK_MESSAGE(learning_figure(study).text.find(expected) != std::string::npos, learning_figure(study).text);
  const auto& norms = outcome.evaluations.front().plain.gradient_norms;
  const std::string ratio = fmt::format("{:.2g} times that of the last one in the plain network", norms[0] / norms[2]);
  CHECK_MESSAGE(gradient_figure(study).text.find(ratio) != std::string::npos, gradient_figure(study).text);
  const HeatFigure map = gradient_map(study);
  CHECK(map.maps[0].rows == Names{"3", "2", "1"});
  CHECK(map.maps[0].values[2][0] == doctest::Approx(norms[0]));
  CHECK(map.maps[0].columns == std::vector<double>{1, 11, 21});
}

TEST_CASE("a network that diverged after the last evaluation is said to have") {
  Outcome outcome = diverged_at(24);
  CHECK(summary({study_of({outcome})}).rows().front()[3] == "0.250");
  CHECK(summary({study_of({outcome})}).rows().front()[4] == "diverged at step 24");
}

TEST_CASE("a study without divergences says nothing of them") {
  Outcome outcome = diverged_at(100);
  outcome.plain_diverged_at.reset();
  CHECK(divergences(std::vector{study_of({outcome})}) == "");
}

TEST_CASE("a setting of more weights than memory has room for is refused") {
  Setting setting = small_setting();
  setting.layers = 1000;
  setting.units = 10000;
  CHECK_THROWS_WITH_AS(check(setting), doctest::Contains("expected at most 100000000"), Error);
  for (const Setting& one : all_settings()) CHECK_NOTHROW(check(one));
}
