#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <data/draws.hpp>
#include <data/sample.hpp>
#include <data/transform.hpp>

// Transforms that cut, pad, move and turn over whole pixels.
namespace xgrad::data {
namespace {

/// What extents and paddings may be; sums of them fit.
constexpr std::int64_t most_pixels = std::int64_t{1} << 30;

void check_size(const char* where, const ImageSize& size) {
  if (size.height < 1 || size.width < 1 || size.height > most_pixels || size.width > most_pixels)
    fail(where, fmt::format("a size of {}x{}; expected 1x1 to 2^30x2^30", size.height, size.width));
}

void check_margins(const char* where, const Margins& margins) {
  for (const std::int64_t pixels : {margins.left, margins.top, margins.right, margins.bottom})
    if (pixels < 0 || pixels > most_pixels)
      fail(where, fmt::format("a padding of {} pixels; expected 0 to 2^30", pixels));
}

void check_border(const char* where, PictureBorder border) {
  if (border < PictureBorder::constant || border > PictureBorder::symmetric)
    fail(where,
         fmt::format("padding_mode is {}; expected constant, edge, reflect or symmetric", static_cast<int>(border)));
}

/// The place of the image that stands for `place` of an axis of so many, for every border but a constant one.
std::int64_t mirrored(std::int64_t place, std::int64_t extent, PictureBorder border) {
  const std::int64_t last = extent - 1;
  if (border == PictureBorder::edge) return std::clamp<std::int64_t>(place, 0, last);
  const std::int64_t again = border == PictureBorder::symmetric ? 1 : 0;
  if (place < 0) return -place - again;
  return place > last ? 2 * last - place + again : place;
}

/// Throws Error where an image is too small to be mirrored so far.
void check_mirror(const char* where, std::int64_t padding, std::int64_t extent, PictureBorder border,
                  const Picture& picture) {
  if (border == PictureBorder::constant || padding <= 0) return;
  const std::int64_t least = border == PictureBorder::reflect ? padding + 1
                             : border == PictureBorder::edge  ? 1
                                                              : padding;
  if (extent < least)
    fail(where, fmt::format("a padding of {} for an image of {}; expected an image of at least {} pixels there",
                            padding, detail::extents_of(picture), least));
}

struct Window {
  std::int64_t top;
  std::int64_t left;
  std::int64_t height;
  std::int64_t width;
};

struct Surroundings {
  const std::vector<double>& fill;
  PictureBorder border;
};

/// Cuts a window out; what of it lies outside is as the surroundings say.
void cut(const char* where, Picture& picture, const Window& window, const Surroundings& around) {
  static thread_local std::vector<float> result;
  detail::check_channels(where, "fill", around.fill, picture);
  const auto [top, left, height, width] = window;
  if (top == 0 && left == 0 && height == picture.height && width == picture.width) return;
  check_mirror(where, std::max(-top, top + height - picture.height), picture.height, around.border, picture);
  check_mirror(where, std::max(-left, left + width - picture.width), picture.width, around.border, picture);
  detail::reserve(where, result, picture.channels, height, width);
  // Columns of the window that the image has.
  const std::int64_t begin = std::clamp<std::int64_t>(-left, 0, width);
  const std::int64_t end = std::clamp<std::int64_t>(picture.width - left, begin, width);
  float* out = result.data();
  for (std::int64_t c = 0; c < picture.channels; ++c) {
    const float fill = static_cast<float>(detail::of_channel(around.fill, c));
    const std::span<const float> channel = std::as_const(picture).channel(c);
    for (std::int64_t y = 0; y < height; ++y, out += width) {
      std::int64_t row = top + y;
      if (around.border != PictureBorder::constant) {
        row = mirrored(row, picture.height, around.border);
      } else if (row < 0 || row >= picture.height) {
        std::fill_n(out, width, fill);
        continue;
      }
      const float* in = channel.data() + row * picture.width;
      if (around.border == PictureBorder::constant) {
        std::fill_n(out, begin, fill);
        std::fill(out + end, out + width, fill);
      } else {
        for (std::int64_t x = 0; x < begin; ++x) out[x] = in[mirrored(left + x, picture.width, around.border)];
        for (std::int64_t x = end; x < width; ++x) out[x] = in[mirrored(left + x, picture.width, around.border)];
      }
      if (begin < end) std::copy(in + left + begin, in + left + end, out + begin);
    }
  }
  std::swap(picture.values, result);
  picture.height = height;
  picture.width = width;
}

/// A whole number from low to high.
std::int64_t draw(SplitMix64& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low) + 1));
}

void erase(Picture& picture, const Window& window, const RandomErasingOptions& options, SplitMix64& random) {
  for (std::int64_t c = 0; c < picture.channels; ++c) {
    const float value = static_cast<float>(detail::of_channel(options.value.values, c));
    for (std::int64_t y = 0; y < window.height; ++y) {
      float* row = picture.channel(c).data() + (window.top + y) * picture.width + window.left;
      if (options.noise)
        std::generate_n(row, window.width, [&] { return static_cast<float>(detail::standard_normal(random)); });
      else
        std::fill_n(row, window.width, value);
    }
  }
}

}  // namespace

ImageTransform center_crop(const ImageSize& size) {
  check_size("center_crop", size);
  return ImageTransform([=](Picture& picture, SplitMix64&) {
    static const std::vector<double> zero{0};
    // Of an odd number of pixels too many, or too few, the half is rounded as in torchvision: to even, and up.
    const auto begin = [](std::int64_t extent, std::int64_t wanted) {
      const std::int64_t spare = extent - wanted;
      if (spare < 0) return -(-spare / 2);
      return spare % 4 == 3 ? spare / 2 + 1 : spare / 2;
    };
    cut("center_crop", picture,
        {.top = begin(picture.height, size.height),
         .left = begin(picture.width, size.width),
         .height = size.height,
         .width = size.width},
        {.fill = zero, .border = PictureBorder::constant});
  });
}
ImageTransform center_crop(std::int64_t side) { return center_crop(ImageSize{side, side}); }

ImageTransform pad(const Margins& padding, const PadImageOptions& options) {
  check_margins("pad", padding);
  detail::check_numbers("pad", "fill", options.fill.values);
  check_border("pad", options.padding_mode);
  return ImageTransform([=](Picture& picture, SplitMix64&) {
    cut("pad", picture,
        {.top = -padding.top,
         .left = -padding.left,
         .height = picture.height + padding.top + padding.bottom,
         .width = picture.width + padding.left + padding.right},
        {.fill = options.fill.values, .border = options.padding_mode});
  });
}

ImageTransform random_crop(const ImageSize& size, const RandomCropOptions& options) {
  check_size("random_crop", size);
  check_margins("random_crop", options.padding);
  detail::check_numbers("random_crop", "fill", options.fill.values);
  check_border("random_crop", options.padding_mode);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    Margins around = options.padding;
    const auto spare_rows = [&] { return picture.height + around.top + around.bottom - size.height; };
    const auto spare_columns = [&] { return picture.width + around.left + around.right - size.width; };
    if (options.pad_if_needed) {
      const std::int64_t rows = std::max<std::int64_t>(-spare_rows(), 0);
      const std::int64_t columns = std::max<std::int64_t>(-spare_columns(), 0);
      around = {around.left + columns, around.top + rows, around.right + columns, around.bottom + rows};
    }
    if (spare_rows() < 0 || spare_columns() < 0)
      fail("random_crop",
           fmt::format("an image of {} with {}x{} pixels of padding has no window of {}x{}; expected one at least as "
                       "large, or pad_if_needed",
                       detail::extents_of(picture), around.top + around.bottom, around.left + around.right, size.height,
                       size.width));
    check_mirror("random_crop", std::max(around.top, around.bottom), picture.height, options.padding_mode, picture);
    check_mirror("random_crop", std::max(around.left, around.right), picture.width, options.padding_mode, picture);
    const std::int64_t top = draw(random, 0, spare_rows()) - around.top;
    const std::int64_t left = draw(random, 0, spare_columns()) - around.left;
    cut("random_crop", picture, {.top = top, .left = left, .height = size.height, .width = size.width},
        {.fill = options.fill.values, .border = options.padding_mode});
  });
}
ImageTransform random_crop(std::int64_t side, const RandomCropOptions& options) {
  return random_crop(ImageSize{side, side}, options);
}

ImageTransform random_shift(const ImageSize& most, const RandomShiftOptions& options) {
  if (most.height < 0 || most.width < 0 || most.height > most_pixels || most.width > most_pixels)
    fail("random_shift",
         fmt::format("at most {} pixels up and down and {} across; expected 0 to 2^30", most.height, most.width));
  detail::check_numbers("random_shift", "fill", options.fill.values);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    const std::int64_t top = draw(random, -most.height, most.height);
    const std::int64_t left = draw(random, -most.width, most.width);
    cut("random_shift", picture, {.top = top, .left = left, .height = picture.height, .width = picture.width},
        {.fill = options.fill.values, .border = PictureBorder::constant});
  });
}
ImageTransform random_shift(std::int64_t most, const RandomShiftOptions& options) {
  return random_shift(ImageSize{most, most}, options);
}

ImageTransform random_horizontal_flip(double p) {
  detail::check_probability("random_horizontal_flip", p);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    if (random.uniform(0, 1) >= p) return;
    const std::int64_t rows = picture.channels * picture.height;
    for (std::int64_t row = 0; row < rows; ++row) {
      float* begin = picture.values.data() + row * picture.width;
      std::reverse(begin, begin + picture.width);
    }
  });
}

ImageTransform random_vertical_flip(double p) {
  detail::check_probability("random_vertical_flip", p);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    if (random.uniform(0, 1) >= p) return;
    for (std::int64_t c = 0; c < picture.channels; ++c) {
      float* rows = picture.channel(c).data();
      for (std::int64_t row = 0; row < picture.height / 2; ++row)
        std::swap_ranges(rows + row * picture.width, rows + (row + 1) * picture.width,
                         rows + (picture.height - 1 - row) * picture.width);
    }
  });
}

ImageTransform random_erasing(const RandomErasingOptions& options) {
  detail::check_probability("random_erasing", options.p);
  const auto scale = options.scale, ratio = options.ratio;
  detail::check_range("random_erasing", "scale", scale.low, scale.high);
  detail::check_range("random_erasing", "ratio", ratio.low, ratio.high);
  if (scale.low < 0 || scale.high > 1)
    fail("random_erasing", fmt::format("scale is from {} to {}; expected 0 to 1", scale.low, scale.high));
  if (ratio.low <= 0) fail("random_erasing", fmt::format("ratio is from {} on; expected more than 0", ratio.low));
  detail::check_numbers("random_erasing", "value", options.value.values);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    detail::check_channels("random_erasing", "value", options.value.values, picture);
    if (random.uniform(0, 1) >= options.p) return;
    for (int attempt = 0; attempt < 10; ++attempt) {
      const double area = static_cast<double>(picture.pixels()) * random.uniform(scale.low, scale.high);
      const double aspect = std::exp(random.uniform(std::log(ratio.low), std::log(ratio.high)));
      const double height = std::nearbyint(std::sqrt(area * aspect));
      const double width = std::nearbyint(std::sqrt(area / aspect));
      if (!(height < static_cast<double>(picture.height) && width < static_cast<double>(picture.width))) continue;
      Window window{
          .top = 0, .left = 0, .height = static_cast<std::int64_t>(height), .width = static_cast<std::int64_t>(width)};
      window.top = draw(random, 0, picture.height - window.height);
      window.left = draw(random, 0, picture.width - window.width);
      return erase(picture, window, options, random);
    }
  });
}

}  // namespace xgrad::data
