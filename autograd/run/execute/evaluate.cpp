#include <autograd/run/execute/evaluate.hpp>

#include <atomic>
#include <optional>

#include <autograd/run/execute/interpret.hpp>
#include <autograd/run/execute/plan_cache.hpp>
#include <autograd/run/execute/run_plan.hpp>
#include <autograd/run/inspect/profile_sink.hpp>
#include <autograd/run/run.hpp>

namespace xgrad {
namespace run {
namespace {

/// Longer programs than this go node by node: their plan would cost more than it saves, and they rarely repeat.
constexpr std::size_t longest_plan = 20'000;

/// The value of a plain number in memory. Threads that share it may all ask for it at once: one of them puts it there.
void materialise_number(Node& node) {
  std::atomic_ref<Buffer*> place(node.buffer);
  if (place.load(std::memory_order_acquire)) return;
  BufferHandle buffer(Buffer::allocate(sizeof(double)));
  node.plain_number().write(node.dtype, buffer->data());
  Buffer* none = nullptr;
  if (place.compare_exchange_strong(none, buffer.get(), std::memory_order_acq_rel)) buffer.release();
}

/// Plans a program and runs the plan, or nothing where it goes node by node.
bool run_planned(const Program& program, RunTimer& timer) {
  if (!fusing() || detecting_anomaly() || program.nodes().size() > longest_plan) return false;
  const std::shared_ptr<const Plan> plan = plan_for(program);
  timer.begin_steps(plan);
  run_plan(*plan, program);
  return true;
}

void run_node_by_node(const Program& program, RunTimer& timer, Refused refused) {
  timer.begin_steps(program);
  interpret(program, refused);
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
    const Program program(list, tensors, donated);
    list.first_pending = list.nodes.size();  // also where a kernel refuses: what failed does not run along again
    if (!program.nodes().empty() && !run_planned(program, timer)) run_node_by_node(program, timer, Refused::throws);
  });
}

void evaluate_waiting(Recorder& list) noexcept try {
  const ListGuard guard(list);
  list.first_pending = 0;
  std::optional<RunTimer> timer(std::in_place);
  const Program program(list, {});
  list.first_pending = list.nodes.size();
  if (program.nodes().empty()) return;
  try {
    if (run_planned(program, *timer)) return;
  } catch (...) {
    timer.emplace();  // node by node it shows what is refused, and what is not
  }
  run_node_by_node(program, *timer, Refused::stays);
} catch (...) {
  // There is no memory to run anything: all goes on waiting.
}

}  // namespace run

}  // namespace xgrad
