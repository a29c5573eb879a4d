#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <autograd/error.hpp>

namespace xgrad::test {

using Bytes = std::vector<std::uint8_t>;

/// Where files lie in memory, if the system has such a place: for tests that write many, each of which the library
/// brings to the disk (fsync).
inline std::filesystem::path in_memory() {
  const std::filesystem::path memory = "/dev/shm";
  return access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

/// A new, empty directory that goes with its object.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& within = std::filesystem::temp_directory_path()) {
    static std::atomic<int> count = 0;
    do {
      path_ = within / ("xgrad-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    } while (!std::filesystem::create_directory(path_));
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

inline void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

/// An IDX file of unsigned bytes: its header, and the values.
inline Bytes idx(std::initializer_list<std::uint32_t> shape, const Bytes& values) {
  Bytes bytes = {0, 0, 8, static_cast<std::uint8_t>(shape.size())};
  for (const std::uint32_t extent : shape)
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift));
  append(bytes, values);
  return bytes;
}

/// The bytes as a gzip file (RFC 1952) of stored blocks.
inline Bytes gzip(const Bytes& bytes) {
  const auto little_endian = [](std::uint32_t number, int count) {
    Bytes out;
    for (int i = 0; i < count; ++i) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
    return out;
  };
  Bytes file = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
  std::size_t done = 0;
  do {
    const std::size_t length = std::min<std::size_t>(bytes.size() - done, 65535);
    file.push_back(done + length == bytes.size() ? 1 : 0);
    append(file, little_endian(static_cast<std::uint32_t>(length), 2));
    append(file, little_endian(~static_cast<std::uint32_t>(length), 2));
    file.insert(file.end(), bytes.data() + done, bytes.data() + done + length);
    done += length;
  } while (done < bytes.size());
  std::uint32_t checksum = ~0U;
  for (const std::uint8_t byte : bytes) {
    checksum ^= byte;
    for (int bit = 0; bit < 8; ++bit) checksum = checksum >> 1 ^ (checksum & 1 ? 0xedb88320 : 0);
  }
  append(file, little_endian(~checksum, 4));
  append(file, little_endian(static_cast<std::uint32_t>(bytes.size()), 4));
  return file;
}

/// The text of the Error that f throws; empty if it throws none.
inline std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// Whether a text holds all of these.
inline bool holds(const std::string& text, std::initializer_list<std::string> parts) {
  return std::ranges::all_of(parts, [&](const std::string& part) { return text.find(part) != std::string::npos; });
}

}  // namespace xgrad::test
