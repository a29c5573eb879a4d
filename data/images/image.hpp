#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include <autograd/tensor.hpp>
#include <data/image_dataset.hpp>

#pragma GCC visibility push(default)
/// Images of PNG and JPEG files. This header and image_folder.hpp belong to the library xgrad::images, which is there
/// where libpng and libjpeg are.
namespace xgrad::data {

/// An image as bytes, row by row, the channels of a pixel one after the other.
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;  ///< 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha
  std::vector<std::uint8_t> pixels;
};

struct ReadImageOptions {
  /// 1 or 3 channels, as asked for, or as many as the file has. Alpha is left out where it is not asked for; grey is
  /// (19595 red + 38470 green + 7471 blue) / 65536, rounded (ITU-R BT.601, as PIL computes it).
  std::optional<std::int64_t> channels = {};
  /// The most pixels that an image may have: a compressed file of a few KB can claim billions.
  std::int64_t max_pixels = 100'000'000;
};

/// Reads a PNG or a JPEG, told apart by their first bytes. All kinds of PNG are read: palettes and grey of less than
/// 8 bits become bytes, 16 bits are rounded to 8, a transparent colour becomes alpha, interlacing and gamma make no
/// difference. JPEGs are grey or colour, sequential or progressive; CMYK becomes red, green and blue. The orientation
/// that a camera noted is not looked at.
///
/// Throws Error, naming file and byte, where the file cannot be read, is neither PNG nor JPEG, is damaged or truncated,
/// has more pixels than max_pixels, or memory does not suffice; and on options out of range.
Image read_image(const std::filesystem::path& path, const ReadImageOptions& options = {});

/// An image of (channels, height, width), float32 in [0, 1]: bytes / 255. Throws Error where the extents are not those
/// of the pixels.
Tensor to_tensor(const Image& image);

/// An image of this size, (channels, height, width), float32 in [0, 1]: the largest part of these proportions around
/// the centre, scaled bilinearly, over the area that a new pixel covers where that is larger than an old one (as PIL's
/// ImageOps.fit with BILINEAR, but not rounded to bytes). Throws Error as to_tensor does, and unless size is at least
/// 1x1.
Tensor fit(const Image& image, const ImageSize& size);

}  // namespace xgrad::data
#pragma GCC visibility pop
