#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// x_0 + x_1 t + x_2 t^2 + ... at each t. Few points are quickest as one matrix product with all their powers. Many are
/// by Horner's rule, of which nothing but the result leaves the registers.
Tensor polynomial(const Tensor& x, const Tensor& t) {
  const std::int64_t n = t.size(), m = x.size();
  if (n < 1000) return matmul(x, cumprod(concatenate({ones({1, n}, float64), broadcast_to(t, {m - 1, n})}), 0));
  Tensor y = select(x, 0, m - 1);
  for (std::int64_t i = m - 2; i >= 0; --i) y = y * t + select(x, 0, i);
  return y;
}

}  // namespace

Tensor squared_distance(const Tensor& x, std::int64_t n) {
  const Tensor t = linspace(-1, 1, n, float64);
  return 0.5 * sum(square(sign(t) - polynomial(x, t)));
}

}  // namespace gradbench
