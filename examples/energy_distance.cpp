#include <examples/energy_distance.hpp>

#include <autograd/ops.hpp>

namespace xgrad::examples {

namespace {

/// The mean distance of two different rows.
Tensor spread(const Tensor& x) {
  const double n = static_cast<double>(x.size(0));
  return sum(cdist(x, x)) / (n * (n - 1));
}

}  // namespace

Tensor energy_distance(const Tensor& x, const Tensor& y) { return 2 * mean(cdist(x, y)) - spread(x) - spread(y); }

Tensor principal_axes(const Tensor& x, std::int64_t count) {
  const Tensor centred = x - mean(x, 0);
  const Tensor axes = eigh(matmul(transpose(centred), centred)).vectors;  // the largest eigenvalue comes last
  return slice(axes, 1, x.size(1) - count, x.size(1));
}

}  // namespace xgrad::examples
