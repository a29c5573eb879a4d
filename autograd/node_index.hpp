#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include <autograd/node.hpp>

namespace xgrad {

/// Numbers nodes in the order in which they are added: open addressing by their addresses, in memory that stays when it
/// is cleared.
class NodeIndex {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  bool empty() const noexcept { return nodes_.empty(); }
  std::size_t size() const noexcept { return nodes_.size(); }
  std::span<Node* const> nodes() const noexcept { return nodes_; }

  /// The number of a node, or none.
  std::uint32_t find(const Node& node) const noexcept { return nodes_.empty() ? none : table_[entry_of(node)]; }

  /// The number of a node, which is added where it is not there yet.
  std::uint32_t add(Node& node) {
    if (2 * nodes_.size() >= table_.size()) grow();
    std::uint32_t& number = table_[entry_of(node)];
    if (number == none) {
      nodes_.push_back(&node);  // before it has a number, which stays where this throws
      number = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    return number;
  }

  /// Takes all nodes out.
  void clear() {
    const bool large = table_.size() > 2 * least && 16 * nodes_.size() < table_.size();
    table_.assign(large ? table_.size() / 2 : table_.size(), none);
    nodes_.clear();
  }

 private:
  static constexpr std::size_t least = 64;

  /// Where the number of a node stands in the table, or would.
  std::size_t entry_of(const Node& node) const noexcept {
    const std::size_t mask = table_.size() - 1;
    std::size_t entry = std::bit_cast<std::uintptr_t>(&node) / alignof(Node) * 0x9E3779B97F4A7C15u >> 20 & mask;
    while (table_[entry] != none && nodes_[table_[entry]] != &node) entry = (entry + 1) & mask;
    return entry;
  }

  void grow() {
    table_.assign(table_.empty() ? least : 2 * table_.size(), none);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) table_[entry_of(*nodes_[i])] = i;
  }

  std::vector<Node*> nodes_;
  std::vector<std::uint32_t> table_;
};

}  // namespace xgrad
