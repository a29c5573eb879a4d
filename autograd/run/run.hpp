#pragma once

#include <cstddef>

#include <autograd/kernel/memory.hpp>
#include <autograd/kernel/num_threads.hpp>

#pragma GCC visibility push(default)
/// The settings of runs, and figures of them: memory and threads are declared in the headers above.
namespace xgrad {

/// How often runs found a plan for their structure, or for that of a piece of them.
struct PlanCacheStats {
  std::size_t hits = 0;
  std::size_t misses = 0;
  std::size_t evictions = 0;
  std::size_t plans = 0;  ///< held now
};

/// The numbers so far, of all threads.
PlanCacheStats plan_cache_stats();

/// Whether runs are planned and fused, which is the default, or go node by node, for debugging. The environment
/// variable XGRAD_FUSE=0 chooses the latter.
void set_fusing(bool fuse);
bool fusing();

/// When a program is planned. Until then it runs node by node, or in pieces that are planned already. Results are the
/// same to the last bit.
enum class Planning {
  repeated,  ///< once the runs of its structure have taken so long that a plan pays; the default
  always,    ///< the first time
};

/// The environment variable XGRAD_PLAN=repeated or always chooses what holds from the start.
void set_planning(Planning when);
Planning planning();

/// When the loops of a plan are compiled to machine code, where the build and the processor can (x86-64 with AVX2, and
/// the library asmjit). Results are the same to the last bit.
enum class Compiling {
  never,
  repeated,  ///< bit by bit, while that takes less than the plan has run: the default
  always,    ///< with every plan, which is made the first time
};

/// The environment variable XGRAD_COMPILE=never, repeated or always chooses what holds from the start.
void set_compiling(Compiling when);
Compiling compiling();

}  // namespace xgrad
#pragma GCC visibility pop
