#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace xgrad {

/// The extents of a tensor, outermost first; at most Shape::max_rank axes. Shape{} is the shape of a scalar.
class Shape {
 public:
  static constexpr int max_rank = 8;
  /// The most elements that a tensor may have, whatever its dtype: no machine holds more. Extents of 0 are left out
  /// of the count, so that sizes and strides of empty tensors are numbers of 64 bits too.
  static constexpr std::int64_t max_elements = std::int64_t{1} << 46;

  Shape() noexcept = default;
  /// Throws Error on more than max_rank axes, a negative extent, or extents whose product (without those of 0) does not
  /// fit 64 bits. Shapes of more than max_elements are refused by the operation that is asked for them.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  Shape(const std::vector<std::int64_t>& extents) : Shape(std::span(extents)) {}
  /// One axis: zeros(3) has shape (3,).
  template <std::integral I>
  requires(!std::same_as<I, bool>) Shape(I extent) : Shape({static_cast<std::int64_t>(extent)}) {}
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

  /// Whether it has at most max_elements, not counting extents of 0, and no negative extent.
  bool fits() const noexcept {
    std::int64_t product = 1;
    for (int axis = 0; axis < rank_; ++axis) {
      const std::int64_t extent = extents_[static_cast<std::size_t>(axis)];
      if (extent < 0 || (extent != 0 && __builtin_mul_overflow(product, extent, &product))) return false;
    }
    return product <= max_elements;
  }

  const std::int64_t* begin() const noexcept { return extents_.data(); }
  const std::int64_t* end() const noexcept { return extents_.data() + rank_; }

  /// Appends an axis, innermost, or puts one before another. Throws Error as the constructor does.
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

[[noreturn, gnu::cold]] void refuse_size(const char* op, const Shape& shape);

/// Throws Error, in the name of an operation, unless a tensor may have that shape (Shape::fits).
inline void check_size(const char* op, const Shape& shape) {
  if (!shape.fits()) [[unlikely]]
    refuse_size(op, shape);
}

/// a + b and a * b of extents. Throws Error, in the name of an operation, where 64 bits do not hold the result.
std::int64_t extent_sum(const char* op, std::int64_t a, std::int64_t b);
std::int64_t extent_product(const char* op, std::int64_t a, std::int64_t b);

/// "(60, 100)", "(3,)", "()".
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The extents that a tensor is to be given, one of which may be -1 and is inferred: an argument of reshape. Refers to
/// what it is made of for as long as the call lasts.
class NewShape {
 public:
  NewShape(std::initializer_list<std::int64_t> extents) noexcept : list_(extents.begin(), extents.size()) {}
  NewShape(const std::vector<std::int64_t>& extents) noexcept : list_(extents) {}
  NewShape(const Shape& shape) noexcept : list_(shape.begin(), shape.size()) {}
  /// One axis: x.reshape(-1) is a vector.
  template <std::integral I>
  requires(!std::same_as<I, bool>) NewShape(I extent)
  noexcept : one_(static_cast<std::int64_t>(extent)), list_(&one_, 1) {}
  NewShape(const NewShape&) = delete;
  NewShape& operator=(const NewShape&) = delete;

  std::span<const std::int64_t> list() const noexcept { return list_; }

 private:
  std::int64_t one_ = 0;
  std::span<const std::int64_t> list_;
};

/// A bool, and nothing that only converts to one: the last argument of sum(x, 0, true).
class Flag {
 public:
  template <std::same_as<bool> B>
  constexpr Flag(B value) noexcept : value_(value) {}
  constexpr operator bool() const noexcept { return value_; }

 private:
  bool value_;
};

/// The axes an operation works over: all of them by default, one, or several; negative axes count from the end.
class Axes {
 public:
  Axes() noexcept = default;
  Axes(int axis) noexcept : axes_{axis}, count_(1) {}
  template <std::same_as<bool> B>
  Axes(B) = delete;  // true is no axis: write sum(x, axes, {.keepdims = true})
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
#pragma GCC visibility pop
