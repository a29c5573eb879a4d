#include <autograd/io/file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::io {

void Place::refuse(std::string_view message) const {
  const std::string in_member = member.empty() ? "" : fmt::format(", member '{}'", member);
  fail(function, fmt::format("'{}'{}: {}", file, in_member, message));
}

std::string read_file(const Place& place) {
  std::ifstream in(place.file, std::ios::binary);
  if (!in) place.refuse(fmt::format("cannot be opened ({})", std::strerror(errno)));
  std::ostringstream bytes;
  if (in.peek() != std::ifstream::traits_type::eof()) bytes << in.rdbuf();
  if (in.bad() || !bytes) place.refuse("cannot be read");
  return std::move(bytes).str();
}

void write_file(const Place& place, std::string_view bytes) {
  static std::atomic<unsigned> counter = 0;
  const std::string temporary = fmt::format("{}.{}-{}.tmp", place.file, getpid(), counter++);
  const int file = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  if (file < 0) place.refuse(fmt::format("cannot be created ({})", std::strerror(errno)));
  bool ok = true;
  while (ok && !bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    ok = written > 0 || (written < 0 && errno == EINTR);
  }
  ok = ok && ::fsync(file) == 0;
  int error = errno;
  if (::close(file) != 0 && ok) {
    ok = false;
    error = errno;
  }
  if (ok) {
    if (std::rename(temporary.c_str(), place.file.c_str()) == 0) return;
    error = errno;
  }
  ::unlink(temporary.c_str());
  place.refuse(fmt::format("cannot be written ({})", std::strerror(error)));
}

}  // namespace xgrad::io
