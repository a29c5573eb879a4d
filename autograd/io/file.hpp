#pragma once

#include <cstring>
#include <string>
#include <string_view>

/// Files as the readers and writers of this folder need them: whole, and with errors that say where.
namespace xgrad::io {

/// What is being read or written, for the errors: "load_npz: 'a.npz', member 'x.npy': ...".
struct Place {
  std::string_view function;
  std::string file;
  std::string member = {};

  [[noreturn]] void refuse(std::string_view message) const;
};

/// All bytes of a file. Throws Error where it cannot be opened or read.
std::string read_file(const Place& place);

/// Writes a file that appears under its name when it is complete, or not at all: the bytes go to a file beside it that
/// is then renamed. Throws Error where that fails, and leaves nothing behind.
void write_file(const Place& place, std::string_view bytes);

/// The number stored at an offset that has been checked to lie within the bytes.
template <class T>
T number_at(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Appends numbers as they lie in memory.
template <class... T>
void append(std::string& bytes, T... numbers) {
  (bytes.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
}

}  // namespace xgrad::io
