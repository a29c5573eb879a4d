#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Products with PyTorch's names, sums with them, and distances. All are compositions of matmul and elementwise
/// operations. Matrix products are floating-point.
namespace xgrad {

/// Matrix products of fixed ranks: (N, K) x (K, M); (N, K) x (K,); (B, N, K) x (B, K, M).
Tensor mm(const Operand& a, const Operand& b);
Tensor mv(const Operand& a, const Operand& b);
Tensor bmm(const Operand& a, const Operand& b);
/// The sum of the products of two vectors of one length.
Tensor vdot(const Operand& a, const Operand& b);
/// The sums over the last axis of both: (..., K) and (..., K) to the other axes of a, then those of b. Multiplies where
/// either is a scalar.
Tensor inner(const Operand& a, const Operand& b);
/// The Kronecker product: every element of a times all of b. The shorter shape gets leading ones.
Tensor kron(const Operand& a, const Operand& b);

struct AddProductOptions {
  double beta = 1;   ///< of x; where it is 0, x may hold NaN
  double alpha = 1;  ///< of the product
};
/// beta x + alpha (product), where x broadcasts to the product: of matrices; of a matrix and a vector; of batches of
/// matrices; of these, summed over the batch; of a column and a row.
Tensor addmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options = {});
Tensor addmv(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options = {});
Tensor baddbmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options = {});
Tensor addbmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options = {});
Tensor addr(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options = {});

/// x + value a b, and x + value a / b, for each element; all broadcast.
Tensor addcmul(const Operand& x, const Operand& a, const Operand& b, double value = 1);
Tensor addcdiv(const Operand& x, const Operand& a, const Operand& b, double value = 1);

/// norm(a - b, p) of all elements; a and b broadcast.
Tensor dist(const Operand& a, const Operand& b, double p = 2);
/// norm(a - b + eps, p) over the last axis; a and b broadcast.
Tensor pairwise_distance(const Operand& a, const Operand& b, double p = 2, double eps = 1e-6,
                         ReduceOptions options = {});
/// The sum of a b along an axis over the product of the norms of both, each of which is eps at least; a and b
/// broadcast. The norm has a derivative of 0 at 0.
Tensor cosine_similarity(const Operand& a, const Operand& b, int axis = 1, double eps = 1e-8);
/// x / max(norm(x, p), eps) along an axis.
Tensor normalize(const Operand& x, double p = 2, int axis = 1, double eps = 1e-12);
/// x with every entry of an axis whose norm is above maxnorm scaled down to it: by maxnorm / (norm + 1e-7).
Tensor renorm(const Operand& x, double p, int axis, double maxnorm);

}  // namespace xgrad
#pragma GCC visibility pop
