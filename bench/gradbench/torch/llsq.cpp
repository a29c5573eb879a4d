#include "problems.hpp"

namespace gradbench {

namespace {

/// x_0 + x_1 t + x_2 t^2 + ... at each t: of few points as one matrix product with all their powers, of many by
/// Horner's rule.
Tensor polynomial(const Tensor& x, const Tensor& t) {
  const std::int64_t n = t.numel(), m = x.numel();
  if (n < 1000) return x.matmul(torch::cat({torch::ones({1, n}, t.options()), t.expand({m - 1, n})}).cumprod(0));
  const std::vector<Tensor> coefficients = x.unbind();
  Tensor y = coefficients.back();
  for (std::size_t i = coefficients.size() - 1; i-- > 0;) y = torch::addcmul(coefficients[i], y, t);
  return y;
}

}  // namespace

Tensor squared_distance(const Tensor& x, std::int64_t n) {
  const std::int64_t last = n - 1;
  const Tensor t = torch::linspace(-last, last, n, torch::kDouble) / last;  // a middle point is 0, whose sign is 0
  return 0.5 * (t.sign() - polynomial(x, t)).square().sum();
}

}  // namespace gradbench
