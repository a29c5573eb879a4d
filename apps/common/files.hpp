#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace xgrad::apps {

/// Makes a directory and those above it. Throws Error with the system's reason.
void make_directory(const std::filesystem::path& directory);

/// Throws Error where make_directory would fail, and makes nothing: for programs to ask before they work for long.
void check_directory(const std::filesystem::path& directory);

/// Throws Error where a file cannot be put, whole, at a path: something other than a regular file is there, or its
/// directory cannot be made.
void check_file(const std::filesystem::path& path);

/// A CSV file that holds whole rows at any time: each row is one write to the end of the file.
class CsvWriter {
 public:
  /// Replaces the file by one with a header. Throws Error where it cannot be written.
  CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns);
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;
  ~CsvWriter();

  /// Throws Error where the number of cells is not the number of columns, or the disk is full.
  void row(const std::vector<std::string>& cells);

 private:
  void append(const std::vector<std::string>& cells);

  std::string path_;
  std::size_t columns_;
  int descriptor_;
};

}  // namespace xgrad::apps
