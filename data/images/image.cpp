#include <data/images/image.hpp>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/images/decode.hpp>
#include <data/read/byte_reader.hpp>
#include <data/shares.hpp>

namespace xgrad::data {
namespace {

constexpr std::int64_t most_channels = 4;

void check_options(const ReadImageOptions& options) {
  if (options.channels && *options.channels != 1 && *options.channels != 3)
    fail("read_image", fmt::format(".channels is {}; expected 1 or 3, or none given", *options.channels));
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 16;
  if (options.max_pixels < 1 || options.max_pixels > most)
    fail("read_image", fmt::format(".max_pixels is {}; expected 1 to {}", options.max_pixels, most));
}

/// Writes the pixels with the number of channels that was asked for: without alpha, grey or not.
void take_channels(Image& image, std::int64_t channels) {
  const auto from = static_cast<std::size_t>(image.channels), to = static_cast<std::size_t>(channels);
  if (from == to) return;
  const auto count = static_cast<std::size_t>(image.height * image.width);
  std::vector<std::uint8_t> pixels(count * to);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* in = image.pixels.data() + i * from;
    std::uint8_t* out = pixels.data() + i * to;
    if (from >= 3 && to == 1)
      *out = static_cast<std::uint8_t>((in[0] * 19595U + in[1] * 38470U + in[2] * 7471U + 0x8000U) >> 16);
    else
      for (std::size_t k = 0; k < to; ++k) out[k] = in[from >= 3 ? k : 0];
  }
  image.pixels = std::move(pixels);
  image.channels = channels;
}

void check(const char* where, const Image& image) {
  if (image.height < 1 || image.width < 1 || image.channels < 1 || image.channels > most_channels ||
      image.height > std::numeric_limits<std::int64_t>::max() / image.width / image.channels ||
      std::ssize(image.pixels) != image.height * image.width * image.channels)
    fail(where, fmt::format("an image of {} bytes for {} channels of {}x{} pixels; expected 1 to 4 channels, at least "
                            "1x1 pixels, and as many bytes",
                            image.pixels.size(), image.channels, image.height, image.width));
}

}  // namespace

Image read_image(const std::filesystem::path& path, const ReadImageOptions& options) {
  check_options(options);
  ByteReader reader("read_image", path);
  // What an image may take without compression, at most 8 bytes a pixel, and texts beside it.
  const std::string bytes = reader.read_rest(static_cast<std::uint64_t>(options.max_pixels) * 8 + (1U << 24),
                                             "more than an image of .max_pixels");
  const RefuseImage refuse = [&](std::size_t byte, std::string_view message) { reader.refuse(byte, message); };
  const CheckExtents extents = [&](std::int64_t height, std::int64_t width, std::int64_t held) {
    if (width > options.max_pixels / height)
      reader.refuse(0,
                    fmt::format("{}x{} pixels; expected at most {}, .max_pixels", height, width, options.max_pixels));
    if (width > held / height)
      reader.refuse(0, fmt::format("{}x{} pixels, more than {} bytes can hold", height, width, bytes.size()));
  };
  try {
    Image image;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n"))
      image = decode_png(bytes, extents, refuse);
    else if (bytes.starts_with("\xff\xd8\xff"))
      image = decode_jpeg(bytes, extents, refuse);
    else
      reader.refuse(0, "neither a PNG nor a JPEG by its first bytes");
    if (options.channels) take_channels(image, *options.channels);
    return image;
  } catch (const std::bad_alloc&) {
    reader.refuse("no memory for the pixels");
  } catch (const std::length_error&) {
    reader.refuse("no memory for the pixels");
  }
}

Tensor to_tensor(const Image& image) {
  check("to_tensor", image);
  const auto count = static_cast<std::size_t>(image.height * image.width);
  const auto channels = static_cast<std::size_t>(image.channels);
  return make_tensor<float>({image.channels, image.height, image.width}, [&](std::span<float> out) {
    for (std::size_t k = 0; k < channels; ++k)
      for (std::size_t i = 0; i < count; ++i)
        out[k * count + i] = static_cast<float>(image.pixels[i * channels + k]) / 255.0F;
  });
}

Tensor fit(const Image& image, const ImageSize& size) {
  const Called called("fit");
  check("fit", image);
  const Shape shape{image.channels, size.height, size.width};
  if (size.height < 1 || size.width < 1 || !shape.fits())
    fail("fit", fmt::format("a size of {}x{} pixels; expected at least 1x1, and as many as a tensor may have",
                            size.height, size.width));
  const double scale = std::min(static_cast<double>(image.height) / static_cast<double>(size.height),
                                static_cast<double>(image.width) / static_cast<double>(size.width));
  const auto shares = [&](std::int64_t extent, std::int64_t count) {
    const double from = (static_cast<double>(extent) - scale * static_cast<double>(count)) / 2;
    return detail::triangle_shares(extent, from, scale, count, std::max(scale, 1.0));
  };
  return make_tensor<float>(shape, [&](std::span<float> out) {
    const std::vector<detail::Share> columns = shares(image.width, size.width),
                                     rows = shares(image.height, size.height);
    const auto channels = static_cast<std::size_t>(image.channels), width = columns.size();
    const auto stride = static_cast<std::size_t>(image.width) * channels;
    // Rows of the new width, then those of the new height.
    const auto begin = [](const detail::Share& share) { return static_cast<std::size_t>(share.begin); };
    const std::size_t top = begin(rows.front()), bottom = begin(rows.back()) + rows.back().weights.size();
    std::vector<float> narrow((bottom - top) * width * channels);
    for (std::size_t i = top; i < bottom; ++i)
      for (std::size_t j = 0; j < width; ++j)
        for (std::size_t k = 0; k < channels; ++k) {
          const std::uint8_t* in = image.pixels.data() + i * stride + begin(columns[j]) * channels + k;
          float sum = 0;
          for (std::size_t n = 0; n < columns[j].weights.size(); ++n)
            sum += columns[j].weights[n] * static_cast<float>(in[n * channels]);
          narrow[((i - top) * width + j) * channels + k] = sum;
        }
    for (std::size_t k = 0; k < channels; ++k)
      for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < width; ++j) {
          float sum = 0;
          for (std::size_t n = 0; n < rows[i].weights.size(); ++n)
            sum += rows[i].weights[n] * narrow[((begin(rows[i]) - top + n) * width + j) * channels + k];
          out[(k * rows.size() + i) * width + j] = std::clamp(sum / 255.0F, 0.0F, 1.0F);
        }
  });
}

}  // namespace xgrad::data
