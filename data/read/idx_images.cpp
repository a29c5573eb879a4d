#include <data/read/idx_images.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/idx.hpp>

namespace xgrad::data {
namespace {

using std::filesystem::path;

constexpr std::int64_t extent = 28;

[[noreturn]] void refuse(const IdxImages& set, const path& file, std::int64_t offset, const std::string& message) {
  fail(set.where, fmt::format("'{}', byte {}: {}", file.string(), offset, message));
}

void transpose(std::vector<std::uint8_t>& pixels) {
  constexpr auto side = static_cast<std::size_t>(extent);
  for (std::size_t image = 0; image < pixels.size(); image += side * side)
    for (std::size_t i = 0; i < side; ++i)
      for (std::size_t j = 0; j < i; ++j) std::swap(pixels[image + i * side + j], pixels[image + j * side + i]);
}

IdxArray read_images(const IdxImages& set, const path& file) {
  IdxArray images = read_idx(file, 3);
  for (const std::size_t axis : {1U, 2U})
    if (images.shape[axis] != extent)
      refuse(set, file, idx_header_bytes(static_cast<int>(axis)),
             fmt::format("images of {}x{} pixels; expected 28x28", images.shape[1], images.shape[2]));
  if (set.transposed) transpose(images.values);
  return images;
}

IdxArray read_labels(const IdxImages& set, const path& file) {
  IdxArray labels = read_idx(file, 1);
  const auto wrong = std::ranges::find_if(
      labels.values, [&](std::uint8_t label) { return label < set.min_label || label > set.max_label; });
  if (wrong != labels.values.end())
    refuse(set, file, idx_header_bytes(1) + (wrong - labels.values.begin()),
           fmt::format("label {}; expected {} to {}", *wrong, set.min_label, set.max_label));
  for (std::uint8_t& label : labels.values) label = static_cast<std::uint8_t>(label - set.min_label);
  return labels;
}

}  // namespace

ImageDataset read_idx_pair(const IdxImages& set, const path& image_file, const path& label_file) {
  IdxArray images = read_images(set, image_file);
  IdxArray labels = read_labels(set, label_file);
  if (images.shape[0] != labels.shape[0])
    refuse(set, label_file, 4,
           fmt::format("{} labels; expected {}, the number of images in '{}' (byte 4)", labels.shape[0],
                       images.shape[0], image_file.string()));
  return ImageDataset(std::move(images.values), std::move(labels.values));
}

}  // namespace xgrad::data
