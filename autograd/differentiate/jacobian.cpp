#include <autograd/differentiate/jacobian.hpp>

#include <autograd/differentiate/products.hpp>
#include <autograd/differentiate/recorded_function.hpp>
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
  const RecordedFunction recorded("jacobian", f, x);
  return jacobian_of(recorded.op, recorded.y, recorded.x, options);
}

Tensor hessian(const TensorFunction& f, const Tensor& x, const JacobianOptions& options) {
  const RecordedFunction recorded("hessian", f, x);
  return jacobian_of(recorded.op, recorded.slope(), recorded.x, options);
}

}  // namespace xgrad
