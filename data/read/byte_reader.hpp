#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/file.hpp>
#include <autograd/io/inflate.hpp>

#pragma GCC visibility push(default)  // for data/images/
namespace xgrad::data {

/// Reads a file, plain or compressed by gzip (whatever its name), from front to back and knows how far it is.
/// Compressed data are verified: checksum and length of each gzip member, and that nothing follows the last one.
class ByteReader {
 public:
  /// `function` is named by the errors, and lives as long as the program. Throws Error where the file cannot be opened.
  ByteReader(const char* function, std::filesystem::path path);
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  /// Bytes read so far, of the uncompressed data.
  std::uint64_t offset() const noexcept { return offset_; }

  /// Fills `bytes`. `what` names them in the error if the file ends before.
  void read(std::span<std::uint8_t> bytes, std::string_view what);
  /// The next `count` bytes, in memory that grows with what has been read. Throws Error as read does, and where memory
  /// does not suffice.
  void read(std::vector<std::uint8_t>& bytes, std::uint64_t count, std::string_view what);
  /// All that is left. Throws Error where that is more than max_bytes, with the text of the limit, and where memory
  /// does not suffice.
  std::string read_rest(std::uint64_t max_bytes, std::string_view limit = ".max_bytes");

  /// Whether there is nothing more; compressed data are then read to their verified end.
  bool at_end();

  [[noreturn]] void refuse(std::string_view message) const { refuse(offset_, message); }
  [[noreturn]] void refuse(std::uint64_t offset, std::string_view message) const;

 private:
  std::string_view next_piece();
  /// Reads up to to.size() bytes, less only at the end of the file.
  std::size_t read_some(std::span<char> to);
  std::size_t copy_some(std::span<char> to);

  const char* function_;
  std::filesystem::path path_;
  std::uint64_t offset_ = 0;
  io::PieceReader file_;
  std::string_view piece_;  ///< read from the file and not yet used
  std::optional<io::Inflater> inflater_;
};

}  // namespace xgrad::data
#pragma GCC visibility pop
