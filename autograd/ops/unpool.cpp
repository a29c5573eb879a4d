#include <cstdlib>
#include <optional>
#include <vector>

#include <autograd/ops/pool.hpp>
#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

/// The unpoolings over one, two and three axes.
Tensor unpooled(const char* op, const Tensor& x, const Tensor& indices, const PerAxis& kernel, const PerAxis& stride,
                const PerAxis& padding, const std::optional<PerAxis>& output_size) {
  const ops::Images images(op, "x", x, kernel.axes());
  ops::check_indices(op, "indices", indices);
  if (indices.shape() != x.shape()) {
    fail(op, "argument 'indices' has shape " + to_string(indices.shape()) + " and 'x' " + to_string(x.shape()) +
                 "; expected equal shapes");
  }
  ops::check_numbers(op, "kernel_size", kernel, 1);
  ops::check_numbers(op, "stride", stride, 1);
  ops::check_numbers(op, "padding", padding, 0);
  if (output_size) ops::check_numbers(op, "output_size", *output_size, 1);
  PerAxis size = ops::extents_of(images.x);
  bool fits = true, positive = true;
  for (int axis = 0; axis < size.axes(); ++axis) {
    const std::int64_t steps = extent_product(op, size[axis] - 1, stride[axis]);
    size[axis] = extent_sum(op, steps, kernel[axis] - 2 * padding[axis]);
    positive = positive && (output_size || size[axis] >= 1);
    if (output_size) fits = fits && std::abs((*output_size)[axis] - size[axis]) < stride[axis];
  }
  if (!fits) {
    fail(op, "output_size is " + to_string(*output_size) + "; expected less than the stride " + to_string(stride) +
                 " away from " + to_string(size));
  }
  if (output_size) size = *output_size;
  if (!positive) {
    fail(op, "argument 'x' has shape " + to_string(x.shape()) + ": with padding " + to_string(padding) +
                 " the output would be " + to_string(size) + "; expected 1 or more each way");
  }
  const std::int64_t n = images.x.size(0), c = images.x.size(1), places = ops::product(ops::extents_of(images.x));
  const Shape shape = ops::images_shape(n, c, size);
  check_size(op, shape);
  const Tensor empty = zeros({n, c, ops::product(size)}, x.dtype());
  const Tensor put = put_along_axis(empty, indices.reshape({n, c, places}), x.reshape({n, c, places}), 2);
  return images.restored(put.reshape(shape));
}

template <class T>
std::optional<PerAxis> per_axis(const std::optional<T>& numbers) {
  return numbers ? std::optional<PerAxis>(*numbers) : std::nullopt;
}

}  // namespace

Tensor max_unpool1d(const Operand& x, const Operand& indices, std::int64_t kernel_size,
                    const MaxUnpool1dOptions& options) {
  const Called called("max_unpool1d");
  return unpooled("max_unpool1d", x, indices, kernel_size, options.stride.value_or(kernel_size), options.padding,
                  per_axis(options.output_size));
}
Tensor max_unpool2d(const Operand& x, const Operand& indices, const Pair& kernel_size,
                    const MaxUnpool2dOptions& options) {
  const Called called("max_unpool2d");
  return unpooled("max_unpool2d", x, indices, kernel_size, options.stride.given.value_or(kernel_size), options.padding,
                  per_axis(options.output_size));
}
Tensor max_unpool3d(const Operand& x, const Operand& indices, const Triple& kernel_size,
                    const MaxUnpool3dOptions& options) {
  const Called called("max_unpool3d");
  return unpooled("max_unpool3d", x, indices, kernel_size, options.stride.given.value_or(kernel_size), options.padding,
                  per_axis(options.output_size));
}

namespace {

using Inputs = const std::vector<Tensor>&;

Sample sample(const char* name, const Shape& shape, Tensor (*f)(Inputs)) {
  return {name, f, {ops::sample_values(shape, -1, 1)}};
}

/// A place for each element of a channel, some of them twice.
Tensor places_of(const Tensor& x) { return arange(x.size()).reshape(x.shape()) % 5; }

const Composition family[] = {
    {"max_unpool1d",
     [] {
       return std::vector<Sample>{
           sample("a size", {2, 2, 3},
                  [](Inputs in) { return max_unpool1d(in[0], places_of(in[0]), 2, {.output_size = 7}); }),
           sample("a single signal, places twice", {2, 3},
                  [](Inputs in) { return max_unpool1d(in[0], minimum(places_of(in[0]), 1), 2); })};
     }},
    {"max_unpool2d",
     [] {
       return std::vector<Sample>{sample("padded", {1, 2, 2, 3}, [](Inputs in) {
         return max_unpool2d(in[0], places_of(in[0]), 3, {.stride = 2, .padding = {1, 0}});
       })};
     }},
    {"max_unpool3d",
     [] {
       return std::vector<Sample>{sample("side by side", {1, 2, 1, 2, 2}, [](Inputs in) {
         return max_unpool3d(in[0], places_of(in[0]), {2, 1, 2});
       })};
     }},
};

}  // namespace

std::span<const Composition* const> max_unpool_compositions() {
  static const auto list = ops::pointers_to(family);
  return list;
}

}  // namespace xgrad
