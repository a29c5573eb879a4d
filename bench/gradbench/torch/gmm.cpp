#include "problems.hpp"

namespace gradbench {

Tensor log_posterior(const GmmInput& in, const Mixture& mixture) {
  const auto& [alpha, mu, q, l] = mixture;
  const Tensor entries = torch::cat({q.exp(), l, torch::zeros({in.k, 1}, torch::kDouble)}, 1);
  const Tensor factors = entries.index_select(1, in.place.view(-1)).view({in.k, in.d, in.d});
  const Tensor log_determinants = q.sum(1);

  // Q_k (x_i - mu_k) of all points and Gaussians, (D, K, N), by one matrix product, as xgrad's program has it.
  const Tensor rows = factors.transpose(0, 1).reshape({in.d * in.k, in.d});
  const Tensor images = rows.matmul(in.x.t()).view({in.d, in.k, in.n});
  const Tensor centred = images - factors.bmm(mu.unsqueeze(2)).transpose(0, 1);
  const Tensor terms = (alpha + log_determinants).unsqueeze(1) - 0.5 * centred.square().sum(0);

  const Tensor likelihood = terms.logsumexp(0).sum() - static_cast<double>(in.n) * alpha.logsumexp(0);
  const Tensor prior = in.m * log_determinants.sum() - 0.5 * in.gamma * in.gamma * factors.square().sum();
  return likelihood + prior + in.constant();
}

}  // namespace gradbench
