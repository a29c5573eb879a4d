#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <data/images/image.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

struct ImageFolderOptions {
  /// Channels of all images, 1 or 3; unset: as each file has.
  std::optional<std::int64_t> channels = 3;
  /// The size of all images, by fit(). Unset: as they are in the files; those of a batch need one size then.
  std::optional<ImageSize> size = {};
  /// How the names of image files end, capitals or not.
  std::vector<std::string> extensions = {".jpg", ".jpeg", ".png"};
  std::int64_t max_pixels = 100'000'000;  ///< as ReadImageOptions has it
};

/// Images in folders, one for each class (torchvision's ImageFolder): root/cat/1.png, root/cat/more/2.jpg,
/// root/dog/3.png. The classes are the names of the folders, sorted; their labels are 0, 1, ... A file is read whenever
/// its image is asked for, by the threads of the Loader. Images are float32 of (channels, height, width), in [0, 1].
class ImageFolder : public Dataset<Batch> {
 public:
  /// Throws Error where the directory cannot be read, has no folders, a folder has no image, or a link leads to a
  /// folder that it is in; and on options out of range. An image that cannot be read is an Error of read_image when it
  /// is asked for.
  explicit ImageFolder(const std::filesystem::path& root, const ImageFolderOptions& options = {});

  /// The names of the classes, by label.
  const std::vector<std::string>& classes() const noexcept;
  /// The file of each image: class by class, in a class by folder and name.
  const std::vector<std::filesystem::path>& files() const noexcept;
  /// The label of each image, as samplers and stratified_split take them.
  const std::vector<std::int64_t>& targets() const noexcept;

 private:
  struct Files;
  explicit ImageFolder(std::shared_ptr<const Files> files);

  std::shared_ptr<const Files> files_;
};

}  // namespace xgrad::data
#pragma GCC visibility pop
