#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <data/images/image.hpp>

#include "image_files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;
using test::holds;
using test::JpegForm;

constexpr std::uint32_t width = 24, height = 16;

/// A smooth picture, which JPEG keeps nearly.
Bytes smooth(std::size_t channels) {
  Bytes pixels;
  for (std::uint32_t i = 0; i < height; ++i)
    for (std::uint32_t j = 0; j < width; ++j)
      for (std::size_t k = 0; k < channels; ++k)
        pixels.push_back(static_cast<std::uint8_t>(40 + 5 * i + 4 * j + 10 * k));
  return pixels;
}

Image read(const Bytes& pixels, const JpegForm& form, const ReadImageOptions& options = {}) {
  const test::TemporaryDirectory directory;
  test::write_jpeg(directory / "x", width, height, pixels, form);
  return read_image(directory / "x", options);
}

/// Checks that images are alike: quantization of quality 100 and the change of colour space move a byte by a few.
void check_near(const Image& image, std::int64_t channels, const Bytes& expected) {
  CHECK(image.height == height);
  CHECK(image.width == width);
  CHECK(image.channels == channels);
  REQUIRE(image.pixels.size() == expected.size());
  int most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) most = std::max(most, std::abs(image.pixels[i] - expected[i]));
  CHECK(most <= 3);
}

TEST_CASE("colour, sequential and progressive, is read") {
  const Bytes pixels = smooth(3);
  check_near(read(pixels, {}), 3, pixels);
  check_near(read(pixels, {.progressive = true}), 3, pixels);
  Bytes grey;
  for (std::size_t i = 0; i < pixels.size(); i += 3)
    grey.push_back(
        static_cast<std::uint8_t>(std::lround(0.299 * pixels[i] + 0.587 * pixels[i + 1] + 0.114 * pixels[i + 2])));
  check_near(read(pixels, {}, {.channels = 1}), 1, grey);
}

TEST_CASE("grey is read, and as three channels where that is asked for") {
  const JpegForm form{.color_space = JCS_GRAYSCALE, .channels = 1};
  check_near(read(smooth(1), form), 1, smooth(1));
  Bytes three;
  for (const std::uint8_t grey : smooth(1)) three.insert(three.end(), 3, grey);
  check_near(read(smooth(1), form, {.channels = 3}), 3, three);
}

TEST_CASE("CMYK becomes red, green and blue") {
  // libjpeg writes Adobe's marker, so that these are shares of light: red = cyan black / 255.
  Bytes cmyk, rgb;
  for (std::size_t i = 0; i < width * height; ++i) {
    const std::uint8_t ink[4] = {200, 100, static_cast<std::uint8_t>(i / 2), 128};
    cmyk.insert(cmyk.end(), ink, ink + 4);
    for (const std::size_t k : {0U, 1U, 2U})
      rgb.push_back(static_cast<std::uint8_t>(std::lround(ink[k] * 128 / 255.0)));
  }
  check_near(read(cmyk, {.color_space = JCS_CMYK, .channels = 4}), 3, rgb);

  // Without the marker they are shares of ink: red = (255 - cyan) (255 - black) / 255.
  const test::TemporaryDirectory directory;
  test::write_jpeg(directory / "x", width, height, cmyk, {.color_space = JCS_CMYK, .channels = 4});
  Bytes bytes = test::read_bytes(directory / "x");
  REQUIRE(std::string(bytes.begin() + 6, bytes.begin() + 11) == "Adobe");
  bytes[6] = 'X';
  test::write_file(directory / "x", bytes);
  rgb.clear();
  for (std::size_t i = 0; i < cmyk.size(); i += 4)
    for (const std::size_t k : {0U, 1U, 2U})
      rgb.push_back(static_cast<std::uint8_t>(std::lround((255 - cmyk[i + k]) * (255 - cmyk[i + 3]) / 255.0)));
  check_near(read_image(directory / "x"), 3, rgb);
}

TEST_CASE("every cut of a JPEG is refused with the byte") {
  const test::TemporaryDirectory directory;
  for (const bool progressive : {false, true}) {
    test::write_jpeg(directory / "x.jpg", width, height, smooth(3), {.progressive = progressive});
    const Bytes bytes = test::read_bytes(directory / "x.jpg");
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      test::write_file(directory / "cut", Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)));
      const std::string text = test::error_of([&] { read_image(directory / "cut"); });
      CHECK_MESSAGE(holds(text, {"read_image: '", "cut', byte "}), length, ": ", text);
    }
  }
}

TEST_CASE("a changed byte of a JPEG is read or refused") {
  const test::TemporaryDirectory directory;
  for (const bool progressive : {false, true}) {
    test::write_jpeg(directory / "x.jpg", width, height, smooth(3), {.progressive = progressive});
    const Bytes bytes = test::read_bytes(directory / "x.jpg");
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      for (const int bits : {0x01, 0x80, 0xff}) {
        Bytes changed = bytes;
        changed[i] = static_cast<std::uint8_t>(changed[i] ^ bits);
        test::write_file(directory / "changed", changed);
        const std::string text = test::error_of([&] { read_image(directory / "changed", {.max_pixels = 1'000'000}); });
        refused += !text.empty();
        CHECK_MESSAGE((text.empty() || holds(text, {"read_image: '", "changed', byte "})), text);
      }
    CHECK(refused > bytes.size() / 4);
  }
}

TEST_CASE("an image of too many pixels is refused") {
  const test::TemporaryDirectory directory;
  test::write_jpeg(directory / "x", width, height, smooth(3), {});
  const std::string text = test::error_of([&] { read_image(directory / "x", {.max_pixels = 24 * 16 - 1}); });
  CHECK_MESSAGE(holds(text, {"x'", "16x24 pixels; expected at most 383, .max_pixels"}), text);
}

TEST_CASE("an image of more pixels than its bytes can hold is refused, and a flat one that they hold is read") {
  const test::TemporaryDirectory directory;
  for (const bool progressive : {false, true}) {
    test::write_jpeg(directory / "flat", 3000, 2000, Bytes(6'000'000, 128),
                     {.color_space = JCS_GRAYSCALE, .channels = 1, .progressive = progressive});
    CHECK(read_image(directory / "flat").pixels.size() == 6'000'000);

    test::write_jpeg(directory / "x", width, height, smooth(3), {.progressive = progressive});
    Bytes bytes = test::read_bytes(directory / "x");
    const std::uint8_t start_of_frame[] = {0xff, static_cast<std::uint8_t>(progressive ? 0xc2 : 0xc0)};
    const auto frame = std::search(bytes.begin(), bytes.end(), std::begin(start_of_frame), std::end(start_of_frame));
    REQUIRE(frame != bytes.end());
    for (const int at : {5, 7}) {  // 9000 rows and columns
      frame[at] = 9000 >> 8;
      frame[at + 1] = 9000 & 0xff;
    }
    test::write_file(directory / "huge", bytes);
    const std::string text = test::error_of([&] { read_image(directory / "huge"); });
    CHECK_MESSAGE(holds(text, {"huge'", "9000x9000 pixels, more than", "bytes can hold"}), text);
  }
}

TEST_CASE("a small file of very many scans is refused") {
  const test::TemporaryDirectory directory;
  test::write_jpeg(directory / "x", width, height, smooth(1),
                   {.color_space = JCS_GRAYSCALE, .channels = 1, .progressive = true});
  const Bytes bytes = test::read_bytes(directory / "x");
  // The first scan: from its marker, FF DA, to the next one.
  const auto marker = [&](std::size_t from, const auto& wanted) {
    for (std::size_t i = from; i + 1 < bytes.size(); ++i)
      if (bytes[i] == 0xff && wanted(bytes[i + 1])) return i;
    FAIL("no marker");
    return std::size_t{0};
  };
  const std::size_t begin = marker(0, [](std::uint8_t code) { return code == 0xda; });
  const std::size_t end = marker(begin + 2, [](std::uint8_t code) { return code != 0; });
  Bytes many(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  for (int i = 0; i < 600; ++i) many.insert(many.end(), bytes.data() + begin, bytes.data() + end);
  many.insert(many.end(), bytes.begin() + static_cast<std::ptrdiff_t>(end), bytes.end());
  test::write_file(directory / "many", many);
  const std::string text = test::error_of([&] { read_image(directory / "many"); });
  CHECK_MESSAGE(holds(text, {"many', byte ", "more than 500 scans"}), text);
}

}  // namespace
}  // namespace xgrad::data
