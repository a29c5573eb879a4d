#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <data/sample.hpp>
#include <data/shares.hpp>
#include <data/transform.hpp>
#include <data/warp.hpp>

namespace xgrad::data {
namespace {

using detail::Share;

/// Of one side.
constexpr std::int64_t most_pixels = std::int64_t{1} << 20;

/// The shares of all pixels along an axis, as PyTorch's interpolate computes them.
std::vector<Share> shares_of(std::int64_t in, std::int64_t out, const ResizeOptions& options) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  if (options.interpolation == Resampling::bilinear)
    return detail::triangle_shares(in, 0, scale, out, options.antialias ? std::max(scale, 1.0) : 1.0);
  std::vector<Share> shares(static_cast<std::size_t>(out));
  for (std::int64_t i = 0; i < out; ++i)
    shares[static_cast<std::size_t>(i)] = {
        .begin = std::min(static_cast<std::int64_t>(std::floor(static_cast<double>(i) * scale)), in - 1),
        .weights = {1}};
  return shares;
}

/// The shares of one axis; those of the images before are kept, as most have one size.
class Axis {
 public:
  const std::vector<Share>& of(std::int64_t in, std::int64_t out, const ResizeOptions& options) {
    const std::array<std::int64_t, 4> key{in, out, static_cast<std::int64_t>(options.interpolation), options.antialias};
    if (key != key_) {
      shares_ = shares_of(in, out, options);
      key_ = key;
    }
    return shares_;
  }

 private:
  std::array<std::int64_t, 4> key_{};
  std::vector<Share> shares_;
};

void resized(Picture& picture, std::int64_t height, std::int64_t width, const ResizeOptions& options) {
  static thread_local std::vector<float> half, result;
  static thread_local Axis across, along;
  if (picture.pixels() == 0)
    fail("resize", fmt::format("an image of {}; expected one of 1x1 or more", detail::extents_of(picture)));
  if (height == picture.height && width == picture.width) return;
  if (height > most_pixels || width > most_pixels)
    fail("resize", fmt::format("an image of {} becomes one of {}x{}; expected at most 2^20 pixels a side",
                               detail::extents_of(picture), height, width));
  detail::reserve("resize", result, picture.channels, height, width);
  detail::reserve("resize", half, 1, picture.height, width);
  const std::vector<Share>& columns = across.of(picture.width, width, options);
  const std::vector<Share>& rows = along.of(picture.height, height, options);
  for (std::int64_t c = 0; c < picture.channels; ++c) {
    const float* in = picture.channel(c).data();
    float* out = half.data();
    for (std::int64_t y = 0; y < picture.height; ++y, in += picture.width)
      for (const Share& share : columns) {
        float sum = 0;
        for (std::size_t j = 0; j < share.weights.size(); ++j)
          sum += share.weights[j] * in[static_cast<std::size_t>(share.begin) + j];
        *out++ = sum;
      }
    out = result.data() + c * height * width;
    for (const Share& share : rows) {
      std::fill_n(out, width, 0.0F);
      for (std::size_t j = 0; j < share.weights.size(); ++j) {
        const float* row = half.data() + (share.begin + static_cast<std::int64_t>(j)) * width;
        for (std::int64_t x = 0; x < width; ++x) out[x] += share.weights[j] * row[x];
      }
      out += width;
    }
  }
  std::swap(picture.values, result);
  picture.height = height;
  picture.width = width;
}

}  // namespace

ImageTransform resize(const ImageSize& size, const ResizeOptions& options) {
  if (size.height < 1 || size.width < 1 || size.height > most_pixels || size.width > most_pixels)
    fail("resize", fmt::format("a size of {}x{}; expected 1x1 to 2^20x2^20", size.height, size.width));
  detail::check_resampling("resize", options.interpolation);
  return ImageTransform([=](Picture& picture, SplitMix64&) { resized(picture, size.height, size.width, options); });
}

ImageTransform resize(std::int64_t side, const ResizeOptions& options) {
  if (side < 1 || side > most_pixels) fail("resize", fmt::format("a side of {}; expected 1 to 2^20", side));
  detail::check_resampling("resize", options.interpolation);
  return ImageTransform([=](Picture& picture, SplitMix64&) {
    const std::int64_t least = std::max<std::int64_t>(std::min(picture.height, picture.width), 1);
    const auto scaled = [&](std::int64_t extent) {
      const double pixels =
          std::floor(static_cast<double>(side) * static_cast<double>(extent) / static_cast<double>(least));
      return static_cast<std::int64_t>(std::min(pixels, 0x1p40));
    };
    resized(picture, scaled(picture.height), scaled(picture.width), options);
  });
}

}  // namespace xgrad::data
