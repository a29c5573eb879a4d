#pragma once

#include <cstddef>
#include <span>

#include <autograd/run/execute/interpret.hpp>
#include <autograd/run/inspect/profile_sink.hpp>
#include <autograd/run/plan/needed.hpp>

namespace xgrad::run {

/// How long programs may be.
struct Lengths {
  std::size_t whole = 4096;  ///< nodes of a program that may have a plan of its own; a longer one runs in pieces
  std::size_t piece = 256;   ///< nodes of a piece
};

/// As long as tests do not ask for others.
Lengths& lengths() noexcept;

/// Computes what is needed: as a whole where there is a plan for that, or one is made now; else in pieces or node by
/// node. Where it throws, no node has a value.
void run_needed(Needed& needed, std::span<const Tensor> donated, RunTimer& timer);

/// The same without any plan.
void run_node_by_node(Needed& needed, RunTimer& timer, Refused refused);

}  // namespace xgrad::run
