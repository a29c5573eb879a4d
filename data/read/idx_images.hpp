#pragma once

#include <cstdint>
#include <filesystem>

#include <data/image_dataset.hpp>

/// Sets of images in pairs of IDX files, as MNIST's.
namespace xgrad::data {

/// What a set of this form has of its own.
struct IdxImages {
  const char* where;  ///< the function that errors name
  int min_label = 0;  ///< becomes label 0
  int max_label = 9;
  bool transposed = false;  ///< columns are stored in the place of rows
};

/// Images of 28x28 pixels with their labels. Throws Error as read_idx does, where images are of another size, a label
/// is out of range, and where there are not as many images as labels, naming file and byte.
ImageDataset read_idx_pair(const IdxImages& set, const std::filesystem::path& images,
                           const std::filesystem::path& labels);

}  // namespace xgrad::data
