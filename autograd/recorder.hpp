#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <autograd/node.hpp>
#include <autograd/operand.hpp>
#include <autograd/provenance.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// This thread's list of nodes, in record order: the tape. While a Tape is alive everything stays on it; without one
/// only what has not run yet and can still be asked for, and of that no more than a bound (bound_waiting).
class Recorder {
 public:
  /// The most that may wait without a tape: so many nodes, and so many bytes of values that they read and no handle
  /// holds, each counted as often as it is read.
  static constexpr std::size_t most_waiting_nodes = 20'000;
  static constexpr std::size_t most_waiting_bytes = std::size_t{32} << 20;

  Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();

  std::vector<Node*> nodes;
  std::uint32_t id;               ///< of the thread's list, never 0
  std::uint32_t scope = 0;        ///< current name scope
  Provenance provenance;          ///< of what is recorded, kept up while anomalies are looked for
  std::size_t first_pending = 0;  ///< no handle before this position waits for a run
  int tapes = 0;                  ///< live tapes and passes that need the list to stay as it is
  bool deriving = false;          ///< whether a differentiation pass records
  bool recomputing = false;       ///< whether it records again what it reads
  /// What record_ordered recorded last and has not run, which the next one waits for. It is held here, so that it runs
  /// with everything else whether somebody reads it or not.
  Tensor last_ordered;

  bool holds(const Node& node) const noexcept { return node.recorder.load(std::memory_order_relaxed) == id; }
  /// Appends a node, one of whose references is the list's.
  void append(Node& node) {
    if (tapes == 0 && (nodes.size() >= prune_at_ || read_ >= most_waiting_bytes)) [[unlikely]]
      make_room();
    node.position = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(&node);
    node.recorder.store(id, std::memory_order_relaxed);
  }
  /// Takes note that a node to be appended reads a value.
  void note_read(const Node& value) noexcept {
    if (tapes == 0) read_ += value.bytes();
  }
  /// Without a tape: lets go of what has run and of what nobody can ask for any more.
  void prune() noexcept;
  /// After pruning: runs what handles wait for, where that keeps more than may wait. It throws nothing: what a kernel
  /// refuses goes on waiting, and is refused again when its value is asked for.
  void bound_waiting() noexcept;
  void begin_tape() noexcept {
    if (ended_elsewhere_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      tapes -= ended_elsewhere_.exchange(0);
    ++tapes;
  }
  void end_tape() noexcept {
    if (--tapes == 0) prune();
  }
  /// Ends a tape of a list from another thread; its own takes note of it when it next begins a tape or a run.
  static void end_tape_of(std::uint32_t id) noexcept;

 private:
  void make_room() noexcept;

  std::size_t prune_at_ = 1024;
  std::size_t read_ = 0;  ///< bytes of values read by what was recorded without a tape since it was last pruned
  std::size_t waiting_bytes_ = 0;  ///< of values that only what waits reads, when it was last pruned
  std::size_t run_at_nodes_ = most_waiting_nodes;
  std::size_t run_at_bytes_ = most_waiting_bytes;
  std::atomic<int> ended_elsewhere_{0};
  std::vector<std::uint8_t> alive_;
};

Recorder& recorder();

/// Keeps the list as it is for the length of a scope.
class ListGuard {
 public:
  explicit ListGuard(Recorder& list) noexcept : list_(list) { list_.begin_tape(); }
  ListGuard(const ListGuard&) = delete;
  ListGuard& operator=(const ListGuard&) = delete;
  ~ListGuard() { list_.end_tape(); }

 private:
  Recorder& list_;
};

/// Restores, at its end, how a list records: the name scope, whether what it records is derived or recomputed, and
/// where it comes from.
class RecordingScope {
 public:
  explicit RecordingScope(Recorder& list)
      : list_(list),
        scope_(list.scope),
        deriving_(list.deriving),
        recomputing_(list.recomputing),
        provenance_(list.provenance) {}
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;
  ~RecordingScope() {
    list_.scope = scope_;
    list_.deriving = deriving_;
    list_.recomputing = recomputing_;
    list_.provenance = provenance_;
  }

  // As it was at the beginning.
  bool deriving() const noexcept { return deriving_; }
  bool recomputing() const noexcept { return recomputing_; }

 private:
  Recorder& list_;
  std::uint32_t scope_;
  bool deriving_, recomputing_;
  Provenance provenance_;
};

/// Records a node: the one way that operations enter the tape. Inputs must be defined.
Tensor record(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
              const Attributes& attributes = no_attributes);
/// The same for one, two and three inputs, for the hot paths.
Tensor record1(const Primitive& primitive, const Tensor& a, const Shape& shape, DType dtype,
               const Attributes& attributes = no_attributes);
Tensor record2(const Primitive& primitive, const Tensor& a, const Tensor& b, const Shape& shape, DType dtype,
               const Attributes& attributes = no_attributes);
Tensor record3(const Primitive& primitive, const Tensor& a, const Tensor& b, const Tensor& c, const Shape& shape,
               DType dtype);

/// Records a call of an ordered primitive (BlockTraits::ordered). Where another one waits to be run, the node has one
/// more input, a bool that is there once the other one has run. Kernels and rules leave it alone.
Tensor record_ordered(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
                      const Attributes& attributes);

/// Throws Error, in the name of a function, for a node without a value whose recipe is not on this thread's list: what
/// was recorded on another thread, which may have ended, or was given away.
[[noreturn, gnu::cold]] void refuse_foreign(const char* where, const char* what, const Node& node);

/// A tensor that holds a node.
inline Tensor handle(Node* node) noexcept {
  node->retain(Node::one_handle);
  return Tensor::adopt(node);
}

/// The text of a name scope.
const std::string& scope_name(std::uint32_t scope);

}  // namespace xgrad
#pragma GCC visibility pop
