#include <autograd/kernel/threads.hpp>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#if __has_include(<sched.h>) && defined(__linux__)
#include <sched.h>
#endif

#include <autograd/error.hpp>

namespace xgrad {
namespace {

bool takes(int count) { return count >= 1 && count <= max_num_threads; }

[[noreturn]] void refuse_count(std::string_view where, const std::string& given) {
  fail(where, given + "; expected a whole number from 1 to " + std::to_string(max_num_threads));
}

int initial_threads() {
  const char* text = std::getenv("XGRAD_NUM_THREADS");
  if (!text || !*text) return 1;
  const char* end = text + std::strlen(text);
  int count = 0;
  const auto [stopped, error] = std::from_chars(text, end, count);
  if (error != std::errc() || stopped != end || !takes(count))
    refuse_count("XGRAD_NUM_THREADS", "is '" + std::string(text) + "'");
  return count;
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{initial_threads()};
  return count;
}

}  // namespace

void set_num_threads(int count) {
  if (!takes(count)) refuse_count("set_num_threads", "count is " + std::to_string(count));
  thread_count() = count;
}

int num_threads() { return thread_count(); }

}  // namespace xgrad

namespace xgrad::run {
namespace {

/// How long a thread without work stays awake: steps of training follow each other in less, and a core is not burnt. To
/// wake a thread takes a virtual machine about as long as a small step.
constexpr auto stays_awake = std::chrono::microseconds(500);

constexpr int long_patience = 64;

void relax(int& patience) {
  if (++patience < long_patience) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  } else {
    std::this_thread::yield();
  }
}

/// The core this thread runs on, or -1 where that is not known.
int current_core() noexcept {
#if defined(__linux__) && defined(CPU_SETSIZE)
  return sched_getcpu();
#else
  return -1;
#endif
}

/// Leaves a core to another thread, where this one may run on others. A scheduler that wakes a thread beside the one
/// that woke it may leave both there for long, since each gives way so often: they are never seen to wait.
void leave_core([[maybe_unused]] int core) noexcept {
#if defined(__linux__) && defined(CPU_SETSIZE)
  cpu_set_t allowed;
  if (core < 0 || core >= CPU_SETSIZE || sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<std::size_t>(core), &others);
  if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof(others), &others) != 0) return;
  sched_setaffinity(0, sizeof(allowed), &allowed);  // it may come back, but is elsewhere now
#endif
}

/// Pieces of one loop, handed out one by one.
struct Loop {
  int count;
  void (*call)(void*, int);
  void* context;
  std::atomic<int> next{0};
};

/// Whether this thread is in a loop that is shared: loops within are not.
thread_local bool sharing = false;

/// Where a thread of a region offers a loop to the others.
struct alignas(64) Offer {
  std::atomic<Loop*> loop{nullptr};
  std::atomic<int> helpers{0};
};

/// State that the threads of one run share.
class Region {
 public:
  /// Threads that can offer loops: the leader and the first workers.
  static constexpr int most_offers = 8;

  Region(std::span<const Task> tasks, const std::function<void(int)>& step)
      : tasks_(tasks), step_(step), done_(std::make_unique<std::atomic<bool>[]>(tasks.size())) {}

  void chain_step_done() { chain_done_.fetch_add(1, std::memory_order_release); }
  void finish() { finished_.store(true, std::memory_order_release); }
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  bool tasks_left() const { return tasks_done_.load(std::memory_order_acquire) < static_cast<int>(tasks_.size()); }

  /// Does a piece of work, if there is any now: the chain's first.
  bool help() { return help_loop(offers_[0]) || help_task() || help_tasks_loop(); }

  /// Whether a thread has neither the chain nor a task to do.
  bool has_idle() const { return idle_.load(std::memory_order_relaxed) > 0; }
  void add_idle() { idle_.fetch_add(1, std::memory_order_relaxed); }

  Offer& offer(int thread) { return offers_[static_cast<std::size_t>(thread)]; }

  bool help_task() {
    int task = next_task_.load(std::memory_order_acquire);
    if (task >= static_cast<int>(tasks_.size()) || !ready(tasks_[static_cast<std::size_t>(task)])) return false;
    if (!next_task_.compare_exchange_strong(task, task + 1, std::memory_order_acq_rel)) return true;
    idle_.fetch_sub(1, std::memory_order_relaxed);
    guarded([&] { step_(tasks_[static_cast<std::size_t>(task)].step); });
    idle_.fetch_add(1, std::memory_order_relaxed);
    done_[static_cast<std::size_t>(task)].store(true, std::memory_order_release);
    tasks_done_.fetch_add(1, std::memory_order_release);
    return true;
  }

  /// Runs a loop with whoever comes to help, and waits for them.
  void share(Offer& own, Loop& loop) {
    own.loop.store(&loop, std::memory_order_seq_cst);
    take_pieces(loop);
    own.loop.store(nullptr, std::memory_order_seq_cst);
    for (int patience = 0; own.helpers.load(std::memory_order_seq_cst) > 0;) relax(patience);
  }

  template <class F>
  void guarded(F&& work) noexcept {
    if (failed_.load(std::memory_order_relaxed)) return;
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      failed_.store(true, std::memory_order_relaxed);
    }
  }

  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool ready(const Task& task) const {
    if (chain_done_.load(std::memory_order_acquire) < task.after_step) return false;
    for (const int earlier : task.after_tasks)
      if (!done_[static_cast<std::size_t>(earlier)].load(std::memory_order_acquire)) return false;
    return true;
  }

  bool help_loop(Offer& offer) {
    if (!offer.loop.load(std::memory_order_relaxed)) return false;
    offer.helpers.fetch_add(1, std::memory_order_seq_cst);
    Loop* loop = offer.loop.load(std::memory_order_seq_cst);
    const bool helped = loop && take_pieces(*loop);
    offer.helpers.fetch_sub(1, std::memory_order_seq_cst);
    return helped;
  }

  bool help_tasks_loop() {
    for (int thread = 1; thread < most_offers; ++thread)
      if (help_loop(offer(thread))) return true;
    return false;
  }

  bool take_pieces(Loop& loop) {
    bool any = false;
    sharing = true;
    for (int i = loop.next.fetch_add(1); i < loop.count; i = loop.next.fetch_add(1)) {
      guarded([&] { loop.call(loop.context, i); });
      any = true;
    }
    sharing = false;
    return any;
  }

  std::span<const Task> tasks_;
  const std::function<void(int)>& step_;
  std::unique_ptr<std::atomic<bool>[]> done_;
  std::atomic<int> next_task_{0};
  std::atomic<int> tasks_done_{0};
  std::atomic<int> idle_{0};
  std::atomic<int> chain_done_{0};
  std::atomic<bool> finished_{false};
  std::array<Offer, most_offers> offers_;  ///< the leader's, then workers'
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
};

/// The region that this thread works for, so that loops in its steps are shared, and where it offers them.
thread_local Region* working_for = nullptr;
thread_local Offer* own_offer = nullptr;
thread_local bool leads = false;

/// Works for a region, as its thread of this number, for the length of a scope.
class Working {
 public:
  Working(Region& region, int thread) {
    working_for = &region;
    own_offer = &region.offer(thread);
    leads = thread == 0;
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() {
    working_for = nullptr;
    own_offer = nullptr;
    leads = false;
  }
};

/// Threads that help one region at a time, asleep between runs that are far apart.
class ThreadPool {
 public:
  /// Lets the workers help a region; false where they help another one. Where the system refuses a thread, there are
  /// fewer: results do not depend on their number.
  bool begin(Region& region, int workers) {
    if (!busy_.try_lock()) return false;
    try {
      while (static_cast<int>(threads_.size()) < workers)
        threads_.emplace_back([this, index = static_cast<int>(threads_.size())] { work(index); });
    } catch (const std::exception&) {
    }
    workers_ = workers;
    leaders_core_.store(current_core(), std::memory_order_relaxed);
    region_.store(&region, std::memory_order_seq_cst);
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst) > 0) epoch_.notify_all();
    return true;
  }

  /// Returns once no worker looks at the region any more.
  void end() {
    region_.store(nullptr, std::memory_order_seq_cst);
    for (int patience = 0; inside_.load(std::memory_order_seq_cst) > 0;) relax(patience);
    busy_.unlock();
  }

 private:
  void work(int index) {
    for (std::uint32_t seen = 0;;) {
      seen = wait_for_change(seen);
      // First inside, then a look: end() clears the region first, and then waits for those inside.
      inside_.fetch_add(1, std::memory_order_seq_cst);
      Region* region = region_.load(std::memory_order_seq_cst);
      if (region && index < workers_) {
        keep_from_leader();
        std::optional<Working> working;
        if (index + 1 < Region::most_offers) working.emplace(*region, index + 1);
        region->add_idle();
        for (int patience = 0; !region->finished();) {
          if (region->help())
            patience = 0;
          else
            wait(patience);
        }
      }
      inside_.fetch_sub(1, std::memory_order_seq_cst);
    }
  }

  /// A worker's wait; when it gets long, the leader may need this core to come to an end.
  void wait(int& patience) {
    relax(patience);
    if (patience == long_patience) keep_from_leader();
  }

  void keep_from_leader() {
    const int core = current_core();
    if (core >= 0 && core == leaders_core_.load(std::memory_order_relaxed)) leave_core(core);
  }

  std::uint32_t wait_for_change(std::uint32_t seen) {
    const auto until = std::chrono::steady_clock::now() + stays_awake;
    for (int patience = 0; std::chrono::steady_clock::now() < until; wait(patience))
      if (epoch_.load(std::memory_order_acquire) != seen) return epoch_.load(std::memory_order_acquire);
    asleep_.fetch_add(1, std::memory_order_seq_cst);
    epoch_.wait(seen, std::memory_order_seq_cst);
    asleep_.fetch_sub(1, std::memory_order_seq_cst);
    return epoch_.load(std::memory_order_acquire);
  }

  std::mutex busy_;
  std::vector<std::thread> threads_;
  int workers_ = 0;
  std::atomic<int> leaders_core_{-1};
  std::atomic<Region*> region_{nullptr};
  std::atomic<std::uint32_t> epoch_{0};
  std::atomic<int> asleep_{0};
  std::atomic<int> inside_{0};
};

// Never destroyed: its threads sleep when the program ends, and end with it.
ThreadPool& pool() {
  static ThreadPool& instance = *new ThreadPool;
  return instance;
}

}  // namespace

bool run_with_tasks(std::span<const int> chain, std::span<const Task> tasks, const std::function<void(int)>& step,
                    bool wanted) {
  Region region(tasks, step);
  const bool helped = wanted && num_threads() > 1 && !working_for && pool().begin(region, num_threads() - 1);
  std::optional<Working> working;
  if (helped) working.emplace(region, 0);
  for (const int index : chain) {
    region.guarded([&] { step(index); });
    if (region.failed()) break;
    region.chain_step_done();
  }
  region.add_idle();
  for (int patience = 0; region.tasks_left() && !region.failed();) {
    if (helped ? region.help() : region.help_task())
      patience = 0;
    else
      relax(patience);
  }
  region.finish();
  working.reset();
  if (helped) pool().end();
  region.rethrow();
  return helped;
}

bool shares_work() noexcept { return working_for && !sharing && (leads || working_for->has_idle()); }

void detail::share(int count, void (*call)(void*, int), void* context) {
  if (!working_for || sharing || count < 2) {
    for (int i = 0; i < count; ++i) call(context, i);
    return;
  }
  Loop loop{.count = count, .call = call, .context = context};
  working_for->share(*own_offer, loop);
  if (working_for->failed()) working_for->rethrow();
}

}  // namespace xgrad::run
