#include <autograd/io/folder.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <autograd/io/disk.hpp>

namespace xgrad::io {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

void make_missing(const Place& place, const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return;
  const std::filesystem::path above = folder.parent_path();
  if (above != folder) make_missing(place, above);
  if (std::filesystem::is_directory(folder)) return;  // as "a/." by now
  if (!disk::make_folder(folder.string())) {
    const int error = errno;
    if (error == EEXIST && std::filesystem::is_directory(folder)) return;  // somebody else was faster
    place.refuse(fmt::format("the folder '{}' cannot be made ({})", folder.string(), reason(error)));
  }
  if (!disk::sync_folder(above.string()))
    place.refuse(fmt::format("the folder cannot be synced with the one above it ({})", reason(errno)));
}

}  // namespace

void make_folder(const Place& place) {
  try {
    make_missing(place, place.file);
  } catch (const std::filesystem::filesystem_error& error) {
    place.refuse(fmt::format("the folder cannot be made ({})", error.code().message()));
  }
}

void remove_file(const Place& place) {
  if (!disk::remove(place.file) && errno != ENOENT) place.refuse(fmt::format("cannot be removed ({})", reason(errno)));
}

FolderLock::FolderLock(const Place& place) : folder_(::open(place.file.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) place.refuse(fmt::format("the folder cannot be opened ({})", reason(errno)));
  int status;
  do {
    status = ::flock(folder_, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  if (status == 0 || errno != EWOULDBLOCK) return;
  ::close(folder_);
  place.refuse("another one writes to this folder, in this process or another");
}

FolderLock::~FolderLock() { ::close(folder_); }

}  // namespace xgrad::io
