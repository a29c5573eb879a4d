#pragma once

#include <fstream>
#include <string>

#include "files.hpp"

namespace xgrad::test {

/// A file of zeros with some bytes in it, that takes no room on the disk.
inline void write_sparse(const std::filesystem::path& path, std::uintmax_t size,
                         std::initializer_list<std::pair<std::size_t, std::uint8_t>> bytes = {}) {
  write_file(path, {});
  std::filesystem::resize_file(path, size);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  for (const auto& [offset, byte] : bytes) {
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte));
  }
}

inline constexpr std::uintmax_t cifar10_bytes = 10'000 * 3073;
inline constexpr std::uintmax_t cifar100_bytes = 10'000 * 3074;

/// The files of CIFAR-10 and of CIFAR-100, whose images are black.
struct CifarFiles : TemporaryDirectory {
  CifarFiles() {
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
      write_sparse(*this / name, cifar10_bytes);
    write_sparse(*this / "train.bin", 5 * cifar100_bytes);
    write_sparse(*this / "test.bin", cifar100_bytes);
  }
};

}  // namespace xgrad::test
