// PNG and JPEG files. The checksums of a PNG's chunks are corrected, so that what is behind them is reached.
#include <algorithm>
#include <cstring>

#include <autograd/io/compress.hpp>
#include <data/images/image.hpp>

#include "data/images/image_files.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

constexpr std::int64_t most = 1 << 20;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string corrected(std::string bytes) {
  constexpr std::size_t signature = 8, around = 12;
  for (std::size_t at = signature; at + around <= bytes.size();) {
    const std::size_t length = big_endian(bytes, at);
    if (length > bytes.size() - at - around) break;
    const std::uint32_t checksum = io::checksum(0, std::string_view(bytes).substr(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 8 + length + i] = static_cast<char>(checksum >> (24 - 8 * i));
    at += around + length;
  }
  return bytes;
}

void read(std::string_view bytes) {
  for (const std::optional<std::int64_t> channels : {std::optional<std::int64_t>(), {1}, {3}}) {
    const bool whole = reads(bytes, [&](const auto& path) {
      const data::Image image = data::read_image(path, {.channels = channels, .max_pixels = most});
      const std::int64_t pixels = image.height * image.width;
      if (pixels < 1 || pixels > most || std::ssize(image.pixels) != pixels * image.channels ||
          (channels && image.channels != *channels))
        found("an image of another size than its extents");
      if (data::fit(image, {5, 3}).to_vector<float>().size() != static_cast<std::size_t>(15 * image.channels))
        found("a fitted image of another size");
    });
    if (!whole) return;
  }
}

void run(std::string_view bytes) {
  read(bytes);
  if (!bytes.starts_with("\x89PNG")) return;
  if (const std::string other = corrected(std::string(bytes)); other != bytes) read(other);
}

std::vector<std::string> seeds() {
  const test::TemporaryDirectory folder;
  const auto path = folder / "image";
  std::vector<std::string> list;
  const auto take = [&] {
    const test::Bytes bytes = test::read_bytes(path);
    list.emplace_back(bytes.begin(), bytes.end());
  };
  const auto rows = [](std::size_t bytes) { return std::vector<test::Bytes>(5, test::Bytes(bytes, 0x5a)); };
  for (const bool interlaced : {false, true}) {
    const auto png = [&](int type, int depth, std::size_t bytes, test::PngForm form = {}) {
      form.color_type = type;
      form.bit_depth = depth;
      form.interlaced = interlaced;
      test::write_png(path, 7, form, rows(bytes));
      take();
    };
    png(PNG_COLOR_TYPE_GRAY, 1, 1);
    png(PNG_COLOR_TYPE_GRAY, 16, 14, {.transparent_grey = 90});
    png(PNG_COLOR_TYPE_GRAY_ALPHA, 8, 14);
    png(PNG_COLOR_TYPE_RGB, 8, 21, {.gamma = 0.5});
    png(PNG_COLOR_TYPE_RGB_ALPHA, 16, 56);
    png(PNG_COLOR_TYPE_PALETTE, 4, 4, {.palette = std::vector<png_color>(16, {1, 2, 3}), .palette_alpha = {0, 128}});
  }
  std::vector<test::Bytes> noise(400, test::Bytes(1200));  // which no compression makes smaller
  std::uint32_t number = 1;
  for (test::Bytes& row : noise)
    for (std::uint8_t& byte : row) byte = static_cast<std::uint8_t>((number = number * 1664525 + 1013904223) >> 24);
  test::write_png(path, 400, {.color_type = PNG_COLOR_TYPE_RGB}, noise);
  take();
  for (const bool progressive : {false, true}) {
    for (const auto& [space, channels] : {std::pair{JCS_GRAYSCALE, 1}, {JCS_RGB, 3}, {JCS_CMYK, 4}}) {
      test::Bytes pixels(static_cast<std::size_t>(9 * 10 * channels));
      for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i);
      test::write_jpeg(path, 9, 10, pixels,
                       {.color_space = space, .channels = channels, .quality = 60, .progressive = progressive});
      take();
    }
  }
  return list;
}

const Registered target({.name = "images", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
