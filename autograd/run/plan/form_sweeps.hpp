#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Joins steps of a plan that hand large values to each other, and can run part by part, to sweeps. The search for each
/// looks at a bounded number of storages and steps, which Plan::sweep_work counts; what is not found by then stays as
/// it is. So it takes time in proportion to the steps, however these hang together.
void form_sweeps(Plan& plan);

}  // namespace xgrad::run
