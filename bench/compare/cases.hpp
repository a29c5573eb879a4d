#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../networks.hpp"
#include "../sides/data.hpp"

/// The cases that the two frameworks and the floor are measured on: their extents and data. All three read them here.
namespace bench {

enum class Activation { tanh, relu };

/// How a network trains: one step forward, backward, and the optimizer's update.
struct Training {
  std::vector<Layer> layers;
  std::int64_t batch;
  Activation activation;
  enum class Normalization { none, batch } normalization;
  enum class Optimizer { sgd, adam } optimizer;

  bool normalizes() const { return normalization == Normalization::batch; }
};

inline constexpr double sgd_rate = 0.01;
inline constexpr double adam_rate = 1e-3;
inline constexpr double norm_eps = 1e-3;
inline constexpr double norm_momentum = 0.01;

/// The trained networks by case; linear layers have biases where no batch normalization follows.
inline Training training(const std::string& name) {
  using enum Training::Normalization;
  using enum Training::Optimizer;
  if (name == "tanh-bn") return {ten_layers(), batch_size, Activation::tanh, batch, sgd};
  if (name == "relu-bn") return {ten_layers(), batch_size, Activation::relu, batch, sgd};
  if (name == "tanh") return {ten_layers(), batch_size, Activation::tanh, none, sgd};
  return {wide_layers(), wide_batch_size, Activation::relu, none, adam};  // "wide-adam"
}

/// Extents of "batch-norm", "layer-norm" and "cross-entropy".
inline constexpr std::int64_t rows = 4096;
inline constexpr std::int64_t columns = 1024;

/// "conv": a convolution of so many square images, with its bias, and relu.
inline constexpr std::int64_t conv_batch = 64, conv_in = 16, conv_out = 32, conv_extent = 28, conv_kernel = 3;

/// "attention" and "long-attention": so many heads of so many queries and keys.
inline constexpr std::int64_t attention_heads = 16, attention_length = 512;
inline constexpr std::int64_t long_attention_heads = 1, long_attention_length = 4096;
inline constexpr std::int64_t attention_width = 64;

/// "transformer": an encoder layer on so many sequences, (length, batch, width), without dropout.
inline constexpr std::int64_t encoder_batch = 16, encoder_length = 128, encoder_width = 256, encoder_heads = 4,
                              encoder_hidden = 1024;

/// "conv3d": a convolution of volumes, padded by 1, with its bias; "conv-transpose": one of images that doubles their
/// extents, with kernels of 4, a stride of 2 and a padding of 1, with its bias.
inline constexpr std::int64_t volume_batch = 4, volume_in = 8, volume_out = 16, volume_extent = 20, volume_kernel = 3;
inline constexpr std::int64_t small_batch = 16, small_in = 32, small_out = 16, small_extent = 14;

/// "max-pool": windows of 3 at steps of 2 in ceil_mode; "bilinear": images of twice the extents; "grid-sample": images
/// at as many places as they have elements, with gradients for images and places.
inline constexpr std::int64_t image_batch = 8, image_channels = 32, image_extent = 64, pooled_extent = 32;

/// "adam" updates so many matrices of adam_extent x adam_extent: ten million parameters.
inline constexpr std::int64_t adam_matrices = 10;
inline constexpr std::int64_t adam_extent = 1000;

/// "tiny" is a chain of so many operations on so few elements: tanh, and multiplication by 1 +- chain_spread, in turns,
/// so that nothing grows or vanishes.
inline constexpr std::int64_t chain_length = 1000;
inline constexpr std::int64_t chain_width = 8;
inline constexpr double chain_spread = 1e-3;

/// The initial weights of layer i, of about the deviation that keeps activations in range.
inline std::vector<float> weights(const Layer& layer, std::size_t i) {
  return values(layer.in * layer.out, 100 + i, std::sqrt(3.0 / static_cast<double>(layer.in)));
}

}  // namespace bench
