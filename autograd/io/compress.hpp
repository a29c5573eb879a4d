#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <autograd/io/file.hpp>

/// Checksums and compression by zlib.
namespace xgrad::io {

/// The CRC-32 of bytes that follow others with the CRC-32 `before`, which is 0 for none.
std::uint32_t checksum(std::uint32_t before, std::string_view bytes);

/// The bytes as deflate data (RFC 1951). Refuses in the name of the place where zlib has no memory.
std::string deflated(const Place& place, std::string_view bytes);

}  // namespace xgrad::io
