#pragma once

#include <examples/mlp.hpp>

namespace xgrad::examples {

/// Samples x: (N, inputs), float64, and their classes y: (N,), int64.
struct Samples {
  Tensor x;
  Tensor y;
};

/// Standard-normal samples with classes drawn evenly.
Samples draw_samples(std::int64_t count, std::int64_t inputs, std::int64_t classes, std::uint64_t seed);

/// The mean cross entropy of a network's outputs on the samples. parameters: (P,), a scalar.
Tensor mean_loss(const Mlp& network, const Tensor& parameters, const Samples& samples);

/// The gradient of each sample's loss in the parameters: (N, P). One program for all samples, by vmap of the gradient.
Tensor per_sample_gradients(const Mlp& network, const Tensor& parameters, const Samples& samples);

/// The same, sample by sample.
Tensor per_sample_gradients_in_a_loop(const Mlp& network, const Tensor& parameters, const Samples& samples);

/// H v for the Hessian H of mean_loss in the parameters, which is not formed. v: (P,).
Tensor hessian_product(const Mlp& network, const Tensor& parameters, const Samples& samples, const Tensor& v);

}  // namespace xgrad::examples
