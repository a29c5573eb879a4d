#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <autograd/ops.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>
#include <data/transform.hpp>

#include "files.hpp"
#include "pictures.hpp"

namespace xgrad::data {
namespace {

using test::error_of;
using test::holds;
using Values = std::vector<float>;

/// Two images of 2x3 pixels, image i of the pixels 10 i + 1 .. 10 i + 6, with the label i.
ImageDataset two_images() { return ImageDataset({1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}, {0, 1}, {2, 3}); }

}  // namespace

// ---------------------------------------------------------------------------------------------- the handle

TEST_CASE("transforms are put behind each other, the first one first") {
  const ImageTransform add = lambda([](Picture& p) {
    for (float& value : p.values) value += 1;
  });
  const ImageTransform twice = lambda([](Picture& p, SplitMix64&) {
    for (float& value : p.values) value *= 2;
  });
  const Picture one = counted(1, 1, 2);
  CHECK(applied(add | twice, one).values == Values{4, 6});
  CHECK(applied(twice | add, one).values == Values{3, 5});
  CHECK(applied(compose({add, twice, add}), one).values == Values{5, 7});
  CHECK(applied(ImageTransform(), one).values == one.values);
  CHECK(applied(ImageTransform() | add | ImageTransform(), one).values == Values{2, 3});
  CHECK(applied(compose({}), one).values == one.values);
}

TEST_CASE("a function of one's own must leave as many values as its extents say") {
  const ImageTransform broken = lambda([](Picture& p) { p.values.pop_back(); });
  CHECK(holds(error_of([&] { applied(broken, counted(1, 2, 2)); }), {"lambda", "3 values", "1x2x2"}));
  CHECK(holds(error_of([] { lambda(std::function<void(Picture&)>()); }), {"lambda", "no function"}));
  CHECK(holds(error_of([] { ImageTransform{ImageTransform::Function()}; }), {"ImageTransform", "no function"}));
  Picture wrong = counted(1, 2, 2);
  wrong.width = 3;
  CHECK(holds(error_of([&] { applied(random_horizontal_flip(1), wrong); }), {"4 values", "1x2x3"}));
}

// ---------------------------------------------------------------------------------------------- values

TEST_CASE("normalize subtracts the mean and divides by the standard deviation, by channel") {
  CHECK(applied(normalize(1, 2), counted(2, 1, 2)).values == Values{0, 0.5F, 1, 1.5F});
  CHECK(applied(normalize({1, 3}, {1, 0.5}), counted(2, 1, 2)).values == Values{0, 1, 0, 2});
  CHECK(holds(error_of([] { normalize(0, 0); }), {"normalize", "std is 0"}));
  CHECK(holds(error_of([] { normalize(std::nan(""), 1); }), {"normalize", "mean is nan"}));
  CHECK(holds(error_of([] { normalize(std::vector<double>{}, 1); }), {"normalize", "mean has no number"}));
  CHECK(holds(error_of([] {
                applied(normalize({1, 2, 3}, 1), counted(2, 1, 2));
              }),
              {"normalize", "mean has 3 numbers", "2x1x2", "1 or 2"}));
}

TEST_CASE("grayscale weighs the channels") {
  const Picture colour{{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 1, 3};  // a red, a green and a blue pixel
  const Picture grey = applied(grayscale(), colour);
  CHECK(grey.channels == 1);
  CHECK(grey.values == Values{0.2989F, 0.587F, 0.114F});
  const Picture three = applied(grayscale({.num_output_channels = 3}), colour);
  CHECK(three.channels == 3);
  for (std::int64_t c = 0; c < 3; ++c) CHECK(at(three, c, 0, 1) == 0.587F);
  CHECK(applied(grayscale(), counted(1, 2, 2)).values == counted(1, 2, 2).values);
  CHECK(applied(grayscale({.num_output_channels = 3}), counted(1, 1, 2)).values == Values{1, 2, 1, 2, 1, 2});
  CHECK(holds(error_of([] { grayscale({.num_output_channels = 2}); }), {"grayscale", "is 2", "1 or 3"}));
  CHECK(holds(error_of([] { applied(grayscale(), counted(2, 1, 1)); }), {"grayscale", "2x1x1", "1 or 3"}));
}

TEST_CASE("color_jitter mixes with black, with the mean and with the grayscale") {
  const Picture grey{{0.2F, 0.4F}, 1, 1, 2};
  const auto close = [](const Picture& picture, const Values& expected) {
    REQUIRE(picture.values.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(picture.values[i] == doctest::Approx(expected[i]));
  };
  close(applied(color_jitter({.brightness = {1.5, 1.5}}), grey), {0.3F, 0.6F});
  close(applied(color_jitter({.brightness = {3, 3}}), grey), {0.6F, 1});
  close(applied(color_jitter({.contrast = {0, 0}}), grey), {0.3F, 0.3F});
  close(applied(color_jitter({.contrast = {2, 2}}), grey), {0.1F, 0.5F});
  close(applied(color_jitter({.saturation = {0, 0}}), grey), grey.values);
  const Picture red{{1, 0, 0}, 3, 1, 1};
  close(applied(color_jitter({.saturation = {0, 0}}), red), {0.2989F, 0.2989F, 0.2989F});
  close(applied(color_jitter({.saturation = {0.5, 0.5}}), red), {0.64945F, 0.14945F, 0.14945F});
  close(applied(color_jitter({.contrast = {0, 0}}), red), {0.2989F, 0.2989F, 0.2989F});
  CHECK(applied(color_jitter({}), red).values == red.values);

  // The order is random: brightness 2 then contrast 0 gives 0.6, contrast first 0.6 too; with values cut off it shows.
  std::set<float> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    seen.insert(applied(color_jitter({.brightness = {4, 4}, .contrast = {0, 0}}), grey, seed).values[0]);
  CHECK(seen.size() == 2);  // mean of (0.8, 1), or 1
  double lowest = 1, highest = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const float value = applied(color_jitter({.brightness = 0.5}), {{0.5F}, 1, 1, 1}, seed).values[0];
    lowest = std::min<double>(lowest, value);
    highest = std::max<double>(highest, value);
  }
  CHECK(lowest >= 0.25);
  CHECK(lowest < 0.27);
  CHECK(highest <= 0.75);
  CHECK(highest > 0.73);
  CHECK(holds(error_of([] { color_jitter({.contrast = -0.5}); }), {"color_jitter", "contrast"}));
  CHECK(holds(error_of([] { color_jitter({.brightness = {-1, 1}}); }), {"color_jitter", "brightness", "-1"}));
  CHECK(holds(error_of([] { applied(color_jitter({}), counted(4, 1, 1)); }), {"color_jitter", "4x1x1"}));
}

// ---------------------------------------------------------------------------------------------- windows

TEST_CASE("center_crop cuts the middle out, and pads what is too small") {
  CHECK(applied(center_crop({1, 2}), counted(1, 3, 4)).values == Values{6, 7});
  CHECK(applied(center_crop(2), counted(2, 4, 4)).values == Values{6, 7, 10, 11, 22, 23, 26, 27});
  CHECK(applied(center_crop({2, 3}), counted(1, 2, 3)).values == counted(1, 2, 3).values);
  const Picture grown = applied(center_crop({3, 4}), counted(1, 1, 2));
  CHECK(grown.values == Values{0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0});
  CHECK(holds(error_of([] { center_crop({0, 2}); }), {"center_crop", "0x2", "1x1"}));
}

TEST_CASE("pad puts the border that was asked for around an image") {
  const Picture row = counted(1, 1, 3);
  CHECK(applied(pad({2, 0}), row).values == Values{0, 0, 1, 2, 3, 0, 0});
  CHECK(applied(pad({2, 0, 1, 0}, {.fill = 9}), row).values == Values{9, 9, 1, 2, 3, 9});
  CHECK(applied(pad({2, 0}, {.padding_mode = PictureBorder::edge}), row).values == Values{1, 1, 1, 2, 3, 3, 3});
  CHECK(applied(pad({2, 0}, {.padding_mode = PictureBorder::reflect}), row).values == Values{3, 2, 1, 2, 3, 2, 1});
  CHECK(applied(pad({2, 0}, {.padding_mode = PictureBorder::symmetric}), row).values == Values{2, 1, 1, 2, 3, 3, 2});
  const Picture column{{1, 2, 3}, 1, 3, 1};
  CHECK(applied(pad({0, 2, 0, 1}, {.padding_mode = PictureBorder::reflect}), column).values ==
        Values{3, 2, 1, 2, 3, 2});
  const Picture around = applied(pad(1, {.fill = {7, 8}}), counted(2, 1, 1));
  CHECK(around.values == Values{7, 7, 7, 7, 1, 7, 7, 7, 7, 8, 8, 8, 8, 2, 8, 8, 8, 8});
  CHECK(around.height == 3);
  CHECK(holds(error_of([] { pad(-1); }), {"pad", "-1"}));
  CHECK(holds(error_of([&] { applied(pad(3, {.padding_mode = PictureBorder::reflect}), row); }),
              {"pad", "padding of 3", "1x1x3"}));
  CHECK(holds(error_of([&] { applied(pad(1, {.fill = {1, 2}}), row); }), {"pad", "fill has 2 numbers"}));
}

TEST_CASE("random_crop is a window of the padded image, each place as likely as the others") {
  const Picture picture = counted(2, 3, 4);
  std::map<float, int> corners;
  for (std::uint64_t seed = 0; seed < 1200; ++seed) {
    const Picture window = applied(random_crop({2, 3}), picture, seed);
    REQUIRE(window.values.size() == 12);
    const float corner = window.values[0];
    ++corners[corner];
    for (std::int64_t c = 0; c < 2; ++c)
      for (std::int64_t y = 0; y < 2; ++y)
        for (std::int64_t x = 0; x < 3; ++x)
          REQUIRE(at(window, c, y, x) == corner + static_cast<float>(12 * c + 4 * y + x));
  }
  CHECK(corners.size() == 4);
  for (const auto& [corner, count] : corners) CHECK(std::abs(count - 300) < 80);  // five standard deviations

  std::set<float> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed)
    seen.insert(applied(random_crop(1, {.padding = 1, .fill = -1}), counted(1, 2, 2), seed).values[0]);
  CHECK(seen == std::set<float>{-1, 1, 2, 3, 4});
  CHECK(applied(random_crop({3, 4}), picture).values == picture.values);
  // As torchvision: padded by what is lacking on both sides, and cut at random.
  const Picture grown = applied(random_crop({2, 4}, {.pad_if_needed = true}), counted(1, 2, 3));
  CHECK(grown.width == 4);
  CHECK(holds(error_of([&] {
                applied(random_crop({4, 4}), picture);
              }),
              {"random_crop", "2x3x4", "4x4", "pad_if_needed"}));
  CHECK(holds(error_of([] { random_crop(0); }), {"random_crop", "0x0"}));
  CHECK(holds(error_of([] { random_crop(2, {.padding = -1}); }), {"random_crop", "-1"}));
}

TEST_CASE("random_shift moves by whole pixels, each of them as likely as the others") {
  const Picture dot{{0, 0, 0, 0, 5, 0, 0, 0, 0}, 1, 3, 3};
  std::map<std::ptrdiff_t, int> places;
  for (std::uint64_t seed = 0; seed < 1800; ++seed) {
    const Picture moved = applied(random_shift(1), dot, seed);
    const auto found = std::ranges::find(moved.values, 5.0F);
    REQUIRE(found != moved.values.end());
    CHECK(std::ranges::count(moved.values, 0.0F) == 8);
    ++places[found - moved.values.begin()];
  }
  CHECK(places.size() == 9);
  for (const auto& [place, count] : places) CHECK(std::abs(count - 200) < 70);
  std::set<Values> level;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    level.insert(applied(random_shift({.height = 0, .width = 2}, {.fill = 9}), counted(1, 1, 2), seed).values);
  CHECK(level == std::set<Values>{{9, 9}, {9, 1}, {1, 2}, {2, 9}});
  CHECK(holds(error_of([] { random_shift(-1); }), {"random_shift", "-1"}));
}

TEST_CASE("flips turn images over, for the share of images that was asked for") {
  const Picture picture = counted(2, 3, 2);
  CHECK(applied(random_horizontal_flip(1), picture).values == Values{2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11});
  CHECK(applied(random_vertical_flip(1), picture).values == Values{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8});
  for (const auto& flip : {random_horizontal_flip(0), random_vertical_flip(0)})
    CHECK(applied(flip, picture).values == picture.values);
  for (const auto& flip : {random_horizontal_flip(), random_vertical_flip()}) {
    int turned = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) turned += applied(flip, picture, seed).values[0] != 1 ? 1 : 0;
    CHECK(std::abs(turned - 500) < 80);
  }
  CHECK(holds(error_of([] { random_horizontal_flip(1.5); }), {"random_horizontal_flip", "p is 1.5"}));
  CHECK(holds(error_of([] { random_vertical_flip(-1); }), {"random_vertical_flip", "p is -1"}));
}

TEST_CASE("random_erasing replaces a rectangle whose area and ratio are in range") {
  Picture ones = counted(2, 40, 50);
  std::ranges::fill(ones.values, 1.0F);
  int erased = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Picture left = applied(random_erasing({.p = 0.75, .scale = {0.1, 0.2}, .ratio = {0.5, 2}}), ones, seed);
    std::int64_t top = 40, bottom = -1, begin = 50, end = -1, count = 0;
    for (std::int64_t y = 0; y < 40; ++y)
      for (std::int64_t x = 0; x < 50; ++x) {
        REQUIRE(at(left, 0, y, x) == at(left, 1, y, x));
        if (at(left, 0, y, x) != 0) continue;
        ++count;
        top = std::min(top, y), bottom = std::max(bottom, y), begin = std::min(begin, x), end = std::max(end, x);
      }
    if (count == 0) continue;
    ++erased;
    const std::int64_t height = bottom - top + 1, width = end - begin + 1;
    CHECK(count == height * width);
    // Rounding moves each side by half a pixel of about 20.
    CHECK(static_cast<double>(count) / 2000 > 0.1 * 0.94);
    CHECK(static_cast<double>(count) / 2000 < 0.2 * 1.06);
    CHECK(static_cast<double>(height) / static_cast<double>(width) > 0.5 * 0.93);
    CHECK(static_cast<double>(height) / static_cast<double>(width) < 2 * 1.07);
  }
  CHECK(std::abs(erased - 300) < 45);
  CHECK(applied(random_erasing({.p = 0}), ones).values == ones.values);

  const Picture filled = applied(random_erasing({.p = 1, .value = {3, 4}}), ones);
  CHECK(std::ranges::count(filled.values, 3.0F) == std::ranges::count(filled.values, 4.0F));
  CHECK(std::ranges::count(filled.values, 3.0F) > 0);
  double sum = 0, squares = 0, count = 0;
  for (const float value : applied(random_erasing({.p = 1, .scale = {0.5, 0.5}, .noise = true}), ones).values)
    if (value != 1) sum += value, squares += value * value, ++count;
  CHECK(count > 1900);
  CHECK(std::abs(sum / count) < 0.12);
  CHECK(std::abs(squares / count - 1) < 0.17);

  CHECK(holds(error_of([] { random_erasing({.p = 2}); }), {"random_erasing", "p is 2"}));
  CHECK(holds(error_of([] { random_erasing({.scale = {0.5, 0.2}}); }), {"random_erasing", "scale", "0.5", "0.2"}));
  CHECK(holds(error_of([] { random_erasing({.scale = {0, 2}}); }), {"random_erasing", "scale", "0 to 2"}));
  CHECK(holds(error_of([] { random_erasing({.ratio = {0, 2}}); }), {"random_erasing", "ratio", "more than 0"}));
}

// ---------------------------------------------------------------------------------------------- data sets

TEST_CASE("the images of a set are transformed, and keep their number of axes and their labels") {
  const ImageTransform twice = lambda([](Picture& p) {
    for (float& value : p.values) value *= 255 * 2;
  });
  const Dataset<Batch> flat = transformed(two_images(), twice | random_horizontal_flip(1));
  CHECK(flat.size() == 2);
  const auto [images, labels] = flat.batch(std::vector<std::int64_t>{1, 0});
  CHECK(images.shape() == Shape{2, 6});
  CHECK(labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0});
  CHECK(labels.shape() == Shape{2});
  CHECK(images.to_vector<float>() == Values{26, 24, 22, 32, 30, 28, 6, 4, 2, 12, 10, 8});
  CHECK(flat[0].images.to_vector<float>() == Values{6, 4, 2, 12, 10, 8});
  CHECK(flat[1].labels.item<std::int64_t>() == 1);

  CHECK(transformed(two_images().reshape({2, 3}), center_crop(2)).all().images.shape() == Shape{2, 2, 2});
  CHECK(transformed(two_images().reshape({1, 2, 3}), center_crop(1)).all().images.shape() == Shape{2, 1, 1, 1});
  CHECK(transformed(two_images(), center_crop(2)).all().images.shape() == Shape{2, 4});
  CHECK(transformed(two_images().reshape({2, 3}), grayscale({.num_output_channels = 3}))[0].images.shape() ==
        Shape{3, 2, 3});
  // A shape that is not the images' own is read as it is.
  CHECK(transformed(two_images().reshape({3, 2}), random_vertical_flip(1))[0].images.to_vector<float>() ==
        Values{5 / 255.F, 6 / 255.F, 3 / 255.F, 4 / 255.F, 1 / 255.F, 2 / 255.F});
}

TEST_CASE("subsets, parts, runs and caches of images give what the images give") {
  const ImageTransform crop = random_crop({2, 2});
  const Dataset<Batch> whole = transformed(two_images(), crop);
  const Tensor expected = whole.get(1, {.seed = 3}).images;
  const auto expect = [&](const Dataset<Batch>& set, std::int64_t index) {
    // Random numbers follow from the index in the outermost set, so that the same ones are asked for.
    SplitMix64 random = random_of({.seed = 3}, 1);
    CHECK(set.source()->get(index, random)[0].to_vector<float>() == expected.to_vector<float>());
  };
  const Dataset<Batch> plain = two_images();
  expect(transformed(plain.subset(1, 2), crop), 0);
  expect(transformed(subset(plain, {1}), crop), 0);
  expect(transformed(concat<Batch>({plain, plain}), crop), 3);
  expect(transformed(cache(transformed(two_images().reshape({2, 3}), {})), crop), 1);
  expect(transformed(transformed(plain, crop), {}), 1);
  expect(subset(transformed(plain, crop), {0, 1}), 1);
}

TEST_CASE("images of several sizes become a batch where the transform makes them alike") {
  const Dataset<Batch> uneven(3, [](std::int64_t i) { return Batch{ones({1, 2 + i, 3}) * (i + 1), Tensor(i)}; });
  CHECK(transformed(uneven, center_crop(2)).all().images.shape() == Shape{3, 1, 2, 2});
  CHECK(transformed(uneven, resize({4, 4})).all().images.to_vector<float>()[16] == 2);
  CHECK(holds(error_of([&] { transformed(uneven, {}).all(); }), {"transformed", "(1, 2, 3)", "(1, 3, 3)"}));

  const Dataset<Batch> rows(2, [](std::int64_t i) { return Batch{ones({4}), Tensor(i)}; });
  CHECK(holds(error_of([&] { transformed(rows, {}).all(); }), {"transformed", "(4,)", "(height, width)"}));
  const Dataset<Batch> whole(2, [](std::int64_t i) { return Batch{ones({1, 2, 2}).to(int64), Tensor(i)}; });
  CHECK(holds(error_of([&] { transformed(whole, {}).all(); }), {"transformed", "int64 (1, 2, 2)", "float32"}));
  CHECK_THROWS_AS(transformed(two_images(), {}).batch({}), Error);
  // Labels of another kind stay what they are.
  const Dataset<Batch> soft(2, [](std::int64_t i) { return Batch{ones({1, 2, 2}), ones({3}) * i}; });
  CHECK(transformed(soft, {}).all().labels.to_vector<float>() == Values{0, 0, 0, 1, 1, 1});
}

TEST_CASE("random transforms follow from seed, epoch and index, whatever the workers and the batches") {
  test::Bytes pixels(40 * 36), labels(40);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  const Dataset<Batch> set = transformed(ImageDataset(pixels, labels, {6, 6}),
                                         random_affine({.degrees = 20, .translate = {0.2, 0.2}}) | random_crop(4) |
                                             random_horizontal_flip() | random_erasing({.p = 1}));
  const auto epoch = [&](const LoaderOptions& options, std::int64_t number) {
    Loader loader(set, options);
    loader.set_epoch(number);
    Values all;
    for (const auto& [x, y] : loader) std::ranges::copy(x.data<float>(), std::back_inserter(all));
    return all;
  };
  const Values expected = epoch({.batch_size = 7, .seed = 5, .prefetch = 0}, 2);
  CHECK(expected.size() == 40 * 16);
  for (const std::int64_t workers : {1, 2, 5})
    for (const std::int64_t size : {1, 7, 40})
      CHECK(epoch({.batch_size = size, .seed = 5, .workers = workers}, 2) == expected);
  CHECK(epoch({.batch_size = 7, .seed = 5}, 3) != expected);
  CHECK(epoch({.batch_size = 7, .seed = 6}, 2) != expected);
}

}  // namespace xgrad::data
