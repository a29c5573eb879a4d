#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <utility>

#include <autograd/kernel/memory.hpp>

#pragma GCC visibility push(default)
namespace xgrad::run {

/// Thrown where the system has no memory for a buffer. It never reaches the user: whoever knows the
/// operation makes an Error of it (with_memory_for).
struct OutOfMemory : std::bad_alloc {
  explicit OutOfMemory(std::size_t asked) noexcept : bytes(asked) {}
  const char* what() const noexcept override { return "out of memory"; }
  std::size_t bytes;
};

/// Throws Error: an operation needs so many bytes, and the system does not give them.
[[noreturn, gnu::cold]] void refuse_memory(const char* op, std::size_t bytes);

/// f(), where running out of memory is an Error in the name of an operation. It tells how many bytes were asked for, or
/// `bytes`, of the result, where that is not known.
template <class F>
decltype(auto) with_memory_for(const char* op, std::size_t bytes, F&& f) {
  try {
    return f();
  } catch (const OutOfMemory& error) {
    refuse_memory(op, error.bytes);
  } catch (const std::bad_alloc&) {
    refuse_memory(op, bytes);
  } catch (const std::length_error&) {
    refuse_memory(op, bytes);
  }
}

/// A piece of tensor memory: 64-byte aligned, padded to whole cache lines, counted, taken from and returned to a pool.
struct alignas(64) Buffer {
  std::atomic<std::uint32_t> references;
  std::uint32_t size_class;
  std::size_t capacity;  ///< bytes behind data()
  Buffer* next_free;

  void* data() noexcept { return reinterpret_cast<std::byte*>(this) + sizeof(Buffer); }
  void retain() noexcept { references.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) give_back();
  }
  bool unique() const noexcept { return references.load(std::memory_order_acquire) == 1; }

  /// A buffer of at least `bytes`, with one reference. Throws OutOfMemory where the system has no more.
  static Buffer* allocate(std::size_t bytes);

 private:
  void give_back() noexcept;
};

/// Owns one reference to a buffer.
class BufferHandle {
 public:
  BufferHandle() noexcept = default;
  /// Takes over one reference.
  explicit BufferHandle(Buffer* buffer) noexcept : buffer_(buffer) {}
  BufferHandle(const BufferHandle& other) noexcept : buffer_(other.buffer_) {
    if (buffer_) buffer_->retain();
  }
  BufferHandle(BufferHandle&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferHandle& operator=(BufferHandle other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferHandle() {
    if (buffer_) buffer_->release();
  }

  explicit operator bool() const noexcept { return buffer_ != nullptr; }
  Buffer* get() const noexcept { return buffer_; }
  Buffer* operator->() const noexcept { return buffer_; }
  /// Gives the reference away.
  Buffer* release() noexcept { return std::exchange(buffer_, nullptr); }

 private:
  Buffer* buffer_ = nullptr;
};

}  // namespace xgrad::run
#pragma GCC visibility pop
