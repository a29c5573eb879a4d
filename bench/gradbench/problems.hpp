#pragma once

#include <array>

#include "hand.hpp"
#include "inputs.hpp"
#include "minors.hpp"

/// The parts of the problems that each side writes in its own operations, but for the nested problems (descent.hpp).
/// ba.cpp, ht.cpp, hello.cpp, lse.cpp and modules.cpp make modules of them.
namespace gradbench {

/// Half the squared distance between the polynomial with coefficients x and sign(t), at n points of [-1, 1].
Tensor squared_distance(const Tensor& x, std::int64_t n);

/// Expands by minors (minors.hpp) the determinant of a, (n, n).
Tensor determinant(const std::vector<Minors>& levels, const Tensor& a);

/// y(2) of y_0' = x_0 and y_i' = x_i y_(i-1) from y(0) = 0, by so many classical Runge-Kutta steps.
Tensor integrate(const Tensor& x, std::int64_t steps);

/// The sum of the squared distances from each point to its nearest centroid.
Tensor kmeans_cost(const Tensor& points, const Tensor& centroids);
/// The step of Newton's method: the gradient over the diagonal of the Hessian, which is 0 elsewhere, so that its row
/// sums are the diagonal. It is the derivative of the distance to the centroid that is nearest, and not of the least of
/// all distances, so that it reads one centroid a point and not all of them.
Tensor kmeans_direction(const Tensor& points, const Tensor& centroids);

/// The logarithm of the posterior probability, up to what the reference leaves out as well.
Tensor log_posterior(const GmmInput& in, const Mixture& mixture);

/// The loss of predicting each character of the sequence from those before.
Tensor lstm_loss(const LstmInput& in, const Tensor& main, const Tensor& extra);

/// How far from the feature each observation's point is seen, times its weight: of both coordinates. `at` are the 15
/// parameters that an observation reads, of its camera and its point, and its weight: of each one tensor of all
/// observations. feature is (2, observations). In ba.cpp, for both.
std::array<Tensor, 2> reprojection_errors(const std::vector<Tensor>& at, const Tensor& feature);
/// The parameters of some observations for reprojection_errors().
std::vector<Tensor> observed(const BaInput& in, std::int64_t first, std::int64_t last);
/// The rows of the Jacobian of some observations, one after the other. An observation's two errors depend on its own 15
/// parameters only, so that the gradient of the sum of all first errors holds the first row of every block, and that of
/// all second errors the second.
Tensor observation_rows(const BaInput& in, std::int64_t first, std::int64_t last);

/// Where the skin's vertices are, (vertices, 3). The whole hand's rotation turns the bones, so that it need not turn
/// each vertex.
Tensor vertices(const HandModel& model, const Tensor& theta);
/// Their derivatives in theta, (vertices, 3, 26).
Tensor vertices_jacobian(const HandModel& model, const Tensor& theta);
/// Where a hand has the points, (points, n), of its vertices, (vertices, n): n is 3, or 3 times a number of hands.
Tensor seen_at(const Tensor& vertices, const Tensor& vertex, const Tensor& us);
/// The derivatives of the errors of some points: in the two coordinates of each point's triangle, where there are any,
/// then in theta, (points, 3, 2 + 26) or (points, 3, 26). `slopes` are the vertices' derivatives in theta. Errors
/// depend on their own point's us only, so that two products with the Jacobian hold the derivatives in these. Those in
/// theta are one product with the Jacobian in the vertices, which moves a hand for each angle.
Tensor point_jacobian(const Tensor& hand, const Tensor& slopes, const Tensor& vertex, const Tensor& us);

}  // namespace gradbench
