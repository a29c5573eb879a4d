#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

constexpr test::Tolerance rounding{.rtol = 1e-13, .atol = 1e-14};

TEST_CASE("jvp gives the value and the product of Jacobian and tangent") {
  const Tensor a = f64({{1, 2, 3}, {4, 5, 6}}), x = f64({1, 0, -1}), v = f64({1, 2, -1});
  const auto [y, product] = jvp([&](const Tensor& t) { return matmul(a, square(t)); }, x, v);
  CHECK(difference(y, {4, 10}) == "");
  CHECK(difference(product, matmul(a, 2 * x * v), rounding) == "");
}

TEST_CASE("jvp of several inputs adds up what each contributes") {
  const auto f = [](const std::vector<Tensor>& x) { return x[0] * sum(x[1]); };
  const auto [y, product] = jvp(f, {f64({1, 2}), f64({3, 4, 5})}, {f64({1, 10}), f64({1, 1, 1})});
  CHECK(difference(y, {12, 24}) == "");
  CHECK(difference(product, {12 + 3, 120 + 6}) == "");
}

TEST_CASE("jvp where the value does not depend on an input, or is the input") {
  const Tensor x = f64({1, 2}), v = f64({3, 4});
  CHECK(difference(jvp([](const Tensor&) { return ones({3}, float64); }, x, v).second, {0, 0, 0}) == "");
  CHECK(difference(jvp([](const Tensor& t) { return t; }, x, v).second, {3, 4}) == "");
  const auto first = [](const std::vector<Tensor>& xs) { return square(xs[0]); };
  CHECK(difference(jvp(first, {x, x}, {v, v}).second, {6, 16}) == "");
}

TEST_CASE("jvp agrees with central differences along the tangent") {
  const auto f = [](const Tensor& x) { return softmax(tanh(x) * x, 1) + mean(exp(x), 0); };
  Generator generator(3);
  const Tensor x = randn({3, 4}, float64, generator), v = randn({3, 4}, float64, generator);
  const Tensor numeric = (f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6;
  CHECK(difference(jvp(f, x, v).second, numeric, {.rtol = 1e-7, .atol = 1e-8}) == "");
}

TEST_CASE("jvp of float32 keeps its dtype, and of mixed dtypes that of the value") {
  const Tensor x = tensor({1, 2});
  CHECK(difference(jvp([](const Tensor& t) { return t * t; }, x, ones({2})).second, tensor({2, 4})) == "");
  const auto mixed = [](const std::vector<Tensor>& xs) { return xs[0] * xs[1]; };
  CHECK(difference(jvp(mixed, {x, f64({3, 4})}, {ones({2}), ones({2}, float64)}).second, f64({4, 6})) == "");
}

TEST_CASE("jvp is differentiable, and nests without confusing its tangents") {
  // d/dx of x * d/dy (x y) at y = 1 is d/dx x^2 = 2 x: a tangent of y that is taken for one of x would give 3 x.
  const auto outer = [](const Tensor& x) {
    return x * jvp([&](const Tensor& y) { return x * y; }, f64({1}), f64({1})).second;
  };
  CHECK(difference(jvp(outer, f64({5}), f64({1})).second, f64({10})) == "");
  const GradcheckResult result =
      gradcheck([](const Tensor& x) { return jvp([](const Tensor& t) { return exp(t) * t; }, x, x).second; },
                f64({0.5, -1}), {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("what a function captures is constant, even the point at which it is differentiated") {
  const Tape tape;
  const Tensor x = f64({3});
  const auto f = [&](const Tensor& y) { return x * y; };
  CHECK(difference(jvp(f, x, f64({1})).second, f64({3})) == "");
  CHECK(difference(vjp(f, x, f64({1})).second, f64({3})) == "");
  CHECK(difference(gradient([&](const Tensor& y) { return sum(f(y)); }, x), f64({3})) == "");
  CHECK(difference(jacobian(f, x), f64({{3}})) == "");
  // From outside, both count.
  CHECK(difference(tape.gradient(vjp(f, x, f64({1})).first, x), f64({6})) == "");
}

TEST_CASE("what jvp leaves unused is not run") {
  // u -> u^T J is recorded for one u, and only its own derivative is needed: tanh itself runs once.
  const Tensor x = f64({1, 2});
  const Tensor product = jvp([](const Tensor& t) { return tanh(t); }, x, f64({1, 1})).second;
  const std::string plan = explain(product);
  CHECK(plan.find("tanh(") != std::string::npos);
  CHECK(plan.find("tanh(") == plan.rfind("tanh("));
}

TEST_CASE("hvp is the product with the Hessian") {
  // f = sum(x^3) + x0 x1: H = diag(6 x) with 1 beside the diagonal.
  const auto f = [](const Tensor& x) { return sum(x * x * x) + sum(slice(x, 0, 0, 1) * slice(x, 0, 1, 2)); };
  CHECK(difference(hvp(f, f64({1, 2}), f64({1, 10})), {6 + 10, 120 + 1}, rounding) == "");
}

TEST_CASE("hvp of several inputs has the mixed second derivatives") {
  const auto f = [](const std::vector<Tensor>& x) { return sum(square(x[0]) * x[1]); };
  const std::vector<Tensor> product = hvp(f, {f64({1, 2}), f64({3, 4})}, {f64({1, 1}), f64({10, 20})});
  CHECK(difference(product[0], {2 * 3 + 2 * 1 * 10, 2 * 4 + 2 * 2 * 20}, rounding) == "");
  CHECK(difference(product[1], {2 * 1, 2 * 2}, rounding) == "");
}

TEST_CASE("value_and_gradient gives both") {
  const auto [y, g] = value_and_gradient([](const Tensor& x) { return sum(x * x); }, f64({1, 2}));
  CHECK(y.item() == 5);
  CHECK(difference(g, {2, 4}) == "");
  const auto product = [](const std::vector<Tensor>& x) { return sum(x[0] * x[1]); };
  const auto [z, gradients] = value_and_gradient(product, {f64({1, 2}), f64({3, 4})});
  CHECK(z.item() == 11);
  CHECK(difference(gradients[0], {3, 4}) == "");
  CHECK(difference(gradients[1], {1, 2}) == "");
}

TEST_CASE("jvp, hvp and value_and_gradient refuse what does not fit") {
  const auto f = [](const Tensor& x) { return square(x); };
  const auto fs = [](const std::vector<Tensor>& x) { return x[0]; };
  const auto whole = [](const Tensor& x) { return argmax(x); };
  const Tensor x = f64({1, 2});
  CHECK(lacks(error_of([&] { jvp(f, x, f64({1, 2, 3})); }), {"jvp", "tangent number 0", "(3,)", "(2,)"}) == "");
  CHECK(lacks(error_of([&] { jvp(fs, {x, x}, {x}); }), {"jvp", "1 tangents", "2 inputs"}) == "");
  CHECK(lacks(error_of([&] { jvp(f, i64({1, 2}), x); }), {"jvp", "'x'", "int64"}) == "");
  CHECK(lacks(error_of([&] { jvp(f, x, Tensor()); }), {"jvp", "'tangent'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { jvp(whole, x, x); }), {"jvp", "'f(x)'", "int64"}) == "");
  CHECK(lacks(error_of([&] { hvp(f, x, x); }), {"hvp", "f(x) has shape (2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] { hvp(f, x, f64({1})); }), {"hvp", "tangent number 0", "(1,)"}) == "");
  CHECK(lacks(error_of([&] { value_and_gradient(f, x); }), {"value_and_gradient", "(2,)", "one element"}) == "");
}

}  // namespace xgrad
