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
enum class Normalization { none, batch };

/// Linear layers, which have biases where no batch normalization follows, and activations in between.
struct Network {
  std::vector<Layer> layers;
  Activation activation;
  Normalization normalization;

  bool normalizes() const { return normalization == Normalization::batch; }
};

/// An optimizer and its rate.
struct Optimizer {
  enum class Kind { sgd, adam } kind;
  double rate;
};

inline constexpr Optimizer sgd{Optimizer::Kind::sgd, 0.01};
inline constexpr Optimizer adam{Optimizer::Kind::adam, 1e-3};

/// How a network trains: one step forward, backward, and the optimizer's update.
struct Training {
  Network network;
  std::int64_t batch;
  Optimizer optimizer;
};

inline constexpr double norm_eps = 1e-3;
inline constexpr double norm_momentum = 0.01;

/// The trained networks of linear layers by case.
inline Training training(const std::string& name) {
  using enum Normalization;
  if (name == "tanh-bn") return {{ten_layers(), Activation::tanh, batch}, batch_size, sgd};
  if (name == "relu-bn") return {{ten_layers(), Activation::relu, batch}, batch_size, sgd};
  if (name == "tanh") return {{ten_layers(), Activation::tanh, none}, batch_size, sgd};
  if (name == "mlp-4096") return {{widest_layers(), Activation::relu, none}, widest_batch_size, adam};
  return {{wide_layers(), Activation::relu, none}, wide_batch_size, adam};  // "wide-adam"
}

/// "mlp-bn-1" applies a network to one image.
inline Network applied_network() { return {three_layers(), Activation::relu, Normalization::batch}; }

/// "mnist-cnn" and "lenet" train on square images of one channel, "three-convs" on such of three.
inline constexpr std::int64_t digit_batch = 64, digit_extent = 28, color_batch = 32, color_extent = 32;

/// "lstm" and "gru": a layer of so many units reads so many sequences, (length, batch, inputs), and a linear layer
/// classifies its last state.
inline constexpr std::int64_t sequence_batch = 64, sequence_length = 28, sequence_inputs = 28, sequence_units = 128;

/// "embedding": so many words are embedded, and classified as themselves. A mean over words that all differ asks for a
/// great rate.
inline constexpr std::int64_t words = 256, vocabulary = 20000, embedding_width = 64;
inline constexpr Optimizer embedding_sgd{Optimizer::Kind::sgd, 100};

/// Extents of "batch-norm", "layer-norm" and "cross-entropy".
inline constexpr std::int64_t rows = 4096;
inline constexpr std::int64_t columns = 1024;

/// "conv": a convolution of so many square images, with its bias, and relu.
inline constexpr std::int64_t conv_batch = 64, conv_in = 16, conv_out = 32, conv_extent = 28, conv_kernel = 3;

/// "attention" and "long-attention": so many heads of so many queries and keys.
inline constexpr std::int64_t attention_heads = 16, attention_length = 512;
inline constexpr std::int64_t long_attention_heads = 1, long_attention_length = 4096;
inline constexpr std::int64_t attention_width = 64;

/// "transformer": an encoder layer on so many sequences, (length, batch, width), without dropout; "encoder" trains it,
/// in smaller batches, towards given values.
inline constexpr std::int64_t encoder_batch = 16, encoder_length = 128, encoder_width = 256, encoder_heads = 4,
                              encoder_hidden = 1024, trained_encoder_batch = 8;

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

/// The initial weights of networks: the seed of the first matrix or kernel, and the bound for one whose results each
/// sum so many products: of about the deviation that keeps activations in range.
inline constexpr std::uint64_t first_weight_seed = 100;
inline double weight_bound(std::int64_t products) { return std::sqrt(3.0 / static_cast<double>(products)); }

}  // namespace bench
