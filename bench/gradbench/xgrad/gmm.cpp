#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

Tensor log_posterior(const GmmInput& in, const Mixture& mixture) {
  const auto& [alpha, mu, q, l] = mixture;
  const Tensor factors = take(concatenate({exp(q), l, zeros({in.k, 1}, float64)}, 1), in.place, 1);  // (K, D, D)
  const Tensor log_determinants = sum(q, 1);

  // Q_k (x_i - mu_k) of all points and Gaussians, (D, K, N), by one matrix product. The points come last, so that sums
  // over the others go along whole rows.
  const Tensor rows = reshape(transpose(factors, {1, 0, 2}), {in.d * in.k, in.d});
  const Tensor images = reshape(matmul(rows, transpose(in.x)), {in.d, in.k, in.n});
  const Tensor centred = images - expand_dims(einsum("kab,kb->ak", factors, mu), 2);
  const Tensor terms = expand_dims(alpha + log_determinants, 1) - 0.5 * sum(square(centred), 0);

  const double n = static_cast<double>(in.n);
  const Tensor likelihood = sum(logsumexp(terms, 0)) - n * logsumexp(alpha);
  const Tensor prior = in.m * sum(log_determinants) - 0.5 * in.gamma * in.gamma * sum(square(factors));
  return likelihood + prior + in.constant();
}

}  // namespace gradbench
