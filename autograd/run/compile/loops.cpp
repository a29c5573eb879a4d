#include <autograd/run/compile/loops.hpp>

#include <algorithm>
#include <optional>
#include <system_error>
#include <vector>

#include <autograd/kernel/processor.hpp>
#include <autograd/run/compile/code.hpp>
#include <autograd/run/plan/workspace.hpp>

namespace xgrad::run {
namespace {

constexpr std::int64_t vector_bytes = 32;
/// A loop pays from two instructions on: what one gives the other need not go through memory.
constexpr std::size_t fewest_operations = 2;
/// Longer ones would take asmjit's register allocator long, and much memory.
constexpr std::size_t most_operations = 24;
/// Kernels reduce so many elements in one go (kernel::row_block).
constexpr std::int64_t longest_fold = 2048;

class LoopFinder {
 public:
  explicit LoopFinder(Pass& pass)
      : pass_(pass), usable_(pass.instructions.size()), readers_(pass.operands.size()), totals_(pass.operands.size()) {
    for (const InstructionId i : usable_.ids()) {
      const Instruction& instruction = pass.instructions[i];
      const bool folds = instruction.kind == Instruction::Kind::reduce && pass.tile_rows == 1 && tile_folds();
      usable_[i] = (instruction.kind == Instruction::Kind::full || folds) && element_type(instruction).has_value();
      for (int k = 0; k < instruction.inputs; ++k) {
        std::optional<Readers>& readers = readers_[instruction.in[as_size(k)]];
        readers = {readers ? readers->first : i, i};
      }
    }
    for (std::size_t a = 0; a < pass.accumulations.size(); ++a) totals_[pass.accumulations[a].operand].push_back(a);
  }

  void find() {
    if (add_loop_over_rows()) return;
    InstructionId first(0);
    while (first < usable_.next_id()) {
      const InstructionId last = end_of_run(first);
      if (last == first) {
        ++first;
        continue;
      }
      if (const std::optional<InstructionId> truth = truth_that_leaves(first, last)) {
        usable_[*truth] = false;  // as bytes, by its own loop
        continue;
      }
      add_loop(first, last);
      first = last;
    }
  }

 private:
  /// The floating-point type an instruction computes in, where it can be compiled.
  static std::optional<DType> element_type(const Instruction& instruction) {
    if (!is_known(instruction)) return std::nullopt;
    if (instruction.machine == MachineOp::copy) {
      const DType type = computed_in(instruction.result);
      const bool from_truth = instruction.operand == boolean && type == instruction.result;
      return is_floating(type) && (from_truth || computed_in(instruction.operand) == type) ? std::optional(type)
                                                                                           : std::nullopt;
    }
    const DType type = is_comparison(instruction.machine) ? instruction.operand : instruction.result;
    return is_floating(type) && instruction.operand == type ? std::optional(type) : std::nullopt;
  }

  /// Whether a compiled loop computes what an instruction does. What it does not know runs as a loop of its own.
  static bool is_known(const Instruction& instruction) {
    if (instruction.kind == Instruction::Kind::reduce) return is_reduction(instruction.machine);
    if (instruction.machine_steps.empty()) return arity(instruction.machine) == instruction.inputs;
    for (std::size_t i = 0; i < instruction.machine_steps.size(); ++i) {
      const MachineStep& step = instruction.machine_steps[i];
      if (arity(step.op) == 0) return false;
      for (int k = 0; k < arity(step.op); ++k) {
        const int operand = step.operands[as_size(k)];
        const bool earlier = operand >= MachineStep::first_step && operand < xgrad::step(static_cast<int>(i));
        if (!earlier && !(operand >= 0 && operand < instruction.inputs)) return false;
      }
    }
    return true;
  }

  /// Operations of a loop that an instruction becomes.
  static std::size_t operations(const Instruction& instruction) {
    return std::max<std::size_t>(1, instruction.machine_steps.size());
  }

  InstructionId end_of_run(InstructionId first) const {
    InstructionId last = first;
    std::size_t count = 0;
    while (last < usable_.next_id() && (count += operations(pass_.instructions[last])) <= most_operations &&
           usable_[last] && !reads_fold(first, last) &&
           element_type(pass_.instructions[last]) == element_type(pass_.instructions[first]))
      ++last;
    return last;
  }

  /// Whether tiles are short enough for kernels to reduce them in one go, whose order the folds of loops keep to.
  bool tile_folds() const {
    const std::int64_t longest =
        pass_.tile_columns == pass_.columns ? pass_.tile_rows * pass_.columns : pass_.tile_columns;
    return longest <= longest_fold;
  }

  /// Whether an instruction needs the result of a fold of the run that begins at `first`.
  bool reads_fold(InstructionId first, InstructionId instruction) const {
    for (InstructionId i = first; i < instruction; ++i)
      if (pass_.instructions[i].kind == Instruction::Kind::reduce &&
          reads(pass_.instructions[instruction], pass_.instructions[i].out))
        return true;
    return false;
  }

  /// Whether anything but the instructions of a run reads an operand.
  bool leaves(OperandId operand, InstructionId first, InstructionId last) const {
    if (pass_.operands[operand].storage) return true;
    const std::optional<Readers>& readers = readers_[operand];
    if (readers && (readers->first < first || readers->last >= last)) return true;
    return std::ranges::any_of(totals_[operand], [&](std::size_t a) { return !pass_.accumulations[a].compiled; });
  }

  static bool reads(const Instruction& instruction, OperandId operand) {
    for (int k = 0; k < instruction.inputs; ++k)
      if (instruction.in[as_size(k)] == operand) return true;
    return false;
  }

  /// A comparison of the run whose result is needed elsewhere.
  std::optional<InstructionId> truth_that_leaves(InstructionId first, InstructionId last) const {
    for (InstructionId i = first; i < last; ++i)
      if (pass_.instructions[i].result == boolean && leaves(pass_.instructions[i].out, first, last)) return i;
    return std::nullopt;
  }

  /// All of a pass over short rows as one loop, where it reads or reduces by rows or columns: what repeats need not be
  /// copied into a tile, and totals stay in registers.
  bool add_loop_over_rows() {
    const std::optional<DType> type = type_of_all();
    if (!type || pass_.tile_rows == 1 || pass_.columns < vector_bytes / static_cast<std::int64_t>(size_of(*type)) ||
        operations_of_all() > most_operations)
      return false;
    const InstructionId first(0), last = usable_.next_id();
    if (truth_that_leaves(first, last)) return false;
    LoopText text;
    text.type = *type;
    text.rows.columns = pass_.columns;
    text.rows.block = std::min(pass_.tile_rows, rows_of_block);
    for (const OperandId i : pass_.operands.ids()) {
      if (pass_.operands[i].kind == PassOperand::Kind::row) text.rows.repeated.push_back(i.number());
      if (pass_.operands[i].kind == PassOperand::Kind::column) text.rows.one_a_row.push_back(i.number());
    }
    if (text.rows.repeated.empty() && text.rows.one_a_row.empty() && pass_.accumulations.empty()) return false;
    std::vector<Accumulation*> taken;
    for (std::size_t a = 0; a < pass_.accumulations.size(); ++a) {
      Accumulation& accumulation = pass_.accumulations[a];
      text.totals.push_back({accumulation.machine, accumulation.operand.number(), pass_.pointer_of_total(a)});
      accumulation.compiled = true;
      taken.push_back(&accumulation);
    }
    for (const InstructionId i : usable_.ids()) add_operation(text, i, first, last);
    std::shared_ptr<const Code> code = code_for(text);
    if (!code) {
      give_back(taken);
      leave_registers(first, last);
      return false;
    }
    pass_.loops.push_back({.first = first, .last = last, .type = *type, .folds = {}, .code = std::move(code)});
    pass_.by_rows = true;
    return true;
  }

  std::size_t operations_of_all() const {
    std::size_t count = 0;
    for (const Instruction& instruction : pass_.instructions) count += operations(instruction);
    return count;
  }

  /// The one floating-point type that all of a pass computes in, where all of it can be part of a loop over rows.
  std::optional<DType> type_of_all() const {
    std::optional<DType> type;
    const auto agrees = [&](std::optional<DType> other) {
      if (!type) type = other;
      return other && type == other;
    };
    for (const Instruction& instruction : pass_.instructions)
      if (instruction.kind != Instruction::Kind::full || !agrees(element_type(instruction))) return std::nullopt;
    for (const Accumulation& accumulation : pass_.accumulations) {
      const bool single = accumulation.width == static_cast<std::int64_t>(size_of(DType::float32));
      if (accumulation.over != Accumulation::Over::rows || !is_reduction(accumulation.machine) ||
          !agrees(single ? DType::float32 : DType::float64))
        return std::nullopt;
    }
    return type;
  }

  void add_loop(InstructionId first, InstructionId last) {
    LoopText text;
    text.type = *element_type(pass_.instructions[first]);
    Loop loop{.first = first, .last = last, .type = text.type, .folds = {}, .code = {}};
    const std::vector<Accumulation*> taken =
        last == usable_.next_id() ? take_accumulations(text, loop) : std::vector<Accumulation*>();
    if (as_size(last - first) + taken.size() < fewest_operations) return give_back(taken);
    for (InstructionId i = first; i < last; ++i) {
      const Instruction& instruction = pass_.instructions[i];
      if (instruction.kind == Instruction::Kind::reduce) {
        add_fold(text, loop, instruction.machine, instruction.in[0], i);
        continue;
      }
      add_operation(text, i, first, last);
    }
    loop.code = code_for(text);
    if (loop.code) {
      pass_.folds += static_cast<int>(loop.folds.size());
      pass_.loops.push_back(std::move(loop));
      return;
    }
    give_back(taken);
    leave_registers(first, last);
  }

  static std::array<int, 3> numbers_of(const std::array<OperandId, 3>& operands) {
    return {operands[0].number(), operands[1].number(), operands[2].number()};
  }

  /// An instruction as part of the loop of those from first to last - 1.
  void add_operation(LoopText& text, InstructionId i, InstructionId first, InstructionId last) {
    const Instruction& instruction = pass_.instructions[i];
    if (!instruction.machine_steps.empty()) {
      add_steps(text, i, first, last);
      return;
    }
    LoopText::Operation operation{.op = instruction.machine,
                                  .out = instruction.out.number(),
                                  .inputs = instruction.inputs,
                                  .in = numbers_of(instruction.in),
                                  .step = instruction.step,
                                  .from = instruction.operand,
                                  .narrows = instruction.result == bfloat16};
    finish_operation(text, operation, first, last);
  }

  /// The same for a function of several steps, the results of all but the last of which are operands of the loop alone:
  /// these have negative numbers.
  void add_steps(LoopText& text, InstructionId i, InstructionId first, InstructionId last) {
    const Instruction& instruction = pass_.instructions[i];
    const int first_result = steps_;
    for (const MachineStep& step : instruction.machine_steps) {
      LoopText::Operation operation{
          .op = step.op, .out = --steps_, .inputs = arity(step.op), .in = {}, .step = {}, .from = text.type};
      for (int k = 0; k < operation.inputs; ++k) {
        const std::size_t slot = as_size(k);
        const int operand = step.operands[slot];
        const bool earlier = operand >= MachineStep::first_step;
        operation.in[slot] = earlier ? first_result - 1 - (operand - MachineStep::first_step)
                                     : instruction.in[as_size(operand)].number();
        operation.step[slot] = earlier ? 1 : instruction.step[as_size(operand)];
      }
      if (&step != &instruction.machine_steps.back()) {
        text.operations.push_back(operation);
        continue;
      }
      operation.out = instruction.out.number();
      finish_operation(text, operation, first, last);
    }
  }

  void finish_operation(LoopText& text, LoopText::Operation& operation, InstructionId first, InstructionId last) {
    const OperandId result(operation.out);
    PassOperand& out = pass_.operands[result];
    operation.padded = !out.storage;
    operation.stored = leaves(result, first, last);
    out.in_loop = !operation.stored;
    text.operations.push_back(operation);
  }

  /// Takes back that the results of instructions live in a loop.
  void leave_registers(InstructionId first, InstructionId last) {
    for (InstructionId i = first; i < last; ++i) pass_.operands[pass_.instructions[i].out].in_loop = false;
  }

  /// The accumulations that a pass's last loop does on its way.
  std::vector<Accumulation*> take_accumulations(LoopText& text, Loop& loop) {
    std::vector<Accumulation*> taken;
    for (std::size_t a = 0; a < pass_.accumulations.size(); ++a) {
      Accumulation& accumulation = pass_.accumulations[a];
      if (accumulation.width != static_cast<std::int64_t>(size_of(text.type)) || !is_reduction(accumulation.machine))
        continue;
      if (accumulation.over == Accumulation::Over::rows) {
        if (pass_.tile_rows != 1 || accumulation.machine != MachineOp::add) continue;
        text.totals.push_back({MachineOp::add, accumulation.operand.number(), pass_.pointer_of_total(a)});
      } else {
        if (!tile_folds() || (accumulation.over == Accumulation::Over::columns && pass_.tile_rows != 1)) continue;
        accumulation.fold = add_fold(text, loop, accumulation.machine, accumulation.operand, std::nullopt);
      }
      accumulation.compiled = true;
      taken.push_back(&accumulation);
    }
    return taken;
  }

  FoldId add_fold(LoopText& text, Loop& loop, MachineOp op, OperandId operand,
                  std::optional<InstructionId> instruction) {
    const FoldId index(as_size(pass_.folds) + loop.folds.size());
    loop.folds.push_back({.op = op, .index = index, .instruction = instruction});
    text.folds.push_back({op, operand.number(), pass_.pointer_of_fold(index)});
    return index;
  }

  static void give_back(const std::vector<Accumulation*>& taken) {
    for (Accumulation* accumulation : taken) {
      accumulation->compiled = false;
      accumulation->fold = std::nullopt;
    }
  }

  /// The first and the last instruction that reads an operand.
  struct Readers {
    InstructionId first, last;
  };

  Pass& pass_;
  IdVector<InstructionId, bool> usable_;
  IdVector<OperandId, std::optional<Readers>> readers_;
  IdVector<OperandId, std::vector<std::size_t>> totals_;  ///< the accumulations that reduce an operand
  int steps_ = 0;  ///< the number of the last result of a step, counted downwards
};

}  // namespace

bool can_compile() noexcept { return code_is_supported() && use_avx2() && code_memory_error() == 0; }

std::string why_not_compiled() {
  if (!code_is_supported()) return "built without asmjit";
  if (!use_avx2()) return "no AVX2 with FMA";
  if (const int error = code_memory_error(); error != 0)
    return "the system forbids to execute memory that was written: " + std::generic_category().message(error);
  return "";
}

void compile_loops(Pass& pass) {
  if (can_compile()) LoopFinder(pass).find();
}

void compile_pass(Pass& pass) {
  compile_loops(pass);
  lay_out_scratch(pass);
}

std::unique_ptr<Plan> with_compiled_loops(const Plan& plan) {
  auto compiled = std::make_unique<Plan>(plan);
  compiled->compiled = true;
  for (Pass& pass : compiled->passes) compile_pass(pass);
  return compiled;
}

}  // namespace xgrad::run
