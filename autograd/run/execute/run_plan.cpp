#include <autograd/run/execute/run_plan.hpp>

#include <chrono>
#include <vector>

#include <autograd/run/execute/run_pass.hpp>
#include <autograd/run/execute/run_sweep.hpp>
#include <autograd/run/inspect/profile_sink.hpp>

namespace xgrad::run {
namespace {

const char* name_of(const Vertex& vertex) { return vertex.primitive ? vertex.primitive->name : "copy"; }

std::size_t bytes_of(const Vertex& vertex) {
  return static_cast<std::size_t>(vertex.shape.elements()) * size_of(vertex.dtype);
}

/// The operation whose value takes the most of a plan's workspace.
const char* largest_in_workspace(const Plan& plan) {
  const char* name = "eval";
  std::size_t most = 0;
  for (const Step& step : plan.steps) {
    plan.each_stage(step, [&](const Step& stage) {
      plan.each_written(stage, [&](int s) {
        const Storage& storage = plan.storages[static_cast<std::size_t>(s)];
        if (storage.kind != Storage::Kind::workspace || storage.bytes <= most) return;
        most = storage.bytes;
        name = name_of(plan.graph->vertices[static_cast<std::size_t>(stage.vertices.back())]);
      });
    });
  }
  return name;
}

Buffer* workspace_of(const Plan& plan) {
  if (plan.workspace == 0) return nullptr;
  try {
    return Buffer::allocate(plan.workspace);
  } catch (const OutOfMemory&) {
    refuse_memory(largest_in_workspace(plan), plan.workspace);
  }
}

/// A plan with the memory of one program.
class Binding {
 public:
  Binding(const Plan& plan, const Program& program)
      : plan_(plan),
        program_(program),
        workspace_(workspace_of(plan)),
        memory_(plan.storages.size()),
        results_(plan.storages.size()),
        numbers_(plan.storages.size() + room_behind) {
    for (std::size_t s = 0; s < memory_.size(); ++s) memory_[s] = address(s);
  }

  void run() {
    if (plan_.parallel && plan_.large) {
      const auto start = std::chrono::steady_clock::now();
      const bool helped = run_with_tasks(
          plan_.chain, plan_.tasks, [this](int step) { run_step(step); }, plan_.helping.next());
      plan_.helping.took(helped, std::chrono::steady_clock::now() - start);
    } else {
      for (int step = 0; step < static_cast<int>(plan_.steps.size()); ++step) run_step(step);
    }
  }

  void run_step(int index) {
    const StepTimer timer(profile_, index);
    const Step& step = plan_.steps[static_cast<std::size_t>(index)];
    const Vertex& last = plan_.graph->vertices[static_cast<std::size_t>(step.vertices.back())];
    with_memory_for(name_of(last), bytes_of(last), [&] { run_step(step); });
  }

  void run_step(const Step& step) {
    const auto i = static_cast<std::size_t>(step.index);
    switch (step.kind) {
      case Step::Kind::pass:
        return run_pass(plan_.passes[i], memory_);
      case Step::Kind::block:
        return run_whole(plan_.blocks[i]);
      case Step::Kind::sweep:
        return run_sweep(plan_, plan_.sweeps[i], memory_);
    }
  }

  /// Gives the surviving nodes their buffers.
  void hand_over() {
    const std::span<Node* const> survivors = program_.survivors();
    for (std::size_t i = 0; i < survivors.size(); ++i) {
      const auto s = static_cast<std::size_t>(plan_.results[i]);
      const Storage& storage = plan_.storages[s];
      Buffer* buffer = storage.kind == Storage::Kind::external ? external(storage).buffer : results_[s].get();
      buffer->retain();
      survivors[i]->buffer = buffer;
    }
    for (const Storage& storage : plan_.storages)
      if (storage.kind == Storage::Kind::result && storage.external >= 0)
        std::exchange(external(storage).buffer, nullptr)->release();
  }

 private:
  Node& external(const Storage& storage) const {
    return *program_.externals()[static_cast<std::size_t>(storage.external)];
  }

  std::byte* address(std::size_t s) {
    const Storage& storage = plan_.storages[s];
    switch (storage.kind) {
      case Storage::Kind::external:
        return static_cast<std::byte*>(external(storage).buffer->data());
      case Storage::Kind::number:
        external(storage).plain_number().write(storage.dtype, &numbers_[s]);
        return reinterpret_cast<std::byte*>(&numbers_[s]);
      case Storage::Kind::result:
        return result_memory(s);
      case Storage::Kind::part:
        return nullptr;
      case Storage::Kind::workspace:
        if (storage.result >= 0) return result_memory(static_cast<std::size_t>(storage.result));
        break;
    }
    return workspace_ ? static_cast<std::byte*>(workspace_->data()) + storage.offset : nullptr;
  }

  /// Of a buffer that is taken over or made when it is first asked for.
  std::byte* result_memory(std::size_t s) {
    BufferHandle& result = results_[s];
    if (!result) {
      const Storage& storage = plan_.storages[s];
      result = BufferHandle(storage.external >= 0 ? external(storage).buffer : allocate_result(s));
      if (storage.external >= 0) result->retain();
    }
    return static_cast<std::byte*>(result->data());
  }

  Buffer* allocate_result(std::size_t s) const {
    const std::size_t bytes = plan_.storages[s].bytes;
    try {
      return Buffer::allocate(bytes);
    } catch (const OutOfMemory&) {
      for (std::size_t i = 0; i < plan_.results.size(); ++i)
        if (static_cast<std::size_t>(plan_.results[i]) == s)
          refuse_memory(program_.survivors()[i]->primitive->name, bytes);
      throw;
    }
  }

  void run_whole(const Block& block) {
    std::array<Array, Node::inline_inputs> few;
    std::vector<Array> many;
    std::span<Array> inputs(few.data(), std::min(block.inputs.size(), few.size()));
    if (block.inputs.size() > few.size()) {
      many.resize(block.inputs.size());
      inputs = many;
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = array_of(block.inputs[k], memory_);
    run_block(block, inputs, array_of(block.result, memory_));
  }

  /// Compiled loops read whole vectors, as far as they may behind the values of buffers.
  static constexpr std::size_t room_behind = 64 / sizeof(double);

  const Plan& plan_;
  const Program& program_;
  ProfileSink* const profile_ = active_profile();
  BufferHandle workspace_;
  std::vector<std::byte*> memory_;
  std::vector<BufferHandle> results_;
  std::vector<double> numbers_;
};

}  // namespace

void run_plan(const Plan& plan, const Program& program) {
  Binding binding(plan, program);
  binding.run();
  binding.hand_over();
}

}  // namespace xgrad::run
