#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {

using test::f64;
using test::lacks;

TEST_CASE("gradcheck passes right gradients of first and second order") {
  const auto f = [](const Tensor& x) { return tanh(x) * exp(x); };
  CHECK(gradcheck(f, f64({{0.1, -0.7}, {1.3, 0.4}})).passed);
  CHECK(gradcheck(f, f64({{0.1, -0.7}, {1.3, 0.4}}), {.order = 2}).passed);
}

TEST_CASE("gradcheck finds a wrong gradient and reports the worst entry") {
  // x * stop_gradient(x) has the value x^2 and half of its gradient: off by |x|, most at the entry of 5.
  const auto f = [](const Tensor& x) { return sum(x * stop_gradient(x)); };
  const GradcheckResult result = gradcheck(f, f64({{1, 2}, {5, 3}}));
  CHECK(!result.passed);
  CHECK(!result);
  CHECK(result.order == 1);
  CHECK(result.input == 0);
  CHECK(result.numeric == doctest::Approx(2 * result.analytic).epsilon(1e-6));
  CHECK(lacks(result.message, {"failed", "order 1", "input 0"}) == "");
  CHECK(result.indices.size() == 2);
}

TEST_CASE("gradcheck names the wrong input among several, and the place in it") {
  const auto f = [](const std::vector<Tensor>& x) {
    const Tensor mask = f64({{0, 0, 0}, {0, 0, 1}});
    return x[0] * x[0] + x[1] * (1 - mask) + stop_gradient(x[1]) * mask;
  };
  const GradcheckResult result = gradcheck(f, {f64({{1, 2, 3}, {4, 5, 6}}), ones({2, 3}, float64)});
  CHECK(!result.passed);
  CHECK(result.input == 1);
  CHECK(result.indices == std::vector<std::int64_t>{1, 2});
  CHECK(result.analytic == 0);
  CHECK(lacks(result.message, {"input 1", "(1, 2)"}) == "");
}

TEST_CASE("gradcheck finds a gradient that is right, but whose derivative is wrong") {
  // The value is x^2 and the gradient 2x, but recorded as 2 stop_gradient(x): a second derivative of 0 instead of 2.
  const auto f = [](const Tensor& x) { return 2 * stop_gradient(x) * x - stop_gradient(x * x); };
  CHECK(gradcheck(f, f64({1, -2})).passed);
  const GradcheckResult result = gradcheck(f, f64({1, -2}), {.order = 2});
  CHECK(!result.passed);
  CHECK(result.order == 2);
  CHECK(result.analytic == 0);
  CHECK(lacks(result.message, {"failed", "order 2"}) == "");
}

TEST_CASE("gradcheck converts float32 inputs and leaves integers alone") {
  const auto f = [](const std::vector<Tensor>& x) { return take(square(x[0]), x[1]); };
  const GradcheckResult result = gradcheck(f, {tensor({1, 2, 3}), test::i64({2, 0})}, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
  CHECK(result.input == 0);
}

TEST_CASE("gradcheck weighs the entries of a tensor-valued function differently") {
  // The sum of softmax is constant: with equal weights every gradient would be 0 and every error hidden.
  const auto wrong = [](const Tensor& x) { return softmax(x) * stop_gradient(softmax(x)) / softmax(x); };
  CHECK(gradcheck([](const Tensor& x) { return softmax(x); }, f64({{0.1, 0.5, -0.3}})).passed);
  CHECK(!gradcheck(wrong, f64({{0.1, 0.5, -0.3}})).passed);
}

TEST_CASE("gradcheck with nothing to compare passes and says so") {
  const GradcheckResult result = gradcheck([](const Tensor& x) { return x; }, zeros({0, 3}, float64));
  CHECK(result.passed);
  CHECK(result.input == -1);
  CHECK(lacks(result.message, {"nothing"}) == "");
}

TEST_CASE("gradcheck fails on a gradient that is not a number") {
  CHECK(!gradcheck([](const Tensor& x) { return sqrt(x); }, f64({-1})).passed);
}

TEST_CASE("gradcheck tolerances decide") {
  const auto almost = [](const Tensor& x) { return x * x + 1e-4 * (stop_gradient(x) - x); };
  CHECK(!gradcheck(almost, f64({1})).passed);
  CHECK(gradcheck(almost, f64({1}), {.atol = 1e-3}).passed);
  CHECK(gradcheck(almost, f64({1}), {.rtol = 1e-3}).passed);
}

TEST_CASE("gradcheck refuses a function whose value is not floating-point") {
  CHECK(lacks(test::error_of([] {
                gradcheck([](const Tensor& x) { return argmax(x); }, f64({1, 2}));
              }),
              {"gradcheck", "int64"}) == "");
}

}  // namespace xgrad
