#include <data/idx.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <autograd/error.hpp>

namespace xgrad::data {
namespace {

constexpr std::uint8_t unsigned_byte = 0x08;
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 32;
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

/// Reads a plain or compressed file from front to back and knows how far it is.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) refuse(fmt::format("cannot be opened: {}", std::strerror(errno)));
    gzbuffer(file_.get(), 1U << 17);
  }

  /// Fills `bytes`; `what` says what they are, for the error where the file ends before.
  void read(std::span<std::uint8_t> bytes, std::string_view what) {
    const std::size_t count = read_some(bytes);
    if (count < bytes.size()) refuse(fmt::format("the file ends here, truncated; expected {}", what));
  }

  std::uint32_t read_big_endian(std::string_view what) {
    std::uint8_t bytes[4];
    read(bytes, what);
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
  }

  bool at_end() {
    std::uint8_t byte[1];
    return read_some(byte) == 0;
  }

  [[noreturn]] void refuse(std::string_view message) const { refuse(offset_, message); }
  [[noreturn]] void refuse(std::uint64_t offset, std::string_view message) const {
    fail("read_idx", fmt::format("'{}', byte {}: {}", path_.string(), offset, message));
  }

 private:
  /// Reads up to bytes.size() bytes, less only at the end of the file.
  std::size_t read_some(std::span<std::uint8_t> bytes) {
    const int count = gzread(file_.get(), bytes.data(), static_cast<unsigned>(bytes.size()));
    if (count < 0) {
      int code = 0;
      const std::string reason = gzerror(file_.get(), &code);
      refuse(fmt::format("cannot be read on: {}", code == Z_ERRNO ? std::strerror(errno) : reason));
    }
    offset_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  const std::filesystem::path& path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::uint64_t offset_ = 0;
};

void check_magic(Reader& reader, int rank) {
  const std::uint32_t magic = reader.read_big_endian("the magic number of an IDX file");
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

IdxArray read_idx(const std::filesystem::path& path, int rank) {
  Reader reader(path);
  check_magic(reader, rank);

  IdxArray array;
  std::uint64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) {
    const std::uint64_t extent = reader.read_big_endian(fmt::format("the extent of dimension {} of {}", axis, rank));
    array.shape.push_back(static_cast<std::int64_t>(extent));
    if (extent != 0 && total > max_bytes / extent)
      reader.refuse(static_cast<std::uint64_t>(idx_header_bytes(axis)),
                    fmt::format("dimensions ({}, ...) are too large; expected a product of at most {} bytes",
                                fmt::join(array.shape, ", "), max_bytes));
    total *= extent;
  }

  // Memory grows with what has been read, so a damaged header costs an error and not all memory.
  const std::string what =
      fmt::format("{} bytes of values, dimensions being ({})", total, fmt::join(array.shape, ", "));
  while (array.values.size() < total) {
    const std::size_t done = array.values.size();
    array.values.resize(std::min<std::size_t>(total, done + chunk_bytes));
    reader.read(std::span(array.values).subspan(done), what);
  }
  if (!reader.at_end())
    reader.refuse(static_cast<std::uint64_t>(idx_header_bytes(rank)) + total,
                  fmt::format("bytes after the last value; expected the end of the file after {}", what));
  return array;
}

}  // namespace xgrad::data
