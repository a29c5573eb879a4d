#include <autograd/run/execute/evaluate.hpp>

#include <optional>

#include <autograd/run/execute/run_needed.hpp>
#include <autograd/run/inspect/profile_sink.hpp>

namespace xgrad {
namespace run {
namespace {

/// The value of a plain number in memory. Threads that share it may all ask for it at once: one of them puts it there.
void materialise_number(Node& node) {
  // Compilers' own operations: libc++ has no std::atomic_ref before version 19.
  if (__atomic_load_n(&node.buffer, __ATOMIC_ACQUIRE)) return;
  BufferHandle buffer(Buffer::allocate(sizeof(double)));
  node.plain_number().write(node.dtype, buffer->data());
  Buffer* none = nullptr;
  if (__atomic_compare_exchange_n(&node.buffer, &none, buffer.get(), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    buffer.release();
}

}  // namespace

void evaluate(std::span<const Tensor> tensors, std::span<const Tensor> donated) {
  const Called::Suspended others;  // what runs along is no part of what asks for a value
  bool waiting = false;
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) fail("eval", "a Tensor is undefined (default-constructed or moved from)");
    Node& node = *tensor.node();
    if (node.number) materialise_number(node);
    waiting = waiting || !node.has_value();
  }
  if (!waiting) return;

  Recorder& list = recorder();
  const ListGuard guard(list);
  // An operation that runs out of memory is named by its own kernel. This is for planning, which needs some words for
  // each node.
  with_memory_for("eval", list.nodes.size() * sizeof(Node), [&] {
    RunTimer timer;
    Needed needed(list, tensors);
    list.first_pending = list.nodes.size();  // also where a kernel refuses: what failed does not run along again
    try {
      if (needed.count() > 0) run_needed(needed, donated, timer);
      needed.let_go();
    } catch (...) {
      list.last_ordered = Tensor();  // the next one does not wait for what has failed
      throw;
    }
  });
}

void evaluate_waiting(Recorder& list) noexcept try {
  const ListGuard guard(list);
  list.first_pending = 0;
  std::optional<RunTimer> timer(std::in_place);
  Needed needed(list, {});
  list.first_pending = list.nodes.size();
  if (needed.count() == 0) return;
  try {
    run_needed(needed, {}, *timer);
    return needed.let_go();
  } catch (...) {
    if (list.last_ordered.defined()) {  // it may have run
      list.last_ordered = Tensor();
      throw;
    }
    timer.emplace();  // node by node it shows what is refused, and what is not
  }
  run_node_by_node(needed, *timer, Refused::stays);
} catch (...) {
  // There is no memory to run anything: all goes on waiting.
}

}  // namespace run

}  // namespace xgrad
