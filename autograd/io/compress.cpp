#include <autograd/io/compress.hpp>

#include <zlib.h>

#include <algorithm>
#include <limits>

// Left out of a build without zlib, which has no_zlib.cpp instead.

namespace xgrad::io {

std::uint32_t checksum(std::uint32_t before, std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string deflated(const Place& place, std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    place.refuse("zlib cannot start");
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  // zlib counts in 32 bits.
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t left = bytes.size() - stream.total_in;
    stream.avail_in = static_cast<uInt>(std::min(left, most));
    stream.avail_out = static_cast<uInt>(std::min(compressed.size() - stream.total_out, most));
    status = deflate(&stream, left <= most ? Z_FINISH : Z_NO_FLUSH);
  }
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) place.refuse("zlib cannot compress it");
  return compressed;
}

}  // namespace xgrad::io
