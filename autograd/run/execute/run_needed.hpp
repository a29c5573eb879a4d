#pragma once

#include <span>

#include <autograd/run/execute/interpret.hpp>
#include <autograd/run/inspect/profile_sink.hpp>
#include <autograd/run/plan/needed.hpp>
#include <autograd/run/plan/pieces.hpp>

namespace xgrad::run {

/// Computes what is needed: as a whole where there is a plan for that, or one is made now; else in pieces or node by
/// node. Where it throws, no node has a value.
void run_needed(Needed& needed, std::span<const Tensor> donated, RunTimer& timer);

/// The same without any plan.
void run_node_by_node(Needed& needed, RunTimer& timer, Refused refused);

}  // namespace xgrad::run
