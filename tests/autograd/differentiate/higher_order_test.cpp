#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;

using Long = long double;

/// The derivative of an order of an elementwise function, as nested gradients.
Tensor derivative(TensorFunction f, int order, const Tensor& x) {
  for (; order > 0; --order)
    f = [f](const Tensor& t) { return gradient([&](const Tensor& s) { return sum(f(s)); }, t); };
  return f(x);
}

/// The same, by jvp along ones.
Tensor derivative_forward(TensorFunction f, int order, const Tensor& x) {
  for (; order > 0; --order) f = [f](const Tensor& t) { return jvp(f, t, ones_like(t)).second; };
  return f(x);
}

struct Case {
  std::string name;
  TensorFunction f;
  std::function<Long(int order, Long x)> exact;
};

/// tanh and its derivatives as polynomials in t = tanh(x), with t' = 1 - t^2.
Long tanh_derivative(int order, Long x) {
  const Long t = std::tanh(x), c = 1 - t * t;
  switch (order) {
    case 0:
      return t;
    case 1:
      return c;
    case 2:
      return -2 * t * c;
    case 3:
      return c * (6 * t * t - 2);
    default:
      return c * t * (16 - 24 * t * t);
  }
}

Long fifth_power_derivative(int order, Long x) {
  const Long factors[] = {1, 5, 20, 60, 120};
  return factors[order] * std::pow(x, Long(5 - order));
}

}  // namespace

TEST_CASE("derivatives to order 4 are those of the closed forms") {
  const std::vector<Case> cases{
      {"tanh", [](const Tensor& x) { return tanh(x); }, &tanh_derivative},
      {"exp", [](const Tensor& x) { return exp(x); }, [](int, Long x) { return std::exp(x); }},
      {"x^5", [](const Tensor& x) { return pow(x, 5); }, &fifth_power_derivative},
  };
  const std::vector<double> points{-1.3, -0.4, 0.2, 0.9, 1.7};
  const Tensor x = tensor(std::span<const double>(points), {5});
  for (const Case& c : cases) {
    for (int order = 0; order <= 4; ++order) {
      INFO(c.name, ", order ", order);
      std::vector<double> expected;
      for (const double point : points) expected.push_back(static_cast<double>(c.exact(order, point)));
      const Tensor exact = tensor(std::span<const double>(expected), {5});
      CHECK(difference(derivative(c.f, order, x), exact, {.rtol = 1e-13, .atol = 1e-14}) == "");
      CHECK(difference(derivative_forward(c.f, order, x), exact, {.rtol = 1e-13, .atol = 1e-14}) == "");
    }
  }
}

TEST_CASE("derivatives of softmax to order 4 along a direction are those of its cumulants") {
  // Along v, log sum exp(x + t v) has as derivatives the cumulants of v under p = softmax(x), and p_i' = p_i (v_i -
  // k1).
  const Tensor x = f64({0.3, -0.7, 1.1}), v = f64({1, -2, 0.5});
  TensorFunction f = [](const Tensor& t) { return softmax(t); };
  const std::vector<double> xs = x.to_vector<double>(), vs = v.to_vector<double>();
  Long total = 0, p[3], moment[5] = {1, 0, 0, 0, 0};
  for (int i = 0; i < 3; ++i) total += p[i] = std::exp(static_cast<Long>(xs[static_cast<std::size_t>(i)]));
  for (int i = 0; i < 3; ++i) p[i] /= total;
  for (int i = 0; i < 3; ++i) moment[1] += p[i] * vs[static_cast<std::size_t>(i)];
  for (int order = 2; order <= 4; ++order)
    for (int i = 0; i < 3; ++i)
      moment[order] += p[i] * std::pow(vs[static_cast<std::size_t>(i)] - moment[1], Long(order));
  const Long k2 = moment[2], k3 = moment[3], k4 = moment[4] - 3 * k2 * k2;
  for (int order = 1; order <= 4; ++order) {
    f = [f, v](const Tensor& t) { return jvp(f, t, v).second; };
    std::vector<double> expected;
    for (int i = 0; i < 3; ++i) {
      // With d = v_i - k1, whose derivatives are -k2, -k3, -k4: p_i' = p_i d, and by the product rule
      const Long d = vs[static_cast<std::size_t>(i)] - moment[1];
      const Long factor[] = {d, d * d - k2, d * d * d - 3 * d * k2 - k3,
                             d * d * d * d - 6 * d * d * k2 - 4 * d * k3 + 3 * k2 * k2 - k4};
      expected.push_back(static_cast<double>(p[i] * factor[order - 1]));
    }
    INFO("order ", order);
    CHECK(difference(f(x), tensor(std::span<const double>(expected), {3}), {.rtol = 1e-12, .atol = 1e-14}) == "");
  }
}

TEST_CASE("one tape gives derivatives of every order") {
  const Tape tape;
  const Tensor x = f64({0.7});
  Tensor y = tanh(x);
  for (int order = 1; order <= 4; ++order) {
    y = tape.gradient(sum(y), x);
    CHECK(y.item() == doctest::Approx(static_cast<double>(tanh_derivative(order, 0.7))).epsilon(1e-12));
  }
}

TEST_CASE("a gradient penalty trains through a network with batch norm: gradcheck on its parameters") {
  manual_seed(11);
  const nn::Sequential model{nn::Linear(3, 4, {.dtype = float64}), nn::BatchNorm1d(4, {.dtype = float64}), nn::Tanh(),
                             nn::Linear(4, 1, {.dtype = float64})};
  const nn::ParameterList parameters = model.parameters();
  Generator generator(2);
  const Tensor x = randn({6, 3}, float64, generator);
  const auto loss = [&](const std::vector<Tensor>& values) {
    std::size_t i = 0;
    for (const auto& parameter : parameters) parameter.set(values[i++]);
    const Tape tape;
    const Tensor score = mean(square(model(x)));
    const Tensor slope = tape.gradient(score, x);
    return score + mean(square(sqrt(sum(square(slope), 1)) - 1));
  };
  const std::vector<Tensor> values = parameters;
  const GradcheckResult result = gradcheck(loss, values, {.atol = 1e-6, .rtol = 1e-5});
  CHECK_MESSAGE(result.passed, result.message);
}

}  // namespace xgrad
