#pragma once

#include <cstdint>
#include <span>

#include <nn/nn.hpp>

#include "cases.hpp"
#include "side.hpp"

/// What the files of bench_xgrad share.
namespace bench::in_xgrad {

inline xgrad::Tensor filled(const xgrad::Shape& shape, std::uint64_t seed, double bound = 1) {
  return xgrad::tensor(std::span<const float>(values(shape.elements(), seed, bound)), shape);
}

inline xgrad::Tensor labels(std::int64_t count, std::int64_t bound) {
  return xgrad::tensor(std::span<const std::int64_t>(bench::labels(count, bound)), {count});
}

/// Gives matrices and kernels their initial values, the same as on the other side; biases are 0. Weights of norms stay
/// as they are, 1.
void initialize(const xgrad::nn::Module& model);

/// The cases that train networks or apply them.
Cases network_cases();
/// Single convolutions, by their names and what of them is computed.
Cases convolution_cases();

/// See Side.
void warm_up();

}  // namespace bench::in_xgrad
