#include <apps/mnist/evaluate.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/config.hpp>
#include <apps/mnist/predict.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/synthetic.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

Config unusual_config() {
  Config config;
  config.hidden = {12, 34, 5};
  config.lr = 1.0 / 3;
  config.adam_eps = 1e-300;
  config.seed = 18446744073709551615U;
  return config;
}

}  // namespace

TEST_CASE("a configuration survives its text to the last bit") {
  const Config config = unusual_config();
  const Config read = from_metadata(to_metadata(config));
  CHECK(read.hidden == config.hidden);
  CHECK(read.lr == config.lr);
  CHECK(read.adam_eps == config.adam_eps);
  CHECK(read.seed == config.seed);
}

TEST_CASE("metadata that lacks a field or has no number there is refused") {
  Metadata metadata = to_metadata(Config());
  metadata["lr"] = "fast";
  CHECK_THROWS_WITH_AS(from_metadata(metadata), doctest::Contains("'fast' for lr"), Error);
  metadata.erase("lr");
  CHECK_THROWS_WITH_AS(from_metadata(metadata), doctest::Contains("lacks lr"), Error);
}

TEST_CASE("a resumed run keeps its configuration, and flags that contradict it are named") {
  const Config stored = unusual_config();
  CHECK(reconcile(stored, Config(), {"epochs"}).lr == stored.lr);
  CHECK(reconcile(stored, stored, {"lr", "hidden"}).hidden == stored.hidden);
  CHECK_THROWS_WITH_AS(reconcile(stored, Config(), {"hidden"}), doctest::Contains("--hidden 100,100 (it has 12,34,5)"),
                       Error);
}

TEST_CASE("the default model is 784-100-100-10 with batch norm before each ReLU") {
  const nn::Sequential model = make_model({});
  const std::vector<std::string> expected = {"Linear",      "BatchNorm1d", "ReLU",  "Linear",
                                             "BatchNorm1d", "ReLU",        "Linear"};
  std::vector<std::string> found;
  for (const auto& [name, module] : model.children()) found.push_back(module.type_name());
  CHECK(found == expected);
  CHECK(model.parameter_count() == 784 * 100 + 100 + 200 + 100 * 100 + 100 + 200 + 100 * 10 + 10);
}

TEST_CASE("an evaluation counts each image once") {
  nn::Sequential model = make_model({});
  model.eval();
  const Performance performance =
      evaluate(model, data::synthetic_digits(1030, 1));  // more than a batch, and no multiple
  CHECK(performance.images == 1030);
  std::int64_t all = 0, diagonal = 0;
  for (std::size_t label = 0; label < digits; ++label) {
    for (const std::int64_t count : performance.confusion[label]) all += count;
    diagonal += performance.confusion[label][label];
  }
  CHECK(all == 1030);
  CHECK(diagonal == performance.correct);
  CHECK(performance.loss > 0);
}

TEST_CASE("a confusion matrix marks labels that do not occur") {
  Performance performance;
  performance.confusion[3] = {0, 1, 0, 3, 0, 0, 0, 0, 0, 0};
  const Table table = confusion_table(performance);
  CHECK(table.rows()[3] ==
        std::vector<std::string>{"3", "·", "1", "·", "3", "·", "·", "·", "·", "·", "·", "4", "75.00 %"});
  CHECK(table.rows()[0].back() == "–");
}

TEST_CASE("a checkpoint holds what was put in it") {
  const Scratch scratch;
  nn::Sequential model = make_model({.hidden = {4}});
  optim::Adam adam(model.parameters());
  Position position{
      .epoch = 2, .step = 17, .loss_sum = full({}, 0.1), .history = {{0.1, 1.0 / 3, 0.9}, {0.2, 0.5, 0.95}}};
  save_checkpoint(scratch / "c", {.config = {.hidden = {4}},
                                  .images = 1234,
                                  .position = position,
                                  .model = nn::state_dict(model),
                                  .optimizer = adam.state()});
  const Checkpoint read = load_checkpoint(scratch / "c");
  CHECK(read.config.hidden == std::vector<std::int64_t>{4});
  CHECK(read.images == 1234);
  CHECK(read.position.epoch == 2);
  CHECK(read.position.step == 17);
  CHECK(read.position.loss_sum.item<float>() == 0.1F);
  REQUIRE(read.position.history.size() == 2);
  CHECK(read.position.history[0].loss == 1.0 / 3);
  CHECK(read.position.history[1].accuracy == 0.95);
  CHECK(read.optimizer.size() == adam.state().size());

  const Tensor x = ones({1, 784});
  model.eval();
  nn::Sequential loaded = load_model(scratch / "c");
  CHECK(loaded(x).to_vector<float>() == model(x).to_vector<float>());
}

TEST_CASE("a drawing shows two rows of pixels a line") {
  Sample sample{"s", std::vector<float>(784)};
  sample.pixels[0] = sample.pixels[28] = 1;  // the upper left corner
  const std::string text = drawing(sample);
  CHECK(text.front() == '@');
  CHECK(std::count(text.begin(), text.end(), '\n') == 14);
  CHECK(std::count(text.begin(), text.end(), '@') == 1);
}

TEST_CASE("each prediction is the likeliest digit") {
  nn::Sequential model = make_model({});
  model.eval();
  const data::Dataset images = data::synthetic_digits(3, 1);
  const Table table = predictions(model, {sample_of(images, 0), sample_of(images, 2)});
  REQUIRE(table.rows().size() == 2);
  CHECK(table.rows()[1][0] == fmt::format("test image 2 (a {})", images.label(2)));
  for (const auto& row : table.rows()) {
    const auto by_value = [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); };
    const auto likeliest = std::max_element(row.begin() + 2, row.end(), by_value);
    CHECK(row[2 + std::stoul(row[1])] == *likeliest);  // as printed: two may look alike
  }
}
