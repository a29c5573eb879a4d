#pragma once

#include <vector>

#include <autograd/run/plan/draft.hpp>

namespace xgrad::run {

/// Turns groups, and the copies behind them, into steps.
void emit_steps(Draft& draft, const std::vector<Copy>& copies);

}  // namespace xgrad::run
