#include <autograd/run/compile/code_memory.hpp>

#ifdef XGRAD_HAVE_ASMJIT

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace xgrad::run {
namespace {

constexpr std::size_t line = 64;

std::size_t page() noexcept {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

/// Code of several loops begins at different lines of their pages: lines at the same place of a page share few places
/// in the instruction cache.
std::size_t first_line(std::size_t free_lines) noexcept {
  static std::atomic<std::size_t> made{0};
  constexpr std::size_t stride = 13;
  return made.fetch_add(1, std::memory_order_relaxed) * stride % (free_lines + 1);
}

}  // namespace

CodeMemory::CodeMemory(std::size_t bytes) noexcept : capacity_((bytes + page() - 1) / page() * page()) {
  void* pages = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return;
  pages_ = static_cast<std::byte*>(pages);
  data_ = pages_ + first_line((capacity_ - bytes) / line) * line;
}

CodeMemory::~CodeMemory() {
  if (pages_) ::munmap(pages_, capacity_);
}

bool CodeMemory::make_executable() noexcept { return ::mprotect(pages_, capacity_, PROT_READ | PROT_EXEC) == 0; }

int code_memory_error() noexcept {
  static const int error = [] {
    CodeMemory memory(1);
    return memory && memory.make_executable() ? 0 : errno;
  }();
  return error;
}

}  // namespace xgrad::run

#else

namespace xgrad::run {

CodeMemory::CodeMemory(std::size_t) noexcept {}
CodeMemory::~CodeMemory() = default;
bool CodeMemory::make_executable() noexcept { return false; }
int code_memory_error() noexcept { return 0; }

}  // namespace xgrad::run

#endif
