#pragma once

#include <span>

#include <autograd/run/plan.hpp>

namespace xgrad::run {

/// Walks through a pass's tiles. `memory` holds the address of every storage of the plan.
void run_pass(const Pass& pass, std::span<std::byte* const> memory);

}  // namespace xgrad::run
