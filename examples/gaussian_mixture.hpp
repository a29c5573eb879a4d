#pragma once

#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// A mixture of K Gaussians in D dimensions.
///
/// alpha: (K,), the logits of the weights. mu: (K, D), the means. icf: (K, D (D + 1) / 2), inverse covariance factors:
/// lower triangular matrices Q with covariance (Q^T Q)^-1, of which the logarithms of the diagonal come first and then
/// what is below it, column by column. float64.
struct GaussianMixture {
  Tensor alpha;
  Tensor mu;
  Tensor icf;
};

/// The Wishart prior on the inverse covariances: gamma scales it, m counts its extra degrees of freedom.
struct Wishart {
  double gamma = 1;
  int m = 0;
};

/// The triangular matrices Q_k. icf: (K, D (D + 1) / 2), the result: (K, D, D).
Tensor covariance_factors(const Tensor& icf, std::int64_t dimensions);

/// The objective of the benchmark GMM in Microsoft's ADBench (Srajer, Kukelova, Fitzgibbon, "A benchmark of selected
/// algorithmic differentiation tools on some problems in computer vision and machine learning", 2018), signs included:
///
///   sum_i logsumexp_k(alpha_k + sum(q_k) - 0.5 |Q_k (x_i - mu_k)|^2) - N logsumexp(alpha) - 0.5 N D log(2 pi)
///     + sum_k(0.5 gamma^2 |Q_k|_F^2 - m sum(q_k)) - K C,
///
/// with q_k the logarithms of Q_k's diagonal and C the logarithm of the prior's normalization. x: (N, D); a scalar.
Tensor gaussian_mixture_objective(const GaussianMixture& mixture, const Tensor& x, const Wishart& wishart);

/// A drawn mixture, and N points for it.
struct MixtureProblem {
  GaussianMixture mixture;
  Tensor x;
};
MixtureProblem draw_mixture_problem(std::int64_t points, std::int64_t dimensions, std::int64_t components,
                                    std::uint64_t seed);

}  // namespace xgrad::examples
