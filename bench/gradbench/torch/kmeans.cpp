#include "problems.hpp"

namespace gradbench {

namespace {

/// |c|^2 - 2 p c for each point p and centroid c, (N, K): their squared distances less |p|^2, by one matrix product.
Tensor relative_distances(const Tensor& points, const Tensor& centroids) {
  return torch::addmm(centroids.square().sum(1), points, centroids.t(), 1, -2);
}

/// The cost by the centroid that argmin() finds for each point. Places have no derivative, so that finding them need
/// not be recorded.
Tensor cost_of_nearest(const Tensor& points, const Tensor& centroids) {
  const Tensor nearest = relative_distances(points, centroids.detach()).argmin(1);
  return (centroids.index_select(0, nearest) - points).square().sum();
}

}  // namespace

Tensor kmeans_cost(const Tensor& points, const Tensor& centroids) {
  return relative_distances(points, centroids).amin(1).sum() + points.square().sum();
}

Tensor kmeans_direction(const Tensor& points, const Tensor& centroids) {
  Tensor slope;
  const Tensor curvature = gradient_of(
      [&](const Tensor& at) {
        slope = gradient_of([&](const Tensor& x) { return cost_of_nearest(points, x); }, at);
        return slope.sum();
      },
      centroids);
  return slope.detach() / curvature;
}

}  // namespace gradbench
