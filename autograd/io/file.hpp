#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
/// Files as the readers and writers of this folder need them: whole, and with errors that say where.
namespace xgrad::io {

/// The place that is being read or written, for the errors: "load_npz: 'a.npz', member 'x.npy': ...".
struct Place {
  std::string_view function;
  std::string file;
  std::string member = {};

  [[noreturn]] void refuse(std::string_view message) const;
};

/// All bytes of a file. Throws Error where it cannot be opened or read, or its bytes find no memory.
std::string read_file(const Place& place);

/// A file from front to back, in pieces.
class PieceReader {
 public:
  /// Refusals go to `refuse`, which throws.
  PieceReader(const std::string& file, std::function<void(std::string_view)> refuse);
  ~PieceReader();
  PieceReader(const PieceReader&) = delete;
  PieceReader& operator=(const PieceReader&) = delete;

  /// The next bytes, which live until the next call; none at the end.
  std::string_view next();

 private:
  std::function<void(std::string_view)> refuse_;
  int file_;
  std::string piece_;
};

/// Writes the parts, one after the other, to a file that appears under its name when it is complete, or not at all:
/// they go to a file beside it that is then renamed. Both its bytes and its name are on the disk when this returns
/// (fsync). Throws Error where that fails, and leaves nothing behind; where only the last, the sync of its folder,
/// failed, the new file is there.
///
/// The file beside it is "<name>.xgrad-0.tmp", locked while it is written; several writers of one name at a time take
/// the next numbers, and the last to finish stays. A process that is killed leaves its file, without the lock: the next
/// one that writes the same name takes it over or removes it. What is no ordinary file, as a pipe or /dev/stdout, is
/// written directly; a symbolic link stays, and the file that it leads to is replaced.
void write_file(const Place& place, std::span<const std::string_view> parts);
inline void write_file(const Place& place, std::string_view bytes) { write_file(place, std::span(&bytes, 1)); }

[[noreturn]] void refuse_memory(const Place& place, std::uint64_t bytes);

/// The result of f(). Memory that it asks for in vain is an Error that says how many bytes were wanted.
template <class F>
decltype(auto) with_memory(const Place& place, std::uint64_t bytes, F&& f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    refuse_memory(place, bytes);
  } catch (const std::length_error&) {
    refuse_memory(place, bytes);
  }
}

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
#pragma GCC visibility pop
