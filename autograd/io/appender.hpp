#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Files that grow record by record.
namespace xgrad::io {

/// Appends records to a file. They wait in memory until they are flushed, and are then written whole, one after the
/// other: what a program that is killed leaves is the file up to a record, and at most a part of the one behind.
class Appender {
 public:
  /// Opens a file, or makes it. Throws Error, in the name of `function`, where that fails, and with `must_be_new` where
  /// there is one already.
  enum class Open { existing_too, must_be_new };
  Appender(const char* function, std::string path, Open how);
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;
  /// Writes what waits, where that can be done.
  ~Appender();

  const std::string& path() const noexcept { return path_; }

  /// Takes note of a record.
  void append(std::string_view record);
  /// Bytes that wait.
  std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Gives the system what waits. Throws Error where it refuses that; what it did not take goes on waiting.
  void flush();

 private:
  int write() noexcept;

  const char* function_;
  std::string path_;
  int file_;
  std::string waiting_;
};

}  // namespace xgrad::io
