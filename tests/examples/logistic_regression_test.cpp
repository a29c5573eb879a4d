#include <examples/logistic_regression.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

double largest_difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

}  // namespace

TEST_CASE("the logistic loss, its gradient and its Hessian are those of the formulas") {
  const LogisticData data = draw_logistic_data(40, 3, 7);
  const std::vector<double> x = data.x.to_vector<double>(), y = data.y.to_vector<double>();
  const std::vector<double> w = {0.3, -0.5, 0.2, 1.1};
  double value = 0;
  std::vector<double> slope(4, 0.0), curvature(16, 0.0);
  for (std::size_t i = 0; i < y.size(); ++i) {
    double z = 0;
    for (std::size_t j = 0; j < 4; ++j) z += x[i * 4 + j] * w[j];
    const double p = 1 / (1 + std::exp(-z));
    value -= (y[i] * std::log(p) + (1 - y[i]) * std::log(1 - p)) / 40;
    for (std::size_t j = 0; j < 4; ++j) {
      slope[j] += (p - y[i]) * x[i * 4 + j] / 40;
      for (std::size_t k = 0; k < 4; ++k) curvature[j * 4 + k] += p * (1 - p) * x[i * 4 + j] * x[i * 4 + k] / 40;
    }
  }
  const auto loss = [&](const Tensor& weights) { return logistic_loss(data, weights); };
  const Tensor at = tensor(w, {4});
  CHECK(loss(at).item() == doctest::Approx(value).epsilon(1e-14));
  CHECK(largest_difference(gradient(loss, at), tensor(slope, {4})) < 1e-15);
  CHECK(largest_difference(hessian(loss, at), tensor(curvature, {4, 4})) < 1e-15);
}

TEST_CASE("Newton's method and Gauss-Newton reach the optimum that gradient descent confirms") {
  const LogisticData data = draw_logistic_data(500, 5, 1);
  const Fit a = newton(data), b = gauss_newton(data), slow = gradient_descent(data);
  for (const Fit& fit : {a, b, slow}) CHECK(fit.norms.back() < 1e-12);
  CHECK(a.norms.size() < 12);
  CHECK(b.norms.size() < 12);
  CHECK(slow.norms.size() > 50);
  // Weights differ by the gradient's 1e-13 over the smallest curvature, about 0.05.
  CHECK(largest_difference(a.w, slow.w) < 1e-10);
  CHECK(largest_difference(b.w, slow.w) < 1e-10);
}

TEST_CASE("Newton's method converges quadratically") {
  const std::vector<double> norms = newton(draw_logistic_data(500, 5, 1)).norms;
  int steps = 0;
  for (std::size_t i = 1; i + 1 < norms.size(); ++i) {
    if (norms[i] > 0.1 || norms[i + 1] < 1e-14) continue;  // too far away, or nothing but rounding
    CHECK(norms[i + 1] < 30 * norms[i] * norms[i]);
    ++steps;
  }
  CHECK(steps >= 2);
}

TEST_CASE("for logistic regression Gauss-Newton takes Newton's steps") {
  const LogisticData data = draw_logistic_data(100, 4, 3);
  const Fit a = newton(data, {.max_steps = 2}), b = gauss_newton(data, {.max_steps = 2});
  CHECK(largest_difference(a.w, b.w) < 1e-10);
}
