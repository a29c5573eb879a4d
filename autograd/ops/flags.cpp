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
bool array_equal(const Operand& a, const Operand& b, Flag equal_nan) { return array_equal(a, b, EqualOptions{equal_nan}); }
Tensor cholesky(const Operand& x, Flag upper) { return cholesky(x, CholeskyOptions{upper}); }
Tensor vector_norm(const Operand& x, double ord, const Axes& axes, Flag keepdims) { return vector_norm(x, ord, axes, ReduceOptions{keepdims}); }
Tensor cumsum(const Operand& x, int axis, Flag reverse) { return cumsum(x, axis, ScanOptions{reverse}); }
Tensor cumprod(const Operand& x, int axis, Flag reverse) { return cumprod(x, axis, ScanOptions{reverse}); }
Tensor linear_scan(const Operand& a, const Operand& b, int axis, Flag reverse) { return linear_scan(a, b, axis, ScanOptions{reverse}); }
Tensor prod(const Operand& x, const Axes& axes, Flag keepdims) { return prod(x, axes, ReduceOptions{keepdims}); }
Tensor norm(const Operand& x, double p, const Axes& axes, Flag keepdims) { return norm(x, p, axes, ReduceOptions{keepdims}); }
Tensor any(const Operand& x, const Axes& axes, Flag keepdims) { return any(x, axes, ReduceOptions{keepdims}); }
Tensor all(const Operand& x, const Axes& axes, Flag keepdims) { return all(x, axes, ReduceOptions{keepdims}); }
Tensor sort(const Operand& x, int axis, Flag descending) { return sort(x, axis, SortOptions{descending}); }
Tensor argsort(const Operand& x, int axis, Flag descending) { return argsort(x, axis, SortOptions{descending}); }
TopK topk(const Operand& x, std::int64_t k, int axis, Flag largest) { return topk(x, k, axis, TopKOptions{largest}); }
Tensor median(const Operand& x, std::optional<int> axis, Flag keepdims) { return median(x, axis, ReduceOptions{keepdims}); }
Tensor cholesky_solve(const Operand& b, const Operand& l, Flag upper) { return cholesky_solve(b, l, CholeskyOptions{upper}); }
Tensor cholesky_inverse(const Operand& l, Flag upper) { return cholesky_inverse(l, CholeskyOptions{upper}); }

}  // namespace xgrad
