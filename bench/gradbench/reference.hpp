#pragma once

#include <cstddef>
#include <vector>

/// GradBench's functions in plain loops, written from its descriptions, to check the tensor programs against. Matrices
/// are row-major. The arguments that are differentiated are one vector, in the order of GradBench's outputs.
namespace gradbench::reference {

using Numbers = std::vector<double>;

double lse(const Numbers& x);
double llsq(const Numbers& x, std::size_t n);
/// By expansion along the first row.
double det(const Numbers& a, std::size_t n);
Numbers ode(const Numbers& x, std::size_t steps);
double kmeans_cost(const Numbers& points, const Numbers& centroids, std::size_t d);
/// The centroids less the means of the points that are nearest to them.
Numbers kmeans_direction(const Numbers& points, const Numbers& centroids, std::size_t d);

struct Gmm {
  std::size_t d, k, n;
  Numbers x;
  double m, gamma;
};
/// The product of the densities and the priors, as README.md of the eval has them, for x = [alpha, mu, q, l].
double gmm(const Gmm& problem, const Numbers& x);

struct Lstm {
  std::size_t layers, width, characters;
  Numbers state, sequence;
};
/// For x = [main, extra], character by character and layer by layer.
double lstm(const Lstm& problem, const Numbers& x);

/// The two reprojection errors of one observation, for x = [camera (11), point (3), weight].
Numbers ba(const Numbers& x, const Numbers& feature);

struct Ht {
  std::vector<int> parents;
  Numbers relatives, inverse_absolutes;  ///< (bones, 4, 4)
  Numbers vertices;                      ///< (vertices, 4)
  Numbers weights;                       ///< (vertices, bones)
  std::vector<std::size_t> corners;      ///< 1 or 3 vertices of each point
  Numbers points;                        ///< (points, 3)
  bool mirrored;
};
/// For theta and, where points have 3 corners, two numbers of each point.
Numbers ht(const Ht& problem, const Numbers& theta, const Numbers& us);

}  // namespace gradbench::reference
