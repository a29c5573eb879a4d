#pragma once

#include <optional>
#include <vector>

#include <autograd/run/plan/draft.hpp>

namespace xgrad::run {

/// Turns groups, and the copies behind them, into steps.
void emit_steps(Draft& draft, const std::vector<Copy>& copies);

/// The pass of one reduction, over a contiguous input at storage 0, with its result at storage 1; none where no pass
/// can compute it. In whatever pass a plan puts it, it adds up in the same order.
std::optional<Pass> pass_of_reduction(const Vertex& vertex, const Shape& input);

}  // namespace xgrad::run
