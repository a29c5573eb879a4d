#include <apps/mnist/train.hpp>

#include <doctest/doctest.h>

#include <apps/common/digits.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <autograd/error.hpp>
#include <data/synthetic.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

TrainOptions small_run(const std::filesystem::path& checkpoint) {
  TrainOptions options;
  options.config.hidden = {3};
  options.config.batch = 10;
  options.epochs = 1;
  options.checkpoint = checkpoint;
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
      CHECK_MESSAGE(train(splits, options) == 0, name);
      CHECK(load_checkpoint(scratch / name).position.epoch == 1);
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
  TrainOptions options = small_run(scratch / "c.safetensors");
  options.config.lr = 1e30;
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("diverged in epoch 1, step"), Error);
  CHECK_FALSE(std::filesystem::exists(options.checkpoint));
  CHECK_FALSE(std::filesystem::exists(log_path(options.checkpoint)));

  options.config.lr = 0.002;
  CHECK(train(splits, options) == 0);
  const std::string good = contents(options.checkpoint), log = contents(log_path(options.checkpoint));
  options.config.lr = 1e30;
  options.start = Start::replacing;
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("is as it was before this epoch"), Error);
  CHECK(contents(options.checkpoint) == good);
  CHECK(contents(log_path(options.checkpoint)) == log);
}

TEST_CASE("a learning rate that grows until the training diverges keeps the epochs before") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  options.config.lr_decay = 1e30;
  options.epochs = 5;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {100, 10, 10}), options),
                       doctest::Contains("diverged in epoch 2"), Error);
  CHECK(load_checkpoint(options.checkpoint).position.epoch == 1);
}

TEST_CASE("a run begins anew over no file but where that is asked for") {
  const Scratch scratch;
  const data::Splits splits = data::synthetic_splits(1, {20, 3, 3});
  TrainOptions options = small_run(scratch / "c.safetensors");
  for (const std::filesystem::path& file : {options.checkpoint, log_path(options.checkpoint)}) {
    put_file(file, "precious");
    CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains((file.string() + "' is there already").c_str()),
                         Error);
    CHECK(contents(file) == "precious");
    std::filesystem::remove(file);
  }
  CHECK(train(splits, options) == 0);
  const std::string first = contents(options.checkpoint);
  CHECK_THROWS_WITH_AS(train(splits, options), doctest::Contains("--overwrite"), Error);
  options.config.seed = 2;
  options.start = Start::replacing;
  CHECK(train(splits, options) == 0);
  CHECK(contents(options.checkpoint) != first);
}

TEST_CASE("files that cannot hold a run's are refused before it begins") {
  const Scratch scratch;
  const auto refused = [&](const std::filesystem::path& checkpoint, const char* text) {
    CHECK_THROWS_WITH_AS(check_run_files(checkpoint, Start::anew), doctest::Contains(text), Error);
  };
  put_file(scratch / "file", "");
  refused(scratch / "run.csv", "run.safetensors");
  refused(scratch / "", "is a directory");
  refused(scratch / "below/", "is a directory");
  refused(scratch / "file/below", "is not one");
  refused("/dev/null", "is not a regular file");
  refused("/dev/null/below", "is not one");
  check_run_files(scratch / "a/b/c", Start::anew);
  check_run_files("c-that-is-nowhere", Start::anew);
  CHECK_FALSE(std::filesystem::exists(scratch / "a"));
}

TEST_CASE("a run goes on with its own images only") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options) == 0);
  options.start = Start::resumed;
  options.epochs = 2;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {21, 3, 3}), options), doctest::Contains("here are 21"), Error);
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(2, {20, 3, 3}), options), doctest::Contains("not on these"), Error);
  CHECK(load_checkpoint(options.checkpoint).position.epoch == 1);
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options) == 0);
  CHECK(load_checkpoint(options.checkpoint).position.epoch == 2);
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
  CHECK(train(data::synthetic_splits(1, {20, 3, 3}), options) == 0);
  const std::string good = contents(options.checkpoint);
  CHECK_NOTHROW(load_checkpoint(options.checkpoint));
  for (std::size_t at = 0; at < good.size(); at += at < 4096 ? 7 : 997) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1 << at % 8);
    put_file(options.checkpoint, bad);
    CHECK_THROWS_AS(load_model(load_checkpoint(options.checkpoint)), Error);
  }
}

TEST_CASE("a run resumed from a missing checkpoint says how to get one") {
  const Scratch scratch;
  TrainOptions options = small_run(scratch / "c");
  options.start = Start::resumed;
  CHECK_THROWS_WITH_AS(train(data::synthetic_splits(1, {20, 3, 3}), options),
                       doctest::Contains("mnist train --checkpoint"), Error);
}
