#include <autograd/differentiate/sparse_jacobian.hpp>

#include <autograd/differentiate/check_pattern.hpp>
#include <autograd/differentiate/products.hpp>
#include <autograd/differentiate/recorded_function.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

/// Sums of the unit vectors of colors, each in the shape of `like`.
Seeds sums_of_units(const JacobianColoring& coloring, const Tensor& like) {
  return [&coloring, &like](std::int64_t first, std::int64_t count) {
    const Tensor colors = expand_dims(arange(first, first + count), 1);
    Shape shape = like.shape();
    shape.insert(0, count);
    return cast(equal(colors, coloring.color()), like.dtype()).reshape(shape);
  };
}

/// The derivatives of y, recorded as a function of x, in the places of a pattern.
SparseJacobian picked(const char* op, const char* name, const Tensor& y, const Tensor& x,
                      const JacobianColoring& coloring, const JacobianOptions& options) {
  const SparsityPattern& pattern = coloring.pattern();
  check_chunk(op, options.chunk);
  if (pattern.shape[0] != y.size() || pattern.shape[1] != x.size()) {
    fail(op, "argument 'pattern' has shape " + to_string(pattern.shape) + "; " + name + " has " +
                 std::to_string(y.size()) + " elements and x " + std::to_string(x.size()) + ", so that " +
                 to_string(Shape{y.size(), x.size()}) + " is expected");
  }
  if (pattern.nnz() == 0) return {pattern, zeros({0}, x.dtype())};
  if (y.rank() == Shape::max_rank || x.rank() == Shape::max_rank) {
    fail(op, std::string(name) + " has shape " + to_string(y.shape()) + " and x " + to_string(x.shape()) +
                 ", which leaves no room for a batch axis");
  }
  const Tensor products = coloring.by_columns()
                              ? tangent_products(y, x, coloring.colors(), sums_of_units(coloring, x), options.chunk)
                              : cotangent_products(y, x, coloring.colors(), sums_of_units(coloring, y), options.chunk);
  return {pattern, cast(take(products.reshape(-1), coloring.positions()), x.dtype())};
}

/// A coloring of a pattern, whose errors name the function that was given it.
JacobianColoring colored(const char* op, const SparsityPattern& pattern) {
  const Called called(op);
  return JacobianColoring(pattern);
}

}  // namespace

Tensor SparseJacobian::to_dense() const {
  const Called called("to_dense");
  check_pattern("to_dense", pattern);
  ops::check_defined("to_dense", "values", values);
  if (values.shape() != pattern.rows.shape()) {
    fail("to_dense", "values has shape " + to_string(values.shape()) + "; expected one for each place, " +
                         to_string(pattern.rows.shape()));
  }
  check_size("to_dense", pattern.shape);
  return scatter_add({pattern.shape.elements()}, 0, pattern.rows * pattern.shape[1] + pattern.columns, values)
      .reshape(pattern.shape);
}

SparseJacobian sparse_jacobian(const TensorFunction& f, const Tensor& x, const JacobianColoring& coloring,
                               const JacobianOptions& options) {
  const RecordedFunction recorded("sparse_jacobian", f, x);
  return picked(recorded.op, "f(x)", recorded.y, recorded.x, coloring, options);
}

SparseJacobian sparse_jacobian(const TensorFunction& f, const Tensor& x, const SparsityPattern& pattern,
                               const JacobianOptions& options) {
  return sparse_jacobian(f, x, colored("sparse_jacobian", pattern), options);
}

SparseJacobian sparse_hessian(const TensorFunction& f, const Tensor& x, const JacobianColoring& coloring,
                              const JacobianOptions& options) {
  const RecordedFunction recorded("sparse_hessian", f, x);
  return picked(recorded.op, "the gradient", recorded.slope(), recorded.x, coloring, options);
}

SparseJacobian sparse_hessian(const TensorFunction& f, const Tensor& x, const SparsityPattern& pattern,
                              const JacobianOptions& options) {
  return sparse_hessian(f, x, colored("sparse_hessian", pattern), options);
}

}  // namespace xgrad
