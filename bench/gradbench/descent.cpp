#include "descent.hpp"

#include <autograd/ops.hpp>

namespace gradbench {

using namespace xgrad;

Tensor slope(Mode mode, const TensorFunction& f, const Tensor& x) {
  if (mode == Mode::reverse) return gradient(f, x);
  return vmap([&](const Tensor& direction) { return jvp(f, x, direction).second; })(eye(x.size(), x.size(), float64));
}

Tensor argmin(Mode mode, const TensorFunction& f, Tensor x) {
  constexpr double tolerance = 1e-5;
  Tensor value = f(x), step = slope(mode, f, x);
  double rate = 1e-5;
  for (int good = 0;;) {
    if (norm(step).item() <= tolerance) return x;
    if (good == 10) rate *= 2, good = 0;
    const Tensor next = x - rate * step, distance = norm(x - next), next_value = f(next);
    if (distance.item() <= tolerance) return x;
    if (next_value.item() < value.item()) {
      x = next;
      value = next_value;
      step = slope(mode, f, x);
      ++good;
    } else {
      rate /= 2;
      good = 0;
    }
  }
}

Tensor argmax(Mode mode, const TensorFunction& f, const Tensor& x) {
  return argmin(
      mode, [&](const Tensor& at) { return -f(at); }, x);
}

}  // namespace gradbench
