#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// y(2) of y_0' = x_0 and y_i' = x_i y_(i-1) from y(0) = 0, by so many classical Runge-Kutta steps.
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

struct Input {
  Tensor x;
  std::int64_t steps;

  explicit Input(const Json& input) : x(read_vector(input.at("x"))), steps(input.at("s")) {}
};

}  // namespace

Module ode() {
  return {
      {"primal", [](const Json& input) { return program([in = Input(input)] { return integrate(in.x, in.steps); }); }},
      {"gradient", [](const Json& input) {
         return program([in = Input(input)] {
           return gradient([s = in.steps](const Tensor& x) { return select(integrate(x, s), 0, -1); }, in.x);
         });
       }}};
}

}  // namespace gradbench
