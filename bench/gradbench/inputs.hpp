#pragma once

#include "tensors.hpp"

/// What the problems read, but for `det` (minors.hpp) and `ht` (hand.hpp).
namespace gradbench {

struct LlsqInput {
  Tensor x;
  std::int64_t n;

  explicit LlsqInput(const Json& input);
};

struct OdeInput {
  Tensor x;
  std::int64_t steps;

  explicit OdeInput(const Json& input);
};

struct KmeansInput {
  Tensor points, centroids;

  explicit KmeansInput(const Json& input);
};

/// A mixture of K Gaussians in D dimensions.
struct Mixture {
  Tensor alpha;  ///< (K,) the weights are softmax(alpha)
  Tensor mu;     ///< (K, D) the means
  Tensor q;      ///< (K, D) logarithms of the diagonals of the factors Q_k, whose Q^T Q are the precision matrices
  Tensor l;      ///< (K, D (D - 1) / 2) what is below these diagonals, column by column
};

struct GmmInput {
  std::int64_t d, k, n;
  Mixture mixture;
  Tensor x;      ///< (N, D) the points
  Tensor place;  ///< (D, D) where each entry of Q stands in [exp(q), l, 0]
  double m, gamma;

  explicit GmmInput(const Json& input);

  /// The part of the logarithm of the posterior probability that does not depend on the mixture, up to what the
  /// reference leaves out as well: of the densities, and of the Wishart prior.
  double constant() const;
};

struct LstmInput {
  std::int64_t layers, width, steps;
  Tensor main;   ///< (2 L, 4 W): of each layer the weights of its forget, input and output gates and its change, then
                 ///< their biases. All matrices are diagonal.
  Tensor extra;  ///< (3, W): the weights of the input, and the weights and biases of the output
  Tensor state;  ///< (2 L, W): of each layer its hidden and its cell state
  Tensor sequence;    ///< (characters, W) of bits
  Tensor gate_place;  ///< (8, L): the row of (8 L, W) that holds a gate's weights or biases

  explicit LstmInput(const Json& input);
};

/// A camera has a rotation (axis times angle), its centre, focal length, principal point (2) and radial distortion (2).
struct BaInput {
  std::int64_t cameras, points, observations;
  Tensor camera;               ///< (cameras, 11)
  Tensor point;                ///< (points, 3)
  Tensor weight;               ///< (observations,)
  Tensor feature;              ///< (2, observations): where the point was seen
  Tensor camera_of, point_of;  ///< (observations,)

  explicit BaInput(const Json& input);
};

}  // namespace gradbench
