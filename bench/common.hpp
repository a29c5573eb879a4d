#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

/// What the benchmarks share: the network they measure, a clock, medians, the processor's name.
namespace bench {

inline constexpr std::int64_t batch_size = 60;
inline constexpr std::int64_t classes = 10;

/// Features in and out of each linear layer of the network: 784-100x9-10.
inline std::vector<std::pair<std::int64_t, std::int64_t>> layers() {
  std::vector<std::pair<std::int64_t, std::int64_t>> result{{784, 100}};
  for (int i = 0; i < 8; ++i) result.emplace_back(100, 100);
  result.emplace_back(100, classes);
  return result;
}

/// The study's network: ten linear layers without bias, each followed by batch normalization, tanh in between.
inline xgrad::nn::Sequential ten_layer_network() {
  using namespace xgrad;
  nn::Sequential model;
  const auto sizes = layers();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    nn::Linear linear(sizes[i].first, sizes[i].second, {.bias = false});
    nn::init::normal(linear.weight, {.std = 0.1});
    model.push_back(linear);
    model.push_back(nn::BatchNorm1d(sizes[i].second, {.eps = 1e-3, .momentum = 0.01}));
    if (i + 1 < sizes.size()) model.push_back(nn::Tanh());
  }
  return model;
}

/// One batch of random images, and labels.
struct Batch {
  xgrad::Tensor x;
  xgrad::Tensor y;
};

inline Batch random_batch() {
  using namespace xgrad;
  const Tensor x = rand({batch_size, 784});
  const Tensor y = cast(rand({batch_size}) * classes, int64);
  eval({x, y});
  return {x, y};
}

/// Seconds that f takes.
template <class F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The number after a flag on the command line, as in `--steps 300`.
inline int flag(int argc, char** argv, const std::string& name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i)
    if (argv[i] == name) return std::max(1, std::atoi(argv[i + 1]));
  return otherwise;
}

inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "an unknown processor";
}

}  // namespace bench
