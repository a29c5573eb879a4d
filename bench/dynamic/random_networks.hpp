#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "cases.hpp"

namespace bench::dynamic {

enum class Function { tanh, sigmoid, relu, sin, square };

/// "programs": a small network of a random structure; layers multiply by their weights, and then do what is set here.
struct RandomLayer {
  std::int64_t width;
  Function function;
  bool biased;    ///< adds a bias
  bool centred;   ///< subtracts the mean over the features
  bool residual;  ///< adds the layer's input, where it has the same width

  auto operator<=>(const RandomLayer&) const = default;
};

struct RandomNetwork {
  std::int64_t batch;
  std::int64_t inputs;
  std::vector<RandomLayer> layers;

  auto operator<=>(const RandomNetwork&) const = default;
};

inline constexpr std::int64_t widest = 48, largest_random_batch = 32;
inline constexpr double random_weight_bound = 0.3;

/// So many networks, no two of them alike.
inline std::vector<RandomNetwork> random_networks(std::size_t count) {
  Draws draws(5);
  std::set<RandomNetwork> known;
  std::vector<RandomNetwork> networks;
  while (networks.size() < count) {
    RandomNetwork network{draws.integer(4, largest_random_batch), draws.integer(4, widest), {}};
    const std::int64_t depth = draws.integer(1, 6);
    for (std::int64_t i = 0; i < depth; ++i) {
      const std::int64_t before = i == 0 ? network.inputs : network.layers.back().width;
      const bool residual = draws.coin();
      network.layers.push_back({.width = residual ? before : draws.integer(4, widest),
                                .function = static_cast<Function>(draws.integer(0, 4)),
                                .biased = draws.coin(),
                                .centred = draws.coin(),
                                .residual = residual});
    }
    if (known.insert(network).second) networks.push_back(std::move(network));
  }
  return networks;
}

}  // namespace bench::dynamic
