#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad::data {

/// Images with their labels, as a training step takes them.
struct Batch {
  Tensor images;  ///< (n, height * width) float32 in [0, 1], rows of pixels one after the other
  Tensor labels;  ///< (n,) int64
};

/// Extents of an image in pixels.
struct ImageSize {
  std::int64_t height = 28;
  std::int64_t width = 28;
};

/// Grey images of one size with their labels, in memory, one byte a pixel (0 is background, 255 is ink). A Dataset is a
/// cheap handle: copies and subsets share the images, which never change.
class Dataset {
 public:
  /// pixels: images one after the other, each row by row. labels: one for each image.
  /// Throws Error where the number of pixels is not that of so many images.
  Dataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize image_size = {});
  /// Moving copies the handle, so that no handle is left without images.
  Dataset(const Dataset&) = default;
  Dataset& operator=(const Dataset&) = default;

  /// Number of images.
  std::int64_t size() const noexcept { return end_ - begin_; }
  ImageSize image_size() const noexcept { return image_size_; }
  /// Pixels of one image: height * width.
  std::int64_t features() const noexcept { return image_size_.height * image_size_.width; }

  /// Pixels of one image, valid as long as a handle to these images lives; and its label. Throw Error out of range.
  std::span<const std::uint8_t> image(std::int64_t index) const;
  std::int64_t label(std::int64_t index) const;

  /// Pixels of all images, one after the other, and all labels; valid as long as a handle to these images lives.
  std::span<const std::uint8_t> pixels() const noexcept;
  std::span<const std::uint8_t> labels() const noexcept;

  /// The images of the given indices, in their order; the tensors are evaluated and on no tape.
  /// Throws Error where an index is out of range.
  Batch batch(std::span<const std::int64_t> indices) const;
  /// All images, in order.
  Batch all() const;

  /// Images begin to end, end not included. Throws Error unless 0 <= begin <= end <= size().
  Dataset subset(std::int64_t begin, std::int64_t end) const;

 private:
  struct Storage {
    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;
  };

  void check_index(const char* where, std::int64_t index) const;
  /// No check of the index.
  std::span<const std::uint8_t> pixels(std::int64_t index) const noexcept;

  std::shared_ptr<const Storage> storage_;
  ImageSize image_size_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
};

/// A dataset divided for training, for choosing among models, and for the final evaluation.
struct Splits {
  Dataset train;
  Dataset validation;
  Dataset test;
};

}  // namespace xgrad::data
