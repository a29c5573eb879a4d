#pragma once

#include <chrono>
#include <functional>

#include <autograd/distributed/communicator.hpp>

#pragma GCC visibility push(default)
namespace xgrad::distributed {

struct RunRanksOptions {
  /// The longest that a collective waits for a rank.
  std::chrono::duration<double> deadline = std::chrono::seconds(60);
};

/// Calls f once on each of `size` threads of this process, as many ranks, whose world() has them all, and returns when
/// all have returned. For tests and for trying out: the threads share what a process has (set_num_threads), while each
/// has a list of its own, so tensors that f captures need a value. An Error ends all ranks: the others get one that
/// names the rank, in the collective that they wait in. Throws what the first rank to fail threw, and Error unless
/// 1 <= size <= 256 and deadline > 0.
void run_ranks(int size, const std::function<void()>& f, const RunRanksOptions& options = {});

}  // namespace xgrad::distributed
#pragma GCC visibility pop
