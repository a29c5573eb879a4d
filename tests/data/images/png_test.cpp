#include <doctest/doctest.h>

#include <data/images/image.hpp>

#include "image_files.hpp"

namespace xgrad::data {
namespace {

using test::Bytes;
using test::holds;
using test::PngForm;

/// What read_image makes of a PNG.
Image read(std::uint32_t width, const PngForm& form, const std::vector<Bytes>& rows,
           const ReadImageOptions& options = {}) {
  const test::TemporaryDirectory directory;
  test::write_png(directory / "x.png", width, form, rows);
  return read_image(directory / "x.png", options);
}

void check(const Image& image, std::int64_t height, std::int64_t width, std::int64_t channels, const Bytes& pixels) {
  CHECK(image.height == height);
  CHECK(image.width == width);
  CHECK(image.channels == channels);
  CHECK(image.pixels == pixels);
}

TEST_CASE("colour is read as it is, and without alpha or as grey where that is asked for") {
  const std::vector<Bytes> rgb = {{1, 2, 3, 40, 50, 60}, {255, 0, 0, 0, 0, 255}};
  check(read(2, {}, rgb), 2, 2, 3, {1, 2, 3, 40, 50, 60, 255, 0, 0, 0, 0, 255});
  // 0.299 red + 0.587 green + 0.114 blue, rounded.
  check(read(2, {}, rgb, {.channels = 1}), 2, 2, 1, {2, 48, 76, 29});
  const std::vector<Bytes> rgba = {{1, 2, 3, 0, 40, 50, 60, 128}};
  const PngForm with_alpha{.color_type = PNG_COLOR_TYPE_RGB_ALPHA};
  check(read(2, with_alpha, rgba), 1, 2, 4, rgba[0]);
  check(read(2, with_alpha, rgba, {.channels = 3}), 1, 2, 3, {1, 2, 3, 40, 50, 60});
  check(read(2, with_alpha, rgba, {.channels = 1}), 1, 2, 1, {2, 48});
}

TEST_CASE("grey of 1, 2, 4, 8 and 16 bits becomes bytes") {
  const auto grey = [](int bits) { return PngForm{.color_type = PNG_COLOR_TYPE_GRAY, .bit_depth = bits}; };
  check(read(3, grey(1), {{0b10100000}, {0b01000000}}), 2, 3, 1, {255, 0, 255, 0, 255, 0});
  check(read(4, grey(2), {{0b00011011}}), 1, 4, 1, {0, 85, 170, 255});
  check(read(3, grey(4), {{0x0f, 0x70}}), 1, 3, 1, {0, 255, 119});
  check(read(3, grey(8), {{0, 7, 255}}), 1, 3, 1, {0, 7, 255});
  // v / 257, rounded: 0x0100 / 257 = 0.996, 0x8000 / 257 = 127.5, 0x01ff / 257 = 1.99
  check(read(3, grey(16), {{0x01, 0x00, 0x01, 0xff, 0xff, 0xff}}), 1, 3, 1, {1, 2, 255});
  check(read(2, grey(8), {{9, 200}}, {.channels = 3}), 1, 2, 3, {9, 9, 9, 200, 200, 200});
  check(read(2, {.color_type = PNG_COLOR_TYPE_GRAY_ALPHA}, {{9, 1, 200, 2}}), 1, 2, 2, {9, 1, 200, 2});
  check(read(2, {.color_type = PNG_COLOR_TYPE_GRAY_ALPHA}, {{9, 1, 200, 2}}, {.channels = 3}), 1, 2, 3,
        {9, 9, 9, 200, 200, 200});
  check(read(1, {.bit_depth = 16}, {{1, 0, 0xff, 0xff, 0, 0}}), 1, 1, 3, {1, 255, 0});
}

TEST_CASE("palettes become colours, and transparent colours alpha") {
  const std::vector<png_color> palette = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}};
  for (const int bits : {2, 8}) {
    const PngForm form{.color_type = PNG_COLOR_TYPE_PALETTE, .bit_depth = bits, .palette = palette};
    check(read(3, form, {bits == 2 ? Bytes{0b10000100} : Bytes{2, 0, 1}}), 1, 3, 3,
          {70, 80, 90, 10, 20, 30, 40, 50, 60});
  }
  const PngForm alpha{.color_type = PNG_COLOR_TYPE_PALETTE, .palette = palette, .palette_alpha = {0, 128}};
  check(read(3, alpha, {{0, 1, 2}}), 1, 3, 4, {10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255});
  check(read(3, alpha, {{0, 1, 2}}, {.channels = 3}), 1, 3, 3, {10, 20, 30, 40, 50, 60, 70, 80, 90});
  const PngForm grey{.color_type = PNG_COLOR_TYPE_GRAY, .transparent_grey = 7};
  check(read(2, grey, {{7, 8}}), 1, 2, 2, {7, 0, 8, 255});
}

TEST_CASE("interlaced images are those that are not, and gamma changes nothing") {
  std::vector<Bytes> rows(11, Bytes(13 * 3));
  Bytes all;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      rows[i][j] = static_cast<std::uint8_t>(i * 23 + j * 5);
      all.push_back(rows[i][j]);
    }
  check(read(13, {.interlaced = true}, rows), 11, 13, 3, all);
  check(read(13, {.gamma = 1.0}, rows), 11, 13, 3, all);
}

TEST_CASE("every cut of a PNG is refused with the byte") {
  const test::TemporaryDirectory directory;
  test::write_png(directory / "x.png", 9, {.interlaced = true}, std::vector<Bytes>(7, Bytes(27, 100)));
  const Bytes bytes = test::read_bytes(directory / "x.png");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    test::write_file(directory / "cut.png", Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)));
    const std::string text = test::error_of([&] { read_image(directory / "cut.png"); });
    CHECK_MESSAGE(
        holds(text, {"read_image: '", "cut.png', byte ", length < 8 ? "neither a PNG nor a JPEG" : "truncated"}),
        length, ": ", text);
  }
}

TEST_CASE("a changed byte of a PNG is refused") {
  const test::TemporaryDirectory directory;
  test::write_png(directory / "x.png", 9, {}, std::vector<Bytes>(7, Bytes(27, 100)));
  const Bytes bytes = test::read_bytes(directory / "x.png");
  std::size_t refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 0x41;
    test::write_file(directory / "changed.png", changed);
    const std::string text = test::error_of([&] { read_image(directory / "changed.png"); });
    refused += !text.empty();
    CHECK_MESSAGE(holds(text, {"read_image: '", "changed.png', byte "}), text);
  }
  CHECK(refused == bytes.size());  // every byte is under a checksum, or says what kind of chunk it is
}

TEST_CASE("an image of too many pixels is refused before memory is asked for") {
  const test::TemporaryDirectory directory;
  test::write_png(directory / "x.png", 100, {.color_type = PNG_COLOR_TYPE_GRAY}, std::vector<Bytes>(50, Bytes(100)));
  CHECK(read_image(directory / "x.png", {.max_pixels = 5000}).pixels.size() == 5000);
  const std::string text = test::error_of([&] { read_image(directory / "x.png", {.max_pixels = 4999}); });
  CHECK_MESSAGE(holds(text, {"x.png'", "50x100 pixels; expected at most 4999, .max_pixels"}), text);

  // Headers that claim other extents; their checksum is right.
  const auto claims = [&](std::uint32_t extent) {
    Bytes bytes = test::read_bytes(directory / "x.png");
    for (const std::size_t at : {16U, 20U})
      for (const std::size_t i : {0U, 1U, 2U, 3U}) bytes[at + i] = static_cast<std::uint8_t>(extent >> (24 - 8 * i));
    std::uint32_t checksum = ~0U;
    for (std::size_t i = 12; i < 29; ++i) {
      checksum ^= bytes[i];
      for (int bit = 0; bit < 8; ++bit) checksum = checksum >> 1 ^ (checksum & 1 ? 0xedb88320 : 0);
    }
    for (const std::size_t i : {0U, 1U, 2U, 3U}) bytes[29 + i] = static_cast<std::uint8_t>(~checksum >> (24 - 8 * i));
    test::write_file(directory / "huge.png", bytes);
    return test::error_of([&] { read_image(directory / "huge.png"); });
  };
  const std::string huge = claims(0x7fffffff), large = claims(9000);
  CHECK_MESSAGE(holds(huge, {"huge.png'", "2147483647x2147483647 pixels", "100000000"}), huge);
  CHECK_MESSAGE(holds(large, {"huge.png'", "9000x9000 pixels, more than", "bytes can hold"}), large);
}

TEST_CASE("an image that compression makes a thousand times smaller is read") {
  const test::TemporaryDirectory directory;
  test::write_png(directory / "x.png", 4000, {.color_type = PNG_COLOR_TYPE_GRAY, .bit_depth = 1},
                  std::vector<Bytes>(2000, Bytes(500)));
  CHECK(test::read_bytes(directory / "x.png").size() < 2000);
  CHECK(read_image(directory / "x.png").pixels.size() == 8'000'000);
}

TEST_CASE("what is no image, or not there, is refused by name") {
  const test::TemporaryDirectory directory;
  for (const Bytes& bytes : {Bytes{}, Bytes{'G', 'I', 'F', '8'}, Bytes{0xff, 0xd8}, Bytes(5000, 0)}) {
    test::write_file(directory / "x.png", bytes);
    CHECK(
        holds(test::error_of([&] { read_image(directory / "x.png"); }), {"x.png', byte 0: neither a PNG nor a JPEG"}));
  }
  CHECK(holds(test::error_of([&] { read_image(directory / "none.png"); }), {"read_image: '", "none.png'", "opened"}));
  CHECK(holds(test::error_of([&] { read_image(directory.path()); }), {"read_image: '"}));
}

TEST_CASE("options out of range are refused") {
  CHECK(
      holds(test::error_of([] { read_image("x", {.channels = 2}); }), {"read_image: .channels is 2; expected 1 or 3"}));
  CHECK(holds(test::error_of([] { read_image("x", {.max_pixels = 0}); }), {"read_image: .max_pixels is 0"}));
  CHECK(holds(test::error_of([] { read_image("x", {.max_pixels = INT64_MAX}); }), {"read_image: .max_pixels is 9223"}));
}

}  // namespace
}  // namespace xgrad::data
