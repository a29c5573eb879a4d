#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// An array of bytes as an IDX file holds it.
struct IdxArray {
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> values;  ///< row-major
};

/// The offset of the values in an IDX file of so many dimensions: they follow the magic number and 4 bytes for each
/// dimension.
constexpr std::int64_t idx_header_bytes(int rank) { return 4 + 4 * std::int64_t{rank}; }

struct IdxOptions {
  /// The most bytes that the values of a file may have. More is an Error before memory is allocated.
  std::int64_t max_bytes = std::int64_t{1} << 32;
};

/// Reads an IDX file of unsigned bytes, plain or compressed by gzip (whatever its name), the format of MNIST: two zero
/// bytes, the type code (0x08: unsigned byte), the number of dimensions, each extent as a big-endian 32-bit number, the
/// values (http://yann.lecun.com/exdb/mnist/). All of the file has to be as its header says. Compressed data are read
/// to the end of the file: checksum and length of each gzip member are verified, and nothing may follow the last one.
///
/// Throws Error, naming the file, the byte offset (in the uncompressed data), the bytes there and those that were
/// expected: a file that cannot be opened, a wrong magic number or type code, another number of dimensions than `rank`,
/// dimensions whose product is beyond options.max_bytes, a truncated file, trailing bytes, damaged compressed data.
/// Memory grows with the bytes that have been read; a failed allocation is an Error, too.
IdxArray read_idx(const std::filesystem::path& path, int rank, const IdxOptions& options = {});

}  // namespace xgrad::data
#pragma GCC visibility pop
