#include <examples/gaussian_mixture.hpp>

#include <cmath>
#include <numbers>

#include <autograd/ops.hpp>

namespace xgrad::examples {

namespace {

/// The logarithm of the multivariate gamma function of p dimensions.
double log_multigamma(double a, std::int64_t p) {
  double result = 0.25 * static_cast<double>(p * (p - 1)) * std::log(std::numbers::pi);
  for (std::int64_t j = 0; j < p; ++j) result += std::lgamma(a - 0.5 * static_cast<double>(j));
  return result;
}

/// The logarithm of the prior's normalization.
double log_normalization(const Wishart& wishart, std::int64_t dimensions) {
  const double freedom = static_cast<double>(dimensions + wishart.m + 1);
  return freedom * static_cast<double>(dimensions) * std::log(wishart.gamma / std::numbers::sqrt2) -
         log_multigamma(0.5 * freedom, dimensions);
}

/// Where each entry of Q stands in a row of icf, to which a 0 is appended for what is above the diagonal.
Tensor places(std::int64_t dimensions) {
  const std::int64_t zero = dimensions * (dimensions + 1) / 2;
  return make_tensor<std::int64_t>({dimensions, dimensions}, [&](std::span<std::int64_t> place) {
    std::int64_t next = dimensions;
    for (std::int64_t column = 0; column < dimensions; ++column)
      for (std::int64_t row = 0; row < dimensions; ++row)
        place[static_cast<std::size_t>(row * dimensions + column)] = row < column ? zero : row == column ? row : next++;
  });
}

}  // namespace

Tensor covariance_factors(const Tensor& icf, std::int64_t dimensions) {
  const Tensor diagonal = exp(slice(icf, 1, 0, dimensions)), below = slice(icf, 1, dimensions, icf.size(1));
  const Tensor zero = zeros({icf.size(0), 1}, icf.dtype());
  return take(concatenate({diagonal, below, zero}, 1), places(dimensions), 1);
}

Tensor gaussian_mixture_objective(const GaussianMixture& mixture, const Tensor& x, const Wishart& wishart) {
  const auto& [alpha, mu, icf] = mixture;
  const std::int64_t n = x.size(0), d = x.size(1), k = alpha.size();
  const Tensor q = covariance_factors(icf, d), log_determinant = sum(slice(icf, 1, 0, d), 1);

  // Q_k (x_i - mu_k) for all i and k, (D, K, N): one matrix product. The points come last, since sums over the leading
  // axes run along whole rows of them.
  const Tensor rows = reshape(transpose(q, {1, 0, 2}), {d * k, d});
  const Tensor images = reshape(matmul(rows, transpose(x)), {d, k, n});
  const Tensor centred = images - expand_dims(einsum("kab,kb->ak", {q, mu}), 2);
  const Tensor terms = expand_dims(alpha + log_determinant, 1) - 0.5 * sum(square(centred), 0);

  const double count = static_cast<double>(n);
  const double gauss = -0.5 * count * static_cast<double>(d) * std::log(2 * std::numbers::pi);
  const Tensor likelihood = sum(logsumexp(terms, 0)) - count * logsumexp(alpha) + gauss;
  const Tensor prior = 0.5 * wishart.gamma * wishart.gamma * sum(square(q)) - wishart.m * sum(log_determinant) -
                       static_cast<double>(k) * log_normalization(wishart, d);
  return likelihood + prior;
}

MixtureProblem draw_mixture_problem(std::int64_t points, std::int64_t dimensions, std::int64_t components,
                                    std::uint64_t seed) {
  Generator generator(seed);
  const auto draw = [&](const Shape& shape) { return randn(shape, float64, generator); };
  MixtureProblem problem{
      {draw({components}), draw({components, dimensions}), 0.3 * draw({components, dimensions * (dimensions + 1) / 2})},
      draw({points, dimensions})};
  eval({problem.mixture.alpha, problem.mixture.mu, problem.mixture.icf, problem.x});
  return problem;
}

}  // namespace xgrad::examples
