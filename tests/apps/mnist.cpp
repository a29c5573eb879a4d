#include <apps/mnist/evaluate.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <apps/mnist/augment.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/config.hpp>
#include <apps/mnist/predict.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/synthetic.hpp>

#include "png.hpp"
#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

Config unusual_config() {
  Config config;
  config.hidden = {12, 34, 5};
  config.lr = 1.0 / 3;
  config.adam_eps = 1e-30;
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
  Metadata former = to_metadata(Config());  // of a version that knew float32 only
  former.erase("dtype");
  CHECK(from_metadata(former).dtype == "float32");
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
                                  .fingerprint = 18446744073709551615U,
                                  .synthetic = data::SplitSizes{1234, 5, 6},
                                  .position = position,
                                  .model = nn::state_dict(model),
                                  .optimizer = adam.state()});
  const Checkpoint read = load_checkpoint(scratch / "c");
  CHECK(read.config.hidden == std::vector<std::int64_t>{4});
  CHECK(read.images == 1234);
  CHECK(read.fingerprint == 18446744073709551615U);
  REQUIRE(read.synthetic);
  CHECK(read.synthetic->validation == 5);
  CHECK(read.synthetic->test == 6);
  CHECK(read.position.epoch == 2);
  CHECK(read.position.step == 17);
  CHECK(read.position.loss_sum.item<float>() == 0.1F);
  REQUIRE(read.position.history.size() == 2);
  CHECK(read.position.history[0].loss == 1.0 / 3);
  CHECK(read.position.history[1].accuracy == 0.95);
  CHECK(read.optimizer.size() == adam.state().size());

  const Tensor x = ones({1, 784});
  model.eval();
  nn::Sequential loaded = load_model(read);
  CHECK(loaded(x).to_vector<float>() == model(x).to_vector<float>());
}

namespace {

/// A checkpoint that could be one of a run, of a small model.
Checkpoint small_checkpoint() {
  nn::Sequential model = make_model({.hidden = {3}, .batch = 10});
  optim::Adam adam(model.parameters());
  std::vector<Tensor> gradients;
  for (const nn::Parameter& parameter : model.parameters()) gradients.push_back(zeros(parameter.shape()));
  adam.step(gradients);
  return {.config = {.hidden = {3}, .batch = 10},
          .images = 55,
          .position = {.epoch = 1, .step = 2, .history = {{0.1, 0.5, 0.9}}},
          .model = nn::state_dict(model),
          .optimizer = adam.state()};
}

}  // namespace

TEST_CASE("an epoch has no batch of one image, and loses no more than that") {
  for (std::int64_t images = 2; images < 40; ++images) {
    for (std::int64_t batch = 2; batch < 50; ++batch) {
      const std::int64_t left_over = images % batch;
      CHECK(batches(images, batch) == (images - left_over) / batch + (left_over > 1 ? 1 : 0));
    }
  }
}

TEST_CASE("a checkpoint with a value that is not finite is refused, whichever value it is") {
  const Scratch scratch;
  const Checkpoint good = small_checkpoint();
  save_checkpoint(scratch / "c", good);
  CHECK_NOTHROW(load_checkpoint(scratch / "c"));
  const auto spoilt = [](const NamedTensors& tensors, std::size_t i, double value) {
    NamedTensors result = tensors;
    result[i].second = full(tensors[i].second.shape(), value, tensors[i].second.dtype());
    return result;
  };
  std::size_t tried = 0;
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    for (NamedTensors Checkpoint::*part : {&Checkpoint::model, &Checkpoint::optimizer}) {
      for (std::size_t i = 0; i < (good.*part).size(); ++i) {
        const auto& [name, tensor] = (good.*part)[i];
        if (tensor.dtype() != float32) continue;
        Checkpoint bad = good;
        bad.*part = spoilt(good.*part, i, value);
        save_checkpoint(scratch / "c", bad);
        CHECK_THROWS_WITH_AS(load_checkpoint(scratch / "c"), doctest::Contains("not finite"), Error);
        ++tried;
      }
    }
  }
  CHECK(tried > 20);
}

TEST_CASE("a checkpoint that is further than its run can be is refused") {
  const Scratch scratch;
  const auto refused = [&](Position position, std::int64_t images, const char* text) {
    Checkpoint checkpoint = small_checkpoint();
    checkpoint.position = std::move(position);
    checkpoint.images = images;
    save_checkpoint(scratch / "c", checkpoint);
    CHECK_THROWS_WITH_AS(load_checkpoint(scratch / "c"), doctest::Contains(text), Error);
  };
  for (const std::int64_t step : {std::int64_t{6}, std::int64_t{7}, std::int64_t{1} << 62})
    refused({.epoch = 0, .step = step}, 55, "of an epoch of 6");
  refused({.epoch = 0, .step = 5}, 51, "of an epoch of 5");  // the last image is left out
  refused({.epoch = 2, .step = 0, .history = {{0.1, 0.5, 0.9}}}, 55, "it is at epoch 2, and has the history of 1");
  refused({.epoch = std::int64_t{1} << 62, .step = 0}, 55, "has the history of 0");
}

TEST_CASE("a configuration that no run can have is refused, by flag and in a checkpoint alike") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  std::vector<Config> bad;
  const auto add = [&](auto Config::*field, auto value) { (bad.emplace_back().*field) = value; };
  for (const double value : {-1.0, 0.0, 1e300, nan, infinity}) {
    for (double Config::*field : {&Config::lr, &Config::lr_decay, &Config::adam_eps, &Config::bn_eps})
      add(field, value);
    if (value != 0) add(&Config::weight_decay, value);
  }
  for (const double value : {-0.1, 1.0, nan, infinity})
    for (double Config::*field : {&Config::beta1, &Config::beta2, &Config::bn_momentum}) add(field, value);
  for (const std::int64_t value : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 62})
    add(&Config::batch, value);
  for (const double value : {-0.1, 1.0, nan, infinity})
    for (double Config::*field : {&Config::dropout, &Config::label_smoothing, &Config::ema}) add(field, value);
  add(&Config::cycle_epochs, std::int64_t{-1});
  for (std::string Config::*field : {&Config::model, &Config::dtype, &Config::schedule, &Config::augment})
    add(field, std::string("other"));
  for (const std::vector<std::int64_t>& hidden : std::vector<std::vector<std::int64_t>>{
           {}, {0}, {-1}, {1, 0}, {std::int64_t{1} << 62}, {100000, 100000}, std::vector<std::int64_t>(101, 1)})
    add(&Config::hidden, hidden);
  for (const Config& config : bad) {
    CHECK_THROWS_WITH_AS(check("train", config), doctest::Contains("expected"), Error);
    CHECK_THROWS_AS(from_metadata(to_metadata(config)), Error);
  }
  CHECK_NOTHROW(check("train", Config()));
  CHECK_NOTHROW(check("train", unusual_config()));
}

TEST_CASE("models take rows of pixels and give ten scores, with the parameters that they are known for") {
  const std::map<std::string, std::int64_t> sizes = {
      {"mlp", 784 * 100 + 100 + 100 * 100 + 100 + 4 * 100 + 100 * 10 + 10},
      {"lenet", 61706},
      {"cnn", 25 * 32 + 9 * 32 * 64 + 9 * 64 * 64 + 64 * 49 * 128 + 2 * (32 + 64 + 64 + 128) + 128 * 10 + 10},
      {"resnet", 9 * 16 + 9 * 16 * 16 * 2 + 9 * 16 * 32 + 9 * 32 * 32 + 16 * 32 + 9 * 32 * 64 + 9 * 64 * 64 + 32 * 64 +
                     2 * (16 * 3 + 32 * 3 + 64 * 3) + 64 * 10 + 10}};
  CHECK(model_names().size() == sizes.size());
  for (const std::string& name : model_names()) {
    CAPTURE(name);
    const nn::Sequential model = make_model({.model = name});
    CHECK(model(zeros({3, 784})).shape() == Shape{3, 10});
    std::int64_t count = 0;
    for (const nn::Parameter& parameter : model.parameters()) count += parameter.value().size();
    CHECK(count == sizes.at(name));
    const nn::Sequential dropping = make_model({.model = name, .dropout = 0.5});
    CHECK(dropping.size() > model.size());
    CHECK(architecture({.model = name}) == (name == "mlp" ? "784-100-100-10" : name));
  }
  CHECK_THROWS_WITH_AS(make_model({.model = "vgg"}), doctest::Contains("expected one of mlp, lenet, cnn"), Error);
}

TEST_CASE("a residual block adds its input, through a convolution where shapes differ") {
  const ResidualBlock same(4, 4, 1), narrower(4, 6, 2);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : narrower.named_parameters()) names.push_back(name);
  CHECK(names == std::vector<std::string>{"conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight",
                                          "bn2.bias", "downsample.0.weight", "downsample.1.weight",
                                          "downsample.1.bias"});
  const Tensor x = rand({2, 4, 8, 8});
  CHECK(narrower(x).shape() == Shape{2, 6, 4, 4});
  for (const auto& [name, parameter] : same.named_parameters())
    if (name.starts_with("bn2")) parameter.set(zeros(parameter.shape()));
  CHECK(all(same(x) == x).item<bool>());  // what is added is 0, and x is positive
}

TEST_CASE("augmented images are the images, moved a little, each in its own way") {
  // Discs in the middle: rotation does nothing to them, and neither scale nor shear moves their centres of mass.
  std::vector<std::uint8_t> pixels(200 * 784);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    if (std::hypot(static_cast<double>(i % 784 / 28) - 13.5, static_cast<double>(i % 28) - 13.5) < 6) pixels[i] = 255;
  const data::ImageDataset discs(pixels, std::vector<std::uint8_t>(200));
  const Tensor images = discs.all().images;
  CHECK(all(augmented(discs, "none").all().images == images).item<bool>());
  const Tensor places = arange(28).to(float32) - 13.5;
  for (const std::string augmentation : {"affine", "elastic"}) {
    const data::Dataset<data::Batch> set = augmented(discs, augmentation);
    const Tensor changed = set.all({.seed = 1}).images;
    CHECK(changed.shape() == Shape{200, 784});
    const Tensor mass = sum(changed, 1), rows = changed.reshape({200, 28, 28});
    const Tensor down = sum(sum(rows, 2) * places, 1) / mass, right = sum(sum(rows, 1) * places, 1) / mass;
    // Shifted by whole pixels of up to two, those at the ends half as often as the others; then bent by a pixel or two.
    const double slack = augmentation == "affine" ? 0.02 : 3;
    for (const Tensor& offset : {down, right}) {
      CHECK(max(abs(offset)).item() < 2 + slack);
      CHECK(max(abs(offset)).item() > 1.9);
      if (augmentation == "affine") CHECK(var(offset).item() == doctest::Approx(1.5).epsilon(0.3));
    }
    // Width and height change by up to a tenth each.
    const Tensor share = mass / sum(images, 1);
    if (augmentation == "affine") {
      CHECK(max(share).item() < 1.1 * 1.1 + 0.02);
      CHECK(min(share).item() > 0.9 * 0.9 - 0.02);
    }
    CHECK(max(share).item() > 1.1);
    CHECK(min(share).item() < 0.9);
    CHECK(all(set.all({.seed = 1}).images == changed).item<bool>());
    CHECK_FALSE(all(set.all({.seed = 2}).images == changed).item<bool>());
  }
  CHECK_THROWS_WITH_AS(augmented(discs, "mirror"), doctest::Contains("none, affine, elastic"), Error);
}

TEST_CASE("networks of images come with settings of their own, but for flags that were given") {
  Config config;
  recommend(config, {});
  CHECK(to_metadata(config) == to_metadata(Config()));
  config.model = "cnn";
  config.lr = 0.25;
  recommend(config, {"lr"});
  CHECK(config.lr == 0.25);
  CHECK(config.schedule == "one-cycle");
  CHECK(config.ema > 0.9);
  CHECK_NOTHROW(check("train", config));
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
  const data::ImageDataset images = data::synthetic_digits(3, 1);
  const Table table = predictions_table(predict(model, {sample_of(images, 0), sample_of(images, 2)}));
  REQUIRE(table.rows().size() == 2);
  CHECK(table.rows()[1][0] == fmt::format("test image 2 (a {})", images.label(2)));
  for (const auto& row : table.rows()) {
    const auto by_value = [](const std::string& a, const std::string& b) { return std::stod(a) < std::stod(b); };
    const auto likeliest = std::max_element(row.begin() + 2, row.end(), by_value);
    CHECK(row[2 + std::stoul(row[1])] == *likeliest);  // as printed: two may look alike
  }
}

namespace {

using Pixel = Png::Pixel;

/// An upright bar, 28x28.
std::string bar(Pixel ink, Pixel paper) {
  std::vector<Pixel> pixels;
  for (int row = 0; row < 28; ++row)
    for (int column = 0; column < 28; ++column)
      pixels.push_back(row >= 4 && row < 24 && column >= 13 && column < 16 ? ink : paper);
  return Png::of(28, 28, pixels);
}

}  // namespace

TEST_CASE("ink is found on any background, transparent ones included") {
  const Scratch scratch;
  const auto sample = [&](const std::string& png, Ink ink) {
    put_file(scratch / "image.png", png);
    return read_sample(scratch / "image.png", ink);
  };
  constexpr Pixel white = {255, 255, 255, 255}, black = {0, 0, 0, 255}, blue = {0, 0, 160, 255};
  const std::vector<float> expected = sample(bar(white, black), Ink::light).pixels;
  CHECK(expected[10 * 28 + 14] == 1);
  CHECK(expected[0] == 0);
  CHECK(sample(bar(black, white), Ink::dark).pixels == expected);
  for (const Pixel nothing : {Pixel{0, 0, 0, 0}, Pixel{255, 255, 255, 0}, Pixel{90, 3, 200, 0}}) {
    for (const Pixel ink : {white, black}) {
      const Sample found = sample(bar(ink, nothing), Ink::light);
      CHECK(found.pixels == expected);
      CHECK_FALSE(found.blank);
    }
    CHECK(sample(bar(black, nothing), Ink::dark).pixels == expected);
    CHECK(sample(bar(blue, nothing), Ink::light).pixels[10 * 28 + 14] > 0.9F);
  }
}

TEST_CASE("an image on which nothing stands out is blank, and gets no digit") {
  const Scratch scratch;
  std::vector<Sample> samples;
  for (const Pixel pixel :
       {Pixel{0, 0, 0, 255}, Pixel{255, 255, 255, 255}, Pixel{128, 128, 128, 255}, Pixel{0, 0, 0, 0},
        Pixel{255, 255, 255, 0}, Pixel{255, 255, 255, 128}, Pixel{0, 0, 0, 128}}) {
    for (const auto& [width, height] : {std::pair(28, 28), std::pair(60, 40), std::pair(1, 1)}) {
      put_file(scratch / "image.png", Png::of(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                                              std::vector<Pixel>(static_cast<std::size_t>(width * height), pixel)));
      for (const Ink ink : {Ink::light, Ink::dark}) samples.push_back(read_sample(scratch / "image.png", ink));
    }
  }
  put_file(scratch / "image.png", bar({255, 255, 255, 255}, {0, 0, 0, 0}));
  samples.push_back(read_sample(scratch / "image.png", Ink::dark));  // white on white
  for (const Sample& sample : samples) CHECK(sample.blank);
  nn::Sequential model = make_model({});
  model.eval();
  const Table table = predictions_table(predict(model, samples));
  for (const auto& row : table.rows()) {
    CHECK(row[1] == "blank");
    CHECK(row[2] == "–");
  }
}

TEST_CASE("a model whose outputs are not finite gives no answer") {
  nn::Sequential model = make_model({});
  model.eval();
  nn::Parameter last = model.named_parameters().back().second;
  last.set(full({10}, std::nan("")));
  const data::ImageDataset images = data::synthetic_digits(3, 1);
  CHECK_THROWS_WITH_AS(evaluate(model, images), doctest::Contains("not finite"), Error);
  CHECK_THROWS_WITH_AS(predict(model, {sample_of(images, 0)}), doctest::Contains("not finite"), Error);
  CHECK_THROWS_WITH_AS(evaluate(model, images.subset(0, 0)), doctest::Contains("no images"), Error);
}
