// Written by scripts/generate-members from the declarations of the operations. Change those and run it again.
// clang-format off
#pragma once

#include <cstdint>
#include <optional>

#include <autograd/operand.hpp>

#pragma GCC visibility push(default)
/// Options of a single bool, given as that: sum(x, 0, true) is sum(x, 0, {.keepdims = true}).
namespace xgrad {

Tensor sum(const Operand& x, const Axes& axes, Flag keepdims);
Tensor mean(const Operand& x, const Axes& axes, Flag keepdims);
Tensor max(const Operand& x, const Axes& axes, Flag keepdims);
Tensor min(const Operand& x, const Axes& axes, Flag keepdims);
Tensor argmax(const Operand& x, std::optional<int> axis, Flag keepdims);
Tensor argmin(const Operand& x, std::optional<int> axis, Flag keepdims);
Tensor logsumexp(const Operand& x, const Axes& axes, Flag keepdims);
Tensor amax(const Operand& x, const Axes& axes, Flag keepdims);
Tensor amin(const Operand& x, const Axes& axes, Flag keepdims);
Tensor combinations(const Operand& x, std::int64_t count, Flag with_replacement);
bool array_equal(const Operand& a, const Operand& b, Flag equal_nan);
Tensor cholesky(const Operand& x, Flag upper);
Tensor vector_norm(const Operand& x, double ord, const Axes& axes, Flag keepdims);
ValuesIndices kthvalue(const Operand& x, std::int64_t k, int axis, Flag keepdims);
ValuesIndices mode(const Operand& x, int axis, Flag keepdims);
Tensor searchsorted(const Operand& sorted, const Operand& values, Flag right);
Tensor bucketize(const Operand& x, const Operand& boundaries, Flag right);
Tensor pairwise_distance(const Operand& a, const Operand& b, double p, double eps, Flag keepdims);
Tensor cumsum(const Operand& x, int axis, Flag reverse);
Tensor cumprod(const Operand& x, int axis, Flag reverse);
Tensor linear_scan(const Operand& a, const Operand& b, int axis, Flag reverse);
Tensor prod(const Operand& x, const Axes& axes, Flag keepdims);
Tensor norm(const Operand& x, double p, const Axes& axes, Flag keepdims);
Tensor any(const Operand& x, const Axes& axes, Flag keepdims);
Tensor all(const Operand& x, const Axes& axes, Flag keepdims);
Tensor scatter_reduce(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterReduction reduce, Flag include_self);
Tensor put(const Operand& x, const Operand& indices, const Operand& values, Flag accumulate);
Tensor index_put(const Operand& x, const std::vector<Index>& indices, const Operand& values, Flag accumulate);
Tensor sort(const Operand& x, int axis, Flag descending);
Tensor argsort(const Operand& x, int axis, Flag descending);
TopK topk(const Operand& x, std::int64_t k, int axis, Flag largest);
Tensor median(const Operand& x, std::optional<int> axis, Flag keepdims);
Tensor nanmedian(const Operand& x, std::optional<int> axis, Flag keepdims);
MinMax aminmax(const Operand& x, const Axes& axes, Flag keepdims);
Tensor nansum(const Operand& x, const Axes& axes, Flag keepdims);
Tensor nanmean(const Operand& x, const Axes& axes, Flag keepdims);
Tensor count_nonzero(const Operand& x, const Axes& axes, Flag keepdims);
Tensor cholesky_solve(const Operand& b, const Operand& l, Flag upper);
Tensor cholesky_inverse(const Operand& l, Flag upper);

}  // namespace xgrad
#pragma GCC visibility pop
