#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <data/sample.hpp>
#include <data/transform.hpp>

// Transforms that leave each pixel where it is.
namespace xgrad::data {
namespace {

constexpr float red = 0.2989F, green = 0.587F, blue = 0.114F;

void check_colours(const char* where, const Picture& picture) {
  if (picture.channels != 1 && picture.channels != 3)
    fail(where,
         fmt::format("an image of {} has {} channels; expected 1 or 3", detail::extents_of(picture), picture.channels));
}

/// The brightness of a pixel of three channels.
float brightness(const Picture& picture, std::size_t pixel) {
  const auto plane = static_cast<std::size_t>(picture.pixels());
  const float* values = picture.values.data() + pixel;
  return red * values[0] + green * values[plane] + blue * values[2 * plane];
}

float in_unit(float value) { return std::min(std::max(value, 0.0F), 1.0F); }

void adjust_brightness(Picture& picture, float factor) {
  for (float& value : picture.values) value = in_unit(value * factor);
}

void adjust_contrast(Picture& picture, float factor) {
  const auto pixels = static_cast<std::size_t>(picture.pixels());
  double sum = 0;
  for (std::size_t i = 0; i < pixels; ++i) sum += picture.channels == 3 ? brightness(picture, i) : picture.values[i];
  const float rest = (1 - factor) * static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(pixels, 1)));
  for (float& value : picture.values) value = in_unit(value * factor + rest);
}

void adjust_saturation(Picture& picture, float factor) {
  if (picture.channels != 3) return;
  const auto pixels = static_cast<std::size_t>(picture.pixels());
  for (std::size_t i = 0; i < pixels; ++i) {
    const float rest = (1 - factor) * brightness(picture, i);
    for (std::size_t at = i; at < 3 * pixels; at += pixels)
      picture.values[at] = in_unit(picture.values[at] * factor + rest);
  }
}

void check_jitter(const char* what, const Jitter& jitter) {
  detail::check_range("color_jitter", what, jitter.low, jitter.high);
  if (jitter.low < 0) fail("color_jitter", fmt::format("{} is from {} on; expected 0 or more", what, jitter.low));
}

}  // namespace

ImageTransform normalize(const PerChannel& mean, const PerChannel& std) {
  detail::check_numbers("normalize", "mean", mean.values);
  detail::check_numbers("normalize", "std", std.values);
  for (const double number : std.values)
    if (static_cast<float>(number) == 0)
      fail("normalize", fmt::format("std is {}; expected float32 numbers other than 0", number));
  return ImageTransform([means = mean.values, stds = std.values](Picture& picture, SplitMix64&) {
    detail::check_channels("normalize", "mean", means, picture);
    detail::check_channels("normalize", "std", stds, picture);
    for (std::int64_t c = 0; c < picture.channels; ++c) {
      const float m = static_cast<float>(detail::of_channel(means, c));
      const float s = static_cast<float>(detail::of_channel(stds, c));
      for (float& value : picture.channel(c)) value = (value - m) / s;
    }
  });
}

ImageTransform grayscale(const GrayscaleOptions& options) {
  const std::int64_t channels = options.num_output_channels;
  if (channels != 1 && channels != 3)
    fail("grayscale", fmt::format("num_output_channels is {}; expected 1 or 3", channels));
  return ImageTransform([=](Picture& picture, SplitMix64&) {
    check_colours("grayscale", picture);
    const auto pixels = static_cast<std::size_t>(picture.pixels());
    if (picture.channels == 3)
      for (std::size_t i = 0; i < pixels; ++i) picture.values[i] = brightness(picture, i);
    picture.channels = channels;
    picture.values.resize(static_cast<std::size_t>(channels) * pixels);
    for (std::size_t c = 1; c < static_cast<std::size_t>(channels); ++c)
      std::copy_n(picture.values.begin(), pixels, picture.values.begin() + static_cast<std::ptrdiff_t>(c * pixels));
  });
}

ImageTransform color_jitter(const ColorJitterOptions& options) {
  check_jitter("brightness", options.brightness);
  check_jitter("contrast", options.contrast);
  check_jitter("saturation", options.saturation);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    check_colours("color_jitter", picture);
    std::array<int, 3> order{0, 1, 2};
    for (std::size_t left = 3; left > 1; --left)
      std::swap(order[left - 1], order[static_cast<std::size_t>(random.below(left))]);
    const auto draw = [&](const Jitter& jitter) { return static_cast<float>(random.uniform(jitter.low, jitter.high)); };
    const std::array<float, 3> factor{draw(options.brightness), draw(options.contrast), draw(options.saturation)};
    const auto plain = [](const Jitter& jitter) { return jitter.low == 1 && jitter.high == 1; };
    for (const int which : order) {
      if (which == 0 && !plain(options.brightness)) adjust_brightness(picture, factor[0]);
      if (which == 1 && !plain(options.contrast)) adjust_contrast(picture, factor[1]);
      if (which == 2 && !plain(options.saturation)) adjust_saturation(picture, factor[2]);
    }
  });
}

}  // namespace xgrad::data
