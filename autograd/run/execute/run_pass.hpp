#pragma once

#include <span>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Walks through a pass's tiles. `memory` holds the address of every storage of the plan.
void run_pass(const Pass& pass, std::span<std::byte* const> memory);

/// The same for `count` elements from `first` on: whole rows, a part of one, or, where a pass does not know its rows,
/// any. Its reductions must be those of rows.
void run_pass_range(const Pass& pass, std::span<std::byte* const> memory, std::int64_t first, std::int64_t count);

}  // namespace xgrad::run
