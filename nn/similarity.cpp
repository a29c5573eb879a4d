#include <nn/similarity.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

CosineSimilarity::CosineSimilarity(int axis, double eps) : Module("CosineSimilarity"), axis_(axis), eps_(eps) {
  if (!(eps >= 0)) refuse(fmt::format("eps is {}; it must not be negative", eps));
}

Tensor CosineSimilarity::forward(const Tensor& a, const Tensor& b) const {
  return cosine_similarity(a, b, axis_, eps_);
}

std::string CosineSimilarity::arguments() const { return fmt::format("axis={}, eps={}", axis_, eps_); }

PairwiseDistance::PairwiseDistance(const PairwiseDistanceOptions& options)
    : Module("PairwiseDistance"), options_(options) {
  if (!(options.p > 0)) refuse(fmt::format("p is {}; it must be positive", options.p));
}

Tensor PairwiseDistance::forward(const Tensor& a, const Tensor& b) const {
  return pairwise_distance(a, b, options_.p, options_.eps, {.keepdims = options_.keepdims});
}

std::string PairwiseDistance::arguments() const {
  return fmt::format("p={}, eps={}{}", options_.p, options_.eps, options_.keepdims ? ", keepdims=True" : "");
}

}  // namespace xgrad::nn
