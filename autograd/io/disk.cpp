#include <autograd/io/disk.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace xgrad::io::disk {
namespace {

Observer& observer() {
  static Observer instance;
  return instance;
}

/// Whether the operation is to be done.
bool announce(const Operation& operation) {
  if (!observer()) return true;
  errno = observer()(operation);
  return errno == 0;
}

using Kind = Operation::Kind;

}  // namespace

void observe(Observer given) { observer() = std::move(given); }

bool announce_create(const std::string& path) { return announce({Kind::create, path}); }

bool write(int file, const std::string& path, std::string_view bytes) {
  if (!bytes.empty() && !announce({.kind = Kind::write, .path = path, .bytes = bytes})) return false;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = EIO;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync(int file, const std::string& path) { return announce({Kind::sync, path}) && ::fsync(file) == 0; }

bool rename(const std::string& from, const std::string& to) {
  return announce({.kind = Kind::rename, .path = from, .to = to}) && std::rename(from.c_str(), to.c_str()) == 0;
}

bool remove(const std::string& path) { return announce({Kind::remove, path}) && ::unlink(path.c_str()) == 0; }

bool make_folder(const std::string& path) {
  return announce({Kind::make_folder, path}) && ::mkdir(path.c_str(), 0777) == 0;
}

bool sync_folder(const std::string& path) {
  if (!announce({Kind::sync_folder, path})) return false;
  const int folder = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno == EACCES;
  constexpr std::array unsupported{EINVAL, ENOTSUP, ENOSYS, EROFS, EBADF};
  const bool synced = ::fsync(folder) == 0 || std::ranges::find(unsupported, errno) != unsupported.end();
  const int error = errno;
  ::close(folder);
  errno = error;
  return synced;
}

}  // namespace xgrad::io::disk
