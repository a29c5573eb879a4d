#include <autograd/autograd.hpp>

#include "modules.hpp"

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

/// Half the squared distance between the polynomial with coefficients x and sign(t), at n points of [-1, 1].
Tensor squared_distance(const Tensor& x, std::int64_t n) {
  const Tensor t = linspace(-1, 1, n, float64);
  return 0.5 * sum(square(sign(t) - polynomial(x, t)));
}

struct Input {
  Tensor x;
  std::int64_t n;

  explicit Input(const Json& input) : x(read_vector(input.at("x"))), n(input.at("n")) {}
};

}  // namespace

Module llsq() {
  return {{"primal",
           [](const Json& input) { return program([in = Input(input)] { return squared_distance(in.x, in.n); }); }},
          {"gradient", [](const Json& input) {
             return program([in = Input(input)] {
               return gradient([n = in.n](const Tensor& x) { return squared_distance(x, n); }, in.x);
             });
           }}};
}

}  // namespace gradbench
