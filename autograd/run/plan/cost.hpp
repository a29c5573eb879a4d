#pragma once

#include <cstddef>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// The least that a step must read, write and compute.
struct Cost {
  std::size_t bytes = 0;
  std::size_t flops = 0;
};

struct PlanCosts {
  IdVector<StepId, Cost> steps;
  Cost total;
};

/// Bytes: every distinct operand in memory once, and every output. Flops: one for each element of an elementwise
/// operation or reduction, 2 n m k for a matrix product.
PlanCosts costs_of(const Plan& plan);

}  // namespace xgrad::run
