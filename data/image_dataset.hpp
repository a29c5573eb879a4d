#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <data/dataset.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// Extents of an image in pixels.
struct ImageSize {
  std::int64_t height = 28;
  std::int64_t width = 28;
};

/// Images of one size with their labels, in memory, one byte a value (0 is background, 255 is ink or light). An
/// ImageDataset is a cheap handle: copies and subsets share the images, which never change. As a Dataset<Batch> its
/// images are float32 in [0, 1], of sample_shape(), and its labels int64.
class ImageDataset : public Dataset<Batch> {
 public:
  /// Grey images. pixels: images one after the other, each row by row. labels: one for each image. A sample is a row of
  /// height * width values. Throws Error where the number of pixels is not that of so many images.
  ImageDataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize image_size = {});
  /// Images of several channels. pixels: of shape (n, channels, height, width), row-major. A sample has the shape
  /// (channels, height, width). Throws Error as above, and on less than one channel.
  ImageDataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize image_size,
               std::int64_t channels);

  ImageSize image_size() const noexcept;
  std::int64_t channels() const noexcept;
  /// Values of one image: channels * height * width.
  std::int64_t features() const noexcept;
  /// The shape of a sample's image.
  const Shape& sample_shape() const noexcept;

  /// The same images with samples of another shape, (1, 28, 28) for a convolution, (784) for a linear layer. Throws
  /// Error where it has another number of elements than an image.
  ImageDataset reshape(const Shape& sample_shape) const;

  /// Pixels of one image, valid as long as a handle to these images lives; and its label. Throw Error out of range.
  std::span<const std::uint8_t> image(std::int64_t index) const;
  std::int64_t label(std::int64_t index) const;

  /// Pixels of all images, one after the other, and all labels; valid as long as a handle to these images lives.
  std::span<const std::uint8_t> pixels() const noexcept;
  std::span<const std::uint8_t> labels() const noexcept;
  /// A copy of the labels, as samplers and stratified_split take them.
  std::vector<std::int64_t> targets() const;

  /// Images begin to end, end not included. Throws Error unless 0 <= begin <= end <= size().
  ImageDataset subset(std::int64_t begin, std::int64_t end) const;

 private:
  class Images;
  explicit ImageDataset(std::shared_ptr<const Images> images);

  const Images& images() const noexcept;  // source(), as what it is
};

/// A data set divided for training, for choosing among models, and for the final evaluation.
struct Splits {
  ImageDataset train;
  ImageDataset validation;
  ImageDataset test;
};

}  // namespace xgrad::data
#pragma GCC visibility pop
