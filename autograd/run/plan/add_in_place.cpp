#include <autograd/run/plan/add_in_place.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace xgrad::run {
namespace {

class Adding {
 public:
  explicit Adding(Plan& plan)
      : plan_(plan),
        names_(plan.storages.size()),
        writer_(plan.storages.size()),
        writes_(plan.storages.size(), 0),
        reads_(plan.storages.size(), 0),
        operands_(plan.storages.size(), 0) {}

  void run() {
    count();
    bool any = false;
    for (const StepId i : plan_.steps.ids()) {
      if (plan_.steps[i].kind == Step::Kind::pass && join_sums(i)) any = true;
      each_written(i, [&](StorageId s) { writer_[name_of(s)] = i; });
    }
    if (!any) return;
    plan_.each_name([&](StorageId& s) { s = name_of(s); });
    drop_empty_passes();
  }

 private:
  template <class F>
  void each_written(StepId i, F&& f) const {
    plan_.each_stage(plan_.steps[i], [&](const Step& stage) { plan_.each_written(stage, f); });
  }

  /// How many steps write each storage, and how many stages only read it.
  void count() {
    IdVector<StorageId, const Step*> seen(plan_.storages.size(), nullptr);
    for (const StepId i : plan_.steps.ids()) {
      plan_.each_stage(plan_.steps[i], [&](const Step& stage) {
        const auto once = [&](StorageId s) { return std::exchange(seen[s], &stage) != &stage; };
        plan_.each_written(stage, [&](StorageId s) {
          if (once(s)) ++writes_[s];
        });
        plan_.each_storage(stage, [&](StorageId s) {
          if (once(s)) ++reads_[s];
        });
      });
    }
  }

  StorageId name_of(StorageId s) const {
    while (names_[s]) s = *names_[s];
    return s;
  }

  /// Takes sums out of a pass which blocks can do. Whether there were any.
  bool join_sums(StepId i) {
    Pass& pass = plan_.passes[as_size(plan_.steps[i].index)];
    if (std::ranges::none_of(pass.instructions, is_sum)) return false;
    count_uses(pass);
    IdVector<InstructionId, Instruction> kept;
    for (const Instruction& instruction : pass.instructions) {
      ++plan_.work;
      if (!is_sum(instruction) || !(join(i, pass, instruction, 0, 1) || join(i, pass, instruction, 1, 0)))
        kept.push_back(instruction);
    }
    if (kept.size() == pass.instructions.size()) return false;
    pass.instructions = std::move(kept);
    return true;
  }

  /// How many operands of a pass each storage has, and how often the pass reads each operand.
  void count_uses(const Pass& pass) {
    uses_.assign(pass.operands.size(), 0);
    for (const PassOperand& operand : pass.operands)
      if (operand.storage) operands_[name_of(*operand.storage)] = 0;
    for (const PassOperand& operand : pass.operands)
      if (operand.storage) ++operands_[name_of(*operand.storage)];
    for (const Instruction& instruction : pass.instructions)
      for (int k = 0; k < instruction.inputs; ++k) ++uses_[instruction.in[as_size(k)]];
    for (const Accumulation& accumulation : pass.accumulations) ++uses_[accumulation.operand];
    plan_.work += static_cast<std::int64_t>(pass.operands.size() + pass.instructions.size());
  }

  static bool is_sum(const Instruction& instruction) {
    return instruction.kind == Instruction::Kind::full && instruction.machine == MachineOp::add &&
           instruction.machine_steps.empty() && instruction.inputs == 2;
  }

  /// Lets the block that writes one operand of a sum add it to the other.
  bool join(StepId i, Pass& pass, const Instruction& sum, std::size_t total_at, std::size_t addend_at) {
    const std::optional<StorageId> total = read_here_only(pass, sum.in[total_at]);
    const std::optional<StorageId> addend = read_here_only(pass, sum.in[addend_at]);
    if (!total || !addend || *total == *addend) return false;
    const std::optional<StepId> source = writer_[*addend], before = writer_[*total];
    if (!source || !before || *before >= *source || writes_[*addend] != 1 || !can_add(*source, *addend)) return false;
    PassOperand& out = pass.operands[sum.out];
    if (out.storage && (out.kind != PassOperand::Kind::full || out.offset != 0 ||
                        bytes(name_of(*out.storage)) != bytes(*total) || writes_[name_of(*out.storage)] != 1))
      return false;

    Block& block = plan_.blocks[as_size(plan_.steps[*source].index)];
    block.adds = true;
    rename(*addend, *total);
    ++writes_[*total];
    if (!out.storage) {
      out = pass.operands[sum.in[total_at]];
    } else {
      const StorageId result = name_of(*out.storage);
      reads_[*total] = reads_[result];
      // What outlives the run keeps its name.
      if (plan_.storages[result].kind == Storage::Kind::workspace)
        rename(result, *total);
      else
        rename(*total, result);
    }
    writer_[name_of(*total)] = source;
    operands_[name_of(*total)] = 2;  // what was the total, and the sum
    Step& own = plan_.steps[*source];
    const std::vector<VertexId>& vertices = plan_.steps[i].vertices;
    if (sum.vertex && std::ranges::find(vertices, *sum.vertex) != vertices.end()) {
      std::erase(plan_.steps[i].vertices, *sum.vertex);
      own.vertices.insert(own.vertices.begin(), *sum.vertex);
    }
    return true;
  }

  void rename(StorageId from, StorageId to) { names_[from] = to; }
  std::size_t bytes(StorageId s) const { return plan_.storages[s].bytes; }

  /// The storage of an operand that a pass goes through as a whole, if only one instruction of this pass reads it.
  std::optional<StorageId> read_here_only(const Pass& pass, OperandId k) const {
    const PassOperand& operand = pass.operands[k];
    if (operand.kind != PassOperand::Kind::full || !operand.storage || operand.offset != 0) return std::nullopt;
    const StorageId s = name_of(*operand.storage);
    if (plan_.storages[s].kind != Storage::Kind::workspace || reads_[s] != 1 ||
        bytes(s) != as_size(pass.elements * operand.width))
      return std::nullopt;
    return operands_[s] == 1 && uses_[k] == 1 ? std::optional(s) : std::nullopt;
  }

  /// Whether a step is a block that can add what it writes, all of a storage, to another one of the same extent.
  bool can_add(StepId i, StorageId written) const {
    if (plan_.steps[i].kind != Step::Kind::block) return false;
    const Block& block = plan_.block_of(plan_.steps[i]);
    if (!block.primitive || !block.primitive->block() || !block.primitive->block()->adds || block.inputs.empty())
      return false;
    const Place& result = block.result;
    return result.offset == 0 && as_size(result.shape.elements()) * size_of(result.dtype) == bytes(written) &&
           block.primitive->block()->adds(result.dtype, block.inputs.front().shape, result.shape);
  }

  void drop_empty_passes() {
    const auto is_empty = [](const Pass& pass) { return pass.instructions.empty() && pass.accumulations.empty(); };
    IdVector<StepId, Step> steps;
    for (const StepId i : plan_.steps.ids()) {
      Step& step = plan_.steps[i];
      if (step.kind != Step::Kind::pass || !is_empty(plan_.pass_of(step))) steps.push_back(std::move(step));
    }
    plan_.steps = std::move(steps);
    std::vector<Pass> passes;
    std::vector<int> places;
    for (Pass& pass : plan_.passes) {
      places.push_back(static_cast<int>(passes.size()));
      if (!is_empty(pass)) passes.push_back(std::move(pass));
    }
    plan_.passes = std::move(passes);
    const auto move = [&](Step& step) {
      if (step.kind == Step::Kind::pass) step.index = places[as_size(step.index)];
    };
    for (Step& step : plan_.steps) move(step);
    for (Sweep& sweep : plan_.sweeps)
      for (Sweep::Stage& stage : sweep.stages) move(stage.step);
  }

  Plan& plan_;
  IdVector<StorageId, std::optional<StorageId>> names_;  ///< of storages that became one with another
  IdVector<StorageId, std::optional<StepId>> writer_;    ///< the last one so far
  IdVector<StorageId, int> writes_;                      ///< steps that write it
  IdVector<StorageId, int> reads_;                       ///< stages that only read it
  IdVector<StorageId, int> operands_;                    ///< of the pass at hand, that are of it
  IdVector<OperandId, int> uses_;                        ///< of the pass at hand
};

}  // namespace

void add_in_place(Plan& plan) { Adding(plan).run(); }

}  // namespace xgrad::run
