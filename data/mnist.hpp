#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <data/image_dataset.hpp>
#include <data/loader.hpp>

#pragma GCC visibility push(default)
/// Data sets in MNIST's format: grey images of 28x28 pixels in IDX files, plain or compressed by gzip.
///
/// All throw Error where files are missing, as read_idx does, where images are not 28x28, where a label is beyond the
/// set's classes, and where the numbers of images and labels differ, naming file and byte. How many images there are is
/// as the files say.
namespace xgrad::data {

/// The handwritten digits as published (LeCun, Cortes and Burges): images of 28x28 pixels, labels 0 to 9. Sets of the
/// same form have other numbers of images and labels.
struct Mnist {
  ImageDataset train;  ///< 60,000 images
  ImageDataset test;   ///< 10,000 images
};

/// Reads the four IDX files of a directory, train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte
/// and t10k-labels-idx1-ubyte, each plain or else with the suffix .gz. `scripts/fetch-mnist DIR` puts them there.
Mnist mnist(const std::filesystem::path& directory);

/// MNIST divided as in TensorFlow 1's tutorials: the first 5,000 images of the training files are for validation, the
/// other 55,000 for training. Throws Error as mnist does, and where there are not more than 5,000.
Splits mnist_splits(const std::filesystem::path& directory);

/// Where Debian's package dataset-fashion-mnist has its files.
inline constexpr const char* fashion_mnist_directory = "/usr/share/datasets/fashion-mnist";

/// Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): pictures of clothes, in files of MNIST's names, as many, with labels
/// 0 to 9.
Mnist fashion_mnist(const std::filesystem::path& directory = fashion_mnist_directory);

/// Fashion-MNIST divided as mnist_splits divides MNIST. Throws Error as that does.
Splits fashion_mnist_splits(const std::filesystem::path& directory = fashion_mnist_directory);

/// What Fashion-MNIST's labels stand for: "T-shirt/top", "Trouser", ...
const std::vector<std::string>& fashion_mnist_classes();

/// The divisions of EMNIST.
enum class EmnistSplit {
  byclass,   ///< 814,255 images of 62 classes: digits, capital and small letters
  bymerge,   ///< the same of 47 classes: c, i to m, o, p, s, u to z count as the capitals that look alike
  balanced,  ///< 131,600 images, as many of each of these 47
  letters,   ///< 145,600 images of 26 classes: letters, capital or small
  digits,    ///< 280,000 images of digits
  mnist      ///< 70,000 images of digits, in the place of MNIST
};

/// EMNIST (Cohen, Afshar, Tapson and van Schaik, 2017), from the directory "gzip" of NIST's archive:
/// emnist-balanced-train-images-idx3-ubyte and so on, each plain or else with the suffix .gz. The files have the images
/// transposed; here they are upright. The files of `letters` have labels 1 to 26, and labels here begin with 0 as those
/// of all other sets (torchvision keeps 1 to 26). Throws Error on a split that is none, too.
Mnist emnist(const std::filesystem::path& directory, EmnistSplit split);

/// The characters that the labels of a split stand for: "0" to "9", then "A" ...; "a" to "z" for letters. Throws Error
/// on a split that is none.
const std::vector<std::string>& emnist_classes(EmnistSplit split);

}  // namespace xgrad::data
#pragma GCC visibility pop
