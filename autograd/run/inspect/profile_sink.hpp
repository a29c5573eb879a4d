#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <autograd/run/inspect/profile.hpp>
#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// The work of a step of a plan, or of a node in a run without one.
struct ProfiledWork {
  std::string title;
  std::string modules;
  std::string operations;  ///< with the module of each: "encoder.1: subtract, square, sum"
  std::size_t bytes = 0;
  std::size_t flops = 0;

  auto operator<=>(const ProfiledWork&) const = default;
};

// All times are nanoseconds since the profile began.

struct ProfiledStep {
  const ProfiledWork* work;
  int thread;  ///< 0: the one that has the profile
  std::int64_t start;
  std::int64_t end;
};

struct ProfiledRun {
  std::int64_t begin = 0;    ///< of planning
  std::int64_t planned = 0;  ///< its end, or that of the first piece's
  std::int64_t start = 0;    ///< of the steps
  std::int64_t end = 0;
  std::int64_t planning = 0;    ///< how long, of all pieces
  std::int64_t running = 0;     ///< the same for steps
  std::size_t pieces = 0;       ///< plans that ran, and pieces that went node by node
  std::size_t interpreted = 0;  ///< of these, the latter
};

/// The measurements of a Profile. One thread runs; its steps may be on several.
class ProfileSink {
 public:
  ProfileSink();

  void begin_run();
  void begin_steps(const std::shared_ptr<const Plan>& plan);
  void begin_steps(const Program& program);
  void end_steps();
  void end_run();
  /// A step of the current run, by its index in the plan, or of the node in the program. From any thread.
  void add_step(std::size_t index, std::int64_t start);
  void stop();
  bool stopped() const noexcept { return stopped_; }

  /// Its Profile is gone, on another thread perhaps: the thread that has it measures no further run.
  void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }
  bool abandoned() const noexcept { return abandoned_.load(std::memory_order_relaxed); }

  std::int64_t now() const noexcept { return (std::chrono::steady_clock::now() - began_).count(); }
  const std::vector<ProfiledRun>& runs() const noexcept { return runs_; }
  std::vector<ProfiledStep> steps() const;
  ProfileSummary summary() const;

 private:
  /// A plan is held, so that another one cannot have its address.
  struct KnownPlan {
    std::shared_ptr<const Plan> plan;
    std::vector<const ProfiledWork*> work;
  };

  void end_planning();
  void start_steps();
  const ProfiledWork* intern(ProfiledWork work) { return &*works_.insert(std::move(work)).first; }

  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  PlanCacheStats cache_before_ = plan_cache_stats();
  bool stopped_ = false;
  std::atomic<bool> abandoned_{false};
  ProfileSummary at_stop_;

  std::set<ProfiledWork> works_;
  std::unordered_map<const Plan*, KnownPlan> plans_;
  std::vector<const ProfiledWork*> nodes_;             ///< of the current run, where it is interpreted
  const std::vector<const ProfiledWork*>* current_{};  ///< what the steps of the current run are
  ProfiledRun run_;
  std::int64_t mark_ = 0;  ///< when the current piece's planning or steps began
  std::vector<ProfiledRun> runs_;

  mutable std::mutex mutex_;  ///< of what follows
  std::vector<ProfiledStep> steps_;
  std::vector<std::thread::id> threads_{std::this_thread::get_id()};
};

/// The last profile that this thread began, until it is stopped here; the thread owns it too.
inline constinit thread_local ProfileSink* own_profile = nullptr;

/// This thread's profile, or null.
inline ProfileSink* active_profile() noexcept {
  return own_profile && !own_profile->abandoned() ? own_profile : nullptr;
}

/// Tells this thread's profile, where there is one, of a run: planning and steps, for each of its pieces.
class RunTimer {
 public:
  RunTimer() : sink_(active_profile()) {
    if (sink_) sink_->begin_run();
  }
  RunTimer(const RunTimer&) = delete;
  RunTimer& operator=(const RunTimer&) = delete;
  ~RunTimer() {
    if (sink_) sink_->end_run();
  }
  /// Planning is over; what runs now is a plan, or a program without one.
  template <class PlanOrProgram>
  void begin_steps(const PlanOrProgram& what) {
    if (sink_) sink_->begin_steps(what);
  }
  void end_steps() {
    if (sink_) sink_->end_steps();
  }

 private:
  ProfileSink* sink_;
};

/// Tells a profile, where there is one, of a step.
class StepTimer {
 public:
  StepTimer(ProfileSink* sink, std::size_t index) : sink_(sink), index_(index), start_(sink ? sink->now() : 0) {}
  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;
  ~StepTimer() {
    if (sink_) sink_->add_step(index_, start_);
  }

 private:
  ProfileSink* sink_;
  std::size_t index_;
  std::int64_t start_;
};

}  // namespace xgrad::run
