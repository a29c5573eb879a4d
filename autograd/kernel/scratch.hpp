#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include <autograd/kernel/buffer.hpp>

namespace xgrad::run {

/// Grow-only scratch memory of a thread, 64-byte aligned; it is kept until its owner goes, or asks for more, which
/// loses what was in it. Throws OutOfMemory.
class Scratch {
 public:
  std::byte* reserve(std::size_t bytes) {
    if (bytes > size_) {
      size_ = 0;
      memory_.reset();
      memory_.reset(static_cast<std::byte*>(::operator new(bytes, line, std::nothrow)));
      if (!memory_) throw OutOfMemory(bytes);
      size_ = bytes;
    }
    return memory_.get();
  }

 private:
  static constexpr std::align_val_t line{64};
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete(memory, line); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace xgrad::run
