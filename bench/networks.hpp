#pragma once

#include <cstdint>
#include <vector>

/// The networks that are measured: sizes only, for xgrad, its peer and the floor alike.
namespace bench {

/// A linear layer.
struct Layer {
  std::int64_t in;
  std::int64_t out;
};

inline constexpr std::int64_t classes = 10;
inline constexpr std::int64_t batch_size = 60;

/// The study's network, 784-100x9-10; it trains in batches of batch_size.
inline std::vector<Layer> ten_layers() {
  std::vector<Layer> layers{{784, 100}};
  for (int i = 0; i < 8; ++i) layers.push_back({100, 100});
  layers.push_back({100, classes});
  return layers;
}

inline constexpr std::int64_t wide_batch_size = 128;

/// A wider one, which trains in batches of wide_batch_size.
inline std::vector<Layer> wide_layers() { return {{784, 1024}, {1024, 1024}, {1024, classes}}; }

inline constexpr std::int64_t widest_batch_size = 256;

/// One whose weights fill no cache, which trains in batches of widest_batch_size.
inline std::vector<Layer> widest_layers() { return {{784, 4096}, {4096, 4096}, {4096, classes}}; }

/// A small one.
inline std::vector<Layer> three_layers() { return {{784, 100}, {100, 100}, {100, classes}}; }

}  // namespace bench
