#include <data/mnist.hpp>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/read/find_files.hpp>
#include <data/read/idx_images.hpp>

namespace xgrad::data {
namespace {

using std::filesystem::path;

constexpr std::int64_t validation_images = 5000;

Mnist read(const char* where, const path& directory, const std::string& advice) {
  const std::vector<path> files = find_files(
      where, directory,
      {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
      advice);
  const IdxImages set{.where = where};
  return {.train = read_idx_pair(set, files[0], files[1]), .test = read_idx_pair(set, files[2], files[3])};
}

Splits divide(const char* where, const path& directory, const Mnist& set) {
  const auto& [train, test] = set;
  if (train.size() <= validation_images)
    fail(where, fmt::format("directory '{}' has {} training images; expected more than the {} that are for validation",
                            directory.string(), train.size(), validation_images));
  return {.train = train.subset(validation_images, train.size()),
          .validation = train.subset(0, validation_images),
          .test = test};
}

}  // namespace

Mnist mnist(const path& directory) {
  return read("mnist", directory, fmt::format("get them with `scripts/fetch-mnist {}`", directory.string()));
}

Splits mnist_splits(const path& directory) { return divide("mnist_splits", directory, mnist(directory)); }

Mnist fashion_mnist(const path& directory) {
  return read("fashion_mnist", directory,
              fmt::format("Debian's package dataset-fashion-mnist puts them into {}", fashion_mnist_directory));
}

Splits fashion_mnist_splits(const path& directory) {
  return divide("fashion_mnist_splits", directory, fashion_mnist(directory));
}

const std::vector<std::string>& fashion_mnist_classes() {
  static const std::vector<std::string> names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                 "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

}  // namespace xgrad::data
