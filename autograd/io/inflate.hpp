#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

struct z_stream_s;

#pragma GCC visibility push(default)  // for data/images/
/// Decompression by zlib that ends where the data say so, not where somebody stops asking.
namespace xgrad::io {

/// deflate: RFC 1951, as in zip archives. gzip: RFC 1952, any number of members one after the other.
enum class Compression { deflate, gzip };

/// No byte of deflate data stands for more than this many.
inline constexpr std::size_t best_deflate_ratio = 1032;

/// The bytes behind compressed ones, from front to back.
class Inflater {
 public:
  /// The next compressed bytes, which live until the next call; none at their end.
  using More = std::function<std::string_view()>;
  /// Throws an Error with this message.
  using Refuse = std::function<void(std::string_view)>;

  Inflater(Compression compression, More more, Refuse refuse);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// The next bytes, fewer than asked for only where there are no more. Refuses damaged data, a wrong checksum or
  /// length of a gzip member, and bytes after the end of the data.
  std::size_t read(std::span<char> to);

  /// Refuses data that have not come to their end, with the trailer of a gzip member: cut off, or longer than was read.
  void expect_end();

 private:
  void next_piece();
  void end_member();

  Compression compression_;
  More more_;
  Refuse refuse_;
  std::unique_ptr<z_stream_s> stream_;
  bool input_ended_ = false;  ///< there are no more compressed bytes
  bool ended_ = false;        ///< the data have come to their end
  bool later_member_ = false;
};

}  // namespace xgrad::io
#pragma GCC visibility pop
