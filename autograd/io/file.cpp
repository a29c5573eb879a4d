#include <autograd/io/file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/disk.hpp>
#include <autograd/io/text.hpp>

namespace xgrad::io {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::size_t piece_bytes = std::size_t{1} << 17;
constexpr int slots = 8;  // writers of one name at a time

/// An open file, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  /// Closes it now; false where the system then says that something was not written.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string reason(int error) { return std::generic_category().message(error); }

/// The rest of a file, whose length may be known or not.
std::string read_all(const Place& place, const Descriptor& file, std::size_t expected) {
  std::string bytes;
  for (std::size_t done = 0;;) {
    if (done == bytes.size()) {
      // One byte more than is expected, so that the end shows without another step.
      const std::size_t size = done < expected ? expected + 1 : done + std::max(chunk_bytes, done / 2);
      with_memory(place, size, [&] { bytes.resize(size); });
    }
    const ssize_t count = ::read(file.number(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) place.refuse(fmt::format("cannot be read ({})", reason(errno)));
    if (count == 0) {
      bytes.resize(done);
      return bytes;
    }
    done += static_cast<std::size_t>(count);
  }
}

/// Writes all of it; false with errno where that fails.
bool write_all(const Descriptor& file, const std::string& path, std::span<const std::string_view> parts) {
  return std::ranges::all_of(parts, [&](std::string_view part) { return disk::write(file.number(), path, part); });
}

/// The file beside the one to be written.
struct Temporary {
  std::string path;
  Descriptor file;
};

std::string slot_path(const std::string& target, int slot) { return fmt::format("{}.xgrad-{}.tmp", target, slot); }

/// Takes the lock of a file that is open; none where another writer has it, or where the file has got another name or
/// none in the meantime.
enum class Lock { taken, busy, stale, unsupported };
Lock take_lock(const Descriptor& file, const std::string& path) {
  int status;
  do {
    status = ::flock(file.number(), LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  if (status != 0) return errno == EWOULDBLOCK ? Lock::busy : Lock::unsupported;
  struct stat opened, named;
  if (::fstat(file.number(), &opened) != 0 || ::lstat(path.c_str(), &named) != 0) return Lock::stale;
  return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev ? Lock::taken : Lock::stale;
}

Temporary open_temporary(const Place& place, const std::string& target) {
  const auto refuse = [&] { place.refuse(fmt::format("cannot be created ({})", reason(errno))); };
  for (int slot = 0; slot < slots; ++slot) {
    const std::string path = slot_path(target, slot);
    for (Lock lock = Lock::stale; lock == Lock::stale;) {
      if (!disk::announce_create(path)) refuse();
      Descriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0666));
      if (!file) break;
      lock = take_lock(file, path);
      if (lock == Lock::taken && ::ftruncate(file.number(), 0) == 0) return {path, std::move(file)};
      if (lock == Lock::unsupported) ::unlink(path.c_str());
    }
  }
  // Here no slot was free, or the file system has no locks: a name that nobody else has.
  static std::atomic<unsigned> counter = 0;
  const std::string path = fmt::format("{}.xgrad-{}-{}.tmp", target, getpid(), counter++);
  if (!disk::announce_create(path)) refuse();
  Descriptor file(::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  if (!file) refuse();
  return {path, std::move(file)};
}

/// Removes what killed writers of this name left.
void sweep(const std::string& target) {
  for (int slot = 0; slot < slots; ++slot) {
    const std::string path = slot_path(target, slot);
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (file && take_lock(file, path) == Lock::taken) disk::remove(path);
  }
}

}  // namespace

void Place::refuse(std::string_view message) const {
  const std::string in_member = member.empty() ? "" : fmt::format(", member '{}'", shown(member));
  fail(function, fmt::format("'{}'{}: {}", file, in_member, message));
}

void refuse_memory(const Place& place, std::uint64_t bytes) {
  place.refuse(fmt::format("memory for {} bytes cannot be had", bytes));
}

std::string read_file(const Place& place) {
  const Descriptor file(::open(place.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) place.refuse(fmt::format("cannot be opened ({})", reason(errno)));
  struct stat status;
  const bool known = ::fstat(file.number(), &status) == 0 && S_ISREG(status.st_mode);
  return read_all(place, file, known ? static_cast<std::size_t>(status.st_size) : 0);
}

PieceReader::PieceReader(const std::string& file, std::function<void(std::string_view)> refuse)
    : refuse_(std::move(refuse)), file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)), piece_(piece_bytes, '\0') {
  if (file_ < 0) refuse_(fmt::format("cannot be opened: {}", reason(errno)));
}

PieceReader::~PieceReader() {
  if (file_ >= 0) ::close(file_);
}

std::string_view PieceReader::next() {
  ssize_t count;
  do {
    count = ::read(file_, piece_.data(), piece_.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) refuse_(fmt::format("cannot be read on: {}", reason(errno)));
  return std::string_view(piece_).substr(0, static_cast<std::size_t>(count));
}

void write_file(const Place& place, std::span<const std::string_view> parts) {
  const auto failed = [&](int error) { place.refuse(fmt::format("cannot be written ({})", reason(error))); };
  struct stat status;
  if (::stat(place.file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    Descriptor file(::open(place.file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || !write_all(file, place.file, parts) || !file.close()) failed(errno);
    return;
  }
  std::error_code unknown;
  std::string target = place.file;
  if (std::filesystem::is_symlink(target, unknown)) {
    const std::filesystem::path real = std::filesystem::weakly_canonical(target, unknown);
    if (!unknown) target = real.string();
  }

  auto [path, file] = open_temporary(place, target);
  // The lock goes with the last close, so the new name has to be there before.
  if (!write_all(file, path, parts) || !disk::sync(file.number(), path) || !disk::rename(path, target)) {
    const int error = errno;
    ::unlink(path.c_str());
    failed(error);
  }
  if (!file.close()) failed(errno);
  if (!disk::sync_folder(std::filesystem::path(target).parent_path().string())) {
    const int error = errno;
    place.refuse(fmt::format("was written, but its folder cannot be synced ({})", reason(error)));
  }
  sweep(target);
}

}  // namespace xgrad::io
