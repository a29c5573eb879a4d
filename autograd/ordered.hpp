#pragma once

#include <span>

#include <autograd/node.hpp>

namespace xgrad {

/// The inputs that a node was recorded with: those of an ordered operation without what it waits for (record_ordered).
std::span<Node* const> recorded_inputs(const Node& node) noexcept;

}  // namespace xgrad
