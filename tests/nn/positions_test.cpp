#include <doctest/doctest.h>

#include <cmath>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

const test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

}  // namespace

TEST_CASE("sinusoidal positions are sines and cosines of falling rates") {
  std::vector<double> expected;
  for (int p = 0; p < 3; ++p)
    for (int i = 0; i < 2; ++i) {
      const double angle = p / std::pow(100.0, 2.0 * i / 4);
      expected.insert(expected.end(), {std::sin(angle), std::cos(angle)});
    }
  const Tensor table = tensor(expected, float64).reshape({3, 4}), x = randn({2, 3, 4}, float64);
  const SinusoidalPositions positions(4, {.base = 100});
  CHECK(difference(positions(x), x + table, rounding) == "");
  CHECK(difference(positions(x, i64({2, 1, 0})), x + flip(table, 0), rounding) == "");
  CHECK(difference(positions(x, i64({{0, 1, 2}, {1, 1, 1}})) - x, stack({table, stack({table[1], table[1], table[1]})}),
                   rounding) == "");
  const SinusoidalPositions steps_first(4, {.base = 100, .axis = 0});
  CHECK(difference(steps_first(swapaxes(x, 0, 1)), swapaxes(x + table, 0, 1), rounding) == "");
  CHECK(positions(zeros({3, 4})).dtype() == float32);
}

TEST_CASE("learned positions are rows of a parameter") {
  const LearnedPositions positions(5, 2, {.dtype = float64});
  const Tensor x = randn({3, 4, 2}, float64), table = positions.weight;
  CHECK(difference(positions(x), x + table[Slice{0, 4}]) == "");
  CHECK(difference(positions(x, i64({4, 3, 2, 1})), x + flip(table, 0)[Slice{0, 4}]) == "");
  const LearnedPositions steps_first(5, 2, {.axis = 0, .dtype = float64});
  CHECK(difference(steps_first(x), x + expand_dims(Tensor(steps_first.weight)[Slice{0, 3}], 1)) == "");
  CHECK(state_dict(positions)[0].first == "weight");
  CHECK(lacks(error_of([&] { positions(zeros({6, 2})); }), {"LearnedPositions", "(6, 2)", "at most 5"}) == "");
  CHECK(lacks(error_of([&] { eval(positions(x, i64({0, 1, 2, 5}))); }), {"5"}) == "");
}

TEST_CASE("rotary positions turn pairs, and scores depend on differences of positions") {
  const Tensor x = f64({{1, 2, 3, 4}, {1, 2, 3, 4}, {5, 6, 7, 8}});
  const auto numbers = x.to_vector<double>();
  for (const RotaryStyle style : {RotaryStyle::interleaved, RotaryStyle::half}) {
    std::vector<double> expected(12);
    for (std::size_t p = 0; p < 3; ++p)
      for (std::size_t i = 0; i < 2; ++i) {
        const double angle = static_cast<double>(p) / std::pow(10000.0, static_cast<double>(i) / 2);
        const std::size_t a = 4 * p + (style == RotaryStyle::half ? i : 2 * i);
        const std::size_t b = a + (style == RotaryStyle::half ? 2 : 1);
        expected[a] = numbers[a] * std::cos(angle) - numbers[b] * std::sin(angle);
        expected[b] = numbers[b] * std::cos(angle) + numbers[a] * std::sin(angle);
      }
    const RotaryPositions rotary(4, {.style = style});
    CHECK(difference(rotary(x), tensor(expected, float64).reshape({3, 4}), rounding) == "");
    const Tensor heads = randn({2, 3, 5, 4}, float64);
    const auto scores = [&](std::int64_t start) {
      const Tensor turned = rotary(heads, arange(start, start + 5));
      return matmul(turned, swapaxes(turned, -2, -1));
    };
    CHECK(difference(scores(0), scores(7), {.atol = 1e-12}) == "");
    const auto f = [&](const Tensor& t) { return rotary(t); };
    CHECK(gradcheck(TensorFunction(f), x, {.order = 2}).passed);
  }
}

TEST_CASE("positions refuse what does not fit") {
  CHECK(lacks(error_of([] { SinusoidalPositions(3); }), {"SinusoidalPositions", "features 3"}) == "");
  CHECK(lacks(error_of([] { RotaryPositions(0); }), {"RotaryPositions", "features 0"}) == "");
  CHECK(lacks(error_of([] { RotaryPositions(4, {.base = -1}); }), {"base -1"}) == "");
  const RotaryPositions rotary(4);
  CHECK(lacks(error_of([&] { rotary(zeros({3, 5})); }), {"RotaryPositions", "(3, 5)", "(..., 4)"}) == "");
  CHECK(lacks(error_of([&] { rotary(zeros({4})); }), {"(4,)"}) == "");
  CHECK(lacks(error_of([&] { rotary(zeros({3, 4}), i64({0, 1})); }), {"int64 (2,)", "(..., 3)", "(3, 4)"}) == "");
  CHECK(lacks(error_of([&] { LearnedPositions(-1, 2); }), {"(-1, 2)"}) == "");
}

}  // namespace xgrad::nn
