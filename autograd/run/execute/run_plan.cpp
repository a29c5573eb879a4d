#include <autograd/run/execute/run_plan.hpp>

#include <chrono>
#include <vector>

#include <autograd/run/execute/run_pass.hpp>
#include <autograd/run/execute/run_sweep.hpp>
#include <autograd/run/inspect/profile_sink.hpp>

namespace xgrad::run {
namespace {

const char* name_of(const Vertex& vertex) { return vertex.primitive ? vertex.primitive->name : "copy"; }

std::size_t bytes_of(const Vertex& vertex) { return as_size(vertex.shape.elements()) * size_of(vertex.dtype); }

/// The operation whose value takes the most of a plan's workspace.
const char* largest_in_workspace(const Plan& plan) {
  const char* name = "eval";
  std::size_t most = 0;
  for (const Step& step : plan.steps) {
    plan.each_stage(step, [&](const Step& stage) {
      plan.each_written(stage, [&](StorageId s) {
        const Storage& storage = plan.storages[s];
        if (storage.kind != Storage::Kind::workspace || storage.bytes <= most) return;
        most = storage.bytes;
        name = name_of(plan.graph->vertices[stage.vertices.back()]);
      });
    });
  }
  return name;
}

/// The steps of a plan, in the memory of one run.
class Steps {
 public:
  Steps(const Plan& plan, std::span<Node* const> nodes, std::span<std::byte* const> memory)
      : plan_(plan), nodes_(nodes), memory_(memory) {}

  void run() const {
    if (plan_.parallel && plan_.large) {
      const auto start = std::chrono::steady_clock::now();
      const bool helped = run_with_tasks(
          plan_.chain, plan_.tasks, [this](int step) { run_step(StepId(step)); }, plan_.helping.next());
      plan_.helping.took(helped, std::chrono::steady_clock::now() - start);
    } else {
      for (const StepId step : plan_.steps.ids()) run_step(step);
    }
  }

 private:
  void run_step(StepId id) const {
    const StepTimer timer(profile_, id.index());
    const Step& step = plan_.steps[id];
    const Vertex& last = plan_.graph->vertices[step.vertices.back()];
    with_memory_for(name_of(last), bytes_of(last), [&] { run_step(step); });
  }

  void run_step(const Step& step) const {
    switch (step.kind) {
      case Step::Kind::pass:
        return run_pass(plan_.pass_of(step), memory_);
      case Step::Kind::block:
        return run_whole(plan_.block_of(step));
      case Step::Kind::sweep:
        return run_sweep(plan_, plan_.sweep_of(step), nodes_, memory_);
    }
  }

  void run_whole(const Block& block) const {
    std::array<Array, Node::inline_inputs> few;
    std::vector<Array> many;
    std::span<Array> inputs(few.data(), std::min(block.inputs.size(), few.size()));
    if (block.inputs.size() > few.size()) {
      many.resize(block.inputs.size());
      inputs = many;
    }
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = array_of(block.inputs[k], memory_);
    run_block(block, nodes_, inputs, array_of(block.result, memory_), block.adds);
  }

  const Plan& plan_;
  std::span<Node* const> nodes_;
  std::span<std::byte* const> memory_;
  ProfileSink* const profile_ = active_profile();
};

/// A plan with the memory of one program.
class Binding {
 public:
  Binding(const Plan& plan, const Program& program)
      : plan_(plan),
        program_(program),
        workspace_(workspace_of(plan)),
        memory_(plan.storages.size()),
        results_(plan.storages.size()),
        numbers_(plan.storages.size() + room_behind_numbers) {
    for (const StorageId s : plan.storages.ids()) memory_[s.index()] = address(s);
  }

  void run() { run_steps(plan_, program_.nodes(), memory_); }

  /// Gives the surviving nodes their buffers.
  void hand_over() {
    const std::span<Node* const> survivors = program_.survivors();
    for (std::size_t i = 0; i < survivors.size(); ++i) {
      const StorageId s = plan_.results[i];
      const Storage& storage = plan_.storages[s];
      Buffer* buffer = storage.kind == Storage::Kind::external ? external(storage).buffer : results_[s].get();
      buffer->retain();
      survivors[i]->buffer = buffer;
    }
    for (const Storage& storage : plan_.storages)
      if (storage.kind == Storage::Kind::result && storage.external)
        std::exchange(external(storage).buffer, nullptr)->release();
  }

 private:
  Node& external(const Storage& storage) const { return *program_.externals()[storage.external->index()]; }

  std::byte* address(StorageId s) {
    const Storage& storage = plan_.storages[s];
    switch (storage.kind) {
      case Storage::Kind::external:
        return program_.value(storage.external->index()).data;
      case Storage::Kind::number:
        external(storage).plain_number().write(storage.dtype, &numbers_[s]);
        return reinterpret_cast<std::byte*>(&numbers_[s]);
      case Storage::Kind::result:
        return result_memory(s);
      case Storage::Kind::part:
        return nullptr;
      case Storage::Kind::workspace:
        if (storage.result) return result_memory(*storage.result);
        break;
    }
    return workspace_ ? static_cast<std::byte*>(workspace_->data()) + storage.offset : nullptr;
  }

  /// Of a buffer that is taken over or made when it is first asked for.
  std::byte* result_memory(StorageId s) {
    BufferHandle& result = results_[s];
    if (!result) {
      const Storage& storage = plan_.storages[s];
      result = BufferHandle(storage.external ? external(storage).buffer : allocate_result(s));
      if (storage.external) result->retain();
    }
    return static_cast<std::byte*>(result->data());
  }

  Buffer* allocate_result(StorageId s) const {
    const std::size_t bytes = plan_.storages[s].bytes;
    try {
      return Buffer::allocate(bytes);
    } catch (const OutOfMemory&) {
      for (std::size_t i = 0; i < plan_.results.size(); ++i)
        if (plan_.results[i] == s) refuse_memory(program_.survivors()[i]->primitive->name, bytes);
      throw;
    }
  }

  const Plan& plan_;
  const Program& program_;
  BufferHandle workspace_;
  std::vector<std::byte*> memory_;
  IdVector<StorageId, BufferHandle> results_;
  IdVector<StorageId, double> numbers_;  ///< and room behind
};

}  // namespace

BufferHandle workspace_of(const Plan& plan) {
  if (plan.workspace == 0) return {};
  try {
    return BufferHandle(Buffer::allocate(plan.workspace));
  } catch (const OutOfMemory&) {
    refuse_memory(largest_in_workspace(plan), plan.workspace);
  }
}

void run_steps(const Plan& plan, std::span<Node* const> nodes, std::span<std::byte* const> memory) {
  Steps(plan, nodes, memory).run();
}

void run_plan(const Plan& plan, const Program& program) {
  Binding binding(plan, program);
  binding.run();
  binding.hand_over();
}

}  // namespace xgrad::run
