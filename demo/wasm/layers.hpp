#pragma once

#include <cstdint>
#include <vector>

#include <data/dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::demo {

/// Bins of a histogram of activations.
inline constexpr int histogram_bins = 32;

/// One linear layer of a network and the activation that follows it, on one batch.
struct LayerView {
  /// Euclidean norm of the gradient of the loss in the layer's weights; NaN or infinite where training has blown up.
  double gradient_norm = 0;
  /// Of all activations of all images. NaN for the last layer, which has none.
  double mean = 0;
  double std = 0;
  /// Share of the activations in each of histogram_bins equal parts of [low, high]; zeros where one is not finite.
  double low = 0;
  double high = 0;
  std::vector<float> histogram;
};

/// What the layers of a study's network give in training mode, and their gradients. The network stays as it is: its
/// running statistics, too.
std::vector<LayerView> view_layers(const nn::Sequential& network, const data::Batch& batch);

}  // namespace xgrad::demo
