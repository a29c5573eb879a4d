#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <autograd/node_index.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/plan/needed.hpp>

namespace xgrad::run {

/// What is planned and run as one: all nodes that a run needs, or a piece of them, in record order, and which of their
/// values outlive it.
class Program {
 public:
  /// All that is needed. A result may take the memory of a donated tensor, where nothing but this program holds it.
  explicit Program(Needed& needed, std::span<const Tensor> donated = {});
  /// A piece: the nodes with numbers from begin to end - 1, which are listed. What is before it has run, or will have.
  /// Views of what is before it are no nodes of it: what reads them reads windows of that. A result may also take the
  /// memory of a value that only the piece still reads.
  Program(Needed& needed, std::size_t begin, std::size_t end, std::span<const Tensor> donated = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Which of the operands of a node it is.
  struct Reference {
    bool computed;        ///< by this program, or outside of it
    std::uint32_t index;  ///< of the node in nodes(), or in externals()
  };

  std::span<Node* const> nodes() const noexcept { return std::span(lists_.nodes).first(node_count_); }
  bool survives(std::size_t i) const noexcept { return survives(*lists_.nodes[i]); }
  /// The nodes whose values outlive it, in record order.
  std::span<Node* const> survivors() const noexcept { return lists_.survivors; }
  /// The values that nodes read and that are there already, each once.
  std::span<Node* const> externals() const noexcept { return lists_.externals.nodes(); }
  /// Where the value of an external is a view of what another node holds: that.
  const Window& window(std::size_t external) const noexcept {
    return external < lists_.windows.size() ? lists_.windows[external] : no_window;
  }
  /// The node with the memory of an external.
  Node& holder(std::size_t external) const noexcept {
    Node* const base = window(external).base;
    return base ? *base : *lists_.externals.nodes()[external];
  }
  /// The value of an external that is no plain number.
  Array value(std::size_t external) const;
  /// Whether a result may take over the memory of an external.
  bool offered(std::size_t external) const noexcept { return lists_.offered[external] != 0; }
  /// The operands of node i, looked up as they are read.
  auto operands(std::size_t i) const noexcept {
    const std::span<Node* const> inputs = lists_.nodes[i]->inputs();
    return ComputedList(inputs.size(), [this, inputs](std::size_t k) { return reference(*inputs[k]); });
  }

  /// The structure of the program, word by word: two programs have equal keys exactly where primitives, attributes,
  /// shapes, dtypes, wiring and surviving values are the same. Values of plain numbers are no part of it, except
  /// whether they are 0 or 1; nor is where in its base a window begins.
  std::span<const std::uint32_t> key() const noexcept { return lists_.key.written(); }

  /// Lets go of the values of earlier pieces that nothing later reads.
  void drop_read_values() const noexcept;

 private:
  /// Words that are written one after the other, into memory that stays from program to program.
  class Words {
   public:
    /// Where at least `count` more can be written.
    std::span<std::uint32_t> room(std::size_t count) {
      if (memory_.size() - size_ < count) memory_.resize(2 * (size_ + count));
      return std::span(memory_).subspan(size_);
    }
    void end_at(const std::uint32_t* end) noexcept { size_ = as_size(end - memory_.data()); }
    std::uint32_t& front() noexcept { return memory_.front(); }
    void clear() noexcept { size_ = 0; }
    std::span<const std::uint32_t> written() const noexcept { return std::span(memory_).first(size_); }

   private:
    std::vector<std::uint32_t> memory_;
    std::size_t size_ = 0;
  };

  /// The lists of a program, lent by the thread so that their memory is there from run to run.
  struct Lists {
    std::vector<Node*> nodes;  ///< and room for more
    std::vector<Node*> survivors;
    NodeIndex externals;
    std::vector<Window> windows;       ///< of externals, as far as there are any
    std::vector<const Node*> bases;    ///< of windows, sorted
    std::vector<std::uint32_t> reads;  ///< of each external, by the operands of all nodes
    std::vector<std::uint8_t> offered;
    Words key;
    std::vector<std::uint32_t> index_of;  ///< by position on the list, less first_
  };
  static thread_local constinit PerThread<Lists> spare;
  static constexpr Window no_window{};
  /// The index of a node that is a window.
  static constexpr std::uint32_t outside = std::numeric_limits<std::uint32_t>::max();

  /// What reads a view of a value of a piece reads that value, so that the view itself need not survive.
  bool survives(const Node& node) const noexcept {
    return needed_.outlives(node.position) ||
           (needed_.last_reader(node.position) >= end_ && !needed_.window(node).base);
  }
  /// Whether a node of the range is a view of what is before it.
  bool is_outside(const Node& node) const noexcept {
    const Node* const base = needed_.window(node).base;
    return base && (base->has_value() || base->position < first_);
  }
  void add_nodes(std::span<Node* const> candidates, bool piece);
  std::uint32_t* write_key(std::uint32_t* header, const Node& node, bool survives, const Node* previous);
  void add_externals_to_key();
  void offer(std::span<const Tensor> donated);
  void offer_read_values();
  void note_offer(std::uint32_t external);
  /// The index of an operand that the program computes; outside for all others.
  std::uint32_t index_of(const Node& input) const noexcept {
    return input.has_value() || input.position < first_ ? outside : lists_.index_of[input.position - first_];
  }
  Reference reference(const Node& input) const {
    const std::uint32_t index = index_of(input);
    return index == outside ? Reference{false, lists_.externals.find(input)} : Reference{true, index};
  }
  std::uint32_t read_external(Node& node);

  Needed& needed_;
  Lists lists_;
  std::size_t first_ = 0;  ///< the position of its first node, and one past that of its last
  std::size_t end_ = 0;
  std::uint32_t node_count_ = 0;
};

}  // namespace xgrad::run
