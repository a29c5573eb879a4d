#include <apps/common/files.hpp>

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <autograd/error.hpp>

namespace xgrad::apps {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_with_errno(std::string_view path, std::string_view what) {
  fail(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

void write_all(int descriptor, std::string_view path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(path, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// RFC 4180: cells with commas, quotes or line ends are quoted.
std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

void make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error && !fs::is_directory(directory)) error = std::make_error_code(std::errc::not_a_directory);
  if (error) fail(directory.string(), fmt::format("cannot make this directory: {}", error.message()));
}

void check_directory(const fs::path& directory) {
  // The lowest directory that is there decides.
  fs::path there = fs::absolute(directory).lexically_normal();
  std::error_code error;
  while (!fs::exists(there, error) && there.has_relative_path()) {
    if (error && error != std::errc::not_a_directory)
      fail(directory.string(), fmt::format("cannot make this directory: {}", error.message()));
    there = there.parent_path();
  }
  if (!fs::is_directory(there, error))
    fail(directory.string(), fmt::format("cannot make this directory: '{}' is not one", there.string()));
  if (::access(there.c_str(), W_OK | X_OK) != 0) fail_with_errno(there.string(), "cannot be written to");
}

void check_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!path.has_filename() || fs::is_directory(status)) fail(path.string(), "is a directory; expected a file");
  if (fs::exists(status) && !fs::is_regular_file(status)) fail(path.string(), "is not a regular file");
  check_directory(fs::absolute(path).parent_path());
}

CsvWriter::CsvWriter(const fs::path& path, const std::vector<std::string>& columns)
    : path_(path.string()),
      columns_(columns.size()),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail_with_errno(path_, "cannot be written");
  append(columns);
}

CsvWriter::~CsvWriter() { ::close(descriptor_); }

void CsvWriter::row(const std::vector<std::string>& cells) {
  if (cells.size() != columns_) fail(path_, fmt::format("a row of {} cells for {} columns", cells.size(), columns_));
  append(cells);
}

void CsvWriter::append(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line.append(&cell == cells.data() ? "" : ",").append(csv_cell(cell));
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  try {
    write_all(descriptor_, path_, line + '\n');
  } catch (const Error&) {
    // A device has no end to cut; what went wrong first is said either way.
    if (end >= 0) static_cast<void>(::ftruncate(descriptor_, end) == 0);
    throw;
  }
}

}  // namespace xgrad::apps
