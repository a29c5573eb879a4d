#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xnpy.hpp>

#include <autograd/autograd.hpp>
#include <autograd/io/npz.hpp>
#include <autograd/xtensor.hpp>
#include <data/synthetic.hpp>
#include <data/xtensor.hpp>

#include "autograd/expect.hpp"

namespace xgrad::data {
namespace {

using test::error_of;
using test::lacks;
using Bytes = std::vector<std::uint8_t>;

/// Six images of 2x2 pixels, image i of the pixels 4i .. 4i + 3 and the label 10i.
ImageDataset ramp() {
  Bytes pixels(24), labels(6);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < 6; ++i) labels[i] = static_cast<std::uint8_t>(10 * i);
  return ImageDataset(pixels, labels, {.height = 2, .width = 2});
}

std::vector<Batch> epoch(const BatchSource& source, const LoaderOptions& options = {.batch_size = 4}) {
  std::vector<Batch> batches;
  for (const Batch& batch : Loader(source, options)) batches.push_back(batch);
  return batches;
}

xt::xarray<float> samples() { return xt::arange<float>(2 * 3 * 4).reshape({2, 3, 4}); }
xt::xarray<float> applied(const Transform<float>& transform, const xt::xarray<float>& sample, std::uint64_t seed = 1) {
  SplitMix64 random(seed);
  return transform(sample, random);
}

}  // namespace

TEST_CASE("the images of a data set are seen as arrays of bytes, without a copy") {
  const ImageDataset all = ramp();
  const auto seen = images(all);
  CHECK(seen.data() == all.image(0).data());
  CHECK(seen.shape() == std::array<std::size_t, 3>{6, 2, 2});
  CHECK(seen(5, 1, 0) == 22);
  CHECK(image(all, 3)(0, 1) == 13);
  CHECK(labels(all)(4) == 40);
  const ImageDataset part = all.subset(2, 5);
  CHECK(images(part).shape()[0] == 3);
  CHECK(images(part)(0, 0, 0) == 8);
  CHECK(labels(part)(2) == 40);
  CHECK(images(all.subset(3, 3)).size() == 0);
  CHECK(lacks(error_of([&] { image(all, 6); }), {"index 6"}) == "");
}

TEST_CASE("views of a data set keep it alive") {
  const auto seen = [] { return images(ramp()); }();
  const auto one = [] { return image(ramp(), 1); }();
  const Bytes other(24, 99);
  CHECK(seen(1, 0, 0) == 4);
  CHECK(one(1, 1) == 7);
}

TEST_CASE("a source of a data set's arrays gives what the data set gives") {
  const ImageDataset digits = synthetic_digits(50, 3);
  const auto ours =
      epoch(source(images(digits), labels(digits), to_float()), {.batch_size = 20, .shuffle = true, .seed = 5});
  std::vector<Batch> expected;
  for (const Batch& batch : Loader(digits, {.batch_size = 20, .shuffle = true, .seed = 5})) expected.push_back(batch);
  REQUIRE(ours.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(ours[i].images.shape() == Shape{i < 2 ? 20 : 10, 28, 28});
    CHECK(test::difference(ours[i].images.reshape(expected[i].images.shape()), expected[i].images) == "");
    CHECK(test::difference(ours[i].labels, expected[i].labels) == "");
  }
}

TEST_CASE("sources of containers, views and expressions of any element type") {
  const xt::xarray<double> x{{1, 2}, {3, 4}, {5, 6}};
  const xt::xtensor<int, 1> y{7, 8, 9};
  const Batch whole = epoch(source<double>(x, y))[0];
  CHECK(test::difference(whole.images, test::f64({{1, 2}, {3, 4}, {5, 6}})) == "");
  CHECK(test::difference(whole.labels, test::i64({7, 8, 9})) == "");
  CHECK(test::difference(epoch(source(xt::view(x, xt::range(0, 2)) * 2, xt::view(y, xt::range(1, 3))))[0].images,
                         tensor({{2, 4}, {6, 8}})) == "");
  CHECK(test::difference(epoch(source(xt::xarray<float>{1, 2}, xt::xarray<bool>{true, false}))[0].images,
                         tensor({1, 2})) == "");
  const auto ended = [] {
    const xt::xarray<float> gone{{1, 2}};
    return source(gone, xt::xarray<int>{0});
  }();
  CHECK(test::difference(epoch(ended)[0].images, tensor({{1, 2}})) == "");
}

TEST_CASE("transforms are functions of arrays, one behind the other") {
  const xt::xarray<float> sample{{0, 51}, {102, 255}};
  CHECK(xt::allclose(applied(to_float(), sample), xt::xarray<float>{{0, 0.2f}, {0.4f, 1}}));
  CHECK(xt::allclose(applied(to_float() | normalize(0.5, 0.5), sample), xt::xarray<float>{{-1, -0.6f}, {-0.2f, 1}}));
  const Transform<float> doubled([](const auto& x) { return x * 2.f; });
  CHECK(xt::allclose(applied(normalize(1, 1) | doubled, sample), xt::xarray<float>((sample - 1.f) * 2.f)));
  CHECK(xt::allclose(applied(doubled | normalize(1, 1), sample), xt::xarray<float>(sample * 2.f - 1.f)));
  CHECK(xt::allclose(applied(Transform<float>(), sample), sample));
  CHECK(xt::allclose(applied(Transform<float>() | doubled | Transform<float>(), sample),
                     xt::xarray<float>(sample * 2.f)));
}

TEST_CASE("a transform of images is one of arrays, with and without channels") {
  const xt::xarray<float> sample = samples() + 1.f;  // two channels of 3x4
  const xt::xarray<float> window = applied(random_crop({2, 3}), sample);
  REQUIRE(window.shape() == xt::xarray<float>::shape_type{2, 2, 3});
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        CHECK(window(c, i, j) == window(0, 0, 0) + static_cast<float>(12 * c + 4 * i + j));
  const xt::xarray<float> flat{{1, 2, 3}, {4, 5, 6}}, turned{{3, 2, 1}, {6, 5, 4}};
  CHECK(xt::all(xt::equal(applied(random_horizontal_flip(1), flat), turned)));
  CHECK(applied(grayscale({.num_output_channels = 3}), flat).shape() == xt::xarray<float>::shape_type{3, 2, 3});
  CHECK(xt::all(xt::equal(applied(random_crop({3, 4}) | normalize(0, 1), sample), sample)));
  const Transform<float> negative([](const auto& x) { return -x; });
  CHECK(xt::all(xt::equal(applied(negative | random_horizontal_flip(1) | negative, flat), turned)));
  const xt::xarray<float, xt::layout_type::column_major> columns = flat;
  CHECK(xt::all(xt::equal(applied(random_horizontal_flip(1), columns), turned)));
}

TEST_CASE("random transforms depend on seeds, not on prefetch, and differ from epoch to epoch") {
  const ImageDataset digits = synthetic_digits(40, 3);
  const BatchSource cropped =
      source(images(digits), labels(digits), to_float() | random_crop(28, {.padding = 4}) | random_horizontal_flip());
  manual_seed(7);
  const auto first = epoch(cropped, {.batch_size = 16, .prefetch = 0});
  manual_seed(7);
  const auto again = epoch(cropped, {.batch_size = 16, .prefetch = 3});
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(test::difference(first[i].images, again[i].images) == "");
  Loader loader(cropped, {.batch_size = 40});
  const Tensor one = loader.begin()->images, two = loader.begin()->images;
  CHECK(test::difference(one, two) != "");
  CHECK(test::difference(one[0], one[1]) != "");
}

TEST_CASE("what does not fit is refused") {
  const xt::xarray<float> x{{1, 2}, {3, 4}};
  CHECK(lacks(error_of([&] { source(x, xt::xarray<int>{1}); }), {"source", "(2, 2)", "(1,)"}) == "");
  CHECK(lacks(error_of([&] { source(xt::xarray<float>(1.f), xt::xarray<int>{1}); }), {"source", "()"}) == "");
  CHECK(lacks(error_of([&] { source(x, xt::xarray<int>{{1, 2}}); }), {"source", "(1, 2)"}) == "");
  CHECK(lacks(error_of([&] { applied(random_crop({3, 2}), x); }), {"random_crop", "1x2x2", "3x2"}) == "");
  CHECK(lacks(error_of([&] { applied(random_crop(1), xt::xarray<float>{1, 2}); }), {"Transform", "(2,)"}) == "");
  const Transform<float> uneven(
      [](const xt::xarray<float>& s) { return xt::xarray<float>(xt::view(s, xt::range(0, static_cast<int>(s(0))))); });
  CHECK(lacks(error_of([&] { epoch(source(x, xt::xarray<int>{0, 0}, uneven)); }), {"source", "(1,)", "(2,)"}) == "");
}

// Why the library reads npy files itself.
TEST_CASE("xtensor reads what we write, but also a file whose end is missing, which ours refuses") {
  const auto file =
      std::filesystem::temp_directory_path() / ("xgrad_xtensor_data_" + std::to_string(::getpid()) + ".npy");
  const xt::xarray<double> x = xt::arange<double>(100);
  xt::dump_npy(file.string(), x);
  CHECK(test::difference(load_npy(file), tensor(x)) == "");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 80);
  CHECK_NOTHROW(xt::load_npy<double>(file.string()));
  CHECK(error_of([&] { load_npy(file); }) != "no Error");
  std::filesystem::remove(file);
}

}  // namespace xgrad::data
