#include <doctest/doctest.h>

#include <cmath>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/activations.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

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

TEST_CASE("the modules of further activations hand their options on") {
  const Tensor x = tensor({{-4, -0.5, 0.7, 3}}, float64);
  CHECK(difference(LogSigmoid()(x), log_sigmoid(x)) == "");
  CHECK(difference(SiLU()(x), silu(x)) == "");
  CHECK(difference(Mish()(x), mish(x)) == "");
  CHECK(difference(SELU()(x), selu(x)) == "");
  CHECK(difference(ReLU6()(x), relu6(x)) == "");
  CHECK(difference(Hardsigmoid()(x), hardsigmoid(x)) == "");
  CHECK(difference(Hardswish()(x), hardswish(x)) == "");
  CHECK(difference(Softsign()(x), softsign(x)) == "");
  CHECK(difference(Tanhshrink()(x), tanhshrink(x)) == "");
  CHECK(difference(GELU()(x), gelu(x)) == "");
  CHECK(difference(GELU(GeluApproximation::tanh)(x), gelu(x, GeluApproximation::tanh)) == "");
  CHECK(difference(Softplus(2, 1)(x), softplus(x, 2, 1)) == "");
  CHECK(difference(ELU(0.3)(x), elu(x, 0.3)) == "");
  CHECK(difference(CELU(2)(x), celu(x, 2)) == "");
  CHECK(difference(LeakyReLU(0.2)(x), leaky_relu(x, 0.2)) == "");
  CHECK(difference(Hardtanh(-2, 1)(x), hardtanh(x, -2, 1)) == "");
  CHECK(difference(GLU()(x), glu(x)) == "");
  CHECK(difference(GLU(0)(reshape(x, {2, 2})), glu(reshape(x, {2, 2}), 0)) == "");
}

TEST_CASE("PReLU's weights are parameters that get gradients") {
  PReLU module(2, 0.5);
  module.to(float64);
  CHECK(module.named_parameters().at(0).first == "weight");
  CHECK(difference(module.weight, tensor({0.5, 0.5}, float64)) == "");
  const Tensor x = tensor({{-1, 2}, {-3, -4}}, float64);
  const Tape tape;
  const Tensor y = module(x);
  CHECK(difference(y, {{-0.5, 2}, {-1.5, -2}}) == "");
  CHECK(difference(tape.gradient(sum(y), module.weight), {-4, -4}) == "");
  CHECK(PReLU().parameter_count() == 1);
}

TEST_CASE("activation modules print their options") {
  CHECK(to_string(GELU()) == "GELU(approximate='none')");
  CHECK(to_string(GELU(GeluApproximation::tanh)) == "GELU(approximate='tanh')");
  CHECK(to_string(Softplus()) == "Softplus(beta=1, threshold=20)");
  CHECK(to_string(ELU()) == "ELU(alpha=1)");
  CHECK(to_string(CELU(0.5)) == "CELU(alpha=0.5)");
  CHECK(to_string(LeakyReLU()) == "LeakyReLU(negative_slope=0.01)");
  CHECK(to_string(Hardtanh()) == "Hardtanh(min_val=-1, max_val=1)");
  CHECK(to_string(PReLU(3)) == "PReLU(num_parameters=3)");
  CHECK(to_string(GLU()) == "GLU(axis=-1)");
  CHECK(to_string(SiLU()) == "SiLU()");
}

TEST_CASE("activation modules refuse options out of range and inputs that do not fit") {
  CHECK(lacks(error_of([] { Softplus(0); }), {"Softplus", "beta is 0", "positive"}) == "");
  CHECK(lacks(error_of([] { CELU(0); }), {"CELU", "alpha is 0"}) == "");
  CHECK(lacks(error_of([] { Hardtanh(2, 1); }), {"Hardtanh", "min is 2", "max is 1"}) == "");
  CHECK(lacks(error_of([] { PReLU(0); }), {"PReLU", "num_parameters is 0"}) == "");
  CHECK(lacks(error_of([] { PReLU(3)(zeros({2, 4})); }), {"prelu:", "(2, 4)", "(3,)"}) == "");
  CHECK(lacks(error_of([] { GLU()(zeros({2, 3})); }), {"glu:", "(2, 3)", "even"}) == "");
}

}  // namespace xgrad::nn
