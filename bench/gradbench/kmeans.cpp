#include <autograd/autograd.hpp>

#include "modules.hpp"

namespace gradbench {

using namespace xgrad;

namespace {

/// |c|^2 - 2 p c for each point p and centroid c, (N, K): their squared distances less |p|^2, by one matrix product.
Tensor relative_distances(const Tensor& points, const Tensor& centroids) {
  return sum(square(centroids), 1) - 2 * matmul(points, transpose(centroids));
}

/// The sum of the squared distances from each point to its nearest centroid.
Tensor cost(const Tensor& points, const Tensor& centroids) {
  return sum(min(relative_distances(points, centroids), 1)) + sum(square(points));
}

/// The same. The least of all distances is the one to the centroid that argmin() finds, so that derivatives read one
/// centroid a point and not all of them.
Tensor cost_of_nearest(const Tensor& points, const Tensor& centroids) {
  const Tensor nearest = argmin(relative_distances(points, centroids), 1);
  return sum(square(take(centroids, nearest) - points));
}

/// The step of Newton's method: the gradient over the diagonal of the Hessian, which is 0 elsewhere, so that its row
/// sums are the diagonal.
Tensor direction(const Tensor& points, const Tensor& centroids) {
  const Tape tape;
  const Tensor slope = tape.gradient(cost_of_nearest(points, centroids), centroids);
  return slope / tape.gradient(sum(slope), centroids);
}

struct Input {
  Tensor points, centroids;

  explicit Input(const Json& input)
      : points(read_rows(input.at("points"))), centroids(read_rows(input.at("centroids"))) {}
};

template <Tensor (*f)(const Tensor&, const Tensor&)>
Program at(const Json& input) {
  return program([in = Input(input)] { return f(in.points, in.centroids); });
}

}  // namespace

Module kmeans() { return {{"cost", at<cost>}, {"dir", at<direction>}}; }

}  // namespace gradbench
