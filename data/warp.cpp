#include <data/warp.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include <data/sample.hpp>

namespace xgrad::data::detail {
namespace {

/// Pixels that are computed at a time, so that their places stay in the first-level cache.
constexpr std::size_t strip = 256;

/// Where the pixels of a strip come from: the pixel left above, and how far right of it and below it.
struct Places {
  std::array<std::int32_t, strip> index;
  std::array<float, strip> right;
  std::array<float, strip> below;
};

/// An image with `fill` around it, one pixel left and above, two right and below: points further away are moved there.
class Framed {
 public:
  static constexpr std::int64_t frame = 3;

  Framed(const char* where, const Picture& picture, std::vector<float>& values)
      : picture_(picture), values_(values), stride_(picture.width + frame), rows_(picture.height + frame) {
    reserve(where, values, 1, rows_, stride_);
  }

  void take(std::int64_t channel, float fill) {
    const float* in = picture_.channel(channel).data();
    float* out = values_.data();
    out = std::fill_n(out, stride_, fill);
    for (std::int64_t row = 0; row < picture_.height; ++row, in += picture_.width) {
      *out++ = fill;
      out = std::copy_n(in, picture_.width, out);
      *out++ = fill;
      *out++ = fill;
    }
    std::fill_n(out, 2 * stride_, fill);
  }

  /// Places in the frame; with half a pixel more, truncation is rounding to the nearest pixel.
  void locate(std::span<const float> x, std::span<const float> y, float more, Places& places) const {
    const float width = static_cast<float>(picture_.width), height = static_cast<float>(picture_.height);
    const auto stride = static_cast<std::int32_t>(stride_);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // Comparisons that are false for NaN, so that every point has a place.
      const float column = std::min(std::max(-1.0F, x[i]), width) + (1.0F + more);
      const float row = std::min(std::max(-1.0F, y[i]), height) + (1.0F + more);
      const auto left = static_cast<std::int32_t>(column), above = static_cast<std::int32_t>(row);
      places.index[i] = above * stride + left;
      places.right[i] = column - static_cast<float>(left);
      places.below[i] = row - static_cast<float>(above);
    }
  }

  void nearest(const Places& places, std::span<float> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = values_[static_cast<std::size_t>(places.index[i])];
  }

  void bilinear(const Places& places, std::span<float> out) const {
    const float* values = values_.data();
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float* above = values + places.index[i];
      const float* below = above + stride_;
      const float first = above[0] + places.right[i] * (above[1] - above[0]);
      const float second = below[0] + places.right[i] * (below[1] - below[0]);
      out[i] = first + places.below[i] * (second - first);
    }
  }

 private:
  const Picture& picture_;
  std::vector<float>& values_;
  std::int64_t stride_;
  std::int64_t rows_;
};

}  // namespace

void warp(const char* where, Picture& picture, Resampling interpolation, const std::vector<double>& fill,
          std::span<const float> x, std::span<const float> y) {
  static thread_local std::vector<float> around, result;
  check_channels(where, "fill", fill, picture);
  reserve(where, result, picture.channels, picture.height, picture.width);
  Framed framed(where, picture, around);
  Places places;
  for (std::int64_t channel = 0; channel < picture.channels; ++channel) {
    framed.take(channel, static_cast<float>(of_channel(fill, channel)));
    float* out = result.data() + channel * picture.pixels();
    for (std::size_t begin = 0; begin < x.size(); begin += strip) {
      const std::size_t count = std::min(strip, x.size() - begin);
      const bool is_nearest = interpolation == Resampling::nearest;
      framed.locate(x.subspan(begin, count), y.subspan(begin, count), is_nearest ? 0.5F : 0.0F, places);
      if (is_nearest)
        framed.nearest(places, {out + begin, count});
      else
        framed.bilinear(places, {out + begin, count});
    }
  }
  std::swap(picture.values, result);
}

void check_resampling(const char* where, Resampling interpolation) {
  if (interpolation != Resampling::nearest && interpolation != Resampling::bilinear)
    fail(where, fmt::format("interpolation is {}; expected nearest or bilinear", static_cast<int>(interpolation)));
}

}  // namespace xgrad::data::detail
