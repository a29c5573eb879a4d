#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Running sums and products, and the reductions that follow from them or from those of ops.hpp.
namespace xgrad {

struct ScanOptions {
  /// Whether it runs from the end of the axis to its start.
  bool reverse = false;
};

/// y[i] = x[0] + ... + x[i] along an axis, of x's shape. Integers and bools add up in int64, modulo 2^64.
Tensor cumsum(const Operand& x, int axis, ScanOptions options = {});
/// y[i] = x[0] * ... * x[i] along an axis, of x's shape. Integers and bools multiply in int64. The derivative contains
/// no division, so zeros are no special case.
Tensor cumprod(const Operand& x, int axis, ScanOptions options = {});
/// y[i] = log(exp(x[0]) + ... + exp(x[i])) along an axis, of x's shape, without overflow. -inf as long as all are -inf,
/// with derivatives of 0 there.
Tensor logcumsumexp(const Operand& x, int axis);
/// The linear recurrence y[i] = a[i] y[i - 1] + b[i] along an axis, y[0] = b[0]: a[0] is not read. a and b broadcast,
/// and the axis is one of the result.
Tensor linear_scan(const Operand& a, const Operand& b, int axis, ScanOptions options = {});

/// Product over axes (all of them by default), 1 over no elements. Integers and bools multiply in int64. The derivative
/// in one factor is the product of the others, also if there are zeros among them.
Tensor prod(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
/// (sum |x|^p)^(1/p) over axes taken as one vector; max |x| for p = infinity, min |x| for p = -infinity, and for p = 0
/// how many entries are not 0. For p < 0 it is 0 where an entry is. The derivatives are 0 at the zero vector, where the
/// norm is 0, and, for finite p, in an entry that is 0; for p other than 2 so are the second ones in that entry. Powers
/// are summed as they are: they must not overflow. Throws Error on p = NaN, and over no elements for p = infinity and
/// p < 0.
Tensor norm(const Operand& x, double p = 2, const Axes& axes = {}, ReduceOptions options = {});
/// The distances norm(x - y, p) between the rows of a: (..., P, M) and those of b: (..., R, M), of shape (..., P, R);
/// leading axes broadcast. p = 0 counts the entries that differ. The derivative is 0 where rows are equal. Throws Error
/// unless p >= 0, on operands without rows, and where rows differ in length.
Tensor cdist(const Operand& a, const Operand& b, double p = 2);
/// Whether any (every) element is not 0, in bool; false (true) over no elements. NaN is not 0.
Tensor any(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor all(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

}  // namespace xgrad
#pragma GCC visibility pop
