#include <data/idx.hpp>

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <data/read/byte_reader.hpp>

namespace xgrad::data {
namespace {

constexpr std::uint8_t unsigned_byte = 0x08;
std::uint32_t read_big_endian(ByteReader& reader, std::string_view what) {
  std::uint8_t bytes[4];
  reader.read(bytes, what);
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void check_magic(ByteReader& reader, int rank) {
  const std::uint32_t magic = read_big_endian(reader, "the magic number of an IDX file");
  const auto type = static_cast<std::uint8_t>(magic >> 8);
  const auto dimensions = static_cast<std::uint8_t>(magic);
  const std::uint32_t expected = std::uint32_t{unsigned_byte} << 8 | static_cast<std::uint32_t>(rank);
  if (magic >> 16 != 0)
    reader.refuse(0, fmt::format("magic number 0x{:08x}, not an IDX file; expected 0x{:08x}", magic, expected));
  if (type != unsigned_byte)
    reader.refuse(2, fmt::format("type code 0x{:02x}; expected 0x{:02x}, unsigned bytes", type, unsigned_byte));
  if (dimensions != rank) reader.refuse(3, fmt::format("{} dimensions; expected {}", dimensions, rank));
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, int rank, const IdxOptions& options) {
  ByteReader reader("read_idx", path);
  if (rank < 1 || rank > 255) reader.refuse(fmt::format("read with {} dimensions; 1 to 255 are possible", rank));
  if (options.max_bytes < 0)
    reader.refuse(fmt::format(".max_bytes is {}; a number of bytes was expected", options.max_bytes));
  const auto max_bytes = static_cast<std::uint64_t>(options.max_bytes);
  check_magic(reader, rank);

  IdxArray array;
  std::uint64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) {
    const std::uint64_t extent = read_big_endian(reader, fmt::format("the extent of dimension {} of {}", axis, rank));
    array.shape.push_back(static_cast<std::int64_t>(extent));
    if (extent != 0 && total > max_bytes / extent)
      reader.refuse(static_cast<std::uint64_t>(idx_header_bytes(axis)),
                    fmt::format("dimensions ({}, ...) are too large; expected a product of at most {} bytes",
                                fmt::join(array.shape, ", "), max_bytes));
    total *= extent;
  }

  const std::string what =
      fmt::format("{} bytes of values, dimensions being ({})", total, fmt::join(array.shape, ", "));
  reader.read(array.values, total, what);
  if (!reader.at_end())
    reader.refuse(static_cast<std::uint64_t>(idx_header_bytes(rank)) + total,
                  fmt::format("bytes after the last value; expected the end of the file after {}", what));
  return array;
}

}  // namespace xgrad::data
