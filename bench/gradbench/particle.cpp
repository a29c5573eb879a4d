#include <autograd/autograd.hpp>

#include "descent.hpp"
#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// The square of where on the x-axis a particle ends that two charges push away, one of them placed by w, (1,). Euler's
/// method, with the force as a gradient of the potential.
Tensor miss(const Tensor& w, Mode mode) {
  constexpr double dt = 0.1;
  const Tensor charges = tensor({{10, 10}, {10, 0}}, float64) - w * tensor({{0, 1}, {0, 0}}, float64);
  const auto potential = [&](const Tensor& x) { return sum(1 / sqrt(sum(square(x - charges), 1))); };
  Tensor x = tensor({0, 8}, float64), velocity = tensor({0.75, 0}, float64);
  while (true) {
    const Tensor acceleration = -slope(mode, potential, x);
    x = x + dt * velocity;
    const Tensor height = select(x, 0, 1);
    if (height.item() <= 0) return square(select(x - height / select(velocity, 0, 1) * velocity, 0, 0));
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
