#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/ids.hpp>

namespace xgrad::run {

/// Empties a list whose memory stays for the next program, unless that is more than most programs need.
template <class T>
void empty(std::vector<T>& list) {
  constexpr std::size_t most_bytes = std::size_t{16} << 20;
  list.clear();
  if (list.capacity() * sizeof(T) > most_bytes) list.shrink_to_fit();
}

/// A view of memory that a node before it holds, or will hold once it has run.
struct Window {
  Node* base = nullptr;     ///< null: none
  std::int64_t offset = 0;  ///< bytes from the start of the base's value
  Strides strides{};
};

/// What one run has to compute: the nodes without a value that its targets, and other handles on the list, wait for.
/// For each of them whether its value outlives the run, and which of the others reads it last.
class Needed {
 public:
  /// Throws Error on a target that waits on another thread.
  Needed(Recorder& list, std::span<const Tensor> targets);
  Needed(const Needed&) = delete;
  Needed& operator=(const Needed&) = delete;
  ~Needed();

  Recorder& list() const noexcept { return list_; }
  /// How many nodes.
  std::size_t count() const noexcept { return count_; }
  /// The position on the list of the first one.
  std::size_t first() const noexcept { return first_; }
  std::size_t end() const noexcept { return lists_.marks.size(); }

  // Of the node at a position of the list, from first() on.
  bool has(std::size_t position) const noexcept { return (lists_.marks[position] & needed) != 0; }
  bool outlives(std::size_t position) const noexcept { return (lists_.marks[position] & outliving) != 0; }
  /// The position of the last node that reads it, also through views.
  std::uint32_t last_reader(std::size_t position) const noexcept { return lists_.last_reader[position]; }

  /// Lists the nodes, and finds out which of them are views of what others hold. A program that is cut into pieces
  /// needs that.
  void list_nodes();
  /// In record order, once they are listed.
  std::span<Node* const> nodes() const noexcept { return lists_.nodes; }
  /// The view that a node is; of no base where it has to be computed.
  const Window& window(const Node& node) const noexcept {
    const std::uint32_t w = lists_.window_of.empty() ? 0 : lists_.window_of[node.position - first_];
    return lists_.windows[w];
  }
  /// Whether a node is one of those that are needed here.
  bool is_own(const Node& node) const noexcept {
    return list_.holds(node) && node.position >= first_ && node.position < end() && has(node.position);
  }

  /// Lets go of a value that nothing later reads.
  static void drop_value(Node& node) noexcept {
    if (node.buffer) std::exchange(node.buffer, nullptr)->release();
  }
  /// Notes of ordered nodes whose values the run did not keep that they can't run again, and that the next one has
  /// nothing to wait for: the run has succeeded.
  void let_go() noexcept;
  /// Takes all values back that the nodes have got: the run has failed.
  void drop_values() noexcept;

 private:
  /// Lent by the thread, so that their memory is there from run to run.
  struct Lists {
    std::vector<std::uint8_t> marks;         ///< by position
    std::vector<std::uint32_t> last_reader;  ///< by position, of what is needed
    std::vector<Node*> nodes;
    std::vector<Node*> let_go;  ///< ordered ones whose values need not outlive the run
    std::vector<Window> windows{Window()};
    std::vector<std::uint32_t> window_of;  ///< by position, less first_; 0: none
  };
  static thread_local constinit PerThread<Lists> spare;

  static constexpr std::uint8_t needed = 1;
  static constexpr std::uint8_t outliving = 2;

  void require(std::size_t position, std::uint8_t mark, std::size_t reader);
  void visit(const Node& node);
  void visit_view(const Node& node);
  void visit_ordered(const Node& node);
  bool only_waited_for(const Node& node) const noexcept;
  void keep(const Node* node);
  void add_window(const Node& node);

  Recorder& list_;
  Lists lists_;
  std::size_t count_ = 0;
  std::size_t outstanding_ = 0;
  std::size_t first_ = 0;
};

}  // namespace xgrad::run
