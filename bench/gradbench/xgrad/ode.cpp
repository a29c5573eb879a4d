#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

Tensor integrate(const Tensor& x, std::int64_t steps) {
  const std::int64_t n = x.size();
  const Tensor one = ones({1}, float64);
  const auto slope = [&](const Tensor& y) { return x * concatenate({one, slice(y, 0, 0, n - 1)}); };
  const double h = 2 / static_cast<double>(steps);
  Tensor y = zeros({n}, float64);
  for (std::int64_t step = 0; step < steps; ++step) {
    const Tensor k1 = slope(y), k2 = slope(y + h / 2 * k1), k3 = slope(y + h / 2 * k2), k4 = slope(y + h * k3);
    y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return y;
}

}  // namespace gradbench
