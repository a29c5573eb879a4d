#pragma once

#include <cstddef>

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

/// How often runs found a plan for their structure.
struct PlanCacheStats {
  std::size_t hits = 0;
  std::size_t misses = 0;
  std::size_t evictions = 0;
  std::size_t plans = 0;  ///< held now
};

PlanCacheStats plan_cache_stats();

/// Whether runs are planned and fused, which is the default, or go node by node, for debugging. The environment
/// variable XGRAD_FUSE=0 chooses the latter.
void set_fusing(bool fuse);
bool fusing();

/// When the loops of a plan are compiled to machine code, where the build and the processor can (x86-64 with AVX2, and
/// the library asmjit). Results are the same to the last bit.
enum class Compiling {
  never,
  repeated,  ///< once a program has run three times, so that those that run once do not pay for it; the default
  always,
};

/// The environment variable XGRAD_COMPILE=never, repeated or always chooses what holds from the start.
void set_compiling(Compiling when);
Compiling compiling();

/// The most threads that set_num_threads and XGRAD_NUM_THREADS take; each costs memory for its stack before it helps.
inline constexpr int max_num_threads = 1024;

/// Threads that a run may use. Defaults to the environment variable XGRAD_NUM_THREADS, or 1 without it.
/// Results do not depend on it. Throws Error unless 1 <= count <= max_num_threads; num_threads() does, and the first
/// run, where the variable is anything else.
void set_num_threads(int count);
int num_threads();

}  // namespace xgrad
