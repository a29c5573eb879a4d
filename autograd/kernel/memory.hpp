#pragma once

#include <cstddef>

#pragma GCC visibility push(default)
namespace xgrad {

/// Bytes of tensor memory, as other frameworks count them.
struct MemoryStats {
  std::size_t live = 0;         ///< held by tensors now
  std::size_t peak = 0;         ///< the most that was held since reset_peak_memory()
  std::size_t pool = 0;         ///< free, kept for reuse
  std::size_t allocations = 0;  ///< requests to the system since the program began
};

MemoryStats memory_stats();
void reset_peak_memory();
/// Gives the pool's free memory back to the system.
void empty_pool();

}  // namespace xgrad
#pragma GCC visibility pop
