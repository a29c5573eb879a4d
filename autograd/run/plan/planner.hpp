#pragma once

#include <functional>
#include <memory>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Plans a program: simplifies it, groups it into passes and blocks, and lays out its memory.
/// For several threads, what no later matrix product waits for becomes tasks.
std::unique_ptr<Plan> make_plan(const Program& program, bool parallel);

/// The stages of planning, in order.
enum class PlanStage : std::uint8_t { graph, grouping, recompute, emit, sweeps, tasks, workspace, scratch };

/// The same, and calls `finished` after each stage, for measurements.
std::unique_ptr<Plan> make_plan(const Program& program, bool parallel, const std::function<void(PlanStage)>& finished);

}  // namespace xgrad::run
