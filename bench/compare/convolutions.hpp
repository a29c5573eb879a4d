#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "side.hpp"

/// The single convolutions that are measured: each forward, and its gradients for data and for weights.
namespace bench {

/// A convolution of `convolution_batch` square images, without bias.
struct Convolution {
  std::string name;
  std::int64_t in, out, extent, kernel, stride = 1, padding = 0, groups = 1;

  std::int64_t result() const { return (extent + 2 * padding - kernel) / stride + 1; }
  /// Of the definition, whatever an algorithm saves: a multiplication and an addition for each product.
  double flops(std::int64_t batch) const {
    return 2.0 * static_cast<double>(batch * out * result() * result() * in / groups * kernel * kernel);
  }
};

inline constexpr std::int64_t convolution_batch = 32;

/// Of LeNet, of the MNIST networks, of ResNet-18 on images of 32 x 32, and layers as MobileNet has them.
inline const std::vector<Convolution>& convolutions() {
  static const std::vector<Convolution> all = {
      {"lenet-1", 1, 6, 28, 5, 1, 2},
      {"lenet-2", 6, 16, 14, 5},
      {"cnn-1", 1, 32, 28, 5, 1, 2},
      {"cnn-2", 32, 64, 14, 3, 1, 1},
      {"cnn-3", 64, 64, 14, 3, 1, 1},
      {"mnist-2", 32, 64, 26, 3},
      {"resnet-1", 3, 64, 32, 3, 1, 1},
      {"resnet-2", 64, 64, 32, 3, 1, 1},
      {"resnet-3", 64, 128, 32, 3, 2, 1},
      {"resnet-4", 128, 128, 16, 3, 1, 1},
      {"resnet-5", 64, 128, 32, 1, 2},
      {"resnet-6", 128, 256, 16, 3, 2, 1},
      {"resnet-7", 256, 256, 8, 3, 1, 1},
      {"resnet-8", 256, 512, 8, 3, 2, 1},
      {"resnet-9", 512, 512, 4, 3, 1, 1},
      {"depthwise-1", 32, 32, 32, 3, 1, 1, 32},
      {"depthwise-2", 64, 64, 32, 3, 2, 1, 64},
      {"depthwise-3", 128, 128, 16, 3, 1, 1, 128},
      {"pointwise-1", 32, 64, 32, 1},
      {"pointwise-2", 128, 128, 16, 1},
  };
  return all;
}

/// What of a convolution is computed, as the ends of its cases' names.
inline const std::vector<std::string>& convolution_directions() {
  static const std::vector<std::string> all = {"forward", "data", "weight"};
  return all;
}

/// "peak": a product of two matrices of so many rows and columns, what a core gives at best.
inline constexpr std::int64_t peak_extent = 512;

/// The cases of a side, by what it computes of a convolution, and as the peak.
inline Cases convolution_cases(Work (*convolution)(const Convolution&, const std::string& direction), Work (*peak)()) {
  Cases cases{{"peak", peak}};
  for (const Convolution& c : convolutions())
    for (const std::string& direction : convolution_directions())
      cases[c.name + "-" + direction] = [=] { return convolution(c, direction); };
  return cases;
}

}  // namespace bench
