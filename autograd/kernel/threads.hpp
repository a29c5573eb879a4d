#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include <autograd/kernel/num_threads.hpp>

namespace xgrad::run {

/// A step that another thread may take over, and what it waits for.
struct Task {
  int step;                      ///< of the plan
  int after_step;                ///< runs once this many steps of the main chain are done
  std::vector<int> after_tasks;  ///< and these tasks, all earlier in the list
};

/// Runs the main chain on this thread, and tasks beside it on the others, or at its end. `step` runs one step of the
/// plan; what it throws first is thrown here, once all threads have let go. With one thread, where no help is wanted,
/// or where the other threads are busy for someone else, everything runs here, in the same pieces. Returns whether
/// there was help.
bool run_with_tasks(std::span<const int> chain, std::span<const Task> tasks, const std::function<void(int)>& step,
                    bool wanted);

/// Whether parallel_for on this thread has others to share with now.
bool shares_work() noexcept;

namespace detail {
void share(int count, void (*call)(void*, int), void* context);
}

/// Calls piece(i) for 0 <= i < count, on whichever threads of the current run are free, and returns when all are done.
/// The pieces must not depend on each other, and what they do not on who does it.
template <class F>
void parallel_for(int count, F&& piece) {
  detail::share(
      count, [](void* context, int i) { (*static_cast<std::remove_reference_t<F>*>(context))(i); },
      const_cast<void*>(static_cast<const void*>(&piece)));
}

}  // namespace xgrad::run
