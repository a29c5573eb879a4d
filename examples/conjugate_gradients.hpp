#pragma once

#include <autograd/differentiate/gradient.hpp>

namespace xgrad::examples {

struct ConjugateGradientsOptions {
  /// Norm of the residual, as a share of that of b, at which the iteration ends.
  double tolerance = 1e-12;
  int max_iterations = 100;
};

/// The solution x of A x = b by conjugate gradients, for a symmetric positive definite A that is known by its products
/// v -> A v only, as hvp gives them. b and the result: (N,).
Tensor conjugate_gradients(const TensorFunction& product, const Tensor& b,
                           const ConjugateGradientsOptions& options = {});

}  // namespace xgrad::examples
