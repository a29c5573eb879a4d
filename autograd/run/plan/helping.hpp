#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

namespace xgrad::run {

/// Whether the runs of a plan are done sooner with the help of other threads. Small steps are not where cores are far
/// apart: a line that another core has written takes 50 to 500 ns, by where both lie, and on virtual machines that
/// changes. So both ways are tried now and then, on a few runs; the results are the same. Any number of threads may run
/// the plan at a time.
class Helping {
 public:
  using Duration = std::chrono::steady_clock::duration;

  Helping() = default;
  /// A copy has seen nothing yet.
  Helping(const Helping&) noexcept {}
  Helping& operator=(const Helping&) = delete;

  /// Whether the next run is to be helped.
  bool next() noexcept {
    const bool better = helped_is_better_.load(std::memory_order_relaxed);
    const std::int64_t fastest = fastest_[better].load(std::memory_order_relaxed);
    if (fastest > longest_small && fastest != never) return true;
    const std::uint32_t run = runs_.fetch_add(1, std::memory_order_relaxed) % period;
    if (run == first_trial) fastest_[!better].store(never, std::memory_order_relaxed);
    if (run == first_trial + trials) settle(better);
    return run >= first_trial && run < first_trial + trials ? !better : better;
  }

  /// The time that a run took.
  void took(bool helped, Duration time) noexcept {
    std::atomic<std::int64_t>& fastest = fastest_[helped];
    const std::int64_t now = time.count();
    if (now < fastest.load(std::memory_order_relaxed)) fastest.store(now, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t period = 256, first_trial = 16, trials = 6;
  static constexpr std::int64_t longest_small =
      std::chrono::duration_cast<Duration>(std::chrono::milliseconds(5)).count();
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  /// Takes the faster way from here on, and forgets what it took: it may be slower soon.
  void settle(bool better) noexcept {
    const bool other_is_better =
        fastest_[!better].load(std::memory_order_relaxed) < fastest_[better].load(std::memory_order_relaxed);
    if (other_is_better) helped_is_better_.store(!better, std::memory_order_relaxed);
    fastest_[better != other_is_better].store(never, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> runs_{0};
  std::atomic<bool> helped_is_better_{true};
  std::atomic<std::int64_t> fastest_[2]{never, never};  ///< of late: alone, helped
};

}  // namespace xgrad::run
