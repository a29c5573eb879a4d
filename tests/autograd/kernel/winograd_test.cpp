#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/winograd.hpp>

#include "instruction_sets.hpp"

// The transforms of Winograd's convolution against their matrices in plain loops, for each instruction set.
namespace xgrad::ops {
namespace {

template <class T>
struct Target {
  std::string name;
  SplitTiles<T> split;
  JoinTiles<T> join;
};

template <class T>
std::vector<Target<T>> targets() {
  std::vector<Target<T>> all{{"this processor's", split_tiles<T>(), join_tiles<T>()},
                             {"the baseline", &baseline::split_tiles, &baseline::join_tiles}};
  if (test::has_avx2()) all.push_back({"AVX2", XGRAD_OF_AVX2(split_tiles), XGRAD_OF_AVX2(join_tiles)});
  if (test::has_avx512()) all.push_back({"AVX-512", XGRAD_OF_AVX512(split_tiles), XGRAD_OF_AVX512(join_tiles)});
  return all;
}

/// The matrix of a square's side: 36 products of a side by so many elements. At each point p of 0, 3/4, -3/4, 3/2, -3/2
/// the row of A is 1, p, p^2, p^3, and that of B' has the coefficients of the product of all x - q, q another point; at
/// infinity they are 0, 0, 0, 1, and the coefficients of the product over all points.
std::vector<std::vector<double>> matrix_of(TileKind kind) {
  const std::vector<double> points{0, 0.75, -0.75, 1.5, -1.5};
  std::vector<std::vector<double>> rows;
  const auto product = [&](std::size_t without) {
    std::vector<double> coefficients{1, 0, 0, 0, 0, 0};
    for (std::size_t k = 0; k < points.size(); ++k) {
      if (k == without) continue;
      for (std::size_t i = coefficients.size(); i-- > 0;)
        coefficients[i] = (i > 0 ? coefficients[i - 1] : 0) - points[k] * coefficients[i];
    }
    return coefficients;
  };
  for (std::size_t k = 0; k <= points.size(); ++k) {
    if (kind == TileKind::windows)
      rows.push_back(product(k));
    else if (k == points.size())
      rows.push_back({0, 0, 0, 1});
    else
      rows.push_back({1, points[k], std::pow(points[k], 2), std::pow(points[k], 3)});
  }
  return rows;
}

/// Images and their tiles, of random numbers.
template <class T>
struct Case {
  Tiling<T> tiling;
  std::vector<T> images, tiles;

  Case(Tiling<T> t, std::mt19937& generator) : tiling(t) {
    tiling.image_step = t.height * t.width + 3;
    tiling.product_step = t.count * t.down * t.across + 5;
    images.resize(static_cast<std::size_t>(tiling.image_step * t.count));
    tiles.resize(static_cast<std::size_t>(tiling.product_step * tile_products));
    std::uniform_real_distribution<T> values(-1, 1);
    for (auto* all : {&images, &tiles})
      for (T& value : *all) value = values(generator);
    tiling.images = images.data();
    tiling.tiles = tiles.data();
  }

  /// Calls f(element of `images`, element of `tiles`, factor) for all pairs with one.
  template <class F>
  void each_factor(F&& f) const {
    const auto matrix = matrix_of(tiling.kind);
    const auto side = static_cast<std::int64_t>(matrix[0].size());
    const Tiling<T>& t = tiling;
    for (std::int64_t tile = 0; tile < t.count * t.down * t.across; ++tile) {
      const std::int64_t n = tile / (t.down * t.across);
      const std::int64_t y = tile / t.across % t.down * tile_size - t.top, x = tile % t.across * tile_size - t.left;
      for (std::int64_t product = 0; product < tile_products; ++product) {
        const auto& down = matrix[static_cast<std::size_t>(product / tile_points)];
        const auto& across = matrix[static_cast<std::size_t>(product % tile_points)];
        for (std::int64_t i = std::max<std::int64_t>(0, -y); i < side && y + i < t.height; ++i)
          for (std::int64_t j = std::max<std::int64_t>(0, -x); j < side && x + j < t.width; ++j)
            f(static_cast<std::size_t>(n * t.image_step + (y + i) * t.width + x + j),
              static_cast<std::size_t>(product * t.product_step + tile),
              down[static_cast<std::size_t>(i)] * across[static_cast<std::size_t>(j)]);
      }
    }
  }
};

/// The largest difference of an array from what was expected, over the largest number expected; elements that are not
/// of the result are expected as they were.
template <class T>
double disagreement(const std::vector<T>& found, const std::vector<double>& expected) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(found[i]) - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

template <class T>
void check(const Tiling<T>& tiling, const Target<T>& target, std::mt19937& generator) {
  CAPTURE(target.name);
  CAPTURE(tiling.height);
  CAPTURE(tiling.width);
  CAPTURE(tiling.count);
  const double rounding = sizeof(T) == sizeof(float) ? 2e-6 : 1e-14;
  {
    Case<T> c(tiling, generator);
    std::vector<double> expected(c.tiles.begin(), c.tiles.end());
    for (std::int64_t product = 0; product < tile_products; ++product)
      for (std::int64_t tile = 0; tile < tiling.count * tiling.down * tiling.across; ++tile)
        expected[static_cast<std::size_t>(product * c.tiling.product_step + tile)] = 0;
    c.each_factor([&](std::size_t image, std::size_t tile, double factor) {
      expected[tile] += factor * static_cast<double>(c.images[image]);
    });
    target.split(c.tiling);
    CHECK(disagreement(c.tiles, expected) < rounding);
  }
  Case<T> c(tiling, generator);
  std::vector<double> expected(c.images.begin(), c.images.end());
  for (std::int64_t n = 0; n < tiling.count; ++n)
    for (std::int64_t i = 0; i < tiling.height * tiling.width; ++i)
      expected[static_cast<std::size_t>(n * c.tiling.image_step + i)] = 0;
  c.each_factor([&](std::size_t image, std::size_t tile, double factor) {
    expected[image] += factor * static_cast<double>(c.tiles[tile]);
  });
  target.join(c.tiling);
  CHECK(disagreement(c.images, expected) < rounding);
}

template <class T>
void check_all() {
  std::mt19937 generator(11);
  const auto from = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
  };
  const auto some = [&](TileKind kind, std::int64_t count, std::int64_t height, std::int64_t width, std::int64_t pad) {
    const bool windows = kind == TileKind::windows;
    const auto tiles = [&](std::int64_t extent) {
      return (extent + (windows ? 2 * pad - 2 : 0) + tile_size - 1) / tile_size;
    };
    return Tiling<T>{.kind = kind,
                     .count = count,
                     .height = height,
                     .width = width,
                     .down = tiles(height),
                     .across = tiles(width),
                     .top = windows ? pad : 0,
                     .left = windows ? pad : 0,
                     .images = nullptr,
                     .image_step = 0,
                     .tiles = nullptr,
                     .product_step = 0};
  };
  for (const Target<T>& target : targets<T>()) {
    for (const TileKind kind : {TileKind::windows, TileKind::blocks}) {
      for (int round = 0; round < 40; ++round)
        check(some(kind, from(1, 5), from(3, 20), from(3, 40), from(0, 5)), target, generator);
      // Tiles of several chunks, within an image and across images, and a row of tiles that is longer than a chunk.
      check(some(kind, 1, 90, 70, 1), target, generator);
      check(some(kind, 30, 14, 14, 1), target, generator);
      check(some(kind, 2, 6, 1100, 1), target, generator);
    }
  }
}

TEST_CASE("tiles are the products of images with the matrices of Winograd's convolution, and images their adjoints") {
  check_all<float>();
  check_all<double>();
  // x87 has its registers to itself: MMX, without a word at its end, would leave none, and sums would be NaN.
  volatile long double one = 1;
  CHECK(one + one == 2);
}

}  // namespace
}  // namespace xgrad::ops
