#include <autograd/ops/spatial.hpp>

#include <cstring>

#include <autograd/ops/window.hpp>

namespace xgrad {

std::string to_string(const Pair& pair) { return to_string(PerAxis(pair)); }
std::string to_string(const Triple& triple) { return to_string(PerAxis(triple)); }

std::string to_string(const PerAxis& numbers) {
  if (numbers.axes() == 1) return std::to_string(numbers[0]);
  std::string text;
  for (int axis = 0; axis < numbers.axes(); ++axis) text += (axis == 0 ? "(" : ", ") + std::to_string(numbers[axis]);
  return text + ")";
}

}  // namespace xgrad

namespace xgrad::ops {

namespace {

const char* layout(int axes, bool batch) {
  switch (axes) {
    case 1:
      return batch ? "(N, C, L)" : "(C, L)";
    case 2:
      return batch ? "(N, C, H, W)" : "(C, H, W)";
    default:
      return batch ? "(N, C, D, H, W)" : "(C, D, H, W)";
  }
}

}  // namespace

std::int64_t product(const PerAxis& numbers) {
  std::int64_t result = 1;
  for (int axis = 0; axis < numbers.axes(); ++axis) result = extent_product("windows", result, numbers[axis]);
  return result;
}

std::int64_t WindowGrid::field() const { return product(kernel); }
std::int64_t WindowGrid::places() const { return product(grid); }

VolumeWindows::VolumeWindows(const WindowGrid& windows) noexcept {
  const auto& [stride, padding, dilation] = windows.steps;
  for (int axis = 0; axis < 3; ++axis) {
    axes[static_cast<std::size_t>(axis)] = {windows.kernel.of_volume(axis, 1), windows.grid.of_volume(axis, 1),
                                            stride.of_volume(axis, 1), padding.of_volume(axis, 0),
                                            dilation.of_volume(axis, 1)};
  }
}

std::array<std::int64_t, 3> volume_of(const std::int64_t* of_axes, int axes, std::int64_t before) noexcept {
  std::array<std::int64_t, 3> result{before, before, before};
  for (int axis = 0; axis < axes; ++axis) result[static_cast<std::size_t>(3 - axes + axis)] = of_axes[2 + axis];
  return result;
}

PerAxis extents_of(const Tensor& x) {
  const int axes = x.rank() - 2;
  PerAxis extents = PerAxis::of(axes, 0);
  for (int axis = 0; axis < axes; ++axis) extents[axis] = x.shape()[2 + axis];
  return extents;
}

Images::Images(const char* op, const char* argument, const Tensor& given, int axes) : single(false) {
  check_floating(op, argument, given);
  single = given.rank() == axes + 1;
  if (!single && given.rank() != axes + 2) {
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(given.shape()) + "; expected " +
                 layout(axes, true) + " or " + layout(axes, false));
  }
  x = single ? expand_dims(given, 0) : given;
}

std::string images_layout(int axes) { return layout(axes, true); }

void check_layout(const char* op, const char* argument, const Tensor& x, const char* layout) {
  check_floating(op, argument, x);
  const auto rank = static_cast<int>(std::count(layout, layout + std::strlen(layout), ',')) + 1;
  if (x.rank() != rank)
    fail(op, std::string("argument '") + argument + "' has shape " + to_string(x.shape()) + "; expected " + layout);
}

void check_numbers(const char* op, const char* argument, const PerAxis& numbers, std::int64_t low) {
  constexpr std::int64_t high = std::numeric_limits<std::int32_t>::max();
  bool fits = true;
  for (int axis = 0; axis < numbers.axes(); ++axis) fits = fits && numbers[axis] >= low && numbers[axis] <= high;
  if (fits) return;
  fail(op, std::string(argument) + " is " + to_string(numbers) + "; expected numbers from " + std::to_string(low) +
               " to 2^31 - 1");
}

PerAxis window_grid(const char* op, const PerAxis& extents, const Shape& shape, const PerAxis& kernel,
                    const WindowSteps& steps, const PerAxis& padding, Rounding rounding) {
  PerAxis grid = kernel, padded = extents;
  bool fits = true;
  for (int axis = 0; axis < kernel.axes(); ++axis) {
    padded[axis] += padding[axis];
    const std::int64_t room = padded[axis] - steps.dilation[axis] * (kernel[axis] - 1) - 1;
    const std::int64_t stride = steps.stride[axis];
    fits = fits && room >= 0;
    grid[axis] = (rounding == Rounding::down ? room : room + stride - 1) / stride + 1;
    if (rounding == Rounding::up && (grid[axis] - 1) * stride >= extents[axis] + steps.padding[axis]) --grid[axis];
  }
  if (!fits) {
    fail(op, "the kernel " + to_string(kernel) + " with dilation " + to_string(steps.dilation) +
                 " is larger than the padded input " + to_string(padded) + ", of shape " + to_string(shape));
  }
  return grid;
}

PerAxis doubled(const PerAxis& numbers) {
  PerAxis result = numbers;
  for (int axis = 0; axis < numbers.axes(); ++axis) result[axis] *= 2;
  return result;
}

Shape images_shape(std::int64_t n, std::int64_t c, const PerAxis& extents) {
  Shape shape{n, c};
  for (int axis = 0; axis < extents.axes(); ++axis) shape.push_back(extents[axis]);
  return shape;
}

}  // namespace xgrad::ops
