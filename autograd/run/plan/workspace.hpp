#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Gives every storage of the plan's workspace its offset: those whose lifetimes do not overlap share memory, and a
/// pass writes over an operand that it reads for the last time where it goes through both alike.
void lay_out_workspace(Plan& plan);

/// Gives the registers of a pass scratch from their first to their last use; expanded rows and columns keep theirs.
void lay_out_scratch(Pass& pass);

}  // namespace xgrad::run
