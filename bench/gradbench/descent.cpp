#include "descent.hpp"

namespace gradbench {

Tensor argmin(Mode mode, const TensorFunction& f, Tensor x) {
  constexpr double tolerance = 1e-5;
  Tensor value = f(x), step = slope(mode, f, x);
  double rate = 1e-5;
  for (int good = 0;;) {
    if (number(norm(step)) <= tolerance) return x;
    if (good == 10) rate *= 2, good = 0;
    const Tensor next = x - rate * step, distance = norm(x - next), next_value = f(next);
    if (number(distance) <= tolerance) return x;
    if (number(next_value) < number(value)) {
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
