#include <data/synthetic.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <data/splitmix.hpp>

namespace xgrad::data {
namespace {

struct Point {
  double x;
  double y;
};

using Stroke = std::vector<Point>;  // control points of a rounded path
using Glyph = std::vector<Stroke>;  // one way to write a digit
using Hands = std::vector<Glyph>;   // the ways to write it

/// The ways to write a digit, in a box from -1 to 1, x to the right and y down. Paths are rounded between their ends,
/// so a sharp corner is where one stroke ends and another begins.
// clang-format off
const std::array<Hands, 10>& all_hands() {
  static const std::array<Hands, 10> all = {{
    {  // 0
      {{{0, -1.05}, {-0.6, -0.9}, {-0.8, 0}, {-0.6, 0.95}, {0, 1.1}, {0.6, 0.95}, {0.8, 0}, {0.6, -0.9}, {0, -1.05}}},
      {{{0.3, -1}, {-0.5, -0.9}, {-0.6, 0.2}, {-0.5, 1}, {0.2, 1.1}, {0.6, 0.4}, {0.6, -0.6}, {-0.1, -1.1}}},
    },
    {  // 1
      {{{0.05, -1}, {0, 1}}},
      {{{-0.4, -0.55}, {0.1, -1}}, {{0.1, -1}, {0.1, 1}}},
      {{{-0.35, -0.6}, {0.05, -1}}, {{0.05, -1}, {0.05, 1}}, {{-0.45, 1}, {0.5, 1}}},
    },
    {  // 2
      {{{-0.6, -0.5}, {-0.5, -1.1}, {0.6, -1.15}, {0.8, -0.3}, {0, 0.3}, {-0.65, 1}}, {{-0.65, 1}, {0.7, 0.95}}},
      {{{-0.6, -0.6}, {-0.3, -1.1}, {0.6, -1.05}, {0.65, -0.2}, {0.1, 0.6}, {-0.5, 1.15}, {-0.9, 0.75}, {-0.2, 0.5},
        {0.2, 1}, {0.75, 0.85}}},
    },
    {  // 3
      {{{-0.55, -0.7}, {-0.2, -1.1}, {0.75, -1.05}, {0.65, -0.1}, {-0.15, -0.1}},
       {{-0.15, -0.1}, {0.8, -0.1}, {0.85, 1.05}, {-0.1, 1.15}, {-0.6, 0.7}}},
      {{{-0.6, -1}, {0.55, -1}}, {{0.55, -1}, {-0.1, -0.2}},
       {{-0.1, -0.2}, {0.85, -0.1}, {0.75, 1.1}, {-0.1, 1.15}, {-0.6, 0.75}}},
    },
    {  // 4
      {{{-0.3, -1}, {-0.65, 0.25}}, {{-0.65, 0.25}, {0.7, 0.2}}, {{0.4, -0.6}, {0.25, 1}}},
      {{{0.3, -1}, {-0.65, 0.35}}, {{-0.65, 0.35}, {0.7, 0.35}}, {{0.3, -1}, {0.3, 1}}},
    },
    {  // 5
      {{{0.6, -1}, {-0.45, -1}}, {{-0.45, -1}, {-0.5, -0.1}},
       {{-0.5, -0.1}, {0.1, -0.5}, {0.85, -0.1}, {0.75, 1}, {0, 1.2}, {-0.6, 0.7}}},
      {{{0.55, -1}, {-0.2, -1.05}, {-0.5, -0.6}, {-0.3, -0.1}, {0.6, 0.1}, {0.6, 1}, {0, 1.1}, {-0.6, 0.85}}},
    },
    {  // 6
      {{{0.45, -1}, {-0.2, -0.8}, {-0.7, 0}, {-0.7, 1}, {0.1, 1.2}, {0.75, 0.9}, {0.65, 0}, {0, -0.15}, {-0.6, 0.4}}},
      {{{0.1, -1}, {-0.45, -0.3}, {-0.6, 0.9}, {0, 1.2}, {0.65, 0.9}, {0.5, 0.15}, {-0.5, 0.55}}},
    },
    {  // 7
      {{{-0.6, -0.95}, {0.6, -1}}, {{0.6, -1}, {0.05, 0}, {-0.1, 1}}},
      {{{-0.6, -0.9}, {0.6, -1}}, {{0.6, -1}, {0.1, 0}, {-0.15, 1}}, {{-0.25, 0.05}, {0.5, 0}}},
      {{{-0.6, -0.6}, {-0.55, -1}, {0.6, -1}}, {{0.6, -1}, {-0.2, 1}}},
    },
    {  // 8
      {{{0, -0.05}, {-0.65, -0.25}, {-0.65, -1}, {0, -1.15}, {0.65, -1}, {0.65, -0.25}, {0, -0.05}},
       {{0, -0.05}, {-0.8, 0.2}, {-0.75, 1.05}, {0, 1.15}, {0.75, 1.05}, {0.8, 0.2}, {0, -0.05}}},
      {{{0.55, -0.85}, {-0.1, -1.15}, {-0.8, -0.8}, {-0.4, -0.1}, {0.6, 0.3}, {0.7, 1}, {-0.1, 1.2}, {-0.75, 0.8},
        {-0.4, 0.2}, {0.5, -0.4}, {0.55, -0.85}}},
    },
    {  // 9
      {{{0.6, -0.6}, {0.4, -1.1}, {-0.4, -1.1}, {-0.75, -0.4}, {-0.3, 0.15}, {0.4, 0}, {0.6, -0.6}},
       {{0.6, -0.7}, {0.55, 0.2}, {0.35, 1}}},
      {{{0.55, -0.8}, {0, -1.15}, {-0.65, -0.9}, {-0.6, -0.1}, {0.3, 0}, {0.55, -0.7}},
       {{0.55, -0.8}, {0.7, 0.7}, {0.1, 1.15}, {-0.55, 0.85}}},
    },
  }};
  return all;
}
// clang-format on

/// Rounds a path by cutting its corners (Chaikin, 1974), twice; the ends stay.
Stroke rounded(Stroke path) {
  const auto between = [](Point a, Point b, double weight) {
    return Point{a.x + weight * (b.x - a.x), a.y + weight * (b.y - a.y)};
  };
  for (int round = 0; round < 2; ++round) {
    Stroke cut = {path.front()};
    for (std::size_t i = 1; i < path.size(); ++i) {
      cut.push_back(between(path[i - 1], path[i], 0.25));
      cut.push_back(between(path[i - 1], path[i], 0.75));
    }
    cut.push_back(path.back());
    path = std::move(cut);
  }
  return path;
}

/// A random affine map from the box of the glyphs to pixels: size, aspect, slant, rotation and place.
class Warp {
 public:
  explicit Warp(SplitMix64& random) {
    const double width = random.uniform(6, 9.5);
    const double height = random.uniform(7, 10.5);
    const double slant = random.uniform(-0.4, 0.25);
    const double half = random.uniform(-0.15, 0.15);  // tan of half the angle
    const double cosine = (1 - half * half) / (1 + half * half);
    const double sine = 2 * half / (1 + half * half);
    xx_ = cosine * width;
    xy_ = cosine * slant * width - sine * height;
    yx_ = sine * width;
    yy_ = sine * slant * width + cosine * height;
    x_ = 14 + random.uniform(-1.5, 1.5);
    y_ = 14 + random.uniform(-1.5, 1.5);
  }

  Point operator()(Point p) const { return {xx_ * p.x + xy_ * p.y + x_, yx_ * p.x + yy_ * p.y + y_}; }

 private:
  double xx_, xy_, yx_, yy_, x_, y_;
};

double distance(Point p, Point a, Point b) {
  const Point along = {b.x - a.x, b.y - a.y};
  const double length2 = along.x * along.x + along.y * along.y;
  const double projection = (p.x - a.x) * along.x + (p.y - a.y) * along.y;
  const double t = length2 > 0 ? std::clamp(projection / length2, 0.0, 1.0) : 0;
  const Point d = {p.x - (a.x + t * along.x), p.y - (a.y + t * along.y)};
  return std::sqrt(d.x * d.x + d.y * d.y);
}

/// Ink on 28x28 pixels, 0 to 1.
class Canvas {
 public:
  static constexpr int extent = 28;

  /// Draws a line with a round pen, antialiased: a pixel is covered as far as the pen reaches over its centre.
  void draw(Point a, Point b, double radius) {
    const double reach = radius + 0.5;
    const auto [left, right] = pixels(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach);
    const auto [top, bottom] = pixels(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach);
    for (int row = top; row < bottom; ++row)
      for (int column = left; column < right; ++column) {
        const double cover = std::clamp(reach - distance({column + 0.5, row + 0.5}, a, b), 0.0, 1.0);
        double& ink = ink_[static_cast<std::size_t>(row * extent + column)];
        ink = std::max(ink, cover);
      }
  }

  std::span<const double> ink() const { return ink_; }

 private:
  /// The pixels that an interval touches: the first, and one after the last.
  static std::pair<int, int> pixels(double low, double high) {
    const auto pixel = [](double x) { return static_cast<int>(std::clamp(x, 0.0, double{extent})); };
    return {pixel(low), std::min(pixel(high) + 1, extent)};
  }

  std::array<double, extent * extent> ink_{};
};

/// About normal, mean 0 and standard deviation 1: a sum of uniform numbers, within +-3.5.
double rough_normal(SplitMix64& random) {
  double sum = 0;
  for (int i = 0; i < 4; ++i) sum += random.uniform(-0.5, 0.5);
  return sum * std::sqrt(3.0);
}

void draw_digit(std::size_t digit, SplitMix64& random, std::span<std::uint8_t> pixels) {
  const Hands& hands = all_hands()[digit];
  const Glyph& glyph = hands[static_cast<std::size_t>(random.below(hands.size()))];
  const Warp warp(random);
  const double radius = random.uniform(0.7, 1.7);
  const double darkness = random.uniform(0.7, 1.0);
  const double noise = random.uniform(0.0, 0.15);

  Canvas canvas;
  for (const Stroke& stroke : glyph) {
    Stroke path = stroke;
    for (Point& point : path) {
      point.x += 0.09 * rough_normal(random);
      point.y += 0.09 * rough_normal(random);
      point = warp(point);
    }
    path = rounded(std::move(path));
    for (std::size_t i = 1; i < path.size(); ++i) canvas.draw(path[i - 1], path[i], radius);
  }
  std::ranges::transform(canvas.ink(), pixels.begin(), [&](double ink) {
    const double value = darkness * ink + noise * rough_normal(random);
    return static_cast<std::uint8_t>(255 * std::clamp(value, 0.0, 1.0) + 0.5);
  });
}

}  // namespace

ImageDataset synthetic_digits(std::int64_t count, std::uint64_t seed) {
  if (count < 0) fail("synthetic_digits", fmt::format("{} images; expected 0 or more", count));
  const ImageSize image_size = {.height = Canvas::extent, .width = Canvas::extent};
  const std::size_t features = Canvas::extent * Canvas::extent;
  std::vector<std::uint8_t> pixels, labels;
  try {
    if (static_cast<std::size_t>(count) > pixels.max_size() / features) throw std::bad_alloc();
    pixels.resize(static_cast<std::size_t>(count) * features);
    labels.reserve(static_cast<std::size_t>(count));
  } catch (const std::bad_alloc&) {
    fail("synthetic_digits", fmt::format("no memory for {} images of {} bytes", count, features));
  }
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    const std::uint64_t label_stream = ~(i / 10);  // counts down from the last stream, images count up from the first
    const std::int64_t digit = permutation(10, seed, label_stream)[i % 10];
    labels.push_back(static_cast<std::uint8_t>(digit));
    SplitMix64 random(seed, i);
    draw_digit(static_cast<std::size_t>(digit), random, std::span(pixels).subspan(i * features, features));
  }
  return ImageDataset(std::move(pixels), std::move(labels), image_size);
}

Splits synthetic_splits(std::uint64_t seed, const SplitSizes& sizes) {
  if (sizes.train < 0 || sizes.validation < 0 || sizes.test < 0)
    fail("synthetic_splits", fmt::format("sizes {}, {} and {} for training, validation and test; expected 0 or more",
                                         sizes.train, sizes.validation, sizes.test));
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (sizes.train > most - sizes.validation || sizes.test > most - sizes.validation - sizes.train)
    fail("synthetic_splits", "more than 2^63 images altogether; expected numbers that memory holds");
  const std::int64_t train_end = sizes.validation + sizes.train;
  const ImageDataset all = synthetic_digits(train_end + sizes.test, seed);
  return {.train = all.subset(sizes.validation, train_end),
          .validation = all.subset(0, sizes.validation),
          .test = all.subset(train_end, all.size())};
}

}  // namespace xgrad::data
