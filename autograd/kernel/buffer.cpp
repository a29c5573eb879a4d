#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <string_view>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <autograd/error.hpp>
#include <autograd/kernel/buffer.hpp>

namespace xgrad::run {
namespace {

/// More than any machine has, or half of what 32 bits can address; sizes that are larger by a factor still fit.
constexpr std::size_t most_bytes = std::size_t{1} << (sizeof(std::size_t) == 8 ? 46 : 31);

// Capacities are 64 bytes times 4/4, 5/4, 6/4, 7/4 of a power of two: at most a fifth of a buffer is padding.
constexpr std::size_t classes = 4 * 42;

std::size_t class_capacity(std::size_t size_class) { return ((4 + size_class % 4) << (size_class / 4)) * 64; }

std::size_t class_of(std::size_t bytes) {
  const std::size_t quarters = bytes <= 256 ? 4 : (bytes + 63) / 64;
  const auto exponent = static_cast<std::size_t>(std::bit_width(quarters)) - 3;
  std::size_t size_class = exponent * 4 + (quarters >> exponent) - 4;
  if (class_capacity(size_class) < bytes) ++size_class;
  return size_class;
}

/// Walking through large arrays, the processor spends much of its time looking up where pages of 4 KB lie.
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t least_for_huge_pages = 2 * huge_page;

/// Memory from the system, of which the first `used` bytes will be; in huge pages where it is large and the system has
/// them. Null where there is none.
void* system_memory(std::size_t bytes, [[maybe_unused]] std::size_t used) noexcept {
  if (bytes < least_for_huge_pages) return std::aligned_alloc(64, bytes);
  void* memory = std::aligned_alloc(huge_page, (bytes + huge_page - 1) / huge_page * huge_page);
#ifdef MADV_HUGEPAGE
  // Only whole ones, so that nothing is taken beyond what is used. It is advice: a refusal changes nothing.
  if (memory) madvise(memory, used / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return memory;
}

struct MemoryPool {
  std::mutex mutex;
  std::array<Buffer*, classes> free{};
  MemoryStats stats;

  void empty() noexcept {
    for (Buffer*& list : free) {
      while (list) {
        Buffer* buffer = std::exchange(list, list->next_free);
        buffer->~Buffer();
        std::free(buffer);
      }
    }
    stats.pool = 0;
  }
};

// Never destroyed: tensors with static storage may outlive any order of destruction. Reachable, so no leak.
MemoryPool& pool() {
  static MemoryPool& instance = *new MemoryPool;
  return instance;
}

}  // namespace

void refuse_memory(const char* op, std::size_t bytes) {
  std::string message;
  try {
    message = "the system has no memory for " + std::to_string(bytes) + " bytes; tensors hold " +
              std::to_string(memory_stats().live) + " bytes";
  } catch (const std::bad_alloc&) {
    message.clear();  // which takes none
  }
  fail(op, message.empty() ? "the system has no memory" : std::string_view(message));
}

Buffer* Buffer::allocate(std::size_t bytes) {
  if (bytes > most_bytes) throw OutOfMemory(bytes);
  const std::size_t size_class = class_of(bytes);
  const std::size_t capacity = class_capacity(size_class);
  MemoryPool& memory = pool();
  const std::lock_guard lock(memory.mutex);
  Buffer* buffer = memory.free[size_class];
  if (buffer) {
    memory.free[size_class] = buffer->next_free;
    memory.stats.pool -= capacity;
  } else {
    const std::size_t used = sizeof(Buffer) + bytes;
    void* raw = system_memory(sizeof(Buffer) + capacity, used);
    if (!raw) {
      memory.empty();
      raw = system_memory(sizeof(Buffer) + capacity, used);
    }
    if (!raw) throw OutOfMemory(bytes);
    buffer = new (raw) Buffer;
    ++memory.stats.allocations;
  }
  buffer->references.store(1, std::memory_order_relaxed);
  buffer->size_class = static_cast<std::uint32_t>(size_class);
  buffer->capacity = capacity;
  memory.stats.live += capacity;
  if (memory.stats.live > memory.stats.peak) memory.stats.peak = memory.stats.live;
  return buffer;
}

void Buffer::give_back() noexcept {
  MemoryPool& memory = pool();
  const std::lock_guard lock(memory.mutex);
  next_free = memory.free[size_class];
  memory.free[size_class] = this;
  memory.stats.live -= capacity;
  memory.stats.pool += capacity;
}

}  // namespace xgrad::run

namespace xgrad {

MemoryStats memory_stats() {
  const std::lock_guard lock(run::pool().mutex);
  return run::pool().stats;
}

void reset_peak_memory() {
  const std::lock_guard lock(run::pool().mutex);
  run::pool().stats.peak = run::pool().stats.live;
}

void empty_pool() {
  const std::lock_guard lock(run::pool().mutex);
  run::pool().empty();
}

}  // namespace xgrad
