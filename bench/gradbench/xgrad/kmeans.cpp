#include <autograd/autograd.hpp>

#include "problems.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// |c|^2 - 2 p c for each point p and centroid c, (N, K): their squared distances less |p|^2, by one matrix product.
Tensor relative_distances(const Tensor& points, const Tensor& centroids) {
  return sum(square(centroids), 1) - 2 * matmul(points, transpose(centroids));
}

/// The cost by the centroid that argmin() finds for each point.
Tensor cost_of_nearest(const Tensor& points, const Tensor& centroids) {
  const Tensor nearest = argmin(relative_distances(points, centroids), 1);
  return sum(square(take(centroids, nearest) - points));
}

}  // namespace

Tensor kmeans_cost(const Tensor& points, const Tensor& centroids) {
  return sum(min(relative_distances(points, centroids), 1)) + sum(square(points));
}

Tensor kmeans_direction(const Tensor& points, const Tensor& centroids) {
  const Tape tape;
  const Tensor slope = tape.gradient(cost_of_nearest(points, centroids), centroids);
  return slope / tape.gradient(sum(slope), centroids);
}

}  // namespace gradbench
