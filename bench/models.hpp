#pragma once

#include <nn/nn.hpp>

#include "networks.hpp"

/// Networks that several benchmarks of xgrad measure.
namespace bench {

/// PyTorch's example for MNIST, without its dropout.
inline xgrad::nn::Sequential mnist_cnn() {
  return {xgrad::nn::Conv2d(1, 32, 3),
          xgrad::nn::ReLU(),
          xgrad::nn::Conv2d(32, 64, 3),
          xgrad::nn::ReLU(),
          xgrad::nn::MaxPool2d(2),
          xgrad::nn::Flatten(),
          xgrad::nn::Linear(9216, 128),
          xgrad::nn::ReLU(),
          xgrad::nn::Linear(128, bench::classes),
          xgrad::nn::LogSoftmax(1)};
}

inline xgrad::nn::Sequential lenet() {
  return {xgrad::nn::Conv2d(1, 6, 5, {.padding = 2}),
          xgrad::nn::Tanh(),
          xgrad::nn::AvgPool2d(2),
          xgrad::nn::Conv2d(6, 16, 5),
          xgrad::nn::Tanh(),
          xgrad::nn::AvgPool2d(2),
          xgrad::nn::Flatten(),
          xgrad::nn::Linear(400, 120),
          xgrad::nn::Tanh(),
          xgrad::nn::Linear(120, 84),
          xgrad::nn::Tanh(),
          xgrad::nn::Linear(84, bench::classes)};
}

}  // namespace bench
