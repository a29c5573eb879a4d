#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "cases.hpp"
#include "side.hpp"

/// What the files of bench_torch share.
namespace bench::in_torch {

inline torch::Tensor filled(const std::vector<std::int64_t>& shape, std::uint64_t seed, double bound = 1) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return torch::tensor(values(count, seed, bound)).reshape(shape);
}

inline torch::Tensor labels(std::int64_t count, std::int64_t bound) {
  return torch::tensor(bench::labels(count, bound));
}

/// Gives matrices and kernels their initial values, the same as on the other side; biases are 0. Weights of norms stay
/// as they are, 1.
void initialize(const torch::nn::Module& model);

/// The cases that train networks or apply them.
Cases network_cases();
/// Single convolutions, by their names and what of them is computed.
Cases convolution_cases();

/// See Side.
void warm_up();

}  // namespace bench::in_torch
