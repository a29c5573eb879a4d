#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Runs a plan on a program of its structure, and gives the surviving nodes their values.
void run_plan(const Plan& plan, const Program& program);

}  // namespace xgrad::run
