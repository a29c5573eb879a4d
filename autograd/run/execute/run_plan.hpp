#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Runs a plan on a program of its structure, and gives the surviving nodes their values.
void run_plan(const Plan& plan, const Program& program);

/// Runs the steps of a plan in memory that is there: `memory` has the address of every storage. `nodes` are those of a
/// program of its structure.
void run_steps(const Plan& plan, std::span<Node* const> nodes, std::span<std::byte* const> memory);

/// Compiled loops read whole vectors, as far as they may behind plain numbers: so many are kept free there.
inline constexpr std::size_t room_behind_numbers = 64 / sizeof(double);

/// The memory for a plan's workspace; null where it needs none. Throws the Error of the operation that needs the most.
BufferHandle workspace_of(const Plan& plan);

}  // namespace xgrad::run
