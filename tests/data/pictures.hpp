#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <data/transform.hpp>

namespace xgrad::data {

/// An image whose values are 1, 2, 3, ...
inline Picture counted(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Picture picture{std::vector<float>(static_cast<std::size_t>(channels * height * width)), channels, height, width};
  std::iota(picture.values.begin(), picture.values.end(), 1.0F);
  return picture;
}

inline Picture applied(const ImageTransform& transform, Picture picture, std::uint64_t seed = 1) {
  SplitMix64 random(seed);
  transform(picture, random);
  REQUIRE(std::ssize(picture.values) == picture.channels * picture.pixels());
  return picture;
}

inline float at(const Picture& picture, std::int64_t c, std::int64_t y, std::int64_t x) {
  return picture.values[static_cast<std::size_t>((c * picture.height + y) * picture.width + x)];
}

}  // namespace xgrad::data
