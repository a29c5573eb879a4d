#pragma once

#include <cstddef>
#include <utility>

namespace xgrad::run {

/// Pages that hold machine code. They can be written until make_executable, and from then on be read and executed: no
/// page can be both at any time. They are the process's own, so that a forked child has copies.
class CodeMemory {
 public:
  CodeMemory() noexcept = default;
  /// Memory to write so many bytes to; none where the system gives none.
  explicit CodeMemory(std::size_t bytes) noexcept;
  CodeMemory(CodeMemory&& other) noexcept
      : pages_(std::exchange(other.pages_, nullptr)), capacity_(other.capacity_), data_(other.data_) {}
  CodeMemory& operator=(CodeMemory&&) = delete;
  ~CodeMemory();

  explicit operator bool() const noexcept { return pages_ != nullptr; }
  /// The first byte, at a multiple of 64.
  std::byte* data() const noexcept { return data_; }

  /// Ends writing. False where the system forbids it.
  bool make_executable() noexcept;

 private:
  std::byte* pages_ = nullptr;
  std::size_t capacity_ = 0;
  std::byte* data_ = nullptr;
};

/// 0 where the system lets written memory be executed, or the number of the error (errno) by which it refuses. It is
/// asked once.
int code_memory_error() noexcept;

}  // namespace xgrad::run
