#pragma once

#include <memory>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Plans a program: simplifies it, groups it into passes and blocks, and lays out its memory.
/// For several threads, what no later matrix product waits for becomes tasks.
std::unique_ptr<Plan> make_plan(const Program& program, bool parallel);

}  // namespace xgrad::run
