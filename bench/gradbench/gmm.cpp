#include <cmath>
#include <numbers>

#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// A mixture of K Gaussians in D dimensions.
struct Mixture {
  Tensor alpha;  ///< (K,) the weights are softmax(alpha)
  Tensor mu;     ///< (K, D) the means
  Tensor q;      ///< (K, D) logarithms of the diagonals of the factors Q_k, whose Q^T Q are the precision matrices
  Tensor l;      ///< (K, D (D - 1) / 2) what is below these diagonals, column by column
};

struct Input {
  std::int64_t d, k, n;
  Mixture mixture;
  Tensor x;      ///< (N, D) the points
  Tensor place;  ///< (D, D) where each entry of Q stands in [exp(q), l, 0]
  double m, gamma;

  explicit Input(const Json& input)
      : d(input.at("d")),
        k(input.at("k")),
        n(input.at("n")),
        mixture{read_numbers(input.at("alpha"), {k}), read_numbers(input.at("mu"), {k, d}),
                read_numbers(input.at("q"), {k, d}), read_numbers(input.at("l"), {k, d * (d - 1) / 2})},
        x(read_numbers(input.at("x"), {n, d})),
        m(input.at("m")),
        gamma(input.at("gamma")) {
    std::vector<std::vector<std::int64_t>> places(
        static_cast<std::size_t>(d), std::vector<std::int64_t>(static_cast<std::size_t>(d), d * (d + 1) / 2));
    std::int64_t next = d;
    for (std::size_t column = 0; column < places.size(); ++column) {
      places[column][column] = static_cast<std::int64_t>(column);
      for (std::size_t row = column + 1; row < places.size(); ++row) places[row][column] = next++;
    }
    place = tensor(places);
  }
};

/// The logarithm of the Wishart prior's normalization, of one precision matrix.
double log_normalization(const Input& in) {
  const double d = static_cast<double>(in.d), freedom = d + in.m + 1;
  double log_gamma = 0.25 * d * (d - 1) * std::log(std::numbers::pi);
  for (std::int64_t j = 0; j < in.d; ++j) log_gamma += std::lgamma(0.5 * (freedom - static_cast<double>(j)));
  return freedom * d * (std::log(in.gamma) - 0.5 * std::numbers::ln2) - log_gamma;
}

/// The logarithm of the posterior probability, up to what the reference leaves out as well.
Tensor log_posterior(const Input& in, const Mixture& mixture) {
  const auto& [alpha, mu, q, l] = mixture;
  const Tensor factors = take(concatenate({exp(q), l, zeros({in.k, 1}, float64)}, 1), in.place, 1);  // (K, D, D)
  const Tensor log_determinants = sum(q, 1);

  // Q_k (x_i - mu_k) of all points and Gaussians, (D, K, N), by one matrix product. The points come last, so that sums
  // over the others go along whole rows.
  const Tensor rows = reshape(transpose(factors, {1, 0, 2}), {in.d * in.k, in.d});
  const Tensor images = reshape(matmul(rows, transpose(in.x)), {in.d, in.k, in.n});
  const Tensor centred = images - expand_dims(einsum("kab,kb->ak", factors, mu), 2);
  const Tensor terms = expand_dims(alpha + log_determinants, 1) - 0.5 * sum(square(centred), 0);

  const double n = static_cast<double>(in.n), k = static_cast<double>(in.k), d = static_cast<double>(in.d);
  const Tensor likelihood =
      sum(logsumexp(terms, 0)) - n * logsumexp(alpha) - n * d * 0.5 * std::log(2 * std::numbers::pi);
  const Tensor prior =
      in.m * sum(log_determinants) - 0.5 * in.gamma * in.gamma * sum(square(factors)) + k * log_normalization(in);
  return likelihood + prior;
}

}  // namespace

Module gmm() {
  return {{"objective",
           [](const Json& input) { return program([in = Input(input)] { return log_posterior(in, in.mixture); }); }},
          {"jacobian", [](const Json& input) {
             return program(
                 [in = Input(input)] {
                   const auto& [alpha, mu, q, l] = in.mixture;
                   return gradient(
                       [&](const std::vector<Tensor>& x) {
                         return log_posterior(in, {x[0], x[1], x[2], x[3]});
                       },
                       {alpha, mu, q, l});
                 },
                 [](const std::vector<Tensor>& gradients) -> Json {
                   return {{"alpha", write_numbers(gradients[0])},
                           {"mu", write_numbers(gradients[1])},
                           {"q", write_numbers(gradients[2])},
                           {"l", write_numbers(gradients[3])}};
                 });
           }}};
}

}  // namespace gradbench
