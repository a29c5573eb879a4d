#pragma once

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// Rosenbrock's valley in N >= 2 dimensions: sum_i 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2. Its minimum is 0, at
/// (1, ..., 1). x: (N,); a scalar.
Tensor rosenbrock(const Tensor& x);

/// The customary start (-1.2, 1, -1.2, 1, ...), float64. From N = 4 on the valley has a second, local minimum near
/// (-1, 1, ..., 1), with a value of about 4.
Tensor rosenbrock_start(std::int64_t n);

}  // namespace xgrad::examples
