#pragma once

#include <autograd/run/plan.hpp>

namespace xgrad::run {

/// Joins steps of a plan that hand large values to each other, and can run part by part, to sweeps.
void form_sweeps(Plan& plan);

}  // namespace xgrad::run
