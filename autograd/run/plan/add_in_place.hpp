#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Where a pass adds a block's result to a value that nothing else reads, lets the block add to that value's memory
/// instead, if its kernel gives the same bits so (BlockTraits::adds). Sums of many products, such as the gradient of a
/// weight that each step of a recurrent network reads, need no memory and no pass for each of them then. Takes time in
/// proportion to the operands of all steps.
void add_in_place(Plan& plan);

}  // namespace xgrad::run
