#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <autograd/shape.hpp>

/// Files by hand, as their formats say.
namespace xgrad::test {

/// Writes a file without waiting for the disk, as thousands of them need.
inline void spill(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline std::string little_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

inline std::string npy_file(const std::string& descr, bool fortran_order, const Shape& shape, const std::string& data) {
  const std::string header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                             ", 'shape': " + to_string(shape) + ", }\n";
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian(header.size(), 2) + header + data;
}

/// An archive of save_npz without its comment, which is its checksum.
inline std::string without_comment(std::string archive) {
  constexpr std::size_t comment = 20;
  archive.resize(archive.size() - comment);
  return archive.replace(archive.size() - 2, 2, 2, '\0');
}

struct SafetensorsEntry {
  std::string name, dtype, shape, bytes;
};

/// A safetensors file of a header and values.
inline std::string safetensors_file(const std::string& header, const std::string& values) {
  return little_endian(header.size(), 8) + header + values;
}

inline std::string safetensors_file(const std::vector<SafetensorsEntry>& entries) {
  std::string header = "{", values;
  for (const auto& [name, dtype, shape, bytes] : entries) {
    header += (header.size() > 1 ? ",\"" : "\"") + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
              ",\"data_offsets\":[" + std::to_string(values.size()) + ",";
    values += bytes;
    header += std::to_string(values.size()) + "]}";
  }
  return safetensors_file(header + "}", values);
}

}  // namespace xgrad::test
