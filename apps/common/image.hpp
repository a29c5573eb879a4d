#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace xgrad::apps {

/// A grey image, row by row, 0 black and 1 white.
struct GreyImage {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<float> pixels;
};

/// What shows through where a PNG is transparent.
enum class Backdrop { black, white };

/// Reads a PNG (colours become their luma) or a PGM (P2 or P5, up to 16 bits), told apart by their first bytes.
/// Throws Error where the file cannot be read, is neither, or is broken, naming it and, for a PGM, the byte.
GreyImage read_image(const std::filesystem::path& path, Backdrop backdrop = Backdrop::black);

/// The image scaled into a square of `side` pixels, centred on black, each pixel the mean of the area it covers.
GreyImage fit_square(const GreyImage& image, std::int64_t side);

/// Black for white.
GreyImage inverted(GreyImage image);

double mean(const GreyImage& image);

}  // namespace xgrad::apps
