#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <autograd/node.hpp>
#include <autograd/operand.hpp>
#include <autograd/provenance.hpp>

namespace xgrad {

/// This thread's list of nodes, in record order: the tape. While a Tape is alive everything stays on it; without one
/// only what has not run yet and can still be asked for.
class Recorder {
 public:
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

  bool holds(const Node& node) const noexcept { return node.recorder.load(std::memory_order_relaxed) == id; }
  /// Appends a node, one of whose references is the list's.
  void append(Node& node) {
    if (tapes == 0 && nodes.size() >= sweep_at_) {
      sweep();
      sweep_at_ = std::max<std::size_t>(1024, 2 * nodes.size());
    }
    node.position = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(&node);
    node.recorder.store(id, std::memory_order_relaxed);
  }
  /// Without a tape: lets go of what has run and of what nobody can ask for any more.
  void sweep() noexcept;
  void begin_tape() noexcept { ++tapes; }
  void end_tape() noexcept {
    if (--tapes == 0) sweep();
  }

 private:
  std::size_t sweep_at_ = 1024;
  std::vector<std::uint8_t> alive_;
};

Recorder& recorder() noexcept;

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

/// Records a node: the one way that operations enter the tape. Inputs must be defined.
Tensor record(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
              const Attributes& attributes = {});
/// The same for one, two and three inputs, for the hot paths.
Tensor record1(const Primitive& primitive, const Tensor& a, const Shape& shape, DType dtype,
               const Attributes& attributes = {});
Tensor record2(const Primitive& primitive, const Tensor& a, const Tensor& b, const Shape& shape, DType dtype,
               const Attributes& attributes = {});
Tensor record3(const Primitive& primitive, const Tensor& a, const Tensor& b, const Tensor& c, const Shape& shape,
               DType dtype);

/// A tensor that holds a node.
inline Tensor handle(Node* node) noexcept {
  node->retain(Node::one_handle);
  return Tensor::adopt(node);
}

/// The text of a name scope.
const std::string& scope_name(std::uint32_t scope);

}  // namespace xgrad
