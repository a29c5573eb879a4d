#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// Half the squared distance between the polynomial with coefficients x and sign(t), at n points of [-1, 1].
Tensor squared_distance(const Tensor& x, std::int64_t n) {
  const Tensor t = linspace(-1, 1, n, float64);
  // The powers of t, one a row: (M, N).
  const Tensor factors = concatenate({ones({1, n}, float64), broadcast_to(t, {x.size() - 1, n})});
  return 0.5 * sum(square(sign(t) - matmul(x, cumprod(factors, 0))));
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
