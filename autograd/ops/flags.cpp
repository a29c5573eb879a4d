// Written by scripts/generate-members from the declarations of the operations. Change those and run it again.
// clang-format off
#include <autograd/ops.hpp>

namespace xgrad {

Tensor sum(const Operand& x, const Axes& axes, Flag keepdims) { return sum(x, axes, ReduceOptions{keepdims}); }
Tensor mean(const Operand& x, const Axes& axes, Flag keepdims) { return mean(x, axes, ReduceOptions{keepdims}); }
Tensor max(const Operand& x, const Axes& axes, Flag keepdims) { return max(x, axes, ReduceOptions{keepdims}); }
Tensor min(const Operand& x, const Axes& axes, Flag keepdims) { return min(x, axes, ReduceOptions{keepdims}); }
Tensor argmax(const Operand& x, std::optional<int> axis, Flag keepdims) { return argmax(x, axis, ReduceOptions{keepdims}); }
Tensor argmin(const Operand& x, std::optional<int> axis, Flag keepdims) { return argmin(x, axis, ReduceOptions{keepdims}); }
Tensor logsumexp(const Operand& x, const Axes& axes, Flag keepdims) { return logsumexp(x, axes, ReduceOptions{keepdims}); }
Tensor amax(const Operand& x, const Axes& axes, Flag keepdims) { return amax(x, axes, ReduceOptions{keepdims}); }
Tensor amin(const Operand& x, const Axes& axes, Flag keepdims) { return amin(x, axes, ReduceOptions{keepdims}); }
Tensor combinations(const Operand& x, std::int64_t count, Flag with_replacement) { return combinations(x, count, CombinationsOptions{with_replacement}); }
bool array_equal(const Operand& a, const Operand& b, Flag equal_nan) { return array_equal(a, b, EqualOptions{equal_nan}); }
Tensor cholesky(const Operand& x, Flag upper) { return cholesky(x, CholeskyOptions{upper}); }
Tensor vector_norm(const Operand& x, double ord, const Axes& axes, Flag keepdims) { return vector_norm(x, ord, axes, ReduceOptions{keepdims}); }
ValuesIndices kthvalue(const Operand& x, std::int64_t k, int axis, Flag keepdims) { return kthvalue(x, k, axis, ReduceOptions{keepdims}); }
ValuesIndices mode(const Operand& x, int axis, Flag keepdims) { return mode(x, axis, ReduceOptions{keepdims}); }
Tensor searchsorted(const Operand& sorted, const Operand& values, Flag right) { return searchsorted(sorted, values, SearchOptions{right}); }
Tensor bucketize(const Operand& x, const Operand& boundaries, Flag right) { return bucketize(x, boundaries, SearchOptions{right}); }
Tensor pairwise_distance(const Operand& a, const Operand& b, double p, double eps, Flag keepdims) { return pairwise_distance(a, b, p, eps, ReduceOptions{keepdims}); }
Tensor cumsum(const Operand& x, int axis, Flag reverse) { return cumsum(x, axis, ScanOptions{reverse}); }
Tensor cumprod(const Operand& x, int axis, Flag reverse) { return cumprod(x, axis, ScanOptions{reverse}); }
Tensor linear_scan(const Operand& a, const Operand& b, int axis, Flag reverse) { return linear_scan(a, b, axis, ScanOptions{reverse}); }
Tensor prod(const Operand& x, const Axes& axes, Flag keepdims) { return prod(x, axes, ReduceOptions{keepdims}); }
Tensor norm(const Operand& x, double p, const Axes& axes, Flag keepdims) { return norm(x, p, axes, ReduceOptions{keepdims}); }
Tensor any(const Operand& x, const Axes& axes, Flag keepdims) { return any(x, axes, ReduceOptions{keepdims}); }
Tensor all(const Operand& x, const Axes& axes, Flag keepdims) { return all(x, axes, ReduceOptions{keepdims}); }
Tensor scatter_reduce(const Operand& x, int axis, const Operand& index, const Operand& source, ScatterReduction reduce, Flag include_self) { return scatter_reduce(x, axis, index, source, reduce, ScatterReduceOptions{include_self}); }
Tensor put(const Operand& x, const Operand& indices, const Operand& values, Flag accumulate) { return put(x, indices, values, PutOptions{accumulate}); }
Tensor index_put(const Operand& x, const std::vector<Index>& indices, const Operand& values, Flag accumulate) { return index_put(x, indices, values, IndexPutOptions{accumulate}); }
Tensor sort(const Operand& x, int axis, Flag descending) { return sort(x, axis, SortOptions{descending}); }
Tensor argsort(const Operand& x, int axis, Flag descending) { return argsort(x, axis, SortOptions{descending}); }
TopK topk(const Operand& x, std::int64_t k, int axis, Flag largest) { return topk(x, k, axis, TopKOptions{largest}); }
Tensor median(const Operand& x, std::optional<int> axis, Flag keepdims) { return median(x, axis, ReduceOptions{keepdims}); }
Tensor nanmedian(const Operand& x, std::optional<int> axis, Flag keepdims) { return nanmedian(x, axis, ReduceOptions{keepdims}); }
MinMax aminmax(const Operand& x, const Axes& axes, Flag keepdims) { return aminmax(x, axes, ReduceOptions{keepdims}); }
Tensor nansum(const Operand& x, const Axes& axes, Flag keepdims) { return nansum(x, axes, ReduceOptions{keepdims}); }
Tensor nanmean(const Operand& x, const Axes& axes, Flag keepdims) { return nanmean(x, axes, ReduceOptions{keepdims}); }
Tensor count_nonzero(const Operand& x, const Axes& axes, Flag keepdims) { return count_nonzero(x, axes, ReduceOptions{keepdims}); }
Tensor cholesky_solve(const Operand& b, const Operand& l, Flag upper) { return cholesky_solve(b, l, CholeskyOptions{upper}); }
Tensor cholesky_inverse(const Operand& l, Flag upper) { return cholesky_inverse(l, CholeskyOptions{upper}); }

}  // namespace xgrad
