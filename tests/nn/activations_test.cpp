#include <doctest/doctest.h>

#include <cmath>

#include <autograd/ops.hpp>
#include <nn/activations.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;

TEST_CASE("activation modules are the functions of their names, for inputs of any shape") {
  const Tensor x = tensor({{-2, 0}, {0.5, 3}}, float64);
  constexpr test::Tolerance rounding{.rtol = 1e-14};
  CHECK(difference(Tanh()(x), {{std::tanh(-2.0), 0}, {std::tanh(0.5), std::tanh(3.0)}}, rounding) == "");
  CHECK(difference(ReLU()(x), {{0, 0}, {0.5, 3}}) == "");
  const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
  CHECK(difference(Sigmoid()(x), {{sigmoid(-2), 0.5}, {sigmoid(0.5), sigmoid(3)}}, rounding) == "");
  CHECK(difference(ReLU()(reshape(x, {4, 1, 1})), {{{0}}, {{0}}, {{0.5}}, {{3}}}) == "");
  CHECK(Tanh()(zeros({0, 3})).shape() == Shape{0, 3});
}

}  // namespace xgrad::nn
