#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// PNGs of 8 bits a channel, colour type 6 (RGBA), written here so that tests can say which bytes are in them.
class Png {
 public:
  using Pixel = std::array<std::uint8_t, 4>;

  static std::string of(std::uint32_t width, std::uint32_t height, const std::vector<Pixel>& pixels) {
    std::string rows;
    for (std::uint32_t row = 0; row < height; ++row) {
      rows += '\0';  // no filter
      for (std::uint32_t column = 0; column < width; ++column)
        for (const std::uint8_t channel : pixels[row * width + column]) rows += static_cast<char>(channel);
    }
    return with_rows(width, height, rows);
  }

  static std::string with_rows(std::uint32_t width, std::uint32_t height, const std::string& rows) {
    using namespace std::string_literals;
    return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", number(width) + number(height) + "\x08\x06\x00\x00\x00"s) +
           chunk("IDAT", stored(rows)) + chunk("IEND", "");
  }

 private:
  static std::string number(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
  }

  static std::string chunk(const std::string& type, const std::string& data) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : type + data) {
      crc ^= static_cast<std::uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return number(static_cast<std::uint32_t>(data.size())) + type + data + number(~crc);
  }

  /// A zlib stream of blocks that are not compressed.
  static std::string stored(std::string_view bytes) {
    std::string stream = "\x78\x01";
    std::uint32_t a = 1, b = 0;
    for (const char c : bytes) {
      a = (a + static_cast<std::uint8_t>(c)) % 65521;
      b = (b + a) % 65521;
    }
    do {
      const std::string_view block = bytes.substr(0, 65535);
      bytes.remove_prefix(block.size());
      const auto size = static_cast<std::uint16_t>(block.size());
      stream += bytes.empty() ? '\x01' : '\x00';
      for (const auto half : {size, static_cast<std::uint16_t>(~size)}) {
        stream += static_cast<char>(half & 255);
        stream += static_cast<char>(half >> 8);
      }
      stream += block;
    } while (!bytes.empty());
    return stream + number(b << 16 | a);
  }
};
