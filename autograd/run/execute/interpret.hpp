#pragma once

#include <cstdint>

#include <autograd/run/plan/program.hpp>

namespace xgrad::run {

/// The outcome of a run where a kernel refuses a node: it throws, and no node has its value; or that node and those
/// that depend on it stay without one (Node::refused), and the others get theirs.
enum class Refused : std::uint8_t { throws, stays };

/// Runs a program node by node, without a plan.
void interpret(const Program& program, Refused refused);

}  // namespace xgrad::run
