#pragma once

#include <string>
#include <vector>

#include <autograd/run/plan.hpp>

namespace xgrad::run {

/// What a step must read and write at least, and compute.
struct Cost {
  std::size_t bytes = 0;
  std::size_t flops = 0;
};

struct PlanCosts {
  std::vector<Cost> steps;
  Cost total;
};

/// Bytes: every distinct operand in memory once, and every output. Flops: one for each element of an elementwise
/// operation or reduction, 2 n m k for a matrix product.
PlanCosts costs_of(const Plan& plan);

/// What a step is, in a line: its operations, the space it runs over, and its module.
std::string step_title(const Plan& plan, const Step& step);

/// A storage as explain() names it.
std::string storage_text(const Plan& plan, int storage);

}  // namespace xgrad::run
