#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "../sides/data.hpp"

/// The cases whose programs change from step to step: their extents, and what changes. Both sides read them here.
namespace bench::dynamic {

/// Draws that are the same for the same seed, on every side.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : engine_(seed) {}

  /// In low..high.
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool coin() { return integer(0, 1) == 1; }

 private:
  std::mt19937_64 engine_;
};

/// So many draws of low..high.
inline std::vector<std::int64_t> drawn(std::size_t count, std::int64_t low, std::int64_t high, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<std::int64_t> result(count);
  for (std::int64_t& one : result) one = draws.integer(low, high);
  return result;
}

/// So many different numbers of low..high, in random order.
inline std::vector<std::int64_t> distinct(std::size_t count, std::int64_t low, std::int64_t high, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<std::int64_t> all;
  for (std::int64_t i = low; i <= high; ++i) all.push_back(i);
  for (std::size_t i = 0; i < count; ++i)
    std::swap(all[i], all[static_cast<std::size_t>(
                          draws.integer(static_cast<std::int64_t>(i), static_cast<std::int64_t>(all.size()) - 1))]);
  all.resize(count);
  return all;
}

inline constexpr double adam_rate = 1e-3;
inline constexpr double sgd_rate = 0.01;

/// "lstm", "gru" and "lstm-28x128": sequences are classified from the last state, by a linear layer.
struct Sequences {
  std::int64_t batch, inputs, units, classes;
  std::int64_t shortest, longest;
};
inline constexpr Sequences drawn_lengths{32, 8, 64, 10, 10, 100};
inline constexpr Sequences image_rows{64, 28, 128, 10, 28, 28};

/// "recurrence": h = tanh(matmul(h, w) + x), and the gradient of the last h's sum with respect to w. The weights are
/// small enough for h to settle, so rounding does not grow.
inline constexpr std::int64_t recurrence_batch = 16, recurrence_units = 64;
inline constexpr double recurrence_bound = 0.2;

/// "runge-kutta": dy/dt = linear(tanh(linear(y))), integrated by the pair of Bogacki and Shampine (1989), whose local
/// errors are a term of the loss (Pal et al., 2021). The sizes of the steps come from a schedule, so that both sides
/// take the same.
inline constexpr std::int64_t ode_batch = 16, ode_extent = 2, ode_units = 32;
inline constexpr std::int64_t ode_fewest = 50, ode_most = 200;
inline constexpr double ode_error_weight = 0.1;

/// The sizes of the steps of an integration over a unit of time, uneven as those of an error control.
inline std::vector<double> step_sizes(std::int64_t count) {
  Draws draws(static_cast<std::uint64_t>(count));
  std::vector<double> sizes(static_cast<std::size_t>(count));
  double sum = 0;
  for (double& size : sizes) sum += size = 0.5 + draws.uniform();
  for (double& size : sizes) size /= sum;
  return sizes;
}

/// "beam-search": a decoder of one GRU cell writes tokens until it chooses the end or reaches a limit.
inline constexpr std::int64_t vocabulary = 64, decoder_units = 64, beam_width = 4;
inline constexpr std::int64_t begin_token = 1, end_token = 0;
inline constexpr std::int64_t shortest_limit = 20, longest_limit = 40;
/// Factors of the initial embeddings and of the output layer's weights, which make some tokens likelier than others.
inline constexpr double embedding_scale = 8, output_scale = 8;

inline std::int64_t length_limit(std::int64_t sentence) {
  return Draws(1000 + static_cast<std::uint64_t>(sentence)).integer(shortest_limit, longest_limit);
}

/// "batch-sizes": an MLP with batch normalization after each hidden layer. A batch of one has no variance, so drawn
/// sizes begin at 2.
inline const std::vector<std::int64_t> mlp_widths{64, 128, 128, 10};
inline constexpr std::int64_t smallest_batch = 2, largest_batch = 256, mean_batch = 129;
inline constexpr std::int64_t epoch_batch = 60, epoch_batches = 50, odd_batch = 37;

}  // namespace bench::dynamic
