#pragma once

#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad::examples {

/// Samples x: (N, D) and their classes y: (N,), 0 or 1. float64.
struct LogisticData {
  Tensor x;
  Tensor y;
};

/// Standard-normal samples behind a column of ones, and classes drawn with probability sigmoid(x w) for weights w that
/// are drawn first. The classes overlap, so the loss has a minimum.
LogisticData draw_logistic_data(std::int64_t samples, std::int64_t features, std::uint64_t seed);

/// The mean negative log-likelihood of classes given logits x w, log(1 + exp(z)) - y z. w: (D,).
Tensor logistic_loss(const LogisticData& data, const Tensor& w);

/// Weights, and the Euclidean norm of the gradient before each step and after the last.
struct Fit {
  Tensor w;
  std::vector<double> norms;
};

/// Where the minimizers below stop.
struct FitOptions {
  double tolerance = 1e-13;  ///< of the norm of the gradient
  int max_steps = 20;
};

/// Newton's method from 0: the Hessian as a matrix, and Cholesky's factorization of it.
Fit newton(const LogisticData& data, const FitOptions& options = {});

/// Gauss-Newton from 0, which for this loss is iteratively reweighted least squares: J^T (H (J v)) for the Jacobian J
/// of the logits and the Hessian H of the loss in the logits, neither of them formed, inside conjugate gradients.
Fit gauss_newton(const LogisticData& data, const FitOptions& options = {});

/// Plain gradient descent from 0, in steps of 4 times the gradient: slow and hard to get wrong.
Fit gradient_descent(const LogisticData& data, const FitOptions& options = {.max_steps = 20000});

}  // namespace xgrad::examples
