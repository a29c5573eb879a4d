#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <data/image_dataset.hpp>

/// The files that CIFAR-10 and CIFAR-100 consist of.
namespace xgrad::data {

/// The form of an image's record: labels, of which one is taken, then the pixels.
struct CifarForm {
  const char* where;  ///< the function that errors name
  std::size_t labels;
  std::size_t taken;
  int classes;
};

/// The images of files with so many each, plain or compressed by gzip. Throws Error, naming file and byte, where a file
/// has another size, or a label is out of range.
ImageDataset read_cifar_images(const CifarForm& form, std::span<const std::filesystem::path> files,
                               std::uint64_t images_each);

/// The lines of a file that are not empty; none where it is not there. Throws Error where there are not as many as
/// classes.
std::vector<std::string> read_cifar_names(const CifarForm& form, const std::filesystem::path& file);

}  // namespace xgrad::data
