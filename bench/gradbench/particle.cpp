#include "descent.hpp"
#include "modules.hpp"
#include "tensors.hpp"

namespace gradbench {

namespace {

/// The square of where on the x-axis a particle ends that two charges push away, one of them placed by w, (1,). Euler's
/// method, with the force as a gradient of the potential.
Tensor miss(const Tensor& w, Mode mode) {
  constexpr double dt = 0.1;
  const Tensor charges = make_tensor({10, 10, 10, 0}, {2, 2}) - w * make_tensor({0, 1, 0, 0}, {2, 2});
  const auto potential = [&](const Tensor& x) { return sum(1 / sqrt(sum(square(x - charges), 1))); };
  Tensor x = make_tensor({0, 8}, {2}), velocity = make_tensor({0.75, 0}, {2});
  while (true) {
    const Tensor acceleration = -slope(mode, potential, x);
    x = x + dt * velocity;
    const Tensor height = select(x, 0, 1);
    if (number(height) <= 0) return square(select(x - height / select(velocity, 0, 1) * velocity, 0, 0));
    velocity = velocity + dt * acceleration;
  }
}

template <Mode outer, Mode inner>
Program at(const Json& input) {
  return program([start = read_numbers(input.at("w"), {1})] {
    return select(argmin(
                      outer, [](const Tensor& w) { return miss(w, inner); }, start),
                  0, 0);
  });
}

}  // namespace

Module particle() {
  using enum Mode;
  return {{"ff", at<forward, forward>},
          {"fr", at<forward, reverse>},
          {"rf", at<reverse, forward>},
          {"rr", at<reverse, reverse>}};
}

}  // namespace gradbench
