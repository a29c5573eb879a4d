#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol.hpp"

namespace gradbench {

constexpr std::int64_t camera_parameters = 11, point_parameters = 3;
/// The parameters of an observation: its camera's, its point's and its weight.
constexpr std::int64_t observation_parameters = camera_parameters + point_parameters + 1;

/// The sparse Jacobian of `ba` by compressed rows. Each observation has two rows of its own parameters, and each weight
/// one row after all of these.
struct Pattern {
  std::vector<int> rows, columns;

  /// Finds the pattern in the memory of the one before.
  void fill(std::int64_t cameras, std::int64_t points, std::span<const std::int64_t> camera_of,
            std::span<const std::int64_t> point_of);

  /// The first block and the last entry, as the eval asks, of the pattern and the values.
  Json output(const std::vector<double>& values) const;
};

}  // namespace gradbench
