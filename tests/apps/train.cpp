#include <apps/mnist/train.hpp>

#include <doctest/doctest.h>

#include <apps/common/digits.hpp>
#include <apps/common/run_folder.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <autograd/error.hpp>
#include <data/synthetic.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

TrainOptions small_run(const std::filesystem::path& folder) {
  TrainOptions options;
  options.config.hidden = {3};
  options.config.batch = 10;
  options.epochs = 1;
  options.out = folder;
  return options;
}

}  // namespace

TEST_CASE("every size of a batch trains on every number of images") {
  const Scratch scratch;
  for (std::int64_t images = 2; images < 9; ++images) {
    const data::Splits splits = data::synthetic_splits(1, {images, 3, 3});
    for (std::int64_t batch = 2; batch <= images + 1; ++batch) {
      const auto name = std::to_string(images) + "-" + std::to_string(batch);
      TrainOptions options = small_run(scratch / name);
      options.config.batch = batch;
      CHECK_MESSAGE(train(splits, options).test.has_value(), name);
      CHECK(load_checkpoint(scratch / name / model_file).position.epoch == 1);
    }
  }
}

TEST_CASE("one image is refused before anything is written") {
  const Scratch scratch;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {1, 3, 3}), small_run(scratch / "a/c")),
                       doctest::Contains("1 training images; expected 2 or more"), Error);
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_CASE("a training that diverges ends with an error, and leaves the last good checkpoint") {
  const Scratch scratch;
  const data::Splits splits = data::synthetic_splits(1, {100, 10, 10});
  TrainOptions options = small_run(scratch / "c");
  options.config.lr = 1e30;
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("diverged in epoch 1, step"), Error);
  CHECK_FALSE(std::filesystem::exists(options.out));

  options.config.lr = 0.002;
  CHECK(train(splits, options).test.has_value());
  const std::string good = contents(options.out / model_file), log = contents(options.out / log_file);
  options.config.lr = 1e30;
  options.start = Start::replacing;
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("is as it was before this epoch"), Error);
  CHECK(contents(options.out / model_file) == good);
  CHECK(contents(options.out / log_file) == log);
}

TEST_CASE("a learning rate that grows until the training diverges keeps the epochs before") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  options.config.lr_decay = 1e30;
  options.epochs = 5;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {100, 10, 10}), options),
                       doctest::Contains("diverged in epoch 2"), Error);
  CHECK(load_checkpoint(options.out / model_file).position.epoch == 1);
}

TEST_CASE("a run begins anew over no file but where that is asked for") {
  const Scratch scratch;
  const data::Splits splits = data::synthetic_splits(1, {20, 3, 3});
  TrainOptions options = small_run(scratch / "c");
  std::filesystem::create_directory(options.out);
  for (const char* name : {model_file, previous_file, best_file, log_file, run_file}) {
    put_file(options.out / name, "precious");
    CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains(name), Error);
    CHECK(contents(options.out / name) == "precious");
    std::filesystem::remove(options.out / name);
  }
  CHECK(train(splits, options).test.has_value());
  const std::string first = contents(options.out / model_file);
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("--overwrite"), Error);
  options.config.seed = 2;
  options.start = Start::replacing;
  CHECK(train(splits, options).test.has_value());
  CHECK(contents(options.out / model_file) != first);
}

TEST_CASE("folders that cannot hold a run's files are refused before it begins") {
  const Scratch scratch;
  const auto refused = [&](const std::filesystem::path& out, const char* text) {
    CHECK_THROWS_WITH_AS(RunFolder("mnist", out, Start::anew, {model_file}), doctest::Contains(text), Error);
  };
  put_file(scratch / "file", "");
  refused(scratch / "file", "is not one");
  refused(scratch / "file/below", "is not one");
  refused("/dev/null/below", "is not one");
  std::filesystem::create_directories(scratch / "run" / model_file);
  refused(scratch / "run", "is a directory");
  RunFolder("mnist", scratch / "a/b/c", Start::anew, {model_file});
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_CASE("runs without a folder of their own are numbered, and the newest is found by its number") {
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch / "");
  CHECK(newest_run("mnist").empty());
  CHECK_THROWS_WITH_AS(RunFolder("mnist", "", Start::resumed, {}), doctest::Contains("no run mnist-N"), Error);
  CHECK_THROWS_WITH_AS(RunFolder("mnist", "", Start::replacing, {}), doctest::Contains("--out"), Error);
  for (const char* name : {"mnist-9", "mnist-10", "mnist-x", "mnist-11b", "text-12"})
    std::filesystem::create_directories(std::filesystem::path("runs") / name);
  CHECK(newest_run("mnist") == "runs/mnist-10");
  CHECK(RunFolder("mnist", "", Start::resumed, {}).path() == "runs/mnist-10");
  // Two that begin at the same time get one each.
  RunFolder first("mnist", "", Start::anew, {}), second("mnist", "", Start::anew, {});
  CHECK(first.path() == second.path());
  first.make();
  put_file(first / run_file, "");
  second.make();
  CHECK(first.path() == "runs/mnist-11");
  CHECK(second.path() == "runs/mnist-12");
  CHECK_THROWS_WITH_AS(model_of_run("mnist", "", "mnist train"), doctest::Contains("`xgrad mnist train` makes one"),
                       Error);
  std::filesystem::current_path(before);
}

TEST_CASE("a run goes on with its own images only") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options).test.has_value());
  options.start = Start::resumed;
  options.epochs = 2;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {21, 3, 3}), options), doctest::Contains("here are 21"), Error);
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(2, {20, 3, 3}), options), doctest::Contains("not on these"), Error);
  CHECK(load_checkpoint(options.out / model_file).position.epoch == 1);
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options).test.has_value());
  CHECK(load_checkpoint(options.out / model_file).position.epoch == 2);
}

TEST_CASE("a fingerprint tells datasets apart by any pixel, any label and their order") {
  const std::vector<std::uint8_t> pixels = {0, 1, 2, 3, 4, 5, 6, 7}, labels = {1, 2};
  const auto of = [](std::vector<std::uint8_t> p, std::vector<std::uint8_t> l) {
    return fingerprint(data::ImageDataset(std::move(p), std::move(l), {2, 2}));
  };
  const std::uint64_t original = of(pixels, labels);
  CHECK(of(pixels, labels) == original);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    std::vector<std::uint8_t> other = pixels;
    other[i] ^= 1;
    CHECK(of(other, labels) != original);
  }
  CHECK(of(pixels, {2, 1}) != original);
  CHECK(of({4, 5, 6, 7, 0, 1, 2, 3}, {2, 1}) != original);
}

TEST_CASE("a checkpoint with any byte changed is refused") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options).test.has_value());
  const std::string good = contents(options.out / model_file);
  CHECK_NOTHROW(load_checkpoint(options.out / model_file));
  for (std::size_t at = 0; at < good.size(); at += at < 4096 ? 7 : 997) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    put_file(options.out / model_file, bad);
    CHECK_THROWS_AS(load_model(load_checkpoint(options.out / model_file)), Error);
  }
}

TEST_CASE("a run resumed from a missing checkpoint says how to get one") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  options.start = Start::resumed;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {20, 3, 3}), options),
                       doctest::Contains("`xgrad mnist train` makes one"), Error);
}
