#include <data/idx.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/inflate.hpp>

namespace xgrad::data {
namespace {

constexpr std::uint8_t unsigned_byte = 0x08;
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

/// Reads a plain or compressed file from front to back and knows how far it is.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path)
      : path_(path), file_(path.string(), [this](std::string_view message) { refuse(message); }) {
    piece_ = file_.next();
    if (piece_.starts_with("\x1f\x8b")) {
      inflater_.emplace(
          io::Compression::gzip, [this] { return next_piece(); },
          [this](std::string_view message) { refuse(message); });
    }
  }

  /// Fills `bytes`. `what` names them in the error if the file ends before.
  void read(std::span<std::uint8_t> bytes, std::string_view what) {
    const std::size_t count = read_some({reinterpret_cast<char*>(bytes.data()), bytes.size()});
    if (count < bytes.size()) refuse(fmt::format("the file ends here, truncated; expected {}", what));
  }

  std::uint32_t read_big_endian(std::string_view what) {
    std::uint8_t bytes[4];
    read(bytes, what);
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
  }

  /// Whether there is nothing more; compressed data are then read to their verified end.
  bool at_end() {
    char byte;
    if (read_some({&byte, 1}) > 0) return false;
    if (inflater_) inflater_->expect_end();
    return true;
  }

  [[noreturn]] void refuse(std::string_view message) const { refuse(offset_, message); }
  [[noreturn]] void refuse(std::uint64_t offset, std::string_view message) const {
    fail("read_idx", fmt::format("'{}', byte {}: {}", path_.string(), offset, message));
  }

 private:
  std::string_view next_piece() { return piece_.empty() ? file_.next() : std::exchange(piece_, {}); }

  /// Reads up to to.size() bytes, less only at the end of the file.
  std::size_t read_some(std::span<char> to) {
    const std::size_t count = inflater_ ? inflater_->read(to) : copy_some(to);
    offset_ += count;
    return count;
  }

  std::size_t copy_some(std::span<char> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      if (piece_.empty()) piece_ = file_.next();
      if (piece_.empty()) break;
      const std::size_t count = std::min(to.size() - done, piece_.size());
      std::memcpy(to.data() + done, piece_.data(), count);
      piece_.remove_prefix(count);
      done += count;
    }
    return done;
  }

  const std::filesystem::path& path_;
  std::uint64_t offset_ = 0;
  io::PieceReader file_;
  std::string_view piece_;  ///< read from the file and not yet used
  std::optional<io::Inflater> inflater_;
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

IdxArray read_idx(const std::filesystem::path& path, int rank, const IdxOptions& options) {
  Reader reader(path);
  if (rank < 1 || rank > 255) reader.refuse(fmt::format("read with {} dimensions; 1 to 255 are possible", rank));
  if (options.max_bytes < 0)
    reader.refuse(fmt::format(".max_bytes is {}; a number of bytes was expected", options.max_bytes));
  const auto max_bytes = static_cast<std::uint64_t>(options.max_bytes);
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

  // Memory grows with the bytes that have been read, so a damaged header causes an error and does not take all memory.
  const std::string what =
      fmt::format("{} bytes of values, dimensions being ({})", total, fmt::join(array.shape, ", "));
  while (array.values.size() < total) {
    const std::size_t done = array.values.size();
    const std::size_t next = std::min<std::size_t>(total, done + chunk_bytes);
    try {
      array.values.resize(next);
    } catch (const std::bad_alloc&) {
      reader.refuse(fmt::format("memory for {} bytes cannot be had", next));
    }
    reader.read(std::span(array.values).subspan(done), what);
  }
  if (!reader.at_end())
    reader.refuse(static_cast<std::uint64_t>(idx_header_bytes(rank)) + total,
                  fmt::format("bytes after the last value; expected the end of the file after {}", what));
  return array;
}

}  // namespace xgrad::data
