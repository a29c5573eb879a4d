#pragma once

#include <cstdint>
#include <memory>

#include <autograd/run/plan/plan.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::run {

struct Progress;

/// What is known of a structure, and so how its programs run: as planned, or node by node.
struct Tier {
  std::uint64_t hash = 0;              ///< of the key
  std::shared_ptr<const Plan> plan;    ///< null: none
  std::shared_ptr<Progress> progress;  ///< of a plan whose loops are not all compiled, and may be: how far that is
};

/// What running programs of a structure without a plan of its own has taken, in nanoseconds.
struct Spent {
  std::int64_t node_by_node = 0;
  std::int64_t in_pieces = 0;  ///< with cutting them
};

/// The tier of a program's structure, with its plan where there is one for exactly it. Plans are shared by all threads;
/// the least recently used ones make room for new ones.
Tier tier_of(const Program& program);

/// What a program would run as that has no plan.
enum class Alternative : std::uint8_t { node_by_node, pieces };

/// Makes a plan, where the structure is worth one by now. Whether it did.
bool plan_if_worth(const Program& program, Tier& tier, Alternative alternative);

/// Takes note of a run without a plan: what has taken long is worth one.
void note_run(const Tier& tier, const Spent& spent);

/// Takes note of a run of a plan that has progress, and compiles as many of its loops as the runs have earned.
void note_run(Tier& tier, std::int64_t nanoseconds);

PlanCacheStats cache_stats();

/// Lets go of all plans, and of the code of their loops that nobody runs.
void forget_plans();

}  // namespace xgrad::run
