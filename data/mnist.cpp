#include <data/mnist.hpp>

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>
#include <data/idx.hpp>

namespace xgrad::data {
namespace {

using std::filesystem::path;

constexpr std::int64_t validation_images = 5000;
constexpr std::uint8_t max_label = 9;

[[noreturn]] void refuse(const path& file, std::int64_t offset, const std::string& message) {
  fail("mnist", fmt::format("'{}', byte {}: {}", file.string(), offset, message));
}

IdxArray read_images(const path& file) {
  IdxArray images = read_idx(file, 3);
  for (const std::size_t axis : {1U, 2U})
    if (images.shape[axis] != 28)
      refuse(file, idx_header_bytes(static_cast<int>(axis)),
             fmt::format("images of {}x{} pixels; expected 28x28", images.shape[1], images.shape[2]));
  return images;
}

IdxArray read_labels(const path& file) {
  IdxArray labels = read_idx(file, 1);
  const auto wrong = std::ranges::find_if(labels.values, [](std::uint8_t label) { return label > max_label; });
  if (wrong != labels.values.end())
    refuse(file, idx_header_bytes(1) + (wrong - labels.values.begin()),
           fmt::format("label {}; expected 0 to {}", *wrong, max_label));
  return labels;
}

ImageDataset read_pair(const path& image_file, const path& label_file) {
  IdxArray images = read_images(image_file);
  IdxArray labels = read_labels(label_file);
  if (images.shape[0] != labels.shape[0])
    refuse(label_file, 4,
           fmt::format("{} labels; expected {}, the number of images in '{}' (byte 4)", labels.shape[0],
                       images.shape[0], image_file.string()));
  return ImageDataset(std::move(images.values), std::move(labels.values));
}

/// Finds the files of these names in a directory, plain or compressed.
std::vector<path> find_files(const path& directory, const std::vector<std::string>& names) {
  std::vector<path> found;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    const path plain = directory / name;
    const path compressed = directory / (name + ".gz");
    std::error_code unreadable;  // counts as missing
    if (exists(plain, unreadable))
      found.push_back(plain);
    else if (exists(compressed, unreadable))
      found.push_back(compressed);
    else
      missing.push_back(name);
  }
  if (!missing.empty())
    fail("mnist", fmt::format("directory '{0}' lacks {1}, looked for under these names and with the suffix .gz; get "
                              "them with `scripts/fetch-mnist {0}`",
                              directory.string(), fmt::join(missing, ", ")));
  return found;
}

}  // namespace

Mnist mnist(const path& directory) {
  const std::vector<path> files = find_files(directory, {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                                         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"});
  return {.train = read_pair(files[0], files[1]), .test = read_pair(files[2], files[3])};
}

Splits mnist_splits(const path& directory) {
  const auto [train, test] = mnist(directory);
  if (train.size() <= validation_images)
    fail("mnist_splits", fmt::format("directory '{}' has {} training images; expected more than the {} that are for "
                                     "validation",
                                     directory.string(), train.size(), validation_images));
  return {.train = train.subset(validation_images, train.size()),
          .validation = train.subset(0, validation_images),
          .test = test};
}

}  // namespace xgrad::data
