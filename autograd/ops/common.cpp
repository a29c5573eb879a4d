#include <autograd/ops/common.hpp>

#include <algorithm>

#include <autograd/per_thread.hpp>

namespace xgrad::ops {

void check_defined(const char* op, const char* argument, const Tensor& tensor) {
  if (!tensor.defined())
    fail(op, std::string("argument '") + argument + "' is an undefined Tensor (default-constructed or moved from)");
}

void check_floating(const char* op, const char* argument, const Tensor& tensor) {
  check_defined(op, argument, tensor);
  if (!is_floating(tensor.dtype())) {
    fail(op, std::string("argument '") + argument + "' has dtype " + std::string(to_string(tensor.dtype())) +
                 " and shape " + to_string(tensor.shape()) + "; float32 or float64 is expected");
  }
}

void check_indices(const char* op, const char* argument, const Tensor& tensor) {
  check_defined(op, argument, tensor);
  if (tensor.dtype() != int64) {
    fail(op, std::string("argument '") + argument + "' has dtype " + std::string(to_string(tensor.dtype())) +
                 " and shape " + to_string(tensor.shape()) + "; int64 is expected");
  }
}

int checked_axis(const char* op, int axis, const Shape& shape) {
  const int wrapped = axis < 0 ? axis + shape.rank() : axis;
  if (wrapped >= 0 && wrapped < shape.rank()) return wrapped;
  if (shape.rank() == 0)
    fail(op, "axis " + std::to_string(axis) + " was given for a scalar, shape (), which has no axes");
  fail(op, "axis " + std::to_string(axis) + " is out of range for shape " + to_string(shape) + "; expected " +
               std::to_string(-shape.rank()) + " to " + std::to_string(shape.rank() - 1));
}

Along::Along(const char* op, const Tensor& given, int along) : x(given), axis(0), scalar(false) {
  check_defined(op, "x", given);
  scalar = given.rank() == 0 && (along == 0 || along == -1);
  if (scalar)
    x = ops::reshaped(given, {1});
  else
    axis = checked_axis(op, along, given.shape());
}

Tensor Along::reshaped(const Tensor& x, const Shape& shape) { return ops::reshaped(x, shape); }

int checked_new_axis(const char* op, int axis, int result_rank) {
  const int wrapped = axis < 0 ? axis + result_rank : axis;
  if (wrapped >= 0 && wrapped < result_rank) return wrapped;
  fail(op, "axis " + std::to_string(axis) + " is out of range for a result of rank " + std::to_string(result_rank) +
               "; expected " + std::to_string(-result_rank) + " to " + std::to_string(result_rank - 1));
}

std::int64_t checked_index(const char* op, std::int64_t index, std::int64_t n, std::int64_t position) {
  const std::int64_t wrapped = index < 0 ? index + n : index;
  if (wrapped >= 0 && wrapped < n) return wrapped;
  fail(op, "index " + std::to_string(index) + " is out of range for an axis of " + std::to_string(n) +
               ", at position " + std::to_string(position) + " of the indices; expected " +
               (n == 0 ? "none" : std::to_string(-n) + " to " + std::to_string(n - 1)));
}

std::int64_t axes_mask(const char* op, const Axes& axes, const Shape& shape) {
  if (axes.all()) return (std::int64_t{1} << shape.rank()) - 1;
  std::int64_t mask = 0;
  for (const int axis : axes.list()) {
    const bool of_scalar = shape.rank() == 0 && (axis == 0 || axis == -1);
    const std::int64_t bit = of_scalar ? 1 : std::int64_t{1} << checked_axis(op, axis, shape);
    if (mask & bit) fail(op, "axis " + std::to_string(axis) + " is given twice, for shape " + to_string(shape));
    mask |= bit;
  }
  return shape.rank() == 0 ? 0 : mask;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int extra = result.rank() - shorter.rank();
  for (int axis = 0; axis < shorter.rank(); ++axis) {
    std::int64_t& extent = result[axis + extra];
    if (extent == shorter[axis] || shorter[axis] == 1) continue;
    if (extent != 1) {
      fail(op, "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast: axis " +
                   std::to_string(axis - shorter.rank()) + " has " + std::to_string(extent) + " and " +
                   std::to_string(shorter[axis]) + "; expected equal extents, or 1");
    }
    extent = shorter[axis];
  }
  if (result != a && result != b && !result.fits()) {
    fail(op, "shapes " + to_string(a) + " and " + to_string(b) + " broadcast to " + to_string(result) +
                 ", which has more elements than a tensor may have, " + std::to_string(Shape::max_elements));
  }
  return result;
}

void check_operands(const char* op, const Tensor& a, const Tensor& b) {
  check_defined(op, "a", a);
  check_defined(op, "b", b);
  broadcast_shapes(op, a.shape(), b.shape());
}

bool broadcasts_to(const Shape& shape, const Shape& result) noexcept {
  const int extra = result.rank() - shape.rank();
  if (extra < 0) return false;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] != 1 && shape[axis] != result[axis + extra]) return false;
  return true;
}

void check_rank(const char* op, int rank, std::initializer_list<const Tensor*> given) {
  if (rank <= Shape::max_rank) return;
  std::string shapes;
  for (const Tensor* tensor : given) shapes += (shapes.empty() ? "shape " : " and ") + to_string(tensor->shape());
  fail(op, shapes + ": the result would have " + std::to_string(rank) + " axes; expected at most " +
               std::to_string(Shape::max_rank));
}

DType promote(std::initializer_list<const Tensor*> operands) {
  DType tensors = boolean;
  DType numbers = boolean;
  bool any_tensor = false;
  for (const Tensor* operand : operands) {
    const bool number = operand->node()->number;
    any_tensor = any_tensor || !number;
    DType& highest = number ? numbers : tensors;
    highest = std::max(highest, operand->dtype());
  }
  if (!any_tensor) return numbers;
  return is_floating(tensors) ? computed_in(tensors) : std::max(tensors, numbers);
}

Tensor fitted(const char* op, const char* argument, const Tensor& x, DType dtype) {
  if (is_floating(dtype) || x.dtype() <= dtype) return cast(x, dtype);
  if (x.node()->number) {
    const Number number = x.node()->plain_number();
    if (number.fits_int64() && (dtype == int64 || number.truncated() == 0 || number.truncated() == 1))
      return cast(x, dtype);
    fail(op, std::string("argument '") + argument + "' is " + number.text() + " for dtype " +
                 std::string(to_string(dtype)) + "; expected " +
                 (dtype == int64 ? "a whole number that fits 64 bits" : "0, 1, true or false"));
  }
  fail(op, std::string("argument '") + argument + "' has dtype " + std::string(to_string(x.dtype())) + " and shape " +
               to_string(x.shape()) + " for a tensor of " + std::string(to_string(dtype)) +
               ", which cannot hold it; convert one of them with to()");
}

const Numbers& numbers() {
  static thread_local constinit PerThread<Numbers> instance;
  return *instance;
}

Tensor masked_divisor(const Tensor& g, const Tensor& d) {
  const auto& [zero, half, one, two] = numbers();
  const Tensor masked = where(equal(d, zero), equal(g, zero), false);
  return where(masked, one, d);
}

Shape reduced_shape(const Shape& shape, std::int64_t mask, bool keepdims) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if ((mask >> axis & 1) == 0)
      result.push_back(shape[axis]);
    else if (keepdims)
      result.push_back(1);
  }
  return result;
}

Tensor sample_values(const Shape& shape, double low, double high) {
  return make_tensor<double>(shape, [&](std::span<double> out) {
    const auto n = static_cast<double>(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      // Multiples of the golden ratio modulo 1 are spread evenly and never tie.
      double place = 0.6180339887498949 * static_cast<double>(i + 1);
      place -= static_cast<double>(static_cast<std::int64_t>(place));
      out[i] = low + (high - low) * (0.02 / n + 0.97 * place);
    }
  });
}

}  // namespace xgrad::ops

namespace xgrad {

namespace {

/// Families one after the other. Never destroyed, so that destructors of static objects can use it.
template <class T>
const std::vector<const T*>& joined(std::initializer_list<std::span<const T* const>> families) {
  auto& list = *new std::vector<const T*>;
  for (const auto family : families) list.insert(list.end(), family.begin(), family.end());
  return list;
}

}  // namespace

std::span<const Primitive* const> primitives() {
  static const auto& all = joined<Primitive>({elementwise_primitives(),    reduce_primitives(),
                                              matmul_primitives(),         shape_primitives(),
                                              index_primitives(),          random_primitives(),
                                              window_primitives(),         winograd_primitives(),
                                              window_product_primitives(), channel_product_primitives(),
                                              pool_primitives(),           resample_primitives(),
                                              grid_sample_primitives(),    trigonometric_primitives(),
                                              exponential_primitives(),    special_primitives(),
                                              rounding_primitives(),       scan_primitives(),
                                              sort_primitives(),           select_primitives(),
                                              solve_primitives(),          determinant_primitives(),
                                              factorization_primitives(),  system_primitives(),
                                              matrix_primitives(),         fft_primitives(),
                                              integer_primitives(),        order_primitives(),
                                              scatter_primitives(),        checkpoint_primitives(),
                                              hook_primitives(),           ordered_primitives(),
                                              collective_primitives()});
  return all;
}

std::span<const Composition* const> compositions() {
  static const auto& all = joined<Composition>(
      {reduce_compositions(),      solve_compositions(),      system_compositions(),    matrix_compositions(),
       matrix_norm_compositions(), fft_compositions(),        complex_compositions(),   conv_compositions(),
       max_pool_compositions(),    max_unpool_compositions(), avg_pool_compositions(),  interpolate_compositions(),
       grid_sample_compositions(), attention_compositions(),  arrange_compositions(),   basic_compositions(),
       draws_compositions(),       functions_compositions(),  integer_compositions(),   order_compositions(),
       products_compositions(),    scatter_compositions(),    statistics_compositions()});
  return all;
}

}  // namespace xgrad
