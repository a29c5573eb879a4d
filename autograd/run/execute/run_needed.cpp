#include <autograd/run/execute/run_needed.hpp>

#include <algorithm>
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

/// Runs a program by its tier. What it took.
Spent run_piece(const Program& program, RunTimer& timer) {
  Tier tier = tier_of(program);
  if (tier.plan || plan_if_worth(program, tier, Alternative::node_by_node)) {
    const Stopwatch watch;
    run_planned(program, tier, timer);
    return {.in_planned_pieces = watch.nanoseconds()};
  }
  const Spent spent = run_node_by_node(program, timer, Refused::throws);
  note_run(tier, spent);
  return spent;
}

Spent run_in_pieces(Needed& needed, const Pieces& pieces, std::span<const Tensor> donated, RunTimer& timer) try {
  Spent spent;
  std::size_t begin = 0;
  for (const std::size_t end : pieces.ends) {
    // A later piece could still refuse, and nothing would be lost then: only the last one takes what is donated.
    const bool last = end == pieces.ends.back();
    const Program program(needed, begin, end, last ? donated : std::span<const Tensor>());
    if (!program.nodes().empty()) spent += run_piece(program, timer);
    program.drop_read_values();
    begin = end;
  }
  return spent;
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
  std::optional<Program> whole;
  std::optional<Tier> tier;
  const auto find = [&] {
    tier = tier_of(whole.emplace(needed, donated));
    return tier->plan != nullptr;
  };
  // A short program may have a plan of its own whatever its pieces are.
  const bool is_short = needed.count() <= std::min(short_program, lengths().whole);
  if (is_short && find()) return run_planned(*whole, *tier, timer);
  const Pieces pieces = pieces_of(needed);
  if (!is_short && !pieces.alone && find()) return run_planned(*whole, *tier, timer);
  if (whole) {
    const auto alternative = pieces.repeats ? Alternative::pieces : Alternative::node_by_node;
    if (plan_if_worth(*whole, *tier, alternative)) return run_planned(*whole, *tier, timer);
    if (!pieces.repeats) return note_run(*tier, run_node_by_node(*whole, timer, Refused::throws));
    whole.reset();
  }
  const Spent spent = run_in_pieces(needed, pieces, donated, timer);
  if (tier) note_run(*tier, spent);
}

}  // namespace xgrad::run
