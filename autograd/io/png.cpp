#include <autograd/io/png.hpp>

#include <cstddef>
#include <new>

#include <zlib.h>

namespace xgrad::io {
namespace {

void append_number(std::string& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
}

void append_chunk(std::string& file, std::string_view type, std::string_view data) {
  append_number(file, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = file.size();
  file += type;
  file += data;
  append_number(file, static_cast<std::uint32_t>(
                          crc32_z(0, reinterpret_cast<const Bytef*>(file.data()) + begin, file.size() - begin)));
}

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string result(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
               static_cast<uLong>(bytes.size())) != Z_OK)
    throw std::bad_alloc();
  result.resize(size);
  return result;
}

}  // namespace

std::string png(std::string_view pixels, std::int64_t height, std::int64_t width, int channels) {
  constexpr char colours[] = {0, 4, 2, 6};  // of so many channels
  std::string header;
  append_number(header, static_cast<std::uint32_t>(width));
  append_number(header, static_cast<std::uint32_t>(height));
  header +=
      {8, colours[channels - 1], 0, 0, 0};  // bits a channel, colour type, deflate, filters by row, no interlacing
  const std::size_t row_bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  std::string rows;
  rows.reserve(static_cast<std::size_t>(height) * (row_bytes + 1));
  for (; !pixels.empty(); pixels.remove_prefix(row_bytes)) {
    rows += '\0';  // no filter
    rows += pixels.substr(0, row_bytes);
  }
  std::string file("\x89PNG\r\n\x1a\n");
  append_chunk(file, "IHDR", header);
  append_chunk(file, "IDAT", deflated(rows));
  append_chunk(file, "IEND", "");
  return file;
}

}  // namespace xgrad::io
