#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include <autograd/io/events.hpp>

namespace xgrad::io {
namespace {

/// CRC-32C bit by bit, as its polynomial says.
std::uint32_t plain_crc(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool odd = ((crc ^ static_cast<std::uint8_t>(byte) >> bit) & 1) != 0;
      crc = crc >> 1 ^ (odd ? 0x82f63b78 : 0);
    }
  return ~crc;
}

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string masked(const std::string& bytes) {
  const std::uint32_t crc = plain_crc(bytes);
  return number((crc >> 15 | crc << 17) + 0xa282ead8u, 4);
}

}  // namespace

TEST_CASE("CRC-32C has the values of RFC 3720") {
  std::string up, down;
  for (char c = 0; c < 32; ++c) {
    up += c;
    down += static_cast<char>(31 - c);
  }
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(crc32c(up) == 0x46dd794e);
  CHECK(crc32c(down) == 0x113fdb5c);
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("") == 0);
  std::string bytes;
  for (int i = 0; i < 1000; ++i) {
    CHECK(crc32c(bytes) == plain_crc(bytes));
    bytes += static_cast<char>(i * i + i / 7);
  }
}

TEST_CASE("a record is its length, bytes and their checksums") {
  for (const std::string& bytes : {std::string("brain"), std::string(), std::string(300, 'x')}) {
    const std::string length = number(bytes.size(), 8);
    CHECK(framed(bytes) == length + masked(length) + bytes + masked(bytes));
  }
}

TEST_CASE("events are the bytes that protocol buffers give them") {
  const Event event(0, 300);  // a time of 0 has eight bytes of 0
  const std::string begin = std::string("\x09", 1) + number(0, 8) + "\x10\xac\x02";
  CHECK(event.scalar("a", 1.5f) == begin + "\x2a\x0a\x0a\x08\x0a\x01" + "a" + "\x15" + number(0x3fc00000, 4));
  CHECK(event.session_start() == begin + "\x3a\x02\x08\x01");
  CHECK(Event(0, 0).version() == std::string("\x09", 1) + number(0, 8) + "\x1a\x0d" + "brain.Event:2");
  CHECK(Event(0, -1).session_start() ==
        std::string("\x09", 1) + number(0, 8) + "\x10" + std::string(9, '\xff') + "\x01\x3a\x02\x08\x01");
}

}  // namespace xgrad::io
