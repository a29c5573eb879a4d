#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <autograd/io/file.hpp>

inline std::string contents(const std::filesystem::path& path) { return xgrad::io::read_file({"test", path.string()}); }

inline void put_file(const std::filesystem::path& path, std::string_view bytes) {
  xgrad::io::write_file({"test", path.string()}, bytes);
}

/// A directory of the test's own that goes with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "xgrad-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};
