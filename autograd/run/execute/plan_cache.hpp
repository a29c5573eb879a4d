#pragma once

#include <memory>

#include <autograd/run/plan/plan.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::run {

/// The plan for a program: a known one of exactly its structure, or a new one. Plans are shared by all threads; the
/// least recently used ones make room for new ones.
std::shared_ptr<const Plan> plan_for(const Program& program);

PlanCacheStats cache_stats();

}  // namespace xgrad::run
