#include <autograd/run/execute/executable.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include <autograd/run/compile/loops.hpp>
#include <autograd/run/execute/run_plan.hpp>
#include <autograd/run/inspect/profile_sink.hpp>
#include <autograd/run/plan/planner.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::run {
namespace {

/// As long as it lives, nothing on a list is needed but what is asked for: neither what other handles wait for, nor
/// values that a derivative on a tape would read.
class OnlyTargets {
 public:
  explicit OnlyTargets(Recorder& list) noexcept
      : list_(list),
        tapes_(std::exchange(list.tapes, 1)),
        first_pending_(std::exchange(list.first_pending, list.nodes.size())) {}
  OnlyTargets(const OnlyTargets&) = delete;
  OnlyTargets& operator=(const OnlyTargets&) = delete;
  ~OnlyTargets() {
    list_.tapes = tapes_;
    list_.first_pending = first_pending_;
  }

 private:
  Recorder& list_;
  int tapes_;
  std::size_t first_pending_;
};

std::size_t input_of(std::span<const Tensor> inputs, const Node& node) {
  const auto is_node = [&](const Tensor& input) { return input.node() == &node; };
  return as_size(std::ranges::find_if(inputs, is_node) - inputs.begin());
}

}  // namespace

BufferHandle SharedConstants::of(Node& node) {
  const std::size_t bytes = node.bytes();
  const auto equal = std::ranges::find_if(known_, [&](const Known& known) {
    return known.bytes == bytes &&
           (known.buffer.get() == node.buffer || std::memcmp(known.buffer->data(), node.buffer->data(), bytes) == 0);
  });
  if (equal == known_.end()) {
    node.buffer->retain();
    return known_.emplace_back(Known{BufferHandle(node.buffer), bytes}).buffer;
  }
  if (node.buffer != equal->buffer.get() && !node.has_handles()) {
    equal->buffer->retain();
    std::exchange(node.buffer, equal->buffer.get())->release();
  }
  return equal->buffer;
}

Executable::Executable(std::span<const Tensor> inputs, const Tensor& result, SharedConstants& shared)
    : result_bytes_(result.node()->bytes()) {
  if (result.node()->has_value()) {
    passed_input_ = input_of(inputs, *result.node());
    return;
  }
  Recorder& list = recorder();
  const OnlyTargets scope(list);
  Needed needed(list, std::span(&result, 1));
  const Program program(needed);
  for (const Node* node : program.nodes()) {
    if (!node->primitive->is_ordered()) continue;
    fail("freeze", "the function calls " + std::string(node->primitive->name) +
                       ", which exchanges values with other ranks in the order of the list; a frozen function can't");
  }
  std::shared_ptr<const Plan> plan = make_plan(program, num_threads() > 1);
  if (can_compile() && compiling() != Compiling::never) plan = with_compiled_loops(*plan);
  plan_ = std::move(plan);
  bind(program, inputs, shared);
  nodes_.assign(program.nodes().begin(), program.nodes().end());
  for (Node* node : nodes_) node->retain(Node::one_edge);
}

Executable::~Executable() {
  for (Node* node : nodes_) node->release(Node::one_edge);
}

void Executable::bind(const Program& program, std::span<const Tensor> inputs, SharedConstants& shared) {
  memory_.resize(plan_->storages.size());
  numbers_.resize(plan_->storages.size() + room_behind_numbers);
  for (const StorageId s : plan_->storages.ids()) {
    const Storage& storage = plan_->storages[s];
    switch (storage.kind) {
      case Storage::Kind::external: {
        Node& node = *program.externals()[storage.external->index()];
        const std::size_t input = input_of(inputs, node);
        if (input < inputs.size()) {
          input_places_.push_back({s, input});
          break;
        }
        constants_.push_back(shared.of(node));
        memory_[s.index()] = static_cast<std::byte*>(constants_.back()->data());
        break;
      }
      case Storage::Kind::number:
        program.externals()[storage.external->index()]->plain_number().write(storage.dtype, &numbers_[s.index()]);
        memory_[s.index()] = reinterpret_cast<std::byte*>(&numbers_[s.index()]);
        break;
      case Storage::Kind::result:
        in_result_.push_back(s);
        break;
      case Storage::Kind::part:
        break;
      case Storage::Kind::workspace:
        (storage.result ? in_result_ : in_workspace_).push_back(s);
        break;
    }
  }
  if (const StorageId s = plan_->results.front(); plan_->storages[s].kind == Storage::Kind::external) passed_on_ = s;
}

Executable::Frame::Frame(const Executable& executable) : memory_(executable.memory_) {
  if (!executable.plan_) return;
  workspace_ = workspace_of(*executable.plan_);
  if (!workspace_) return;
  for (const StorageId s : executable.in_workspace_)
    memory_[s.index()] = static_cast<std::byte*>(workspace_->data()) + executable.plan_->storages[s].offset;
}

void Executable::run(Frame& frame, std::span<std::byte* const> inputs, std::byte* result) const {
  const std::byte* passed_on = plan_ ? nullptr : inputs[passed_input_];
  if (plan_) {
    for (const InputPlace& place : input_places_) frame.memory_[place.storage.index()] = inputs[place.input];
    for (const StorageId s : in_result_) frame.memory_[s.index()] = result;
    RunTimer timer;
    timer.begin_steps(plan_);
    run_steps(*plan_, nodes_, frame.memory_);
    timer.end_steps();
    if (passed_on_) passed_on = frame.memory_[passed_on_->index()];
  }
  if (passed_on && result_bytes_ > 0) std::memcpy(result, passed_on, result_bytes_);
}

}  // namespace xgrad::run
