#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Fuzzing: bytes of any kind go to what reads them. Each target is a file of targets/; libfuzzer.cpp makes a fuzzer of
/// it, and replay.cpp an ordinary test of all of them.
namespace xgrad::fuzz {

struct Target {
  std::string name;
  /// Takes any bytes. Whatever leaves it as an exception is a finding, as is a crash or the end of a limit.
  std::function<void(std::string_view bytes)> run;
  /// Valid inputs, from which a fuzzer begins.
  std::function<std::vector<std::string>()> seeds;
  /// What an input says, in words, where its bytes say it to nobody.
  std::function<std::string(std::string_view bytes)> shown = {};
};

/// Those that are linked into the program, by name.
std::vector<Target> targets();

/// Adds a target while it is constructed: a variable of a file.
struct Registered {
  explicit Registered(Target target);
};

/// Bytes as a file without a disk; its path is valid as long as it lives.
class File {
 public:
  explicit File(std::string_view bytes);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  int descriptor_;
  std::filesystem::path path_;
};

/// Throws, which makes the input a finding.
[[noreturn]] void found(const std::string& what);

/// Reads a file of these bytes. True where that succeeds; false where it throws an Error that names the file, which an
/// Error of a reader has to.
bool reads(std::string_view bytes, const std::function<void(const std::filesystem::path&)>& read);

}  // namespace xgrad::fuzz
