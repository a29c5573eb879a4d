#pragma once

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// How far apart two distributions are, estimated from samples of them: 2 E|x - y| - E|x - x'| - E|y - y'| (Szekely and
/// Rizzo, "Energy statistics", 2013). It is 0 for equal distributions and positive for others. This estimate is
/// unbiased, so for equal ones it lies around 0, on either side.
///
/// x: (N, D), y: (M, D), of one floating-point dtype, N and M at least 2; a scalar.
Tensor energy_distance(const Tensor& x, const Tensor& y);

/// The first so many principal axes of samples, (D, count): where they vary most. In many dimensions distances are much
/// the same whatever the samples look like, so compare `matmul(x, axes)`. x: (N, D).
Tensor principal_axes(const Tensor& x, std::int64_t count);

}  // namespace xgrad::examples
