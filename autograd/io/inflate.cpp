#include <autograd/io/inflate.hpp>

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <utility>

namespace xgrad::io {

Inflater::Inflater(Compression compression, More more, Refuse refuse)
    : compression_(compression), more_(std::move(more)), refuse_(std::move(refuse)), stream_(new z_stream_s{}) {
  constexpr int with_gzip_header = 16;
  const int window = compression == Compression::gzip ? MAX_WBITS + with_gzip_header : -MAX_WBITS;
  if (inflateInit2(stream_.get(), window) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(stream_.get()); }

void Inflater::next_piece() {
  if (stream_->avail_in > 0 || input_ended_) return;
  const std::string_view piece = more_();
  input_ended_ = piece.empty();
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
}

std::size_t Inflater::read(std::span<char> to) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  std::size_t done = 0;
  while (!ended_ && done < to.size()) {
    const std::size_t wanted = std::min(to.size() - done, most);
    stream_->next_out = reinterpret_cast<Bytef*>(to.data() + done);
    stream_->avail_out = static_cast<uInt>(wanted);
    next_piece();
    const int status = inflate(stream_.get(), Z_NO_FLUSH);
    done += wanted - stream_->avail_out;
    if (status == Z_STREAM_END) {
      end_member();
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      if (later_member_ && stream_->total_out == 0) refuse_("bytes after the end of the gzip data");
      refuse_(std::string("damaged compressed data: ") + (stream_->msg ? stream_->msg : "zlib cannot read them"));
    } else if (input_ended_ && stream_->avail_out > 0) {
      break;  // cut off
    }
  }
  return done;
}

/// Checks what follows the end of a member: nothing, or the next one of a gzip file.
void Inflater::end_member() {
  next_piece();
  ended_ = input_ended_;
  if (ended_) return;
  if (compression_ == Compression::deflate) refuse_("bytes after the end of the deflate data");
  inflateReset(stream_.get());
  later_member_ = true;
}

void Inflater::expect_end() {
  char byte;
  if (ended_) return;
  if (read(std::span(&byte, 1)) > 0) refuse_("more bytes are compressed than were announced");
  if (!ended_) refuse_("truncated: the compressed data are cut off before their end");
}

}  // namespace xgrad::io
