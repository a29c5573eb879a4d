#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
/// Images as transforms see them, and the numbers that describe transforms.
namespace xgrad::data {

/// An image that transforms work on: float32 values of shape (channels, height, width), row by row. A transform may
/// change values and extents; there are channels * height * width values again when it is done.
struct Picture {
  std::vector<float> values;
  std::int64_t channels = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::int64_t pixels() const noexcept { return height * width; }
  /// Whether there are as many values as the extents say.
  bool complete() const noexcept;
  /// The values of one channel, from 0 on. Throw Error out of range, and unless complete().
  std::span<float> channel(std::int64_t index);
  std::span<const float> channel(std::int64_t index) const;
};

/// One number for all channels of an image, or one for each.
struct PerChannel {
  std::vector<double> values;

  PerChannel(double number) : values{number} {}
  PerChannel(std::initializer_list<double> numbers) : values(numbers) {}
  PerChannel(std::vector<double> numbers) : values(std::move(numbers)) {}
};

/// The numbers from low to high, each equally likely.
struct Range {
  double low = 0;
  double high = 0;
};

/// Angles in degrees: from low to high, or from -most to most.
struct Degrees {
  double low = 0;
  double high = 0;

  constexpr Degrees(double most) : low(-most), high(most) {}
  constexpr Degrees(double from, double to) : low(from), high(to) {}
};

/// Factors from low to high, or from 1 - by (not below 0) to 1 + by.
struct Jitter {
  double low = 1;
  double high = 1;

  constexpr Jitter(double by) : low(by > 1 ? 0 : 1 - by), high(1 + by) {}
  constexpr Jitter(double from, double to) : low(from), high(to) {}
};

/// Pixels on the four sides of an image.
struct Margins {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t right = 0;
  std::int64_t bottom = 0;

  constexpr Margins(std::int64_t all) : left(all), top(all), right(all), bottom(all) {}
  constexpr Margins(std::int64_t left_right, std::int64_t top_bottom)
      : left(left_right), top(top_bottom), right(left_right), bottom(top_bottom) {}
  constexpr Margins(std::int64_t l, std::int64_t t, std::int64_t r, std::int64_t b)
      : left(l), top(t), right(r), bottom(b) {}
};

}  // namespace xgrad::data
#pragma GCC visibility pop
