#include <nn/identity.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Tensor Identity::forward(const Tensor& x) const { return x; }

Unflatten::Unflatten(int axis, const std::vector<std::int64_t>& sizes)
    : Module("Unflatten"), axis_(axis), sizes_(sizes) {
  const auto open = std::count(sizes.begin(), sizes.end(), std::int64_t{-1});
  const bool small = std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size < -1; });
  if (sizes.empty() || small || open > 1)
    refuse(fmt::format("sizes are ({}); one or more were expected, of which one may be -1", fmt::join(sizes, ", ")));
}

Tensor Unflatten::forward(const Tensor& x) const {
  const int axis = axis_ < 0 ? axis_ + x.rank() : axis_;
  if (axis < 0 || axis >= x.rank())
    refuse(fmt::format("the input has shape {}, which has no axis {}", to_string(x.shape()), axis_));
  std::int64_t known = 1;
  bool open = false, fits = true;
  for (const std::int64_t size : sizes_) {
    open = open || size == -1;
    if (size != -1) fits = fits && !__builtin_mul_overflow(known, size, &known);
  }
  fits = fits && (open ? known > 0 && x.size(axis) % known == 0 : known == x.size(axis));
  const int rank = x.rank() - 1 + static_cast<int>(sizes_.size());
  if (!fits || sizes_.size() > Shape::max_rank || rank > Shape::max_rank)
    refuse(fmt::format("axis {} of shape {} cannot become ({})", axis_, to_string(x.shape()), fmt::join(sizes_, ", ")));
  Shape shape = x.shape();
  shape.erase(axis);
  for (std::size_t i = 0; i < sizes_.size(); ++i)
    shape.insert(axis + static_cast<int>(i), sizes_[i] == -1 ? x.size(axis) / known : sizes_[i]);
  return reshape(x, shape);
}

std::string Unflatten::arguments() const { return fmt::format("axis={}, sizes=({})", axis_, fmt::join(sizes_, ", ")); }

}  // namespace xgrad::nn
