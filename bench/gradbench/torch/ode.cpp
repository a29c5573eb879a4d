#include "problems.hpp"

namespace gradbench {

Tensor integrate(const Tensor& x, std::int64_t steps) {
  const Tensor one = torch::ones({1}, x.options().requires_grad(false));
  const auto slope = [&](const Tensor& y) { return x * torch::cat({one, y.narrow(0, 0, x.numel() - 1)}); };
  const double h = 2 / static_cast<double>(steps);
  Tensor y = torch::zeros_like(x);
  for (std::int64_t step = 0; step < steps; ++step) {
    const Tensor k1 = slope(y), k2 = slope(torch::add(y, k1, h / 2)), k3 = slope(torch::add(y, k2, h / 2)),
                 k4 = slope(torch::add(y, k3, h));
    y = torch::add(y, k1.add(k2, 2).add(k3, 2).add(k4), h / 6);
  }
  return y;
}

}  // namespace gradbench
