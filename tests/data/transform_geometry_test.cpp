#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include <data/transform.hpp>

#include "files.hpp"
#include "pictures.hpp"

namespace xgrad::data {
namespace {

using test::error_of;
using test::holds;
using Values = std::vector<float>;

Picture noise(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Picture picture = counted(channels, height, width);
  SplitMix64 random(9);
  for (float& value : picture.values) value = static_cast<float>(random.uniform(0, 1));
  return picture;
}

double difference(const Picture& a, const Picture& b) {
  REQUIRE(a.values.size() == b.values.size());
  double most = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) most = std::max<double>(most, std::abs(a.values[i] - b.values[i]));
  return most;
}

/// What an affine transform is by definition: the value of the image, by bilinear interpolation with `fill` around it,
/// at the point that rotation, scales, shears and the move, all about the center, send to the pixel. The point is found
/// by solving the forward equations.
Picture naive_affine(const Picture& in, double degrees, double right, double down, double scale_x, double scale_y,
                     double shear_x, double shear_y, double fill) {
  const double radian = std::numbers::pi / 180;
  const double angle = degrees * radian, kx = std::tan(shear_x * radian), ky = std::tan(shear_y * radian);
  // Clockwise on a screen, where y points down: (1, 0) goes to (cos, sin).
  // An upright line leans left by kx of its height, then level lines lean up by ky of their width.
  Picture out = in;
  const double cx = 0.5 * static_cast<double>(in.width - 1), cy = 0.5 * static_cast<double>(in.height - 1);
  const double c = std::cos(angle), s = std::sin(angle);
  // first = shear in x, then shear in y: [1 0; -ky 1] [1 -kx; 0 1]
  const double m00 = 1, m01 = -kx, m10 = -ky, m11 = 1 + kx * ky;
  const double a00 = (c * m00 - s * m10) * scale_x, a01 = (c * m01 - s * m11) * scale_y;
  const double a10 = (s * m00 + c * m10) * scale_x, a11 = (s * m01 + c * m11) * scale_y;
  const double det = a00 * a11 - a01 * a10;
  const auto pixel = [&](std::int64_t channel, double y, double x) -> double {
    if (x < 0 || y < 0 || x >= static_cast<double>(in.width) || y >= static_cast<double>(in.height)) return fill;
    return at(in, channel, static_cast<std::int64_t>(y), static_cast<std::int64_t>(x));
  };
  for (std::int64_t channel = 0; channel < in.channels; ++channel)
    for (std::int64_t i = 0; i < in.height; ++i)
      for (std::int64_t j = 0; j < in.width; ++j) {
        const double u = static_cast<double>(j) - cx - right, v = static_cast<double>(i) - cy - down;
        const double x = (a11 * u - a01 * v) / det + cx, y = (-a10 * u + a00 * v) / det + cy;
        const double x0 = std::floor(x), y0 = std::floor(y), fx = x - x0, fy = y - y0;
        const double value = (1 - fy) * ((1 - fx) * pixel(channel, y0, x0) + fx * pixel(channel, y0, x0 + 1)) +
                             fy * ((1 - fx) * pixel(channel, y0 + 1, x0) + fx * pixel(channel, y0 + 1, x0 + 1));
        out.values[static_cast<std::size_t>((channel * in.height + i) * in.width + j)] = static_cast<float>(value);
      }
  return out;
}

constexpr Resampling both[] = {Resampling::nearest, Resampling::bilinear};

}  // namespace

// Expected values are those of PyTorch's torch.nn.functional.interpolate.
TEST_CASE("resize is PyTorch's interpolate") {
  const Picture picture{{1, 4, 9, 16, 25, 2, 3, 5, 7, 11, 0, 8, 1, 6, 3}, 1, 3, 5};
  const auto close = [](const Picture& found, const Values& expected) {
    REQUIRE(found.values.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(found.values[i] - expected[i]) < 1e-4);
  };
  close(applied(resize({2, 3}), picture), {2.3393F, 7.7778F, 16.6964F, 3.0536F, 4.1667F, 6.1607F});
  close(applied(resize({2, 3}, {.antialias = false}), picture), {2.0833F, 8, 18.9167F, 2.5833F, 2, 5.4167F});
  close(applied(resize({2, 3}, {.interpolation = Resampling::nearest}), picture), {1, 4, 16, 2, 3, 7});
  const Values larger = {1,    2.7143F, 5.4286F,  9,      14,    19.8571F, 25,      1.625F, 2.625F,  4.2679F,
                         6.5F, 9.2679F, 12.8929F, 16.25F, 1.25F, 3.3214F,  4.4821F, 3.5F,   5.7321F, 7.2143F,
                         8,    0,       4.5714F,  6,      1,     4.5714F,  4.7143F, 3};
  close(applied(resize({4, 7}), picture), larger);
  close(applied(resize({4, 7}, {.antialias = false}), picture), larger);
  CHECK(applied(resize({3, 5}), picture).values == picture.values);
  const Picture scaled = applied(resize(6), noise(3, 3, 5));
  CHECK(scaled.channels == 3);
  CHECK(scaled.height == 6);
  CHECK(scaled.width == 10);
  CHECK(applied(resize(2), noise(1, 9, 4)).height == 4);
  CHECK(holds(error_of([] { resize({0, 3}); }), {"resize", "0x3"}));
  CHECK(holds(error_of([] { resize(0); }), {"resize", "a side of 0"}));
  CHECK(holds(error_of([] { applied(resize(2), Picture{{}, 1, 0, 3}); }), {"resize", "1x0x3"}));
}

TEST_CASE("transforms of points that move nothing leave the image to the bit") {
  const Picture picture = noise(2, 7, 10);
  for (const Resampling resampling : both) {
    CHECK(applied(random_rotation(0, {.interpolation = resampling}), picture).values == picture.values);
    CHECK(applied(random_affine({.interpolation = resampling}), picture).values == picture.values);
    CHECK(applied(elastic({.alpha = 0, .interpolation = resampling}), picture).values == picture.values);
  }
}

TEST_CASE("a rotation turns counter-clockwise about the middle, or the point that was asked for") {
  const Picture square = counted(1, 3, 3);
  for (const Resampling resampling : both) {
    CHECK(difference(applied(random_rotation({90, 90}, {.interpolation = resampling}), square),
                     {{3, 6, 9, 2, 5, 8, 1, 4, 7}, 1, 3, 3}) < 1e-5);
    CHECK(difference(applied(random_rotation({180, 180}, {.interpolation = resampling}), square),
                     {{9, 8, 7, 6, 5, 4, 3, 2, 1}, 1, 3, 3}) < 1e-5);
    CHECK(difference(applied(random_rotation({-90, -90}, {.interpolation = resampling}), square),
                     {{7, 4, 1, 8, 5, 2, 9, 6, 3}, 1, 3, 3}) < 1e-5);
    // About the left upper pixel, the first row becomes the first column below it, which lies outside.
    CHECK(
        difference(applied(random_rotation({-90, -90},
                                           {.interpolation = resampling, .center = PicturePoint{0.5, 0.5}, .fill = -1}),
                           square),
                   {{1, -1, -1, 2, -1, -1, 3, -1, -1}, 1, 3, 3}) < 1e-5);
    // The affine transform turns the other way.
    CHECK(difference(applied(random_affine({.degrees = {90, 90}, .interpolation = resampling}), square),
                     {{7, 4, 1, 8, 5, 2, 9, 6, 3}, 1, 3, 3}) < 1e-5);
  }
  std::set<Values> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    seen.insert(applied(random_rotation(90, {.interpolation = Resampling::bilinear}), noise(1, 9, 9), seed).values);
  CHECK(seen.size() == 20);
}

TEST_CASE("an affine transform is what its definition gives") {
  const Picture picture = noise(2, 9, 12);
  struct Case {
    double degrees, scale_x, scale_y, shear_x, shear_y;
  };
  for (const Case& c : {Case{33, 1, 1, 0, 0}, Case{0, 1.3, 1.3, 0, 0}, Case{0, 0.6, 1.5, 0, 0}, Case{0, 1, 1, 20, 0},
                        Case{0, 1, 1, 0, -15}, Case{-25, 0.8, 1.1, 10, 0}, Case{140, 1.2, 1.2, -30, 12}}) {
    CAPTURE(c.degrees);
    const Picture found = applied(random_affine({.degrees = {c.degrees, c.degrees},
                                                 .scale = {c.scale_x, c.scale_x},
                                                 .scale_y = Range{c.scale_y, c.scale_y},
                                                 .shear = {c.shear_x, c.shear_x},
                                                 .shear_y = {c.shear_y, c.shear_y},
                                                 .interpolation = Resampling::bilinear,
                                                 .fill = 0.25}),
                                  picture);
    // Places are float32 numbers of about 10, slopes at most 1.
    CHECK(difference(found, naive_affine(picture, c.degrees, 0, 0, c.scale_x, c.scale_y, c.shear_x, c.shear_y, 0.25)) <
          1e-5);
  }
}

TEST_CASE("an affine transform moves by whole pixels, up to a share of width and height") {
  Picture dot{Values(10 * 20), 1, 10, 20};
  dot.values[4 * 20 + 9] = 1;
  std::set<std::ptrdiff_t> rows, columns;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Picture moved =
        applied(random_affine({.translate = {0.1, 0.3}, .interpolation = Resampling::bilinear}), dot, seed);
    const auto place = std::ranges::find(moved.values, 1.0F) - moved.values.begin();
    REQUIRE(place < 200);
    rows.insert(place / 20 - 4);
    columns.insert(place % 20 - 9);
  }
  CHECK(columns == std::set<std::ptrdiff_t>{-2, -1, 0, 1, 2});
  CHECK(rows == std::set<std::ptrdiff_t>{-3, -2, -1, 0, 1, 2, 3});
}

TEST_CASE("the nearest pixel is the one that the point lies in, and points far away are filled") {
  const Picture row = counted(1, 1, 4);
  // Twice as large about the middle: pixels 2 2 3 3.
  CHECK(applied(random_affine({.scale = {2, 2}}), row).values == Values{2, 2, 3, 3});
  CHECK(applied(random_affine({.scale = {0.4, 0.4}, .fill = 7}), row).values == Values{7, 1, 4, 7});
  for (const Resampling resampling : both) {
    const Picture tiny =
        applied(random_affine({.scale = {1e-300, 1e-300}, .interpolation = resampling, .fill = 7}), row);
    CHECK(tiny.values == Values{7, 7, 7, 7});
  }
}

TEST_CASE("elastic moves pixels by a smooth field of the size that was asked for") {
  // The image is its own place, so that the values show the field.
  const std::int64_t side = 64;
  Picture columns = counted(1, side, side), rows = columns;
  for (std::int64_t y = 0; y < side; ++y)
    for (std::int64_t x = 0; x < side; ++x) {
      columns.values[static_cast<std::size_t>(y * side + x)] = static_cast<float>(x);
      rows.values[static_cast<std::size_t>(y * side + x)] = static_cast<float>(y);
    }
  const double sigma = 4, alpha = 20;
  double squares = 0, slopes = 0, sum = 0, product = 0;
  int count = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const ImageTransform move = elastic({.alpha = alpha, .sigma = sigma});
    const Picture x = applied(move, columns, seed), y = applied(move, rows, seed);
    for (std::int64_t i = 20; i < 44; ++i)
      for (std::int64_t j = 20; j < 44; ++j) {
        const double dx = at(x, 0, i, j) - static_cast<float>(j), dy = at(y, 0, i, j) - static_cast<float>(i);
        const double slope = at(x, 0, i, j + 1) - at(x, 0, i, j) - 1;
        squares += dx * dx, sum += dx, product += dx * dy, slopes += slope * slope, ++count;
      }
  }
  // Noise of the variance 1/3 through a Gaussian: variance 1 / (3 * 4 pi sigma^2); that of its derivative along an
  // axis is 1 / (2 sigma^2) of it. Neighbours are alike, so 60 fields are about 1000 independent numbers.
  const double variance = alpha * alpha / (3 * 4 * std::numbers::pi * sigma * sigma);
  CHECK(squares / count == doctest::Approx(variance).epsilon(0.2));
  CHECK(slopes / count == doctest::Approx(variance / (2 * sigma * sigma)).epsilon(0.25));
  CHECK(std::abs(sum / count) < 0.2 * std::sqrt(variance));
  CHECK(std::abs(product / count) < 0.2 * variance);

  // Sides that four does not divide, a narrower image than the Gaussian, and channels that move together.
  const Picture narrow = applied(elastic(), noise(2, 7, 1));
  CHECK(narrow.values.size() == 14);
  Picture twins = noise(2, 13, 11);
  std::copy_n(twins.values.begin(), 143, twins.values.begin() + 143);
  const Picture moved = applied(elastic({.sigma = 2}), twins);
  CHECK(std::equal(moved.values.begin(), moved.values.begin() + 143, moved.values.begin() + 143));
  CHECK(moved.values != twins.values);
}

TEST_CASE("options of transforms of points that mean nothing are refused") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(holds(error_of([] { random_rotation(-10); }), {"random_rotation", "degrees", "10 to -10"}));
  CHECK(holds(error_of([&] { random_rotation(infinity); }), {"random_rotation", "degrees"}));
  CHECK(holds(error_of([&] {
                random_rotation(1, {.center = PicturePoint{infinity, 0}});
              }),
              {"random_rotation", "center"}));
  CHECK(holds(error_of([] { random_affine({.scale = {0, 1}}); }), {"random_affine", "scale", "more than 0"}));
  CHECK(holds(error_of([] { random_affine({.scale_y = Range{2, 1}}); }), {"random_affine", "scale_y"}));
  CHECK(holds(error_of([] { random_affine({.translate = {0, 1.5}}); }), {"random_affine", "translate", "1.5"}));
  CHECK(holds(error_of([] { random_affine({.shear = {3, 2}}); }), {"random_affine", "shear"}));
  CHECK(holds(error_of([] { random_affine({.interpolation = static_cast<Resampling>(7)}); }),
              {"random_affine", "interpolation", "7"}));
  CHECK(holds(error_of([] { elastic({.alpha = -1}); }), {"elastic", "alpha is -1"}));
  CHECK(holds(error_of([] { elastic({.sigma = 0}); }), {"elastic", "sigma is 0"}));
  CHECK(holds(error_of([] {
                applied(random_rotation(1, {.fill = {1, 2}}), counted(1, 2, 2));
              }),
              {"random_rotation", "fill has 2 numbers"}));
}

}  // namespace xgrad::data
