#include <data/read/byte_reader.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::data {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

/// Memory grows with the bytes that have been read, so a damaged header causes an error and does not take all memory.
template <class Container>
void grow(const ByteReader& reader, Container& bytes, std::size_t size) {
  try {
    bytes.resize(size);
  } catch (const std::exception&) {
    reader.refuse(fmt::format("memory for {} bytes cannot be had", size));
  }
}

}  // namespace

ByteReader::ByteReader(const char* function, std::filesystem::path path)
    : function_(function),
      path_(std::move(path)),
      file_(path_.string(), [this](std::string_view message) { refuse(message); }) {
  piece_ = file_.next();
  if (piece_.starts_with("\x1f\x8b")) {
    inflater_.emplace(
        io::Compression::gzip, [this] { return next_piece(); }, [this](std::string_view message) { refuse(message); });
  }
}

void ByteReader::read(std::span<std::uint8_t> bytes, std::string_view what) {
  const std::size_t count = read_some({reinterpret_cast<char*>(bytes.data()), bytes.size()});
  if (count < bytes.size()) refuse(fmt::format("the file ends here, truncated; expected {}", what));
}

void ByteReader::read(std::vector<std::uint8_t>& bytes, std::uint64_t count, std::string_view what) {
  while (count > 0) {
    const std::size_t done = bytes.size();
    const std::size_t next = std::min<std::uint64_t>(count, chunk_bytes);
    grow(*this, bytes, done + next);
    read(std::span(bytes).subspan(done), what);
    count -= next;
  }
}

std::string ByteReader::read_rest(std::uint64_t max_bytes, std::string_view limit) {
  std::string bytes;
  for (std::size_t done = 0;;) {
    const std::size_t next = done + std::max(chunk_bytes, done / 2);
    grow(*this, bytes, next);
    const std::size_t count = read_some(std::span(bytes).subspan(done));
    done += count;
    if (done > max_bytes) refuse(fmt::format("the file has more than {} bytes, {}", max_bytes, limit));
    if (done == next) continue;
    if (inflater_) inflater_->expect_end();
    bytes.resize(done);
    return bytes;
  }
}

bool ByteReader::at_end() {
  char byte;
  if (read_some({&byte, 1}) > 0) return false;
  if (inflater_) inflater_->expect_end();
  return true;
}

void ByteReader::refuse(std::uint64_t offset, std::string_view message) const {
  fail(function_, fmt::format("'{}', byte {}: {}", path_.string(), offset, message));
}

std::string_view ByteReader::next_piece() { return piece_.empty() ? file_.next() : std::exchange(piece_, {}); }

std::size_t ByteReader::read_some(std::span<char> to) {
  const std::size_t count = inflater_ ? inflater_->read(to) : copy_some(to);
  offset_ += count;
  return count;
}

std::size_t ByteReader::copy_some(std::span<char> to) {
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

}  // namespace xgrad::data
