#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Data that is the same on every side. Depends on no framework.
namespace bench {

/// Numbers that look random and spread evenly over [-bound, bound): the same for the same seed, on every side.
inline std::vector<float> values(std::int64_t count, std::uint64_t seed, double bound = 1) {
  std::vector<float> result(static_cast<std::size_t>(count));
  std::uint64_t state = seed * 0x9e3779b97f4a7c15;
  for (float& value : result) {
    state = state * 6364136223846793005 + 1442695040888963407;
    value = static_cast<float>(bound * (static_cast<double>(state >> 40) / 8388608.0 - 1));
  }
  return result;
}

/// Labels below `bound`.
inline std::vector<std::int64_t> labels(std::int64_t count, std::int64_t bound) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<std::int64_t>(i * 7919 % 1000003) % bound;
  return result;
}

}  // namespace bench
