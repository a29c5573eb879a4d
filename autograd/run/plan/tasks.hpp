#pragma once

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Divides a plan's steps into the main chain and, where it is planned for several threads and that pays, tasks: steps
/// that no later matrix product waits for, such as the products that give the gradients of weights, and the updates
/// that follow them.
void divide_work(Plan& plan);

}  // namespace xgrad::run
