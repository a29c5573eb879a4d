#include <data/dataset.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace xgrad::data {

Dataset::Dataset(std::vector<std::uint8_t> pixels, std::vector<std::uint8_t> labels, ImageSize image_size)
    : image_size_(image_size), end_(static_cast<std::int64_t>(labels.size())) {
  if (image_size.height < 1 || image_size.width < 1)
    fail("Dataset", fmt::format("images of {}x{} pixels; expected at least 1x1", image_size.height, image_size.width));
  if (image_size.width > std::numeric_limits<std::int64_t>::max() / image_size.height) {
    fail("Dataset",
         fmt::format("images of {}x{} pixels; expected fewer than 2^63 pixels", image_size.height, image_size.width));
  }
  const auto each = static_cast<std::size_t>(features());
  if (pixels.size() % each != 0 || pixels.size() / each != labels.size()) {
    fail("Dataset", fmt::format("{} pixels for {} labels; expected {} for each, images being {}x{}", pixels.size(),
                                labels.size(), each, image_size.height, image_size.width));
  }
  storage_ = std::make_shared<const Storage>(std::move(pixels), std::move(labels));
}

std::span<const std::uint8_t> Dataset::image(std::int64_t index) const {
  check_index("Dataset.image", index);
  return pixels(index);
}

std::int64_t Dataset::label(std::int64_t index) const {
  check_index("Dataset.label", index);
  return storage_->labels[static_cast<std::size_t>(begin_ + index)];
}

std::span<const std::uint8_t> Dataset::pixels() const noexcept {
  const auto each = static_cast<std::size_t>(features());
  return std::span(storage_->pixels)
      .subspan(static_cast<std::size_t>(begin_) * each, static_cast<std::size_t>(size()) * each);
}

std::span<const std::uint8_t> Dataset::labels() const noexcept {
  return std::span(storage_->labels).subspan(static_cast<std::size_t>(begin_), static_cast<std::size_t>(size()));
}

Batch Dataset::batch(std::span<const std::int64_t> indices) const {
  for (const std::int64_t index : indices) check_index("Dataset.batch", index);
  const auto count = static_cast<std::int64_t>(indices.size());
  Tensor images = make_tensor<float>({count, features()}, [&](std::span<float> values) {
    auto out = values.begin();
    for (const std::int64_t index : indices)
      out = std::ranges::transform(pixels(index), out, [](std::uint8_t pixel) {
              return static_cast<float>(pixel) / 255.0F;
            }).out;
  });
  Tensor labels = make_tensor<std::int64_t>({count}, [&](std::span<std::int64_t> values) {
    std::ranges::transform(indices, values.begin(), [&](std::int64_t index) { return label(index); });
  });
  return {std::move(images), std::move(labels)};
}

Batch Dataset::all() const {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(size()));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return batch(indices);
}

Dataset Dataset::subset(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || begin > end || end > size())
    fail("Dataset.subset",
         fmt::format("[{}, {}) of {} images; expected 0 <= begin <= end <= {}", begin, end, size(), size()));
  Dataset part = *this;
  part.begin_ = begin_ + begin;
  part.end_ = begin_ + end;
  return part;
}

void Dataset::check_index(const char* where, std::int64_t index) const {
  if (index < 0 || index >= size())
    fail(where, fmt::format("index {} of {} images; expected 0 <= index < {}", index, size(), size()));
}

std::span<const std::uint8_t> Dataset::pixels(std::int64_t index) const noexcept {
  const auto count = static_cast<std::size_t>(features());
  return std::span(storage_->pixels).subspan(static_cast<std::size_t>(begin_ + index) * count, count);
}

}  // namespace xgrad::data
