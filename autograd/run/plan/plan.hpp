#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <autograd/kernel/threads.hpp>
#include <autograd/run/plan/graph.hpp>
#include <autograd/run/plan/helping.hpp>

namespace xgrad::run {

class Code;

/// A piece of memory that a plan works on. Where it lies is known when the plan is bound to a program.
struct Storage {
  enum class Kind : std::uint8_t {
    external,   ///< the value of an external
    number,     ///< a plain number, written in a dtype
    workspace,  ///< bytes of the plan's workspace, at `offset`, or of a result
    result,     ///< a buffer that outlives the run
    part,       ///< what one step of a sweep hands to the next, of which only a part is there at a time
  };
  Kind kind;
  DType dtype = DType::float32;
  std::optional<ExternalId> external = {};  ///< also of a result that takes over an external's memory
  bool offered = false;                     ///< an external whose memory a result may take over
  /// Of workspace: the result that is written in its place, and in whose memory it lies.
  std::optional<StorageId> result = {};
  std::size_t bytes = 0;
  std::size_t offset = 0;
};

/// Where a value lies: a strided view of a storage.
struct Place {
  StorageId storage;
  std::int64_t offset = 0;  ///< bytes
  DType dtype = DType::float32;
  Shape shape;
  Strides strides{};
};

/// An operand of the loops of a pass.
struct PassOperand {
  enum class Kind : std::uint8_t {
    tile,    ///< a register of the pass
    full,    ///< memory that the pass walks through
    row,     ///< one row for all rows
    column,  ///< one value for each row
    scalar,  ///< one value
    per_row  ///< one value for each row of a tile, as loops over rows read and write them
  };
  Kind kind = Kind::tile;
  std::optional<StorageId> storage = {};
  std::int64_t offset = 0;       ///< bytes from the storage's start
  std::int64_t width = 4;        ///< bytes of an element
  std::optional<int> slot = {};  ///< scratch of the thread: the register's, or of a row or column that is expanded
  bool in_loop = false;          ///< a register that lives within a compiled loop, and needs no scratch
};

/// One loop of a pass, over a tile.
struct Instruction {
  enum class Kind : std::uint8_t {
    full,    ///< over all elements of the tile
    rows,    ///< over values that there is one of for each row
    reduce,  ///< every row to one value
    spread,  ///< one value for each row over its columns
  };
  Kind kind = Kind::full;
  std::optional<VertexId> vertex = {};  ///< what it computes, where it is no step on the way
  TileKernel kernel = nullptr;
  void (*row)(void* out, const void* x, std::int64_t n) = nullptr;  ///< of reduce
  MachineOp machine = MachineOp::none;
  std::span<const MachineStep> machine_steps = {};  ///< where it takes several
  DType operand = DType::boolean;                   ///< of full: the dtype of operands that are no masks
  DType result = DType::boolean;
  OperandId out{0};
  int inputs = 0;  ///< how many of `in` it has
  std::array<OperandId, 3> in{OperandId(0), OperandId(0), OperandId(0)};
  std::array<std::int64_t, 3> step{};
};

/// A reduction of an operand at the end of a pass's loops.
struct Accumulation {
  enum class Over : std::uint8_t { rows, columns, everything };
  Over over;
  VertexId vertex;  ///< what it computes
  OperandId operand;
  StorageId storage;
  std::int64_t offset;
  std::int64_t width;  ///< bytes of an element
  double identity;
  // The loops of ReductionLoops, for the dtype.
  TileKernel combine;
  void (*row)(void* out, const void* x, std::int64_t n);
  void (*columns)(void* totals, const void* x, std::int64_t rows, std::int64_t columns);
  MachineOp machine = MachineOp::none;  ///< what combines two values
  bool compiled = false;                ///< whether a compiled loop does it
  std::optional<FoldId> fold = {};      ///< of everything or columns: the fold of a compiled loop that reduces a tile
};

/// A run of a pass's instructions, from first to last - 1, as one loop of machine code over a tile.
struct Loop {
  /// The reduction of a loop's elements to one value.
  struct Fold {
    MachineOp op;
    FoldId index;
    std::optional<InstructionId> instruction;  ///< that it is the result of; none where it is an accumulation's
  };
  InstructionId first;
  InstructionId last;
  DType type;
  std::vector<Fold> folds;
  std::shared_ptr<const Code> code;
};

/// Elementwise operations and reductions over one space of rows and columns, in a single walk over memory: a list of
/// loops over registers, each a tile of elements that stays in the cache.
struct Pass {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t elements = 1;   ///< rows * columns, except that the last row may be short where nothing depends on rows
  std::int64_t tile_rows = 1;  ///< whole rows in a tile, or
  std::int64_t tile_columns = 1;  ///< a part of one
  IdVector<OperandId, PassOperand> operands;
  std::vector<OperandId> moving;  ///< those that lie elsewhere for each tile
  IdVector<InstructionId, Instruction> instructions;
  std::vector<Accumulation> accumulations;
  std::vector<Loop> loops;  ///< in order; the instructions between them run one by one
  int folds = 0;            ///< of all loops
  bool by_rows = false;     ///< whether the one loop there is does all of the pass, row by row

  /// Where a compiled loop finds the total of an accumulation, and where it leaves a fold.
  int pointer_of_total(std::size_t accumulation) const { return static_cast<int>(operands.size() + accumulation); }
  int pointer_of_fold(FoldId fold) const {
    return static_cast<int>(operands.size() + accumulations.size()) + fold.number();
  }
  /// Of a loop over rows: whether every block that it takes lies in one tile, however many rows it goes through.
  bool blocks_fit_tiles() const { return tile_rows <= rows_of_block || tile_rows % rows_of_block == 0; }
  int slots = 0;  ///< registers and expanded rows and columns, a tile each
  std::int64_t slot_bytes = 0;
};

/// A kernel of its own over whole arrays, or a copy between layouts (where it has no primitive).
struct Block {
  const Primitive* primitive = nullptr;
  std::uint32_t node = 0;  ///< of the program, whose attributes the kernel gets
  std::vector<Place> inputs;
  Place result;
  bool adds = false;  ///< to what is at the result's place already
};

struct Step {
  enum class Kind : std::uint8_t { pass, block, sweep };
  Kind kind;
  int index;
  std::vector<VertexId> vertices;  ///< what it computes, for explain and profile
};

/// How the elements of an array lie that is cut along an axis of so many places: (outer, places, inner).
struct Cut {
  std::int64_t outer = 1;
  std::int64_t inner = 1;

  friend bool operator==(const Cut&, const Cut&) = default;
};

/// Steps that run part by part along an axis they share, so that what one hands to the next is still in the cache, and
/// takes the memory of a part only: a prologue or epilogue of elementwise operations to a block, or a block that
/// rearranges what the next one reads.
struct Sweep {
  struct Stage {
    Step step;
    std::vector<int> axes;  ///< of a block: the axis of each input that is cut, and of the result; all_of_it: none
    std::vector<int> group_axes;  ///< the same for the axis of groups, where the sweep has it
    Cut cut;                      ///< of a pass: its elements
    bool accumulates = false;     ///< whether the results of the parts add up
  };
  struct Handed {
    StorageId storage;
    Cut cut;
    std::size_t width;   ///< bytes of an element
    std::size_t offset;  ///< in the memory of a part
  };
  std::int64_t groups = 1;  ///< along an outer axis, where parts are cut along two; a part lies in one of them
  std::int64_t places = 1;  ///< along the axis
  std::int64_t part = 1;    ///< places in a part
  int chunks = 0;           ///< where stages accumulate: runs of parts that have totals of their own
  std::vector<Stage> stages;
  std::vector<Handed> handed;
  std::size_t part_bytes = 0;  ///< of all that is handed on

  std::int64_t parts_of_group() const { return (places + part - 1) / part; }
  std::int64_t parts() const { return groups * parts_of_group(); }
};

struct Plan {
  std::shared_ptr<Graph> graph;  ///< shared by a plan and the same with compiled loops
  IdVector<StorageId, Storage> storages;
  std::vector<Pass> passes;
  std::vector<Block> blocks;
  std::vector<Sweep> sweeps;
  IdVector<StepId, Step> steps;
  std::vector<int> chain;          ///< the steps in order, but for
  std::vector<Task> tasks;         ///< those that other threads may run beside them
  bool parallel = false;           ///< whether it was planned for several threads
  bool large = false;              ///< whether there is enough to do for more than one
  mutable Helping helping;         ///< whether that is done sooner
  bool compiled = false;           ///< whether its passes have compiled loops, where they can
  std::size_t workspace = 0;       ///< bytes
  std::int64_t work = 0;           ///< vertices, operands, storages and candidates that planning looked at
  std::int64_t sweep_work = 0;     ///< of these, what the search for sweeps looked at
  std::vector<StorageId> results;  ///< for every surviving node, the storage that becomes its buffer

  std::vector<std::uint32_t> key;

  // The piece that a step runs, by its kind.
  const Pass& pass_of(const Step& step) const { return passes[as_size(step.index)]; }
  const Block& block_of(const Step& step) const { return blocks[as_size(step.index)]; }
  const Sweep& sweep_of(const Step& step) const { return sweeps[as_size(step.index)]; }

  /// Calls f(step) for a step that is a pass or block, and for each stage of a sweep.
  template <class F>
  void each_stage(const Step& step, F&& f) const {
    if (step.kind != Step::Kind::sweep) return f(step);
    for (const Sweep::Stage& stage : sweep_of(step).stages) f(stage.step);
  }
  /// Calls f(storage) for what a pass or block writes.
  template <class F>
  void each_written(const Step& stage, F&& f) const {
    if (stage.kind == Step::Kind::block) return f(block_of(stage).result.storage);
    const Pass& pass = pass_of(stage);
    for (const Instruction& instruction : pass.instructions) {
      const std::optional<StorageId> s = pass.operands[instruction.out].storage;
      if (s) f(*s);
    }
    for (const Accumulation& accumulation : pass.accumulations) f(accumulation.storage);
  }
  /// Calls f(storage) for every mention of a storage, which f may change.
  template <class F>
  void each_name(F&& f) {
    const auto if_any = [&](std::optional<StorageId>& s) {
      if (s) f(*s);
    };
    for (Pass& pass : passes) {
      for (PassOperand& operand : pass.operands) if_any(operand.storage);
      for (Accumulation& accumulation : pass.accumulations) f(accumulation.storage);
    }
    for (Block& block : blocks) {
      for (Place& input : block.inputs) f(input.storage);
      f(block.result.storage);
    }
    for (Sweep& sweep : sweeps)
      for (Sweep::Handed& handed : sweep.handed) f(handed.storage);
    for (Storage& storage : storages) if_any(storage.result);
    for (StorageId& s : results) f(s);
  }
  /// Calls f(storage) for what a pass or block reads or writes.
  template <class F>
  void each_storage(const Step& stage, F&& f) const {
    if (stage.kind == Step::Kind::block) {
      const Block& block = block_of(stage);
      for (const Place& input : block.inputs) f(input.storage);
      return f(block.result.storage);
    }
    const Pass& pass = pass_of(stage);
    for (const PassOperand& operand : pass.operands)
      if (operand.storage) f(*operand.storage);
    for (const Accumulation& accumulation : pass.accumulations) f(accumulation.storage);
  }
};

}  // namespace xgrad::run
