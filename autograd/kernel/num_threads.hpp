#pragma once

#pragma GCC visibility push(default)
namespace xgrad {

/// The most threads that set_num_threads and XGRAD_NUM_THREADS take; each costs memory for its stack before it helps.
inline constexpr int max_num_threads = 1024;

/// Threads that a run may use. Defaults to the environment variable XGRAD_NUM_THREADS, or 1 without it.
/// Results do not depend on it. Throws Error unless 1 <= count <= max_num_threads; num_threads() does, and the first
/// run, where the variable is anything else.
void set_num_threads(int count);
int num_threads();

}  // namespace xgrad
#pragma GCC visibility pop
