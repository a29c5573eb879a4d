#include <data/image_dataset.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <data/sample.hpp>

namespace xgrad::data {
namespace {

/// byte / 255, by one rounding.
const std::array<float, 256>& fractions() {
  static const std::array<float, 256> values = [] {
    std::array<float, 256> table{};
    for (std::size_t byte = 0; byte < 256; ++byte) table[byte] = static_cast<float>(byte) / 255.0F;
    return table;
  }();
  return values;
}

}  // namespace

/// A run of images.
class ImageDataset::Images : public detail::Source {
 public:
  struct Storage {
    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;
  };

  Images(std::vector<std::uint8_t> all_pixels, std::vector<std::uint8_t> all_labels, ImageSize size, std::int64_t depth,
         Shape shape)
      : storage(std::make_shared<const Storage>(Storage{std::move(all_pixels), std::move(all_labels)})),
        image_size(size),
        channels(depth),
        features(depth * size.height * size.width),
        sample_shape(shape),
        end(std::ssize(storage->labels)) {}
  /// Shares the images of another one.
  Images(const Images& other, Shape shape, std::int64_t first, std::int64_t last)
      : storage(other.storage),
        image_size(other.image_size),
        channels(other.channels),
        features(other.features),
        sample_shape(shape),
        begin(first),
        end(last) {}

  std::int64_t size() const override { return end - begin; }
  Fields get(std::int64_t index, SplitMix64&) const override {
    Tensor image = make_tensor<float>(sample_shape, [&](std::span<float> values) { convert(index, values.data()); });
    return {std::move(image), Tensor(label(index))};
  }
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64>) const override {
    Shape shape = sample_shape;
    shape.insert(0, std::ssize(indices));
    Tensor images = make_tensor<float>(shape, [&](std::span<float> values) {
      float* out = values.data();
      for (const std::int64_t index : indices) out = convert(index, out);
    });
    Tensor labels = make_tensor<std::int64_t>({std::ssize(indices)}, [&](std::span<std::int64_t> values) {
      std::ranges::transform(indices, values.begin(), [&](std::int64_t index) { return label(index); });
    });
    return {std::move(images), std::move(labels)};
  }

  void read(std::int64_t index, SplitMix64& random, detail::Sample& sample) const override {
    const Shape planes{channels, image_size.height, image_size.width};
    const bool plane = channels == 1 && sample_shape == Shape{image_size.height, image_size.width};
    if (sample_shape != planes && !plane && sample_shape.rank() != 1) return Source::read(index, random, sample);
    sample.rank = sample_shape.rank();
    sample.has_extents = true;
    sample.target = {};
    sample.label = label(index);
    Picture& picture = sample.picture;
    picture.channels = channels;
    picture.height = image_size.height;
    picture.width = image_size.width;
    picture.values.resize(static_cast<std::size_t>(features));
    convert(index, picture.values.data());
  }

  std::span<const std::uint8_t> pixels(std::int64_t index) const noexcept {
    const auto count = static_cast<std::size_t>(features);
    return std::span(storage->pixels).subspan(static_cast<std::size_t>(begin + index) * count, count);
  }
  std::int64_t label(std::int64_t index) const noexcept {
    return storage->labels[static_cast<std::size_t>(begin + index)];
  }

  const std::shared_ptr<const Storage> storage;
  const ImageSize image_size;
  const std::int64_t channels;
  const std::int64_t features;
  const Shape sample_shape;
  const std::int64_t begin = 0;
  const std::int64_t end;

 private:
  float* convert(std::int64_t index, float* out) const {
    const std::array<float, 256>& fraction = fractions();
    return std::ranges::transform(pixels(index), out, [&](std::uint8_t pixel) { return fraction[pixel]; }).out;
  }
};

namespace {

void check(std::size_t pixels, std::size_t labels, ImageSize size, std::int64_t channels) {
  if (channels < 1) fail("ImageDataset", fmt::format("images of {} channels; expected at least 1", channels));
  if (size.height < 1 || size.width < 1)
    fail("ImageDataset", fmt::format("images of {}x{} pixels; expected at least 1x1", size.height, size.width));
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (size.width > most / size.height || channels > most / (size.width * size.height)) {
    fail("ImageDataset",
         fmt::format("images of {}x{} pixels; expected fewer than 2^63 values", size.height, size.width));
  }
  const auto each = static_cast<std::size_t>(channels * size.height * size.width);
  if (pixels % each != 0 || pixels / each != labels) {
    fail("ImageDataset",
         fmt::format("{} pixels for {} labels; expected {} for each, images being {}{}x{}", pixels, labels, each,
                     channels == 1 ? "" : fmt::format("{}x", channels), size.height, size.width));
  }
}

void check_index(const char* where, const ImageDataset& images, std::int64_t index) {
  if (index < 0 || index >= images.size())
    fail(where, fmt::format("index {} of {} images; expected 0 <= index < {}", index, images.size(), images.size()));
}

}  // namespace

ImageDataset::ImageDataset(std::shared_ptr<const Images> images)
    : Dataset<Batch>(detail::SourcePtr(std::move(images))) {}

const ImageDataset::Images& ImageDataset::images() const noexcept { return static_cast<const Images&>(*source()); }

ImageDataset::ImageDataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize size)
    : ImageDataset(
          (check(pixels.size(), labels.size(), size, 1),
           std::make_shared<Images>(std::move(pixels), std::move(labels), size, 1, Shape{size.height * size.width}))) {}

ImageDataset::ImageDataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize size,
                           std::int64_t channels)
    : ImageDataset((check(pixels.size(), labels.size(), size, channels),
                    std::make_shared<Images>(std::move(pixels), std::move(labels), size, channels,
                                             Shape{channels, size.height, size.width}))) {}

ImageSize ImageDataset::image_size() const noexcept { return images().image_size; }
std::int64_t ImageDataset::channels() const noexcept { return images().channels; }
std::int64_t ImageDataset::features() const noexcept { return images().features; }
const Shape& ImageDataset::sample_shape() const noexcept { return images().sample_shape; }

ImageDataset ImageDataset::reshape(const Shape& sample_shape) const {
  if (!sample_shape.fits() || sample_shape.elements() != features() || sample_shape.rank() == Shape::max_rank)
    fail("ImageDataset.reshape", fmt::format("samples of shape {}; expected {} elements, those of an image, and at "
                                             "most {} axes",
                                             to_string(sample_shape), features(), Shape::max_rank - 1));
  return ImageDataset(std::make_shared<Images>(images(), sample_shape, images().begin, images().end));
}

std::span<const std::uint8_t> ImageDataset::image(std::int64_t index) const {
  check_index("ImageDataset.image", *this, index);
  return images().pixels(index);
}

std::int64_t ImageDataset::label(std::int64_t index) const {
  check_index("ImageDataset.label", *this, index);
  return images().label(index);
}

std::span<const std::uint8_t> ImageDataset::pixels() const noexcept {
  const auto each = static_cast<std::size_t>(features());
  return std::span(images().storage->pixels)
      .subspan(static_cast<std::size_t>(images().begin) * each, static_cast<std::size_t>(size()) * each);
}

std::span<const std::uint8_t> ImageDataset::labels() const noexcept {
  return std::span(images().storage->labels)
      .subspan(static_cast<std::size_t>(images().begin), static_cast<std::size_t>(size()));
}

std::vector<std::int64_t> ImageDataset::targets() const { return {labels().begin(), labels().end()}; }

ImageDataset ImageDataset::subset(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || begin > end || end > size())
    fail("ImageDataset.subset",
         fmt::format("[{}, {}) of {} images; expected 0 <= begin <= end <= {}", begin, end, size(), size()));
  return ImageDataset(std::make_shared<Images>(images(), sample_shape(), images().begin + begin, images().begin + end));
}

}  // namespace xgrad::data
