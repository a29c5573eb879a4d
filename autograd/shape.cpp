#include <autograd/shape.hpp>

#include <algorithm>
#include <ostream>

#include <autograd/error.hpp>

namespace xgrad {

Shape::Shape(std::span<const std::int64_t> extents) {
  std::int64_t product = 1;
  bool fits = true;
  for (const std::int64_t extent : extents)
    fits = fits && (extent < 0 || !__builtin_mul_overflow(product, extent, &product));
  if (!fits) {
    std::string asked;
    for (const std::int64_t extent : extents) asked += (asked.empty() ? "(" : ", ") + std::to_string(extent);
    fail("Shape", asked + ") has more elements than fit 64 bits");
  }
  for (const std::int64_t extent : extents) push_back(extent);
}

void Shape::push_back(std::int64_t extent) {
  if (rank_ == max_rank)
    fail("Shape", "a tensor has at most " + std::to_string(max_rank) + " axes; a further one was asked for");
  if (extent < 0)
    fail("Shape", "extents must be 0 or more; axis " + std::to_string(rank_) + " was given " + std::to_string(extent));
  std::int64_t product = 0;
  if (__builtin_mul_overflow(elements(), extent, &product)) {
    fail("Shape", "axis " + std::to_string(rank_) + " of " + std::to_string(extent) + " after " + to_string(*this) +
                      " makes more elements than fit 64 bits");
  }
  extents_[static_cast<std::size_t>(rank_++)] = extent;
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

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(shape[axis]);
  }
  if (shape.rank() == 1) text += ",";
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace xgrad
