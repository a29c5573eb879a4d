#pragma once

#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "measure.hpp"
#include "networks.hpp"

/// What the benchmarks of xgrad alone share: the study's network and a batch for it.
namespace bench {

/// The study's network: ten linear layers without bias, each followed by batch normalization, tanh in between.
inline xgrad::nn::Sequential ten_layer_network() {
  using namespace xgrad;
  nn::Sequential model;
  const std::vector<Layer> layers = ten_layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    nn::Linear linear(layers[i].in, layers[i].out, {.bias = false});
    nn::init::normal(linear.weight, {.std = 0.1});
    model.push_back(linear);
    model.push_back(nn::BatchNorm1d(layers[i].out, {.eps = 1e-3, .momentum = 0.01}));
    if (i + 1 < layers.size()) model.push_back(nn::Tanh());
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

}  // namespace bench
