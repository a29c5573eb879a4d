#pragma once

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// The solution x of A x = b for a symmetric positive definite A, by Cholesky's factorization in plain loops: for the
/// few unknowns of an example. a: (N, N), b and the result: (N,), float64. Throws Error where A is not positive
/// definite.
Tensor solve_positive_definite(const Tensor& a, const Tensor& b);

}  // namespace xgrad::examples
