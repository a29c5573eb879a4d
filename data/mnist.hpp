#pragma once

#include <filesystem>

#include <data/image_dataset.hpp>
#include <data/loader.hpp>

namespace xgrad::data {

/// The handwritten digits as published (LeCun, Cortes and Burges): images of 28x28 pixels, labels 0 to 9.
struct Mnist {
  ImageDataset train;  ///< 60,000 images
  ImageDataset test;   ///< 10,000 images
};

/// Reads the four IDX files of a directory, train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte
/// and t10k-labels-idx1-ubyte, each plain or else with the suffix .gz. `scripts/fetch-mnist DIR` puts them there. Other
/// data in the same format (Fashion-MNIST) is read as well; the number of images is as the files say. Throws Error
/// where files are missing, as read_idx does, where images are not 28x28, where a label is above 9, and where the
/// numbers of images and labels differ, naming file and byte.
Mnist mnist(const std::filesystem::path& directory);

/// MNIST divided as in TensorFlow 1's tutorials: the first 5,000 images of the training files are for validation, the
/// other 55,000 for training. Throws Error as mnist does, and where there are not more than 5,000.
Splits mnist_splits(const std::filesystem::path& directory);

}  // namespace xgrad::data
