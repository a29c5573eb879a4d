#pragma once

#include <cstdint>

#include <data/image_dataset.hpp>
#include <data/loader.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// Drawn digits of 28x28 pixels, any number of them, for tests and for running without the network. Each is the path of
/// a pen in one of several hands. Its points are shaken and warped by a random affine map, and it is drawn with a pen
/// of random width and darkness, with noise on top. A small MLP gets above 95 % right, and no model gets all.
///
/// Image i depends on seed and i only, so fewer images are the first of more. Labels are balanced: each run of ten,
/// from 0 on, has every digit once. Uses basic arithmetic and square roots only, so that machines agree. Throws Error
/// unless count >= 0.
ImageDataset synthetic_digits(std::int64_t count, std::uint64_t seed);

/// Numbers of images, by default those of MNIST's split.
struct SplitSizes {
  std::int64_t train = 55000;
  std::int64_t validation = 5000;
  std::int64_t test = 10000;
};

/// Drawn digits in place of mnist_splits: three runs of one sequence of images, so none occurs in two of them.
/// Throws Error unless every size is >= 0.
Splits synthetic_splits(std::uint64_t seed, const SplitSizes& sizes = {});

}  // namespace xgrad::data
#pragma GCC visibility pop
