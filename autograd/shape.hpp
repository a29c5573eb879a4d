#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace xgrad {

/// The extents of a tensor, outermost first; at most Shape::max_rank axes. Shape{} is the shape of a scalar.
class Shape {
 public:
  static constexpr int max_rank = 8;

  Shape() noexcept = default;
  /// Throws Error on more than max_rank axes or a negative extent.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  Shape(const std::vector<std::int64_t>& extents) : Shape(std::span(extents)) {}
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const noexcept { return rank_; }
  bool empty() const noexcept { return rank_ == 0; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(rank_); }

  /// Extent of an axis; negative ones count from the end. Throws Error where it is out of range.
  std::int64_t operator[](int axis) const { return extents_[place(axis)]; }
  std::int64_t& operator[](int axis) { return extents_[place(axis)]; }

  /// Number of elements: the product of the extents, 1 for a scalar.
  std::int64_t elements() const noexcept {
    std::int64_t product = 1;
    for (int axis = 0; axis < rank_; ++axis) product *= extents_[static_cast<std::size_t>(axis)];
    return product;
  }

  const std::int64_t* begin() const noexcept { return extents_.data(); }
  const std::int64_t* end() const noexcept { return extents_.data() + rank_; }

  /// Appends an axis, innermost. Throws Error when there are max_rank already.
  void push_back(std::int64_t extent);
  /// Puts an axis in front of another, or behind the last; negative ones count from the end of the result. Throws Error
  /// where it is out of range, and as push_back does.
  void insert(int axis, std::int64_t extent);
  /// Takes an axis away; negative ones count from the end. Throws Error where it is out of range.
  void erase(int axis);

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t axis = 0; axis < a.size(); ++axis)
      if (a.extents_[axis] != b.extents_[axis]) return false;
    return true;
  }

 private:
  std::size_t place(int axis) const {
    if (static_cast<unsigned>(axis) < static_cast<unsigned>(rank_)) [[likely]]
      return static_cast<std::size_t>(axis);
    return place_from_end(axis);
  }
  std::size_t place_from_end(int axis) const;

  int rank_ = 0;  // in front, so that it and the first extents share a cache line
  std::array<std::int64_t, max_rank> extents_{};
};

/// "(60, 100)", "(3,)", "()".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The axes an operation works over: all of them by default, one, or several; negative axes count from the end.
class Axes {
 public:
  Axes() noexcept = default;
  Axes(int axis) noexcept : axes_{axis}, count_(1) {}
  /// Throws Error on more than Shape::max_rank axes.
  Axes(std::initializer_list<int> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  Axes(const std::vector<int>& axes) : Axes(std::span(axes)) {}
  explicit Axes(std::span<const int> axes);

  bool all() const noexcept { return count_ < 0; }
  std::span<const int> list() const noexcept {
    return std::span(axes_).first(static_cast<std::size_t>(count_ < 0 ? 0 : count_));
  }

 private:
  std::array<int, Shape::max_rank> axes_{};
  int count_ = -1;
};

}  // namespace xgrad
