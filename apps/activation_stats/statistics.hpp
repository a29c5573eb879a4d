#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <apps/common/axis.hpp>
#include <autograd/random.hpp>

namespace xgrad::apps {

/// How the layers begin, and whether batch norm stands before their tanh.
enum class Initialization { normal, xavier, batch_norm };

struct NetworkOptions {
  std::int64_t samples = 500;
  std::int64_t layers = 10;
  std::int64_t units = 200;
  /// Standard deviation of the weights, except Xavier's.
  double std = 0.01;
};

/// What a layer's activations look like over all samples and units.
struct LayerStatistics {
  double mean = 0;
  double std = 0;
  /// Shares of the activations in equal bins over activation_range.
  std::vector<double> histogram;
};

inline constexpr Range activation_range = {-1, 1};

/// Sends standard-normal inputs (samples, units) through a tanh network without biases and describes the output of each
/// layer. Batch norm normalizes with the statistics of these samples, as in training.
std::vector<LayerStatistics> activation_statistics(const Tensor& inputs, Initialization initialization,
                                                   const NetworkOptions& options, Generator& generator);

}  // namespace xgrad::apps
