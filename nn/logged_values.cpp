#include <nn/logged_values.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <autograd/io/png.hpp>

namespace xgrad::nn {
namespace {

// ------------------------------------------------------------------------------------------------- histograms

/// Upper limits of the buckets, and between which of them numbers of a sign and an exponent lie.
struct Buckets {
  std::vector<double> limits;
  std::array<std::uint16_t, 4096> first{}, last{};  ///< by a number's upper 12 bits

  Buckets() {
    for (double limit = 1e-12; limit < 1e20; limit *= 1.1) limits.push_back(limit);
    std::vector<double> negative(limits.rbegin(), limits.rend());
    for (double& limit : negative) limit = -limit;
    negative.push_back(0);
    limits.insert(limits.begin(), negative.begin(), negative.end());
    limits.push_back(std::numeric_limits<double>::max());
    for (std::uint64_t key = 0; key < first.size(); ++key) {
      const double one = std::bit_cast<double>(key << 52);
      const double other = std::bit_cast<double>(key << 52 | ((std::uint64_t{1} << 52) - 1));
      if (!std::isfinite(one)) continue;
      first[key] = first_above(std::min(one, other));
      last[key] = first_above(std::max(one, other));
    }
  }

  /// The bucket that counts a finite number.
  std::size_t of(double value) const {
    const std::size_t key = std::bit_cast<std::uint64_t>(value) >> 52;
    std::size_t place = first[key];  // there are up to eight to look at, which takes less than a search
    for (std::size_t i = first[key]; i < last[key]; ++i) place += limits[i] <= value ? 1 : 0;
    return std::min(place, limits.size() - 1);
  }

 private:
  /// The first limit above a number.
  std::uint16_t first_above(double value) const {
    return static_cast<std::uint16_t>(std::ranges::upper_bound(limits, value) - limits.begin());
  }
};

const Buckets& buckets() {
  static const Buckets made;
  return made;
}

template <class T>
LoggedHistogram counted_in_buckets(std::span<const T> values) {
  const Buckets& all = buckets();
  std::vector<std::int64_t> counted(all.limits.size());
  LoggedHistogram result;
  io::HistogramCounts& counts = result.counts;
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const T element : values) {
    const auto value = static_cast<double>(element);
    if (!std::isfinite(value)) {
      ++result.not_finite;
      continue;
    }
    least = std::min(least, value);
    most = std::max(most, value);
    counts.sum += value;
    counts.sum_squares += value * value;
    ++counted[all.of(value)];
  }
  const std::size_t num = values.size() - static_cast<std::size_t>(result.not_finite);
  counts.num = static_cast<double>(num);
  if (num > 0) counts.min = least, counts.max = most;
  // Up to the last bucket that holds something, from the one before the first. Of empty ones in a row one is left.
  std::size_t end = counted.size();
  while (end > 0 && counted[end - 1] == 0) --end;
  for (std::size_t i = 0; i < end; ++i) {
    if (counted[i] == 0 && !counts.bucket.empty() && counts.bucket.back() == 0) {
      counts.bucket_limit.back() = all.limits[i];
    } else {
      counts.bucket_limit.push_back(all.limits[i]);
      counts.bucket.push_back(static_cast<double>(counted[i]));
    }
  }
  if (counts.bucket.empty()) counts.bucket_limit = counts.bucket = {0};
  return result;
}

// ------------------------------------------------------------------------------------------------- images

constexpr std::int64_t most_image_bytes = std::int64_t{1} << 28;

/// Values as bytes, row-major.
std::string bytes_of(const char* function, const Tensor& image) {
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(image.size()));
  if (image.dtype() == boolean) {
    for (const bool value : image.data<bool>()) bytes += static_cast<char>(value ? 255 : 0);
  } else if (image.dtype() == int64) {
    for (const std::int64_t value : image.data<std::int64_t>()) {
      if (value < 0 || value > 255)
        fail(function, fmt::format("an int64 image has the value {}; 0 to 255 was expected", value));
      bytes += static_cast<char>(value);
    }
  } else {
    const auto add = [&](auto values) {
      for (const auto value : values)
        bytes += static_cast<char>(value > 0 ? std::lround(255 * std::min(static_cast<double>(value), 1.0)) : 0);
    };
    if (image.dtype() == float32)
      add(image.data<float>());
    else
      add(image.to_vector<double>());
  }
  return bytes;
}

}  // namespace

LoggedHistogram histogram_of(const Tensor& values) {
  if (values.dtype() == float32) return counted_in_buckets(values.data<float>());
  if (values.dtype() == float64) return counted_in_buckets(values.data<double>());
  if (values.dtype() == int64) return counted_in_buckets(values.data<std::int64_t>());
  const std::vector<double> converted = values.to_vector<double>();
  return counted_in_buckets(std::span<const double>(converted));
}

io::EncodedImage encoded_image(const char* function, const Tensor& image) {
  const Shape& shape = image.shape();
  const int rank = shape.rank();
  const std::int64_t count = rank == 4 ? shape[0] : 1, channels = rank > 2 ? shape[-3] : 1;
  if (rank < 2 || rank > 4 || channels < 1 || channels > 4 || shape.elements() == 0) {
    fail(function, fmt::format("the image has shape {}; (H, W), (C, H, W) or (N, C, H, W) was expected, C from 1 to 4 "
                               "and no extent 0",
                               to_string(shape)));
  }
  const std::int64_t height = shape[-2], width = shape[-1];
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t size = rows * height * columns * width * channels;
  if (size > most_image_bytes)
    fail(function,
         fmt::format("the image has shape {}, which is more than {} bytes", to_string(shape), most_image_bytes));
  const std::string values = bytes_of(function, image);
  // Side by side, and channels pixel by pixel.
  std::string pixels(static_cast<std::size_t>(size), '\0');
  const std::int64_t row_pixels = columns * width;
  const char* value = values.data();
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t channel = 0; channel < channels; ++channel)
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
          const std::int64_t row = i / columns * height + y, column = i % columns * width + x;
          pixels[static_cast<std::size_t>((row * row_pixels + column) * channels + channel)] = *value++;
        }
  return {.height = rows * height,
          .width = row_pixels,
          .channels = static_cast<int>(channels),
          .png = io::png(pixels, rows * height, row_pixels, static_cast<int>(channels))};
}

}  // namespace xgrad::nn
