#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Images as PNG files (ISO/IEC 15948), for writers that cannot expect libpng.
namespace xgrad::io {

/// The bytes of a PNG file of 8 bits a channel. `pixels` are rows from the top, pixels from the left, `channels` bytes
/// each: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. There are height * width * channels of them; neither extent
/// is 0, nor more than 2^31 - 1.
std::string png(std::string_view pixels, std::int64_t height, std::int64_t width, int channels);

}  // namespace xgrad::io
