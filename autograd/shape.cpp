#include <autograd/shape.hpp>

#include <algorithm>
#include <ostream>

#include <autograd/error.hpp>

namespace xgrad {

namespace {

std::string text_of(std::span<const std::int64_t> extents) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(extents[axis]);
  }
  if (extents.size() == 1) text += ",";
  return text + ")";
}

/// Whether the product of the extents that are not 0 fits 64 bits.
bool has_product(std::span<const std::int64_t> extents) noexcept {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents)
    if (extent > 0 && __builtin_mul_overflow(product, extent, &product)) return false;
  return true;
}

[[noreturn]] void refuse_product(std::span<const std::int64_t> extents) {
  const bool empty = std::ranges::find(extents, 0) != extents.end();
  fail("Shape", text_of(extents) + " has more elements than fit 64 bits" +
                    (empty ? "; extents of 0 are left out of that count" : ""));
}

}  // namespace

Shape::Shape(std::span<const std::int64_t> extents) {
  if (!has_product(extents)) refuse_product(extents);
  for (const std::int64_t extent : extents) push_back(extent);
}

void Shape::push_back(std::int64_t extent) {
  if (rank_ == max_rank)
    fail("Shape", "a tensor has at most " + std::to_string(max_rank) + " axes; a further one was asked for");
  if (extent < 0)
    fail("Shape", "extents must be 0 or more; axis " + std::to_string(rank_) + " was given " + std::to_string(extent));
  extents_[static_cast<std::size_t>(rank_)] = extent;
  const std::span extents(extents_.data(), static_cast<std::size_t>(rank_ + 1));
  if (!has_product(extents)) refuse_product(extents);
  ++rank_;
}

void Shape::insert(int axis, std::int64_t extent) {
  if (axis < -rank_ - 1 || axis > rank_) {
    fail("Shape::insert", "axis " + std::to_string(axis) + " is out of range for a new axis of " + to_string(*this) +
                              "; expected " + std::to_string(-rank_ - 1) + " to " + std::to_string(rank_));
  }
  push_back(extent);
  const auto from = extents_.begin() + (axis < 0 ? axis + rank_ : axis), end = extents_.begin() + rank_;
  std::rotate(from, end - 1, end);
}

void Shape::erase(int axis) {
  const auto from = extents_.begin() + static_cast<std::ptrdiff_t>(place(axis));
  std::copy(from + 1, extents_.begin() + rank_, from);
  --rank_;
}

std::size_t Shape::place_from_end(int axis) const {
  if (axis < 0 && axis >= -rank_) return static_cast<std::size_t>(axis + rank_);
  fail("Shape", "axis " + std::to_string(axis) + " is out of range for " + to_string(*this) +
                    (rank_ == 0 ? ", which has no axes"
                                : "; expected " + std::to_string(-rank_) + " to " + std::to_string(rank_ - 1)));
}

Axes::Axes(std::span<const int> axes) : count_(static_cast<int>(axes.size())) {
  if (axes.size() > axes_.size())
    fail("Axes",
         std::to_string(axes.size()) + " axes were given; a tensor has at most " + std::to_string(Shape::max_rank));
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

void refuse_size(const char* op, const Shape& shape) {
  fail(op, "shape " + to_string(shape) + " has more elements than a tensor may have, " +
               std::to_string(Shape::max_elements));
}

std::int64_t extent_sum(const char* op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result))
    fail(op, "the extent " + std::to_string(a) + " + " + std::to_string(b) + " does not fit 64 bits");
  return result;
}

std::int64_t extent_product(const char* op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result))
    fail(op, "the extent " + std::to_string(a) + " * " + std::to_string(b) + " does not fit 64 bits");
  return result;
}

std::string to_string(const Shape& shape) { return text_of({shape.begin(), shape.end()}); }

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace xgrad
