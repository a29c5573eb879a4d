#include <apps/common/image.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>

#include <cairo.h>
#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

constexpr std::int64_t max_extent = 32767;                 // cairo's
constexpr std::int64_t max_number = 1'000'000'000;         // of a PGM's header
constexpr std::size_t max_bytes = std::size_t{256} << 20;  // of a file: more than max_pixels take in any format

/// A file's bytes, as long as they can be an image of an allowed size: /dev/zero has no end.
std::string read_bounded(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string bytes;
  std::vector<char> part(std::size_t{1} << 16);
  while (in.read(part.data(), static_cast<std::streamsize>(part.size())) || in.gcount() > 0) {
    bytes.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > max_bytes) fail(path, fmt::format("has more than {} MiB; expected an image", max_bytes >> 20));
    const bool image = bytes.starts_with("\x89PNG") || bytes.starts_with("P2") || bytes.starts_with("P5");
    if (!image) break;  // refused by its first bytes
  }
  if (in.bad()) fail(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  return bytes;
}

void check_pixels(const std::string& path, std::int64_t width, std::int64_t height) {
  if (width > max_extent || height > max_extent || width * height > max_pixels)
    fail(path, fmt::format("has {}x{} pixels; expected at most {} in all, and {} a side", width, height, max_pixels,
                           max_extent));
}

/// Width and height as the header says, before anything is decoded.
void check_png_header(const std::string& path, std::string_view bytes) {
  constexpr std::size_t width_at = 16, header_end = 24;
  if (bytes.size() < header_end || bytes.substr(12, 4) != "IHDR") fail(path, "broken PNG: it has no header");
  const auto big_endian = [&](std::size_t at) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  };
  check_pixels(path, big_endian(width_at), big_endian(width_at + 4));
}

Picture read_png(const std::string& path, std::string_view bytes) {
  check_png_header(path, bytes);
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
  const cairo_format_t format = cairo_image_surface_get_format(surface.get());
  if (format != CAIRO_FORMAT_RGB24 && format != CAIRO_FORMAT_ARGB32)
    fail(path, "a PNG of a kind that is not read; expected 8 bits a channel");
  const std::int64_t height = cairo_image_surface_get_height(surface.get());
  const std::int64_t width = cairo_image_surface_get_width(surface.get());
  Picture picture{.on_black = {.height = height, .width = width, .pixels = {}}};
  for (std::int64_t row = 0; row < height; ++row) {
    const unsigned char* line =
        cairo_image_surface_get_data(surface.get()) + row * cairo_image_surface_get_stride(surface.get());
    for (std::int64_t column = 0; column < width; ++column) {
      std::uint32_t argb = 0;
      std::memcpy(&argb, line + 4 * column, 4);
      // Cairo's colours are premultiplied: what they look like on black.
      const std::uint32_t luma = (299 * (argb >> 16 & 255) + 587 * (argb >> 8 & 255) + 114 * (argb & 255)) / 1000;
      picture.on_black.pixels.push_back(static_cast<float>(luma) / 255.0F);
      if (format == CAIRO_FORMAT_ARGB32) picture.transparency.push_back(1 - static_cast<float>(argb >> 24) / 255.0F);
    }
  }
  if (std::ranges::all_of(picture.transparency, [](float share) { return share == 0; })) picture.transparency.clear();
  return picture;
}

/// Reads the numbers of a PGM: a header of three, then the samples.
class PgmReader {
 public:
  PgmReader(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  GreyImage read() {
    const bool text = bytes_[1] == '2';
    GreyImage image;
    image.width = number("the width", 1, max_number);
    image.height = number("the height", 1, max_number);
    const std::int64_t white = number("the largest value", 1, 65535);
    const std::int64_t sample_bytes = white < 256 ? 1 : 2;
    check_pixels(path_, image.width, image.height);
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

GreyImage Picture::on_white() const {
  GreyImage image = on_black;
  for (std::size_t i = 0; i < transparency.size(); ++i)
    image.pixels[i] = std::min(image.pixels[i] + transparency[i], 1.0F);
  return image;
}

double Picture::visible_mean() const {
  if (opaque()) return mean(on_black);
  double light = 0, weight = 0;
  for (std::size_t i = 0; i < transparency.size(); ++i) {
    light += static_cast<double>(on_black.pixels[i]);
    weight += 1 - static_cast<double>(transparency[i]);
  }
  return weight == 0 ? 0 : light / weight;
}

Picture read_image(const std::filesystem::path& path) {
  const std::string bytes = read_bounded(path.string());
  const std::string_view start = std::string_view(bytes).substr(0, 4);
  if (start == "\x89PNG") return read_png(path.string(), bytes);
  if (start.starts_with("P2") || start.starts_with("P5")) return {PgmReader(path.string(), bytes).read()};
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

double contrast(const GreyImage& image) {
  const auto [darkest, lightest] = std::ranges::minmax(image.pixels);
  return static_cast<double>(lightest - darkest);
}

}  // namespace xgrad::apps
