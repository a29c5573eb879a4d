#include <autograd/differentiate/jacobian.hpp>

#include <autograd/differentiate/check_function.hpp>
#include <autograd/differentiate/products.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (const std::int64_t extent : b) shape.push_back(extent);
  return shape;
}

/// The unit vectors, each in the shape of `like`.
Seeds units(const Tensor& like) {
  return [&like](std::int64_t first, std::int64_t count) {
    const Tensor rows = expand_dims(arange(first, first + count), 1);
    const Tensor unit = cast(equal(rows, arange(like.size())), like.dtype());
    return unit.reshape(joined({count}, like.shape()));
  };
}

/// The Jacobian of y, recorded as a function of x.
Tensor jacobian_of(const char* op, const Tensor& y, const Tensor& x, const JacobianOptions& options) {
  check_chunk(op, options.chunk);
  if (y.rank() + x.rank() > Shape::max_rank) {
    fail(op, "f(x) has shape " + to_string(y.shape()) + " and x " + to_string(x.shape()) + "; together they may have " +
                 std::to_string(Shape::max_rank) + " axes at most");
  }
  const Shape shape = joined(y.shape(), x.shape());
  if (y.size() == 0 || x.size() == 0) return zeros(shape, x.dtype());
  if (y.size() <= x.size()) return cotangent_products(y, x, y.size(), units(y), options.chunk).reshape(shape);
  const Tensor columns = tangent_products(y, x, x.size(), units(x), options.chunk);
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
