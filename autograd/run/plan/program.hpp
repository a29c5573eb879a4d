#pragma once

#include <cstdint>
#include <ranges>
#include <span>
#include <vector>

#include <autograd/node_index.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/ids.hpp>

namespace xgrad::run {

/// The work of one run: the nodes that are needed and have no value yet, in record order, and which of their values
/// outlive the run.
class Program {
 public:
  /// The nodes that the targets, and other handles on the list, wait for. Throws Error on a target that waits on
  /// another thread. A result may take the memory of a donated tensor, where nothing but this program holds it.
  Program(Recorder& list, std::span<const Tensor> targets, std::span<const Tensor> donated = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Which of the operands of a node it is.
  struct Reference {
    bool computed;        ///< by this program, or outside of it
    std::uint32_t index;  ///< of the node in nodes(), or in externals()
  };

  std::span<Node* const> nodes() const noexcept { return std::span(lists_.nodes).first(node_count_); }
  bool survives(std::size_t i) const noexcept { return (lists_.marks[lists_.nodes[i]->position] & outlives) != 0; }
  /// The nodes whose values outlive the run, in record order.
  std::span<Node* const> survivors() const noexcept { return lists_.survivors; }
  /// The values that nodes read and that are there already, each once.
  std::span<Node* const> externals() const noexcept { return lists_.externals.nodes(); }
  /// Whether a result may take over the memory of an external.
  bool offered(std::size_t external) const noexcept { return lists_.offered[external] != 0; }
  /// The operands of node i, looked up as they are read.
  auto operands(std::size_t i) const noexcept {
    return lists_.nodes[i]->inputs() | std::views::transform([this](const Node* input) { return reference(*input); });
  }

  /// The structure of the program, word by word: two programs have equal keys exactly where primitives, attributes,
  /// shapes, dtypes, wiring and surviving values are the same. Values of plain numbers are no part of it, except
  /// whether they are 0 or 1.
  std::span<const std::uint32_t> key() const noexcept { return lists_.key.written(); }

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
    std::vector<std::uint8_t> marks;
    std::vector<Node*> nodes;  ///< and room for more
    std::vector<Node*> survivors;
    NodeIndex externals;
    std::vector<std::uint32_t> reads;  ///< of each external, by the operands of all nodes
    std::vector<std::uint8_t> offered;
    Words key;
    std::vector<std::uint32_t> index_of;  ///< by position on the list, less first_
  };
  static thread_local constinit PerThread<Lists> spare;

  static constexpr std::uint8_t needed = 1;
  static constexpr std::uint8_t outlives = 2;

  void require(std::size_t position, std::uint8_t mark);
  void visit(const Node& node);
  void keep(const Node* node);
  void collect();
  std::uint32_t* write_key(std::uint32_t* header, const Node& node, bool survives, const Node* previous);
  void add_externals_to_key();
  void offer(std::span<const Tensor> donated);
  Reference reference(const Node& input) const {
    return input.has_value() ? Reference{false, lists_.externals.find(input)}
                             : Reference{true, lists_.index_of[input.position - first_]};
  }
  std::uint32_t read_external(Node& node);

  Recorder& list_;
  Lists lists_;
  std::size_t outstanding_ = 0;
  std::size_t first_ = 0;
  std::uint32_t node_count_ = 0;
};

}  // namespace xgrad::run
