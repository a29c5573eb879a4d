#include <doctest/doctest.h>

#include <cmath>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// 60,000 numbers: their mean has a standard error of 0.4 % of the standard deviation, which itself is known to 0.3 %
/// for normal and 0.2 % for uniform numbers. The tolerances below are six of those and more.
Parameter weights() { return Parameter(xgrad::zeros({200, 300})); }

void check_normal(const Parameter& parameter, double mean, double deviation) {
  CHECK(std::abs(xgrad::mean(parameter).item() - mean) < 0.025 * deviation);
  CHECK(xgrad::std(parameter).item() == doctest::Approx(deviation).epsilon(0.02));
  CHECK(max(abs(parameter - mean)).item() > 3.5 * deviation);  // uniform numbers end at 1.7
}

void check_uniform(const Parameter& parameter, double low, double high) {
  const double width = high - low;
  CHECK(min(parameter).item() >= low - 1e-6 * width);
  CHECK(max(parameter).item() <= high + 1e-6 * width);
  CHECK(min(parameter).item() < low + 0.001 * width);
  CHECK(max(parameter).item() > high - 0.001 * width);
  CHECK(xgrad::mean(parameter).item() == doctest::Approx((low + high) / 2).epsilon(0.01 * width));
  CHECK(xgrad::std(parameter).item() == doctest::Approx(width / std::sqrt(12.0)).epsilon(0.02));
}

}  // namespace

TEST_CASE("constants") {
  const Parameter p(tensor({{1, 2}, {3, 4}}, float64));
  init::zeros(p);
  CHECK(difference(p, {{0, 0}, {0, 0}}) == "");
  init::ones(p);
  CHECK(difference(p, {{1, 1}, {1, 1}}) == "");
  init::constant(p, -2.5);
  CHECK(difference(p, {{-2.5, -2.5}, {-2.5, -2.5}}) == "");
  CHECK(p.dtype() == float64);
}

TEST_CASE("normal and uniform numbers have the moments and bounds that were asked for") {
  manual_seed(1);
  const Parameter p = weights();
  init::normal(p);
  check_normal(p, 0, 1);
  init::normal(p, {.mean = 3, .std = 0.1});
  check_normal(p, 3, 0.1);
  init::uniform(p);
  check_uniform(p, 0, 1);
  init::uniform(p, {.low = -2, .high = 4});
  check_uniform(p, -2, 4);
}

TEST_CASE("Xavier's variance is gain^2 * 2 / (fan_in + fan_out)") {
  manual_seed(2);
  const Parameter p = weights();
  const double deviation = 3 * std::sqrt(2.0 / 500);
  init::xavier_normal(p, {.gain = 3});
  check_normal(p, 0, deviation);
  init::xavier_uniform(p, {.gain = 3});
  check_uniform(p, -std::sqrt(3.0) * deviation, std::sqrt(3.0) * deviation);
}

TEST_CASE("Kaiming's variance is gain^2 / fan, of either side") {
  manual_seed(3);
  const Parameter p = weights();
  init::kaiming_normal(p);
  check_normal(p, 0, std::sqrt(2.0 / 300));
  init::kaiming_normal(p, {.mode = init::FanMode::fan_out, .nonlinearity = init::Nonlinearity::tanh});
  check_normal(p, 0, 5.0 / 3 / std::sqrt(200.0));
  // PyTorch's initialisation of Linear: a slope of sqrt(5) makes the bound 1 / sqrt(fan_in).
  init::kaiming_uniform(p, {.negative_slope = std::sqrt(5.0)});
  check_uniform(p, -1 / std::sqrt(300.0), 1 / std::sqrt(300.0));
}

TEST_CASE("gains are PyTorch's") {
  using init::Nonlinearity;
  CHECK(init::gain(Nonlinearity::linear) == 1);
  CHECK(init::gain(Nonlinearity::sigmoid) == 1);
  CHECK(init::gain(Nonlinearity::tanh) == doctest::Approx(5.0 / 3));
  CHECK(init::gain(Nonlinearity::relu) == doctest::Approx(std::sqrt(2.0)));
  CHECK(init::gain(Nonlinearity::leaky_relu, 0.2) == doctest::Approx(1.3867504905630728));
  CHECK(init::gain(Nonlinearity::selu) == 0.75);
}

TEST_CASE("fans of kernels count their field") {
  CHECK(init::fans({6, 4, 3, 3}).in == 36);
  CHECK(init::fans({6, 4, 3, 3}).out == 54);
  CHECK(init::fans({6, 4}).in == 4);
  CHECK(lacks(error_of([] {
                init::xavier_normal(Parameter(tensor({1, 2})));
              }),
              {"init", "(2,)", "(out, in, ...)"}) == "");
}

TEST_CASE("a generator of one's own fixes the numbers and leaves the default one alone") {
  const Parameter a = weights(), b = weights();
  Generator first(7), second(7);
  const std::uint64_t before = default_generator().position();
  init::normal(a, {}, first);
  init::normal(b, {}, second);
  CHECK(difference(a, b) == "");
  CHECK(default_generator().position() == before);
  init::normal(b, {}, second);
  CHECK(difference(a, b) != "");
}

TEST_CASE("distributions that do not exist are refused") {
  const Parameter p = weights();
  CHECK(lacks(error_of([&] { init::normal(p, {.std = -1}); }), {"init::normal", "std is -1"}) == "");
  CHECK(lacks(error_of([&] { init::uniform(p, {.low = 2, .high = 1}); }), {"init::uniform", "[2, 1)"}) == "");
}

TEST_CASE("empty weights can be initialised") {
  const Parameter p(xgrad::zeros({3, 0}));
  init::kaiming_uniform(p);
  init::xavier_normal(p);
  CHECK(p.shape() == Shape{3, 0});
}

}  // namespace xgrad::nn
