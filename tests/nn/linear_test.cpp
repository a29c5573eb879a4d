#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/linear.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// 3 features to 2, with weights whose products are easy to follow.
Linear small() {
  const Linear layer(3, 2);
  layer.weight.set(tensor({{1, 2, 3}, {0, -1, 1}}));
  layer.bias.set(tensor({10, 20}));
  return layer;
}

}  // namespace

TEST_CASE("linear computes x W^T + b over the last axis") {
  const Linear layer = small();
  CHECK(difference(layer(tensor({{1, 1, 1}, {1, 0, 0}})), {{16, 20}, {11, 20}}) == "");
  CHECK(difference(layer(tensor({0, 0, 2})), {16, 22}) == "");
  CHECK(difference(layer(tensor({{{1, 1, 1}}, {{0, 1, 0}}})), {{{16, 20}}, {{12, 19}}}) == "");
  CHECK(layer(zeros({0, 3})).shape() == Shape{0, 2});
  CHECK(layer.in_features() == 3);
  CHECK(layer.out_features() == 2);
}

TEST_CASE("linear without bias has one parameter") {
  const Linear layer(3, 2, {.bias = false});
  layer.weight.set(tensor({{1, 2, 3}, {0, -1, 1}}));
  CHECK(layer.parameters().size() == 1);
  CHECK_FALSE(layer.bias.defined());
  CHECK(difference(layer(tensor({{1, 1, 1}})), {{6, 0}}) == "");
  CHECK(layer.arguments() == "in_features=3, out_features=2, bias=False");
}

TEST_CASE("linear starts as PyTorch's does: uniform within 1 / sqrt(in_features)") {
  manual_seed(3);
  const Linear layer(400, 300);
  const double bound = 1 / std::sqrt(400.0);
  for (const Parameter& parameter : layer.parameters()) {
    CHECK(max(abs(parameter)).item() <= bound);
    CHECK(max(abs(parameter)).item() > 0.95 * bound);
  }
  // The standard deviation of 120,000 uniform numbers is known to 0.13 %.
  CHECK(std(layer.weight).item() == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.01));
  CHECK(std::abs(mean(layer.weight).item()) < 0.01 * bound);
}

TEST_CASE("the default generator's seed fixes the initial weights") {
  manual_seed(5);
  const Linear a(4, 4);
  const Linear b(4, 4);
  manual_seed(5);
  const Linear c(4, 4);
  CHECK(difference(a.weight, c.weight) == "");
  CHECK(difference(a.weight, b.weight) != "");
}

TEST_CASE("linear has right gradients in input, weight and bias") {
  const Linear layer(3, 2, {.dtype = float64});
  const auto f = [&](const std::vector<Tensor>& in) {
    layer.weight.set(in[1]);
    layer.bias.set(in[2]);
    return layer(in[0]);
  };
  Generator generator(1);
  const auto check = gradcheck(
      f, {randn({4, 3}, float64, generator), randn({2, 3}, float64, generator), randn({2}, float64, generator)},
      {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

TEST_CASE("linear refuses inputs of another number of features") {
  CHECK(lacks(error_of([] { small()(zeros({7, 4})); }), {"Linear", "(7, 4)", "(..., 3)", "(2, 3)"}) == "");
  CHECK(lacks(error_of([] { small()(1.0); }), {"Linear", "()", "(..., 3)"}) == "");
  CHECK(lacks(error_of([] { Linear(-1, 2); }), {"Linear", "(-1, 2)", "negative"}) == "");
}

TEST_CASE("linear of no features gives its bias") {
  const Linear layer(0, 2);
  layer.bias.set(tensor({1, 2}));
  CHECK(difference(layer(zeros({3, 0})), {{1, 2}, {1, 2}, {1, 2}}) == "");
}

}  // namespace xgrad::nn
