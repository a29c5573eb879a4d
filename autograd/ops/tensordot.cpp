#include <algorithm>
#include <numeric>

#include <autograd/ops/common.hpp>
#include <autograd/ops/linalg.hpp>

namespace xgrad {
namespace {

void check_floating_pair(const char* op, const Tensor& a, const Tensor& b) {
  ops::check_defined(op, "a", a);
  ops::check_defined(op, "b", b);
  if (!is_floating(ops::promote({&a, &b}))) {
    fail(op, "dtypes " + std::string(to_string(a.dtype())) + " and " + std::string(to_string(b.dtype())) +
                 " of shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                 "; float32 or float64 is expected");
  }
}

/// Throws Error where a result of so many rows and columns is too large.
void check_product(const char* op, const Tensor& a, const Tensor& b, std::int64_t rows, std::int64_t columns) {
  std::int64_t elements = 0;
  if (__builtin_mul_overflow(std::max<std::int64_t>(rows, 1), std::max<std::int64_t>(columns, 1), &elements) ||
      elements > Shape::max_elements) {
    fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                 ": the result would have more elements than a tensor may have, " +
                 std::to_string(Shape::max_elements));
  }
}

/// All axes but those given, in order.
std::vector<int> others(const Tensor& x, const std::vector<int>& axes) {
  std::vector<int> rest;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) rest.push_back(axis);
  return rest;
}

std::vector<int> joined(std::vector<int> first, const std::vector<int>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Tensor contracted(const char* op, const Tensor& a, const Tensor& b, const std::vector<int>& axes_a,
                  const std::vector<int>& axes_b) {
  if (axes_a.size() != axes_b.size()) {
    fail(op, std::to_string(axes_a.size()) + " axes of a and " + std::to_string(axes_b.size()) +
                 " of b are given; expected as many");
  }
  if (axes_a.size() > std::size_t{Shape::max_rank}) {
    fail(op, std::to_string(axes_a.size()) + " axes of a are given, of shape " + to_string(a.shape()) +
                 "; expected at most " + std::to_string(Shape::max_rank));
  }
  ops::axes_mask(op, Axes(axes_a), a.shape());
  ops::axes_mask(op, Axes(axes_b), b.shape());
  std::vector<int> of_a, of_b;
  std::int64_t inner = 1;
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    of_a.push_back(ops::checked_axis(op, axes_a[i], a.shape()));
    of_b.push_back(ops::checked_axis(op, axes_b[i], b.shape()));
    const std::int64_t extent = a.shape()[of_a.back()];
    if (extent != b.shape()[of_b.back()]) {
      fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + ": axis " +
                   std::to_string(axes_a[i]) + " of a has " + std::to_string(extent) + ", axis " +
                   std::to_string(axes_b[i]) + " of b " + std::to_string(b.shape()[of_b.back()]) +
                   "; expected them equal");
    }
    inner *= extent;
  }
  const std::vector<int> rest_a = others(a, of_a), rest_b = others(b, of_b);
  ops::check_rank(op, static_cast<int>(rest_a.size() + rest_b.size()), {&a, &b});
  Shape shape;
  std::int64_t rows = 1, columns = 1;
  for (const int axis : rest_a) rows *= a.shape()[axis];
  for (const int axis : rest_b) columns *= b.shape()[axis];
  check_product(op, a, b, rows, columns);
  for (const int axis : rest_a) shape.push_back(a.shape()[axis]);
  for (const int axis : rest_b) shape.push_back(b.shape()[axis]);
  const Tensor left = transpose(a, joined(rest_a, of_a)).reshape(Shape{rows, inner});
  const Tensor right = transpose(b, joined(of_b, rest_b)).reshape(Shape{inner, columns});
  return (axes_a.empty() ? left * right : matmul(left, right)).reshape(shape);
}

}  // namespace

Tensor outer(const Operand& a, const Operand& b) {
  check_floating_pair("outer", a, b);
  check_product("outer", a, b, a.size(), b.size());
  return a.reshape(Shape{a.size(), 1}) * b.reshape(Shape{b.size()});
}

Tensor dot(const Operand& a, const Operand& b) {
  check_floating_pair("dot", a, b);
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  return contracted("dot", a, b, {-1}, {b.rank() == 1 ? 0 : -2});
}

Tensor tensordot(const Operand& a, const Operand& b, int count) {
  check_floating_pair("tensordot", a, b);
  if (count < 0 || count > std::min(a.rank(), b.rank())) {
    fail("tensordot", "count is " + std::to_string(count) + " for shapes " + to_string(a.shape()) + " and " +
                          to_string(b.shape()) + "; expected 0 to " + std::to_string(std::min(a.rank(), b.rank())));
  }
  std::vector<int> last(static_cast<std::size_t>(count)), first(last.size());
  std::iota(last.begin(), last.end(), a.rank() - count);
  std::iota(first.begin(), first.end(), 0);
  return contracted("tensordot", a, b, last, first);
}

Tensor tensordot(const Operand& a, const Operand& b, const std::vector<int>& axes_a, const std::vector<int>& axes_b) {
  check_floating_pair("tensordot", a, b);
  return contracted("tensordot", a, b, axes_a, axes_b);
}

}  // namespace xgrad
