#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace bench {

/// A program that runs beside this one, and what is said to it and heard from it, line by line. Its error output goes
/// where this program's does.
class Process {
 public:
  /// Starts a program; arguments[0] is its path. Throws std::system_error where that cannot be done.
  explicit Process(const std::vector<std::string>& arguments);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Ends its input, and waits for its end.
  ~Process();

  void write_line(const std::string& line);
  /// The next line of its output, without its end; throws std::runtime_error where it has ended.
  std::string read_line();

 private:
  std::string name_;
  pid_t id_ = -1;
  std::FILE* in_ = nullptr;
  std::FILE* out_ = nullptr;
};

}  // namespace bench
