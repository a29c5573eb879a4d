#include <autograd/run/compile.hpp>

#include <optional>
#include <vector>

#include <autograd/run/code.hpp>
#include <autograd/run/tile.hpp>

namespace xgrad::run {
namespace {

/// A loop pays from two instructions on: what one gives the other need not go through memory.
constexpr std::size_t fewest_operations = 2;

class LoopFinder {
 public:
  explicit LoopFinder(Pass& pass) : pass_(pass), usable_(pass.instructions.size()) {
    for (std::size_t i = 0; i < usable_.size(); ++i) usable_[i] = element_type(pass.instructions[i]).has_value();
  }

  void find() {
    std::size_t first = 0;
    while (first < usable_.size()) {
      const std::size_t last = end_of_run(first);
      if (last == first) {
        ++first;
        continue;
      }
      if (const int truth = truth_that_leaves(first, last); truth >= 0) {
        usable_[static_cast<std::size_t>(truth)] = false;  // as bytes, by its own loop
        continue;
      }
      add_loop(first, last);
      first = last;
    }
  }

 private:
  /// The floating-point type an instruction computes in, where it can be compiled.
  static std::optional<DType> element_type(const Instruction& instruction) {
    if (instruction.kind != Instruction::Kind::full || instruction.machine == MachineOp::none) return std::nullopt;
    const bool compares = instruction.machine >= MachineOp::equal && instruction.machine <= MachineOp::less_equal;
    const DType type = compares ? instruction.operand : instruction.result;
    if (!is_floating(type)) return std::nullopt;
    const bool from_truth = instruction.machine == MachineOp::copy && instruction.operand == boolean;
    return compares || from_truth || instruction.operand == type ? std::optional(type) : std::nullopt;
  }

  std::size_t end_of_run(std::size_t first) const {
    std::size_t last = first;
    while (last < usable_.size() && usable_[last] &&
           element_type(pass_.instructions[last]) == element_type(pass_.instructions[first]))
      ++last;
    return last;
  }

  bool within(int producer, std::size_t first, std::size_t last) const {
    return producer >= static_cast<int>(first) && producer < static_cast<int>(last);
  }

  /// Whether anything but the instructions of a run reads an operand.
  bool leaves(int operand, std::size_t first, std::size_t last) const {
    if (pass_.operands[static_cast<std::size_t>(operand)].storage >= 0) return true;
    for (std::size_t i = 0; i < pass_.instructions.size(); ++i)
      if (!within(static_cast<int>(i), first, last) && reads(pass_.instructions[i], operand)) return true;
    for (const Accumulation& accumulation : pass_.accumulations)
      if (accumulation.operand == operand && !accumulation.compiled) return true;
    return false;
  }

  static bool reads(const Instruction& instruction, int operand) {
    for (int k = 0; k < instruction.inputs; ++k)
      if (instruction.in[static_cast<std::size_t>(k)] == operand) return true;
    return false;
  }

  /// A comparison of the run whose result is needed elsewhere; -1 where there is none.
  int truth_that_leaves(std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i)
      if (pass_.instructions[i].result == boolean && leaves(pass_.instructions[i].out, first, last))
        return static_cast<int>(i);
    return -1;
  }

  void add_loop(std::size_t first, std::size_t last) {
    LoopText text;
    text.type = *element_type(pass_.instructions[first]);
    std::vector<Accumulation*> totals;
    if (pass_.tile_rows == 1 && last == usable_.size()) {
      for (std::size_t a = 0; a < pass_.accumulations.size(); ++a) {
        Accumulation& accumulation = pass_.accumulations[a];
        if (accumulation.over != Accumulation::Over::rows || !accumulation.sums ||
            accumulation.width != static_cast<std::int64_t>(size_of(text.type)))
          continue;
        totals.push_back(&accumulation);
        text.totals.push_back({accumulation.operand, static_cast<int>(pass_.operands.size() + a)});
      }
    }
    if (last - first + totals.size() < fewest_operations) return;
    for (Accumulation* accumulation : totals) accumulation->compiled = true;
    for (std::size_t i = first; i < last; ++i) {
      const Instruction& instruction = pass_.instructions[i];
      LoopText::Operation operation{.op = instruction.machine,
                                    .out = instruction.out,
                                    .inputs = instruction.inputs,
                                    .in = instruction.in,
                                    .step = instruction.step,
                                    .truth = instruction.operand == boolean};
      Operand& out = pass_.operands[static_cast<std::size_t>(instruction.out)];
      operation.padded = out.storage < 0;
      operation.stored = leaves(instruction.out, first, last);
      out.in_loop = !operation.stored;
      text.operations.push_back(operation);
    }
    Loop loop{.first = static_cast<int>(first), .last = static_cast<int>(last), .code = code_for(text)};
    if (loop.code) {
      pass_.loops.push_back(std::move(loop));
      return;
    }
    for (Accumulation* accumulation : totals) accumulation->compiled = false;
    for (std::size_t i = first; i < last; ++i)
      pass_.operands[static_cast<std::size_t>(pass_.instructions[i].out)].in_loop = false;
  }

  Pass& pass_;
  std::vector<bool> usable_;
};

}  // namespace

bool can_compile() noexcept { return code_is_supported() && use_avx2(); }

void compile_loops(Pass& pass) {
  if (can_compile()) LoopFinder(pass).find();
}

}  // namespace xgrad::run
