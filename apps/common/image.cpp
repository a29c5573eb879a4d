#include <apps/common/image.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>

#include <cairo.h>
#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/file.hpp>

namespace xgrad::apps {

namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

constexpr std::int64_t max_extent = 32767;  // cairo's

GreyImage read_png(const std::string& path, std::string_view bytes, Backdrop backdrop) {
  const auto next = [](void* rest, unsigned char* data, unsigned int length) {
    auto& left = *static_cast<std::string_view*>(rest);
    if (length > left.size()) return CAIRO_STATUS_READ_ERROR;
    std::memcpy(data, left.data(), length);
    left.remove_prefix(length);
    return CAIRO_STATUS_SUCCESS;
  };
  const Surface surface(cairo_image_surface_create_from_png_stream(next, &bytes), cairo_surface_destroy);
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    fail(path, fmt::format("broken PNG: {}", cairo_status_to_string(status)));
  const bool opaque = cairo_image_surface_get_format(surface.get()) == CAIRO_FORMAT_RGB24;
  GreyImage image{.height = cairo_image_surface_get_height(surface.get()),
                  .width = cairo_image_surface_get_width(surface.get()),
                  .pixels = {}};
  for (std::int64_t row = 0; row < image.height; ++row) {
    const unsigned char* line =
        cairo_image_surface_get_data(surface.get()) + row * cairo_image_surface_get_stride(surface.get());
    for (std::int64_t column = 0; column < image.width; ++column) {
      std::uint32_t argb = 0;
      std::memcpy(&argb, line + 4 * column, 4);
      const std::uint32_t alpha = opaque ? 255 : argb >> 24;
      const std::uint32_t luma = (299 * (argb >> 16 & 255) + 587 * (argb >> 8 & 255) + 114 * (argb & 255)) / 1000;
      const std::uint32_t grey =
          luma + (backdrop == Backdrop::white ? 255 - alpha : 0);  // cairo's colours are premultiplied
      image.pixels.push_back(static_cast<float>(std::min(grey, 255U)) / 255.0F);
    }
  }
  return image;
}

/// Reads the numbers of a PGM: a header of three, then the samples.
class PgmReader {
 public:
  PgmReader(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  GreyImage read() {
    const bool text = bytes_[1] == '2';
    GreyImage image;
    image.width = number("the width", 1, max_extent);
    image.height = number("the height", 1, max_extent);
    const std::int64_t white = number("the largest value", 1, 65535);
    const std::int64_t sample_bytes = white < 256 ? 1 : 2;
    const std::int64_t size = image.width * image.height;
    if (!text) ++at_;  // the one white space that ends the header
    const auto left = static_cast<std::int64_t>(bytes_.size() - std::min(at_, bytes_.size()));
    if (!text && left < size * sample_bytes)
      refuse(fmt::format("ends after {} of the {} bytes of its {}x{} pixels", left, size * sample_bytes, image.width,
                         image.height));
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t sample = text ? number("a pixel", 0, white) : binary(sample_bytes);
      if (sample > white) refuse(fmt::format("a pixel of {}; expected at most {}", sample, white));
      image.pixels.push_back(static_cast<float>(sample) / static_cast<float>(white));
    }
    return image;
  }

 private:
  [[noreturn]] void refuse(const std::string& message) const {
    fail(path_, fmt::format("broken PGM, byte {}: {}", std::min(at_, bytes_.size()), message));
  }

  std::int64_t number(std::string_view what, std::int64_t low, std::int64_t high) {
    while (at_ < bytes_.size() && (std::isspace(static_cast<unsigned char>(bytes_[at_])) || bytes_[at_] == '#')) {
      if (bytes_[at_] == '#') at_ = std::min(bytes_.find('\n', at_), bytes_.size() - 1);
      ++at_;
    }
    std::int64_t value = 0;
    const char* begin = bytes_.data() + std::min(at_, bytes_.size());
    const auto [end, error] = std::from_chars(begin, bytes_.data() + bytes_.size(), value);
    if (error != std::errc() || value < low || value > high)
      refuse(fmt::format("expected {}, a number from {} to {}", what, low, high));
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::int64_t binary(std::int64_t sample_bytes) {
    std::int64_t value = 0;
    for (std::int64_t i = 0; i < sample_bytes; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }

  const std::string& path_;
  std::string_view bytes_;
  std::size_t at_ = 2;
};

/// Means over `size` equal parts of a line of values `stride` apart.
void average(const float* from, std::int64_t count, std::int64_t stride, float* to, std::int64_t size,
             std::int64_t to_stride) {
  const double part = static_cast<double>(count) / static_cast<double>(size);
  for (std::int64_t i = 0; i < size; ++i) {
    const double low = static_cast<double>(i) * part, high = low + part;
    double sum = 0;
    for (auto j = static_cast<std::int64_t>(low); j < count && static_cast<double>(j) < high; ++j) {
      const double overlap = std::min(high, static_cast<double>(j + 1)) - std::max(low, static_cast<double>(j));
      sum += overlap * static_cast<double>(from[j * stride]);
    }
    to[i * to_stride] = static_cast<float>(sum / part);
  }
}

}  // namespace

GreyImage read_image(const std::filesystem::path& path, Backdrop backdrop) {
  const std::string bytes = io::read_file({"read_image", path.string()});
  const std::string_view start = std::string_view(bytes).substr(0, 4);
  if (start == "\x89PNG") return read_png(path.string(), bytes, backdrop);
  if (start.starts_with("P2") || start.starts_with("P5")) return PgmReader(path.string(), bytes).read();
  fail(path.string(), "neither a PNG nor a PGM image (P2 or P5)");
}

GreyImage fit_square(const GreyImage& image, std::int64_t side) {
  const std::int64_t longer = std::max(image.height, image.width);
  const auto scaled = [&](std::int64_t extent) {
    return std::max<std::int64_t>(1, (extent * side + longer / 2) / longer);
  };
  const std::int64_t height = scaled(image.height), width = scaled(image.width);
  std::vector<float> rows(static_cast<std::size_t>(image.height * width));
  for (std::int64_t row = 0; row < image.height; ++row)
    average(image.pixels.data() + row * image.width, image.width, 1, rows.data() + row * width, width, 1);
  GreyImage square{side, side, std::vector<float>(static_cast<std::size_t>(side * side))};
  float* corner = square.pixels.data() + (side - height) / 2 * side + (side - width) / 2;
  for (std::int64_t column = 0; column < width; ++column)
    average(rows.data() + column, image.height, width, corner + column, height, side);
  return square;
}

GreyImage inverted(GreyImage image) {
  for (float& pixel : image.pixels) pixel = 1 - pixel;
  return image;
}

double mean(const GreyImage& image) {
  return std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) / static_cast<double>(image.pixels.size());
}

}  // namespace xgrad::apps
