#pragma once

#include <cstdint>

#include <autograd/operand.hpp>

#pragma GCC visibility push(default)
/// The knowledge that anomaly detection has of the nodes that were recorded since it began.
namespace xgrad {

class Node;
struct Primitive;

/// The operation of the forward pass that a node is a derivative of.
struct Origin {
  const Primitive* primitive = nullptr;  ///< null: the node is no derivative
  std::uint32_t scope = 0;
  CallSite call;
  bool noted = false;  ///< whether detection was on when it was recorded
  int order = 0;       ///< 1 for a derivative, 2 for the derivative of one, ...
};

/// Where a node comes from.
struct Provenance {
  CallSite call;
  Origin origin;
};

/// Remembers where a node that this thread records comes from.
void note_provenance(const Node& node, const Provenance& provenance);
/// Of a node on this thread's list; null where it was recorded before detection began.
const Provenance* provenance_of(const Node& node) noexcept;
/// The origin of what the derivative of a node records.
Origin origin_of_derivative(const Node& node) noexcept;
/// Forgets what this thread remembers, where detection is over.
void forget_provenance() noexcept;

}  // namespace xgrad
#pragma GCC visibility pop
