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

/// An image as it is in a file. What is transparent has no colour of its own: it shows what the image is laid on.
struct Picture {
  GreyImage on_black;
  /// Shares of light that come through, as many as pixels; none where the image is opaque.
  std::vector<float> transparency = {};

  bool opaque() const { return transparency.empty(); }
  GreyImage on_white() const;
  /// Mean of what is not transparent, weighted with how little it is; 0 where all is transparent.
  double visible_mean() const;
};

/// Pixels of the largest image that read_image decodes: a compressed file of a few KB can claim billions.
inline constexpr std::int64_t max_pixels = 25'000'000;

/// Reads a PNG (colours become their luma) or a PGM (P2 or P5, up to 16 bits), told apart by their first bytes.
/// Throws Error where the file cannot be read, is neither, is broken, or has more than max_pixels, naming it and, for a
/// PGM, the byte.
Picture read_image(const std::filesystem::path& path);

/// The image scaled into a square of `side` pixels, centred on black, each pixel the mean of the area it covers.
GreyImage fit_square(const GreyImage& image, std::int64_t side);

/// Black for white.
GreyImage inverted(GreyImage image);

double mean(const GreyImage& image);

/// How far the lightest pixel is from the darkest.
double contrast(const GreyImage& image);

}  // namespace xgrad::apps
