#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#pragma GCC visibility push(default)
/// Numbers that operations on images, signals and volumes take for each of their spatial axes. Images are (N, C, H, W),
/// signals (N, C, L) and volumes (N, C, D, H, W); unless said otherwise a single one, without the axis N, is taken as
/// well and gives a single one.
namespace xgrad {

/// One number for the height and one for the width; a single number stands for both.
struct Pair {
  std::int64_t height = 1;
  std::int64_t width = 1;

  Pair(std::int64_t both) noexcept : height(both), width(both) {}
  Pair(std::int64_t of_height, std::int64_t of_width) noexcept : height(of_height), width(of_width) {}
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// One number for each axis of a volume; a single number stands for all.
struct Triple {
  std::int64_t depth = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;

  Triple(std::int64_t all) noexcept : depth(all), height(all), width(all) {}
  Triple(std::int64_t of_depth, std::int64_t of_height, std::int64_t of_width) noexcept
      : depth(of_depth), height(of_height), width(of_width) {}
  friend bool operator==(const Triple&, const Triple&) = default;
};

/// "(2, 3)".
std::string to_string(const Pair& pair);
/// "(2, 3, 4)".
std::string to_string(const Triple& triple);

/// A number for each of 1 to 3 spatial axes, in their order: what operations of one implementation for all of them
/// compute with.
class PerAxis {
 public:
  PerAxis(std::int64_t of_signal) noexcept : numbers_{of_signal}, axes_(1) {}
  PerAxis(const Pair& pair) noexcept : numbers_{pair.height, pair.width}, axes_(2) {}
  PerAxis(const Triple& triple) noexcept : numbers_{triple.depth, triple.height, triple.width}, axes_(3) {}
  /// The same number for each of so many axes.
  static PerAxis of(int axes, std::int64_t number) noexcept {
    PerAxis result(number);
    result.axes_ = axes;
    for (int axis = 0; axis < axes; ++axis) result[axis] = number;
    return result;
  }

  int axes() const noexcept { return static_cast<int>(axes_); }
  std::int64_t& operator[](int axis) noexcept { return numbers_[static_cast<std::size_t>(axis)]; }
  std::int64_t operator[](int axis) const noexcept { return numbers_[static_cast<std::size_t>(axis)]; }
  /// The number of an axis of a volume, `before` for axes that are not there.
  std::int64_t of_volume(int axis, std::int64_t before) const noexcept {
    const int own = axis - (3 - axes());
    return own < 0 ? before : (*this)[own];
  }
  friend bool operator==(const PerAxis&, const PerAxis&) = default;

 private:
  std::array<std::int64_t, 3> numbers_{};
  std::int64_t axes_;
};

/// "(2, 3)"; the number alone for one axis.
std::string to_string(const PerAxis& numbers);

/// Paddings by name: `valid` is none, and `same` gives the output the extents of the input, for strides of 1. If the
/// total is odd, the end (bottom, right) gets one more row (column).
enum class Padding { valid, same };

/// Places of zeros on each side of a signal, as a number or by name.
struct Padding1d {
  std::int64_t amount = 0;
  std::optional<Padding> named = {};

  Padding1d(std::int64_t number) noexcept : amount(number) {}
  Padding1d(Padding name) noexcept : named(name) {}
};

/// Rows and columns of zeros on each side of an image.
struct Padding2d {
  Pair amount = 0;
  std::optional<Padding> named = {};

  Padding2d(std::int64_t both) noexcept : amount(both) {}
  Padding2d(std::int64_t height, std::int64_t width) noexcept : amount(height, width) {}
  Padding2d(const Pair& pair) noexcept : amount(pair) {}
  Padding2d(Padding name) noexcept : named(name) {}
};

/// The same for a volume.
struct Padding3d {
  Triple amount = 0;
  std::optional<Padding> named = {};

  Padding3d(std::int64_t all) noexcept : amount(all) {}
  Padding3d(std::int64_t depth, std::int64_t height, std::int64_t width) noexcept : amount(depth, height, width) {}
  Padding3d(const Triple& triple) noexcept : amount(triple) {}
  Padding3d(Padding name) noexcept : named(name) {}
};

}  // namespace xgrad
#pragma GCC visibility pop
