#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Joins steps of a plan that hand large values to each other, and can run part by part, to sweeps. The search looks at
/// no more storages and steps than most_sweep_work, which Plan::sweep_work counts; what is not found by then stays as
/// it is. So it takes some microseconds for each step, however the steps hang together.
void form_sweeps(Plan& plan);

std::int64_t most_sweep_work(std::size_t steps);

}  // namespace xgrad::run
