#include <doctest/doctest.h>

#include <numeric>

#include <data/image_dataset.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;

ImageDataset ramp(std::int64_t count) {
  Bytes values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return ImageDataset(values, values, {.height = 1, .width = 1});
}

TEST_CASE("a batch has the images that were asked for, in their order") {
  const auto [images, labels] = ramp(10).batch(std::vector<std::int64_t>{7, 0, 7});
  CHECK(images.shape() == Shape{3, 1});
  CHECK(labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{7, 0, 7});
  CHECK(images.to_vector<float>() == std::vector<float>{7 / 255.0F, 0, 7 / 255.0F});
}

TEST_CASE("pixels 0 and 255 are exactly 0 and 1") {
  const ImageDataset dataset({0, 255}, {0, 1}, {.height = 1, .width = 1});
  CHECK(dataset.all().images.to_vector<float>() == std::vector<float>{0, 1});
}

TEST_CASE("a subset of a subset counts from its own first image") {
  const ImageDataset part = ramp(10).subset(2, 9).subset(3, 5);
  CHECK(part.size() == 2);
  CHECK(part.label(0) == 5);
  CHECK(part.image(1)[0] == 6);
  CHECK(part.all().labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{5, 6});
  CHECK(part.subset(2, 2).all().images.shape() == Shape{0, 1});
}

TEST_CASE("an index out of range is refused, also where a subset's images go on") {
  const ImageDataset part = ramp(10).subset(2, 5);
  const std::string text = test::error_of([&] { part.batch(std::vector<std::int64_t>{0, 3}); });
  CHECK_MESSAGE(test::holds(text, {"Dataset.batch", "index 3 of 3 samples"}), text);
  CHECK(test::holds(test::error_of([&] { part.image(-1); }), {"ImageDataset.image", "index -1"}));
  CHECK(test::holds(test::error_of([&] { part.label(3); }), {"ImageDataset.label", "index 3"}));
  CHECK(test::holds(test::error_of([&] { part.subset(1, 4); }), {"ImageDataset.subset", "[1, 4) of 3"}));
  CHECK(test::holds(test::error_of([&] { part.subset(2, 1); }), {"ImageDataset.subset", "[2, 1)"}));
}

TEST_CASE("a dataset with other pixels than its labels need is refused") {
  const std::string text = test::error_of([] { ImageDataset({1, 2, 3}, {0, 1}, {.height = 1, .width = 2}); });
  CHECK_MESSAGE(test::holds(text, {"3 pixels for 2 labels", "expected 2 for each", "1x2"}), text);
  CHECK(test::holds(test::error_of([] { ImageDataset({}, {}, {.height = 0, .width = 2}); }), {"0x2", "at least 1x1"}));
  constexpr std::int64_t huge = std::int64_t{1} << 32;  // whose square 64 bits do not count
  CHECK(test::holds(test::error_of([] { ImageDataset({}, {}, {.height = huge, .width = huge}); }), {"2^63"}));
}

TEST_CASE("samples take another shape, and images of several channels are (channels, height, width)") {
  const ImageDataset flat({1, 2, 3, 4, 5, 6, 7, 8}, {0, 1}, {.height = 2, .width = 2});
  CHECK(flat.sample_shape() == Shape{4});
  const ImageDataset grey = flat.reshape({1, 2, 2});
  CHECK(grey.all().images.shape() == Shape{2, 1, 2, 2});
  CHECK(grey.subset(1, 2)[0].images.shape() == Shape{1, 2, 2});
  CHECK(grey[1].images.to_vector<float>() == std::vector<float>{5 / 255.0F, 6 / 255.0F, 7 / 255.0F, 8 / 255.0F});
  CHECK(grey[1].labels.item<std::int64_t>() == 1);
  CHECK(test::holds(test::error_of([&] { flat.reshape({3}); }), {"ImageDataset.reshape", "(3,)", "4 elements"}));

  const ImageDataset colour({1, 2, 3, 4, 5, 6}, {7}, {.height = 1, .width = 2}, 3);
  CHECK(colour.channels() == 3);
  CHECK(colour.features() == 6);
  CHECK(colour.all().images.shape() == Shape{1, 3, 1, 2});
  CHECK(colour.image(0)[4] == 5);
  CHECK(colour.targets() == std::vector<std::int64_t>{7});
  CHECK(test::holds(test::error_of([] { ImageDataset({1}, {0}, {.height = 1, .width = 1}, 0); }), {"0 channels"}));
  CHECK(test::holds(test::error_of([] { ImageDataset({1}, {0}, {.height = 1, .width = 1}, 3); }), {"3x1x1"}));
}

TEST_CASE("a dataset that was moved from still has its images") {
  ImageDataset dataset = ramp(3);
  const ImageDataset moved = std::move(dataset);
  CHECK(dataset.size() == 3);
  CHECK(dataset.image(2)[0] == moved.image(2)[0]);
}

}  // namespace
}  // namespace xgrad::data
