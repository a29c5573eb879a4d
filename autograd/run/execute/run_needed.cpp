#include <autograd/run/execute/run_needed.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include <autograd/run/execute/plan_cache.hpp>
#include <autograd/run/execute/run_plan.hpp>
#include <autograd/run/plan/program.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::run {
namespace {

class Stopwatch {
 public:
  std::int64_t nanoseconds() const { return (Clock::now() - start_) / std::chrono::nanoseconds(1); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// How many nodes the programs have that ran by one plan of late.
class PlannedCounts {
 public:
  bool has(std::size_t count) const noexcept { return counts_[count % counts_.size()] == count; }
  void add(std::size_t count) noexcept { counts_[count % counts_.size()] = count; }

 private:
  std::array<std::size_t, 32> counts_{};
};

/// Runs a program by the plan of its tier.
void run_planned(const Program& program, Tier& tier, RunTimer& timer) {
  timer.begin_steps(tier.plan);
  if (tier.progress) {
    const Stopwatch watch;
    run_plan(*tier.plan, program);
    const std::int64_t took = watch.nanoseconds();
    timer.end_steps();
    note_run(tier, took);
  } else {
    run_plan(*tier.plan, program);
    timer.end_steps();
  }
}

Spent run_node_by_node(const Program& program, RunTimer& timer, Refused refused) {
  timer.begin_steps(program);
  const Stopwatch watch;
  interpret(program, refused);
  const std::int64_t took = watch.nanoseconds();
  timer.end_steps();
  return {.node_by_node = took};
}

/// Runs a piece by its tier.
void run_piece(const Program& program, RunTimer& timer) {
  Tier tier = tier_of(program);
  if (tier.plan || plan_if_worth(program, tier, Alternative::node_by_node))
    run_planned(program, tier, timer);
  else
    note_run(tier, run_node_by_node(program, timer, Refused::throws));
}

void run_in_pieces(Needed& needed, const Pieces& pieces, std::span<const Tensor> donated, RunTimer& timer) try {
  pieces.each([&](std::size_t begin, std::size_t end) {
    // A later piece could still refuse, and nothing would be lost then: only the last one takes what is donated.
    const bool last = end == pieces.ends.back();
    const Program program(needed, begin, end, last ? donated : std::span<const Tensor>());
    if (!program.nodes().empty()) run_piece(program, timer);
    program.drop_read_values();
  });
} catch (...) {
  needed.drop_values();
  throw;
}

}  // namespace

void run_node_by_node(Needed& needed, RunTimer& timer, Refused refused) {
  static_cast<void>(run_node_by_node(Program(needed), timer, refused));
}

void run_needed(Needed& needed, std::span<const Tensor> donated, RunTimer& timer) {
  if (!fusing() || detecting_anomaly()) return run_node_by_node(needed, timer, Refused::throws);
  static thread_local constinit PlannedCounts planned_counts;
  const std::size_t count = needed.count();
  std::optional<Program> whole;
  std::optional<Tier> tier;
  const auto find = [&] {
    tier = tier_of(whole.emplace(needed, donated));
    return tier->plan != nullptr;
  };
  const auto run_whole = [&] {
    planned_counts.add(count);
    run_planned(*whole, *tier, timer);
  };
  // Most programs that have a plan of their own are found before they are cut.
  const bool looks_first = count <= lengths().whole && (count <= short_program || planned_counts.has(count));
  if (looks_first && find()) return run_whole();
  const Stopwatch watch;
  const Pieces pieces = pieces_of(needed);
  if (!looks_first && !pieces.alone && find()) return run_whole();
  if (whole && !pieces.alone) {
    const auto alternative = pieces.repeats ? Alternative::pieces : Alternative::node_by_node;
    if (plan_if_worth(*whole, *tier, alternative)) return run_whole();
    if (!pieces.repeats) return note_run(*tier, run_node_by_node(*whole, timer, Refused::throws));
  }
  whole.reset();
  run_in_pieces(needed, pieces, donated, timer);
  if (tier && !pieces.alone) note_run(*tier, {.in_pieces = watch.nanoseconds()});
}

}  // namespace xgrad::run
