#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <data/synthetic.hpp>
#include <nn/nn.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

bool same_image(const ImageDataset& a, std::int64_t i, const ImageDataset& b, std::int64_t j) {
  return a.label(i) == b.label(j) && std::ranges::equal(a.image(i), b.image(j));
}

TEST_CASE("a synthetic image depends on seed and index only") {
  const ImageDataset few = synthetic_digits(25, 3);
  const ImageDataset many = synthetic_digits(60, 3);
  CHECK(few.size() == 25);
  for (std::int64_t i = 0; i < few.size(); ++i) CHECK(same_image(few, i, many, i));
}

TEST_CASE("another seed draws other images") {
  const ImageDataset a = synthetic_digits(20, 3);
  const ImageDataset b = synthetic_digits(20, 4);
  for (std::int64_t i = 0; i < a.size(); ++i) CHECK_FALSE(std::ranges::equal(a.image(i), b.image(i)));
}

TEST_CASE("synthetic images do not change from version to version and machine to machine") {
  // Sums of the pixels of the first images of seed 1, within what rounding in another order of operations could move.
  const ImageDataset digits = synthetic_digits(4, 1);
  const std::vector<int> labels = {2, 8, 1, 6};
  const std::vector<int> sums = {18494, 33829, 16215, 37897};
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    int sum = 0;
    for (const std::uint8_t pixel : digits.image(i)) sum += pixel;
    CHECK(digits.label(i) == labels[static_cast<std::size_t>(i)]);
    CHECK(std::abs(sum - sums[static_cast<std::size_t>(i)]) <= 2);
  }
}

TEST_CASE("each run of ten synthetic images has every digit, in varying order") {
  const ImageDataset digits = synthetic_digits(200, 7);
  std::vector<std::vector<std::int64_t>> runs;
  for (std::int64_t run = 0; run < 20; ++run) {
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < 10; ++i) labels.push_back(digits.label(10 * run + i));
    runs.push_back(labels);
    std::ranges::sort(labels);
    CHECK(labels == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  CHECK(runs[0] != runs[1]);
}

TEST_CASE("synthetic images hold a digit, dark towards the edges") {
  const ImageDataset digits = synthetic_digits(500, 2);
  CHECK(digits.image_size().height == 28);
  CHECK(digits.image_size().width == 28);
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    const auto image = digits.image(i);
    const auto bright = std::ranges::count_if(image, [](std::uint8_t pixel) { return pixel > 127; });
    CAPTURE(i);
    CHECK(bright > 12);           // even a thin 1 is a dozen pixels long
    CHECK(bright < 784 * 2 / 5);  // and even a fat 8 leaves most of the page empty
    for (const std::size_t corner : {0U, 27U, 756U, 783U}) CHECK(image[corner] < 140);  // noise, but no ink
  }
}

TEST_CASE("images of one digit differ") {
  const ImageDataset digits = synthetic_digits(200, 5);
  for (std::int64_t i = 1; i < digits.size(); ++i)
    for (std::int64_t j = 0; j < i; ++j) CHECK_FALSE(std::ranges::equal(digits.image(i), digits.image(j)));
}

TEST_CASE("synthetic splits are three runs of one sequence") {
  const auto [train, validation, test] = synthetic_splits(9, {.train = 30, .validation = 20, .test = 10});
  const ImageDataset all = synthetic_digits(60, 9);
  CHECK(validation.size() == 20);
  CHECK(train.size() == 30);
  CHECK(test.size() == 10);
  CHECK(same_image(validation, 19, all, 19));
  CHECK(same_image(train, 0, all, 20));
  CHECK(same_image(test, 9, all, 59));
}

TEST_CASE("negative numbers of synthetic images are refused") {
  CHECK(test::holds(test::error_of([] { synthetic_digits(-1, 0); }), {"synthetic_digits", "-1"}));
  CHECK(test::holds(test::error_of([] { synthetic_splits(0, {.train = 1, .validation = -2, .test = 1}); }),
                    {"synthetic_splits", "-2"}));
}

TEST_CASE("a small MLP gets more than 95 % of unseen synthetic digits right, though not all") {
  const auto [train, validation, test] = synthetic_splits(1, {.train = 20000, .validation = 0, .test = 2000});
  manual_seed(1);
  nn::Sequential model{nn::Linear(784, 64), nn::ReLU(), nn::Linear(64, 10)};
  optim::Adam adam(model.parameters(), {.lr = 3e-3});
  Loader loader(train, {.batch_size = 60, .shuffle = true, .seed = 1});
  for (int epoch = 0; epoch < 2; ++epoch)
    for (auto [images, labels] : loader) {
      Tape tape;
      const Tensor loss = nn::cross_entropy(model(images), labels);
      adam.step(tape.gradient(loss, model.parameters()));
    }
  const auto [images, labels] = test.all();
  const double accuracy = nn::accuracy(model(images), labels).item();
  MESSAGE("accuracy ", accuracy);
  CHECK(accuracy > 0.95);
  CHECK(accuracy < 0.999);
}

}  // namespace
}  // namespace xgrad::data
