#include <autograd/differentiate/jacobian.hpp>

#include <algorithm>

#include <autograd/differentiate/batching.hpp>
#include <autograd/differentiate/check_function.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

/// Numbers in one value of a batch, where the chunk is left to us.
constexpr std::int64_t batch_numbers = std::int64_t{1} << 22;

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (const std::int64_t extent : b) shape.push_back(extent);
  return shape;
}

/// Rows first, first + 1, ... of the identity matrix, each in a shape.
Tensor basis(std::int64_t first, std::int64_t count, const Tensor& like) {
  const Tensor rows = expand_dims(arange(first, first + count), 1);
  const Tensor unit = cast(equal(rows, arange(like.size())), like.dtype());
  return unit.reshape(joined({count}, like.shape()));
}

/// The product, recorded for a placeholder, for every unit vector in its place: (vectors, product's elements).
Tensor for_each_unit(const Tensor& product, const Tensor& placeholder, std::int64_t chunk) {
  const std::int64_t n = placeholder.size();
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < n; first += chunk) {
    const std::int64_t count = std::min(chunk, n - first);
    const Tensor part = batched({product}, {placeholder}, {basis(first, count, placeholder)}, count).front();
    parts.push_back(part.reshape({count, product.size()}));
  }
  return parts.size() == 1 ? parts.front() : concatenate(parts, 0);
}

/// The Jacobian of y, recorded as a function of x.
Tensor jacobian_of(const char* op, const Tensor& y, const Tensor& x, const JacobianOptions& options) {
  if (options.chunk < 0) fail(op, "chunk is " + std::to_string(options.chunk) + "; expected 0 or more");
  if (y.rank() + x.rank() > Shape::max_rank) {
    fail(op, "f(x) has shape " + to_string(y.shape()) + " and x " + to_string(x.shape()) + "; together they may have " +
                 std::to_string(Shape::max_rank) + " axes at most");
  }
  const Shape shape = joined(y.shape(), x.shape());
  if (y.size() == 0 || x.size() == 0) return zeros(shape, x.dtype());
  const std::int64_t fitting = std::max<std::int64_t>(1, batch_numbers / std::max(y.size(), x.size()));
  const std::int64_t chunk = options.chunk > 0 ? options.chunk : fitting;
  if (y.size() <= x.size()) {
    const Tensor row = placeholder(y.shape(), y.dtype());
    return for_each_unit(gradient(y, x, {.cotangent = row, .materialize_grads = true}), row, chunk).reshape(shape);
  }
  const Tensor u = ones(y.shape(), y.dtype());
  const Tensor left = gradient(y, x, {.cotangent = u, .materialize_grads = true});
  const Tensor column = placeholder(x.shape(), x.dtype());
  const Tensor columns =
      for_each_unit(gradient(left, u, {.cotangent = column, .materialize_grads = true}), column, chunk);
  return cast(columns.T().reshape(shape), x.dtype());
}

}  // namespace

Tensor jacobian(const TensorFunction& f, const Tensor& x, const JacobianOptions& options) {
  check_function("jacobian", f);
  ops::check_floating("jacobian", "x", x);
  const Tape tape;
  const Tensor at = ops::alias(x);
  const Tensor y = f(at);
  ops::check_floating("jacobian", "f(x)", y);
  return jacobian_of("jacobian", y, at, options);
}

Tensor hessian(const TensorFunction& f, const Tensor& x, const JacobianOptions& options) {
  check_function("hessian", f);
  ops::check_floating("hessian", "x", x);
  const Tape tape;
  const Tensor at = ops::alias(x);
  const Tensor y = f(at);
  ops::check_floating("hessian", "f(x)", y);
  if (y.size() != 1) fail("hessian", "f(x) has shape " + to_string(y.shape()) + "; expected one element");
  return jacobian_of("hessian", gradient(y, at, {.materialize_grads = true}), at, options);
}

}  // namespace xgrad
