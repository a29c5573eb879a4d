#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <data/image_dataset.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// Photographs of 32x32 pixels in red, green and blue (Krizhevsky, "Learning multiple layers of features from tiny
/// images", 2009): samples of shape (3, 32, 32).
struct Cifar {
  ImageDataset train;                ///< 50,000 images
  ImageDataset test;                 ///< 10,000 images
  std::vector<std::string> classes;  ///< what the labels stand for; none where the file of names is not there
};

/// CIFAR-10 in its binary version (https://www.cs.toronto.edu/~kriz/cifar.html, cifar-10-binary.tar.gz):
/// data_batch_1.bin to data_batch_5.bin, test_batch.bin, each plain or else with the suffix .gz, and batches.meta.txt
/// with the names of the classes.
///
/// Throws Error, naming file and byte, where files are missing, have another size than 10,000 images take, or a label
/// is above 9; and where there are not 10 names.
Cifar cifar10(const std::filesystem::path& directory);

/// Which of CIFAR-100's two labels of an image: one of 100 classes, or of the 20 groups that these are in.
enum class CifarLabels { fine, coarse };

/// CIFAR-100 in its binary version (cifar-100-binary.tar.gz): train.bin, test.bin, and fine_label_names.txt or
/// coarse_label_names.txt. Throws Error as cifar10 does, and on labels that are neither.
Cifar cifar100(const std::filesystem::path& directory, CifarLabels labels = CifarLabels::fine);

}  // namespace xgrad::data
#pragma GCC visibility pop
