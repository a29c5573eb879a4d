#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::i64;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr test::Tolerance rounding{.rtol = 1e-14, .atol = 1e-15};

using Long = long double;

Long normal(Long x) { return std::erfc(-x / std::sqrt(Long(2))) / 2; }
Long log1pexp(Long x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

struct Activation {
  std::string name;
  TensorFunction f;
  Long (*exact)(Long);
  double below, above;              ///< values at -inf and inf
  double slope_below, slope_above;  ///< derivatives there
  std::vector<double> kinks;        ///< where the first derivative jumps
};

const std::vector<Activation>& activations() {
  static const std::vector<Activation> list = {
      {"softplus", [](const Tensor& x) { return softplus(x, 1, 100); }, log1pexp, 0, inf, 0, 1, {}},
      {"log_sigmoid", log_sigmoid, [](Long x) { return -log1pexp(-x); }, -inf, 0, 1, 0, {}},
      {"gelu", [](const Tensor& x) { return gelu(x); }, [](Long x) { return x * normal(x); }, 0, inf, 0, 1, {}},
      {"gelu with tanh",
       [](const Tensor& x) { return gelu(x, GeluApproximation::tanh); },
       [](Long x) {
         return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(Long(-1))) * (x + Long(0.044715) * x * x * x)));
       },
       0,
       inf,
       0,
       1,
       {}},
      {"silu", silu, [](Long x) { return x / (1 + std::exp(-x)); }, 0, inf, 0, 1, {}},
      {"mish", mish, [](Long x) { return x * std::tanh(log1pexp(x)); }, 0, inf, 0, 1, {}},
      {"elu",
       [](const Tensor& x) { return elu(x); },
       [](Long x) { return x > 0 ? x : std::expm1(x); },
       -1,
       inf,
       0,
       1,
       {}},
      {"elu of 0.3",
       [](const Tensor& x) { return elu(x, 0.3); },
       [](Long x) { return x > 0 ? x : Long(0.3) * std::expm1(x); },
       -0.3,
       inf,
       0,
       1,
       {0}},
      {"celu of 2",
       [](const Tensor& x) { return celu(x, 2); },
       [](Long x) { return x > 0 ? x : 2 * std::expm1(x / 2); },
       -2,
       inf,
       0,
       1,
       {}},
      {"selu",
       selu,
       [](Long x) {
         return 1.0507009873554804934193349852946L * (x > 0 ? x : 1.6732632423543772848170429916717L * std::expm1(x));
       },
       -1.7580993408473766,
       inf,
       0,
       1.0507009873554805,
       {0}},
      {"leaky_relu",
       [](const Tensor& x) { return leaky_relu(x); },
       [](Long x) { return x > 0 ? x : Long(0.01) * x; },
       -inf,
       inf,
       0.01,
       1,
       {0}},
      {"hardtanh",
       [](const Tensor& x) { return hardtanh(x); },
       [](Long x) { return std::min(std::max(x, Long(-1)), Long(1)); },
       -1,
       1,
       0,
       0,
       {-1, 1}},
      {"relu6", relu6, [](Long x) { return std::min(std::max(x, Long(0)), Long(6)); }, 0, 6, 0, 0, {0, 6}},
      {"hardsigmoid",
       hardsigmoid,
       [](Long x) { return std::min(std::max(x + 3, Long(0)), Long(6)) / 6; },
       0,
       1,
       0,
       0,
       {-3, 3}},
      {"hardswish",
       hardswish,
       [](Long x) { return x * std::min(std::max(x + 3, Long(0)), Long(6)) / 6; },
       0,
       inf,
       0,
       1,
       {-3, 3}},
      {"softsign", softsign, [](Long x) { return x / (1 + std::abs(x)); }, -1, 1, 0, 0, {}},
      {"tanhshrink", tanhshrink, [](Long x) { return x - std::tanh(x); }, -inf, inf, 1, 1, {}},
      {"prelu",
       [](const Tensor& x) { return prelu(x, tensor({0.2}, x.dtype())); },
       [](Long x) { return x > 0 ? x : Long(0.2) * x; },
       -inf,
       inf,
       0.2,
       1,
       {0}},
  };
  return list;
}

Tensor slope(const TensorFunction& f, const Tensor& x) {
  return gradient([&](const Tensor& t) { return sum(f(t)); }, x);
}

}  // namespace

TEST_CASE("activations agree with their formulas in long double") {
  // In float32, where a term of size 1 may cancel, to some units in the last place of 1 or of x.
  const Tensor x = linspace(-30, 30, 1203, float64);
  const std::vector<double> at = x.to_vector<double>();
  for (const Activation& one : activations()) {
    INFO(one.name);
    std::vector<double> expected;
    for (const double value : at) expected.push_back(static_cast<double>(one.exact(value)));
    const Tensor exact = tensor(std::span(expected), {1203});
    CHECK(difference(one.f(x), exact, {.rtol = 4e-15, .atol = 4e-15}) == "");
    CHECK(difference(one.f(x.to(float32)).to(float64), exact, {.rtol = 2e-6, .atol = 4e-6}) == "");
  }
}

TEST_CASE("derivatives of activations agree with central differences in first and second order") {
  for (const Activation& one : activations()) {
    INFO(one.name);
    const GradcheckResult result =
        gradcheck(one.f, f64({-8.1, -3.7, -2.2, -0.6, 0.4, 0.9, 2.5, 5.3, 7.7}), {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
  // Where nothing jumps, at 0 too, of whatever the formulas are put together.
  for (const Activation& one : activations()) {
    if (!one.kinks.empty() || one.name == "elu" || one.name == "celu of 2" || one.name == "softsign") continue;
    INFO(one.name);
    const GradcheckResult result = gradcheck(one.f, f64({0}), {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

TEST_CASE("at the infinities values and derivatives are the limits; NaN stays NaN; nothing else becomes NaN") {
  for (const Activation& one : activations()) {
    INFO(one.name);
    for (const DType dtype : {float32, float64}) {
      const Tensor ends = tensor({-inf, inf, nan}, dtype);
      CHECK(difference(one.f(ends).to(float64), {one.below, one.above, nan}, {.rtol = 1e-7}) == "");
      const Tensor derivative = slope(one.f, slice(ends, 0, 0, 2));
      CHECK(difference(derivative.to(float64), {one.slope_below, one.slope_above}, {.rtol = 1e-7}) == "");
      const Tensor large = tensor({0, -0.0, 1e-30, -1e-30, 50, -50, 88.5, -88.5, 1000, -1000, 1e30, -1e30}, dtype);
      CHECK(isfinite(one.f(large)).to(int64).to_vector<std::int64_t>() == std::vector<std::int64_t>(12, 1));
      const Tape tape;
      const Tensor first = tape.gradient(sum(one.f(large)), large);
      const Tensor second = tape.gradient(sum(first), large, {.materialize_grads = true});
      CHECK(isfinite(first).to(int64).to_vector<std::int64_t>() == std::vector<std::int64_t>(12, 1));
      CHECK(isfinite(second).to(int64).to_vector<std::int64_t>() == std::vector<std::int64_t>(12, 1));
    }
  }
}

TEST_CASE("derivatives at kinks are those that the headers state") {
  CHECK(difference(slope([](const Tensor& x) { return elu(x, 0.3); }, f64({0})), f64({0.3})) == "");
  CHECK(difference(slope([](const Tensor& x) { return leaky_relu(x, 0.2); }, f64({0})), f64({0.2})) == "");
  CHECK(difference(slope([](const Tensor& x) { return prelu(x, f64({0.2})); }, f64({0})), f64({0.2})) == "");
  CHECK(difference(slope([](const Tensor& x) { return hardtanh(x); }, f64({-1, 1})), {0, 0}) == "");
  CHECK(difference(slope(relu6, f64({0, 6})), {0, 0}) == "");
  CHECK(difference(slope(hardsigmoid, f64({-3, 3})), {0, 0}) == "");
  CHECK(difference(slope(hardswish, f64({-3, 3})), {-0.5, 1.5}, rounding) == "");
  CHECK(difference(slope(softsign, f64({0})), f64({1})) == "");
}

TEST_CASE("softplus scales by beta and is x itself above the threshold") {
  const Tensor x = f64({-3, 0.5, 2});
  const Tensor expected = log(1 + exp(2 * x)) / 2;
  CHECK(difference(softplus(x, 2), expected, rounding) == "");
  CHECK(difference(softplus(x, 2, 3), {expected.data<double>()[0], expected.data<double>()[1], 2}, rounding) == "");
  CHECK(difference(softplus(f64({21, 500})), {21, 500}) == "");
  CHECK(difference(softplus(f64({0})), f64({std::log(2)}), rounding) == "");
}

TEST_CASE("prelu has one weight, or one for each channel, and a gradient for it") {
  const Tensor x = f64({{{-1, 2}, {-3, -4}}});  // (1, 2, 2)
  const Tensor weight = f64({0.5, 0.25});
  CHECK(difference(prelu(x, weight), {{{-0.5, 2}, {-0.75, -1}}}) == "");
  CHECK(difference(slope([&](const Tensor& w) { return prelu(x, w); }, weight), {-1, -7}) == "");
  CHECK(difference(slope([&](const Tensor& w) { return prelu(x, w); }, f64({0.5})), f64({-8})) == "");
  CHECK(difference(prelu(x, tensor(0.5, float64)), {{{-0.5, 2}, {-1.5, -2}}}) == "");
  CHECK(difference(slope([&](const Tensor& w) { return prelu(f64({inf, -1}), w); }, f64({0.5})), f64({-1})) == "");
  CHECK(gradcheck([](const std::vector<Tensor>& in) { return prelu(in[0], in[1]); }, {x, weight}, {.order = 2}).passed);
}

TEST_CASE("glu gates the first half of an axis by the second") {
  const Tensor x = f64({{1, -2, 0.5, 3}, {4, 5, -1, 0}});
  const auto gate = [](double a, double b) { return a / (1 + std::exp(-b)); };
  CHECK(difference(glu(x), {{gate(1, 0.5), gate(-2, 3)}, {gate(4, -1), gate(5, 0)}}, rounding) == "");
  CHECK(difference(glu(x, 0), {{gate(1, 4), gate(-2, 5), gate(0.5, -1), gate(3, 0)}}, rounding) == "");
  CHECK(glu(zeros({3, 0}), 1).shape() == Shape{3, 0});
  CHECK(gradcheck([](const Tensor& t) { return glu(t, -2); }, x, {.order = 2}).passed);
}

TEST_CASE("activations keep shapes and dtypes, turn integers into float32, and take no rows") {
  for (const Activation& one : activations()) {
    INFO(one.name);
    CHECK(one.f(zeros({2, 1, 3})).dtype() == float32);
    CHECK(one.f(zeros({2, 1, 3})).shape() == Shape{2, 1, 3});
    CHECK(one.f(zeros({}, float64)).dtype() == float64);
    if (one.name != "prelu") CHECK(one.f(i64({1, -2})).dtype() == float32);
    CHECK(one.f(zeros({0, 3})).shape() == Shape{0, 3});
    const Tensor x = f64({{-1, 2, 0.3}, {4, -5, -0.6}});
    CHECK(difference(one.f(transpose(x)), transpose(one.f(x))) == "");
  }
}

TEST_CASE("activations refuse undefined tensors and arguments out of range, by name") {
  const Tensor none, x = zeros({2, 3});
  for (const Activation& one : activations()) {
    const std::string name = one.name.substr(0, one.name.find(' '));
    if (name == "prelu") continue;
    CHECK(test::lacks(test::error_of([&] { one.f(none); }), {name + ":", "'x'", "undefined"}) == "");
  }
  const auto refused = [](const std::function<void()>& call, const std::vector<std::string>& parts) {
    CHECK(test::lacks(test::error_of(call), parts) == "");
  };
  refused([&] { softplus(x, 0); }, {"softplus:", "'beta'", "0", "positive"});
  refused([&] { softplus(x, nan); }, {"softplus:", "'beta'", "nan"});
  refused([&] { celu(x, 0); }, {"celu:", "'alpha'", "0"});
  refused([&] { hardtanh(x, 1, 1); }, {"hardtanh:", "min is 1", "max is 1", "min < max"});
  refused([&] { prelu(none, x); }, {"prelu:", "'x'", "undefined"});
  refused([&] { prelu(x, none); }, {"prelu:", "'weight'", "undefined"});
  refused([&] { prelu(x, i64({1})); }, {"prelu:", "'weight'", "int64"});
  refused([&] { prelu(x, zeros({2})); }, {"prelu:", "(2, 3)", "(2,)", "(N, C, ...)"});
  refused([&] { prelu(zeros({3}), zeros({3})); }, {"prelu:", "(3,)"});
  refused([&] { prelu(x, zeros({3, 1})); }, {"prelu:", "(3, 1)"});
  refused([&] { glu(none); }, {"glu:", "'x'", "undefined"});
  refused([&] { glu(x); }, {"glu:", "axis -1", "(2, 3)", "3", "even"});
  refused([&] { glu(x, 2); }, {"glu:", "axis 2", "(2, 3)"});
}

}  // namespace xgrad
