#include <examples/gaussian_mixture.hpp>

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

double log_sum_exp(const std::vector<double>& x) {
  double total = 0;
  for (const double value : x) total += std::exp(value);
  return std::log(total);
}

/// The objective in plain loops over points, components, rows and columns.
double plain_objective(const MixtureProblem& problem, const Wishart& wishart) {
  const std::vector<double> alpha = problem.mixture.alpha.to_vector<double>(), x = problem.x.to_vector<double>();
  const std::vector<double> mu = problem.mixture.mu.to_vector<double>(), icf = problem.mixture.icf.to_vector<double>();
  const std::size_t k = alpha.size(), d = static_cast<std::size_t>(problem.x.size(1)), n = x.size() / d;
  const std::size_t factors = d * (d + 1) / 2;
  double result = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> terms;
    for (std::size_t c = 0; c < k; ++c) {
      std::vector<double> image(d, 0.0);
      std::size_t next = c * factors + d;
      double log_determinant = 0;
      for (std::size_t column = 0; column < d; ++column) {
        const double centred = x[i * d + column] - mu[c * d + column];
        log_determinant += icf[c * factors + column];
        image[column] += std::exp(icf[c * factors + column]) * centred;
        for (std::size_t row = column + 1; row < d; ++row) image[row] += icf[next++] * centred;
      }
      double square_norm = 0;
      for (const double entry : image) square_norm += entry * entry;
      terms.push_back(alpha[c] + log_determinant - 0.5 * square_norm);
    }
    result += log_sum_exp(terms) - log_sum_exp(alpha) - 0.5 * static_cast<double>(d) * std::log(2 * std::numbers::pi);
  }
  const double dimensions = static_cast<double>(d), freedom = dimensions + wishart.m + 1;
  double normalization = freedom * dimensions * (std::log(wishart.gamma) - 0.5 * std::log(2.0)) -
                         0.25 * dimensions * (dimensions - 1) * std::log(std::numbers::pi);
  for (std::size_t j = 1; j <= d; ++j) normalization -= std::lgamma(0.5 * freedom + 0.5 * (1 - static_cast<double>(j)));
  for (std::size_t c = 0; c < k; ++c) {
    for (std::size_t f = 0; f < factors; ++f) {
      const double entry = icf[c * factors + f];
      result += 0.5 * wishart.gamma * wishart.gamma * (f < d ? std::exp(2 * entry) : entry * entry);
      if (f < d) result -= wishart.m * entry;
    }
    result -= normalization;
  }
  return result;
}

TensorsFunction objective(const Tensor& x, const Wishart& wishart) {
  return [=](const std::vector<Tensor>& in) { return gaussian_mixture_objective({in[0], in[1], in[2]}, x, wishart); };
}

}  // namespace

TEST_CASE("the mixture has the value and the gradient that ADBench's tests expect of their instance") {
  // data/gmm/test.txt of github.com/microsoft/ADBench, and the numbers of its test/cpp/modules/common/GmmTests.cpp.
  const std::vector<Tensor> in = {
      tensor({-0.649014, 1.181166, -0.758453}, float64),
      tensor({{0.092339, 0.186260}, {0.345561, 0.396767}, {0.538817, 0.419195}}, float64),
      tensor({{0.586443, -0.851887, 0.800321}, {-1.509405, 0.875874, -0.242790}, {0.166813, -1.965419, -1.270071}},
             float64)};
  const auto [value, slopes] =
      value_and_gradient(objective(tensor({{1.175171, 2.029160}}, float64), {.gamma = 1, .m = 0}), in);
  const std::vector<Tensor> expected = {
      tensor({1.08662855508652456e-01, -7.41270039523898472e-01, 6.32607184015246071e-01}, float64),
      tensor({{1.11692576532787013e+00, 1.63333013551455269e-01},
              {-2.19989824071193142e-02, 2.27778292254236098e-01},
              {1.20963025612832187e+00, -6.06375920733956339e-02}},
             float64),
      tensor({{2.58529994051162237e+00, 1.12632694524213789e-01, 3.85744309849611777e-01},
              {7.35180573182305508e-02, 5.41836362715595232e+00, -3.21494409677446469e-01},
              {1.71892309775004937e+00, 8.60091090790866875e-01, -9.94640930466322848e-01}},
             float64)};
  CHECK(value.item() == doctest::Approx(8.07380408004975791).epsilon(1e-14));
  for (std::size_t i = 0; i < in.size(); ++i) CHECK(max(abs(slopes[i] - expected[i])).item() < 1e-13);
}

TEST_CASE("the mixture's objective is that of plain loops, with all parts of the prior") {
  for (const auto& [points, dimensions, components] :
       {std::tuple{1, 1, 1}, std::tuple{7, 1, 3}, std::tuple{9, 2, 1}, std::tuple{40, 4, 6}})
    for (const Wishart& wishart : {Wishart{1, 0}, Wishart{0.7, 3}}) {
      const MixtureProblem problem = draw_mixture_problem(points, dimensions, components, 5);
      CHECK(gaussian_mixture_objective(problem.mixture, problem.x, wishart).item() ==
            doctest::Approx(plain_objective(problem, wishart)).epsilon(1e-12));
    }
}

TEST_CASE("the mixture's first and second derivatives are those of central differences") {
  const auto [mixture, x] = draw_mixture_problem(6, 3, 2, 11);
  const GradcheckResult checked =
      gradcheck(objective(x, {.gamma = 0.7, .m = 2}), {mixture.alpha, mixture.mu, mixture.icf}, {.order = 2});
  CHECK_MESSAGE(checked, checked.message);
}

TEST_CASE("components far from a point neither overflow nor make its gradient NaN") {
  auto [mixture, x] = draw_mixture_problem(3, 2, 4, 1);
  const auto [value, slopes] =
      value_and_gradient(objective(1e3 * x, {}), std::vector{mixture.alpha, mixture.mu, mixture.icf});
  CHECK(std::isfinite(value.item()));
  for (const Tensor& slope : slopes) CHECK(std::isfinite(sum(slope).item()));
}
