#include <autograd/run/plan/emit.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include <autograd/kernel/convert.hpp>

namespace xgrad::run {
namespace {

/// Elements of a tile: registers of float32 take 4 KB, so that a dozen stay in the first-level cache.
constexpr std::int64_t tile_elements = 1024;
/// So many tiles fill that cache (32 KB, 8 ways), and so many of them are registers: passes that touch more memory have
/// smaller tiles.
constexpr std::size_t most_tiles = 8;
constexpr std::int64_t smallest_tile = 256;
constexpr std::size_t usual_registers = 3;

/// Tiles of about so many elements, or of whole rows even where these are longer.
void shape_tiles(Pass& pass, const Group& group, std::int64_t tile, bool whole_rows) {
  if (!group.split) {
    pass.columns = pass.tile_columns = tile;
    pass.rows = (pass.elements + tile - 1) / tile;
    return;
  }
  pass.columns = group.columns();
  pass.rows = pass.elements / pass.columns;
  if (pass.columns <= tile || whole_rows) {
    pass.tile_rows = std::clamp<std::int64_t>(tile / pass.columns, 1, pass.rows);
    pass.tile_columns = pass.columns;
  } else {
    const std::int64_t parts = (pass.columns + tile - 1) / tile;
    pass.tile_columns = ((pass.columns + parts - 1) / parts + 15) / 16 * 16;
  }
}

/// A reduction at the end of a pass's loops.
Accumulation accumulation_of(const Vertex& vertex, VertexId v, const Access& access, OperandId input,
                             StorageId storage) {
  const auto over = access.kind == Access::Kind::row      ? Accumulation::Over::rows
                    : access.kind == Access::Kind::column ? Accumulation::Over::columns
                                                          : Accumulation::Over::everything;
  const ReductionLoops& reduction = *vertex.reduction();
  return {.over = over,
          .vertex = v,
          .operand = input,
          .storage = storage,
          .offset = 0,
          .width = static_cast<std::int64_t>(size_of(vertex.dtype)),
          .identity = reduction.identity,
          .combine = reduction.combine(vertex.dtype, vertex.dtype),
          .row = reduction.row(vertex.dtype),
          .columns = reduction.columns(vertex.dtype),
          .machine = reduction.machine};
}

class Emission {
 public:
  explicit Emission(Draft& draft) : draft_(draft) {}

  void run(const std::vector<Copy>& copies) {
    for (Group& group : draft_.groups) settle_reads(group);
    operand_of_.resize(draft_.vertices().size());
    seen_.resize(draft_.plan->storages.size());
    for (const Group& group : draft_.groups)
      if (group.size > 0) emit(group);
    for (const Copy& copy : copies) emit_copy(copy);
  }

 private:
  /// Values that do not flow within a pass go through memory. Results of rows are read again in the pass where tiles
  /// hold whole rows.
  void settle_reads(Group& group) {
    if (!group.is_pass) return;
    draft_.each_member(group, [&](VertexId member) {
      const std::span<Read> reads = draft_.reads(member);
      draft_.looked_at(1 + reads.size());
      const Shape space = draft_.space_of(member);
      const GroupId own = *draft_.group_of(member);
      for (Read& read : reads) {
        read.flows = draft_.flows(read, space, own);
        if (!read.flows)
          draft_.materialise(read.storage);
        else if (draft_.spot(*draft_.owner(read.storage)).per_row)
          group.whole_rows = true;
      }
    });
  }

  void emit(const Group& group) {
    if (group.is_pass) {
      emit_pass(group);
      return;
    }
    const VertexId v = *group.first;
    if (const std::unique_ptr<Copy>& copy = draft_.spot(v).copy) {
      emit_copy(*copy);
      return;
    }
    const Vertex& vertex = draft_.at(v);
    Block block{.primitive = vertex.primitive, .node = vertex.node, .inputs = {}, .result = draft_.place_of(v)};
    draft_.looked_at(1 + vertex.inputs.size());
    block.inputs.reserve(vertex.inputs.size());
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) block.inputs.push_back(draft_.operand_place(vertex, k));
    add_block_step(std::move(block), v);
  }

  void emit_copy(const Copy& copy) { add_block_step({.inputs = {copy.from}, .result = copy.to}, copy.vertex); }

  void add_block_step(Block block, VertexId v) {
    draft_.plan->blocks.push_back(std::move(block));
    draft_.plan->steps.push_back({Step::Kind::block, static_cast<int>(draft_.plan->blocks.size()) - 1, {v}});
  }

  void emit_pass(const Group& group) {
    Pass& pass = draft_.plan->passes.emplace_back();
    pass.elements = group.elements;
    const auto members = as_size(group.size);
    const Touched touched = touched_by(group);
    const std::int64_t tile = touched.reduces ? tile_elements : elements_of_tile(touched.tiles);
    shape_tiles(pass, group, tile, group.whole_rows || (touched.reduces_rows && group.columns() <= longest_row));
    pass.operands.reserve(members + touched.operands);
    pass.instructions.reserve(members);
    further_operands_.clear();
    spread_of_.clear();
    ++pass_;
    std::vector<VertexId> vertices;
    vertices.reserve(members);
    draft_.each_member(group, [&](VertexId v) {
      vertices.push_back(v);
      emit_member(pass, group, v);
    });
    draft_.plan->steps.push_back(
        {Step::Kind::pass, static_cast<int>(draft_.plan->passes.size()) - 1, std::move(vertices)});
  }

  void emit_member(Pass& pass, const Group& group, VertexId v) {
    const Vertex& vertex = draft_.at(v);
    const bool over_rows = draft_.space_of(v) != group.space;
    const std::span<const Read> reads = draft_.reads(v);
    inputs_.clear();
    for (const Read& read : reads) {
      if (!read.flows) {
        inputs_.push_back(memory_operand(pass, read, over_rows));
        continue;
      }
      const OperandId input = operand_of_[*draft_.owner(read.storage)];
      inputs_.push_back(over_rows ? input : spread(pass, input));
    }
    if (vertex.is_elementwise()) {
      const DType operand = reads[unmasked_operand(*vertex.elementwise())].dtype;
      operand_of_[v] = add_instruction(pass,
                                       {.kind = over_rows ? Instruction::Kind::rows : Instruction::Kind::full,
                                        .vertex = v,
                                        .kernel = vertex.elementwise()->tile(operand, vertex.dtype),
                                        .machine = vertex.elementwise()->machine,
                                        .machine_steps = vertex.elementwise()->machine_steps,
                                        .operand = operand,
                                        .result = vertex.dtype},
                                       inputs_, vertex.dtype, materialised_output(v));
    } else if (group.whole_rows && draft_.spot(v).per_row) {
      const std::array<OperandId, 1> input{in_tile(pass, inputs_.front(), vertex.dtype)};
      operand_of_[v] = add_instruction(pass,
                                       {.kind = Instruction::Kind::reduce,
                                        .vertex = v,
                                        .row = vertex.reduction()->row(vertex.dtype),
                                        .machine = vertex.reduction()->machine,
                                        .operand = vertex.dtype,
                                        .result = vertex.dtype},
                                       input, vertex.dtype, materialised_output(v));
    } else {
      add_accumulation(pass, v, in_tile(pass, inputs_.front(), vertex.dtype));
    }
  }

  /// The memory of a pass.
  struct Touched {
    std::size_t tiles = usual_registers;  ///< of all that it touches
    std::size_t operands = 0;             ///< that members read from memory
    bool reduces = false;                 ///< whether a member is a reduction
    bool reduces_rows = false;            ///< whether it gives one value for each row
  };

  /// Memory that a pass walks through, rows that repeat, totals of columns, and a few registers.
  Touched touched_by(const Group& group) {
    Touched touched;
    ++pass_;
    const auto count = [&](StorageId s) {
      if (std::exchange(seen_[s].pass, pass_) != pass_) ++touched.tiles;
    };
    draft_.each_member(group, [&](VertexId member) {
      draft_.looked_at(1);
      const bool elementwise = draft_.at(member).is_elementwise();
      if (elementwise && materialised_output(member)) count(draft_.place_of(member).storage);
      touched.reduces |= !elementwise;
      touched.reduces_rows |= !elementwise && draft_.spot(member).per_row;
      if (!elementwise && !draft_.spot(member).per_row) ++touched.tiles;
      for (const Read& read : draft_.reads(member)) {
        if (read.flows) continue;
        ++touched.operands;
        if (read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::row) count(read.storage);
      }
    });
    return touched;
  }

  /// As many as keep so many tiles in the first-level cache. Passes that reduce do not ask: the size of their tiles is
  /// part of the order in which values are added up, which depends on nothing but the reduction.
  static std::int64_t elements_of_tile(std::size_t tiles) {
    std::int64_t elements = tile_elements;
    for (; tiles > most_tiles && elements > smallest_tile; tiles = (tiles + 1) / 2) elements /= 2;
    return elements;
  }

  /// An operand that loops over the whole tile can read: values of rows are spread over a register, once.
  OperandId spread(Pass& pass, OperandId operand) {
    const PassOperand& source = pass.operands[operand];
    if (source.kind != PassOperand::Kind::per_row || pass.tile_rows == 1) return operand;
    if (operand >= spread_of_.next_id()) spread_of_.resize(operand.index() + 1);
    if (!spread_of_[operand]) {
      const std::array<OperandId, 1> input{operand};
      spread_of_[operand] =
          add_instruction(pass, {.kind = Instruction::Kind::spread}, input, source.width, std::nullopt);
    }
    return *spread_of_[operand];
  }

  /// A register or memory with every element: rows, columns and scalars are spread over one first.
  static OperandId in_tile(Pass& pass, OperandId operand, DType dtype) {
    const PassOperand::Kind kind = pass.operands[operand].kind;
    if (kind == PassOperand::Kind::tile || kind == PassOperand::Kind::full) return operand;
    const std::array<OperandId, 1> input{operand};
    return add_instruction(
        pass, {.kernel = copy_tile(dtype, dtype), .machine = MachineOp::copy, .operand = dtype, .result = dtype}, input,
        dtype, std::nullopt);
  }

  std::optional<StorageId> materialised_output(VertexId v) {
    return draft_.spot(v).materialised ? std::optional(draft_.place_of(v).storage) : std::nullopt;
  }

  OperandId memory_operand(Pass& pass, const Read& read, bool over_rows) {
    PassOperand operand{.kind = PassOperand::Kind::full,
                        .storage = read.storage,
                        .offset = read.offset,
                        .width = static_cast<std::int64_t>(size_of(read.dtype))};
    if (over_rows) operand.kind = PassOperand::Kind::per_row;
    if (read.access.kind == Access::Kind::row) operand.kind = PassOperand::Kind::row;
    if (read.access.kind == Access::Kind::column) operand.kind = PassOperand::Kind::column;
    if (read.access.kind == Access::Kind::scalar) operand.kind = PassOperand::Kind::scalar;
    draft_.looked_at(1);
    const auto is_known = [&](OperandId i) {
      const PassOperand& known = pass.operands[i];
      return known.kind == operand.kind && known.storage == operand.storage && known.offset == operand.offset;
    };
    // Most storages are read as a whole, by one operand: it is found at once, others in an ordered list.
    Seen& seen = seen_[read.storage];
    if (std::exchange(seen.pass, pass_) != pass_) return seen.operand = pass.operands.add(operand);
    if (is_known(seen.operand)) return seen.operand;
    const auto [entry, added] = further_operands_.try_emplace({read.storage, read.offset, operand.kind});
    if (added) entry->second = pass.operands.add(operand);
    return entry->second;
  }

  static std::int64_t step_of(const Pass& pass, const PassOperand& operand, Instruction::Kind kind) {
    if (operand.kind == PassOperand::Kind::scalar) return 0;
    const bool of_rows = operand.kind == PassOperand::Kind::column || operand.kind == PassOperand::Kind::per_row;
    return kind == Instruction::Kind::full && of_rows && pass.tile_rows == 1 ? 0 : 1;
  }

  static OperandId add_instruction(Pass& pass, const Instruction& instruction, std::span<const OperandId> inputs,
                                   DType dtype, std::optional<StorageId> storage) {
    return add_instruction(pass, instruction, inputs, static_cast<std::int64_t>(size_of(dtype)), storage);
  }

  static OperandId add_instruction(Pass& pass, Instruction instruction, std::span<const OperandId> inputs,
                                   std::int64_t width, std::optional<StorageId> storage) {
    const bool per_row = instruction.kind == Instruction::Kind::rows || instruction.kind == Instruction::Kind::reduce;
    const auto in_memory = per_row ? PassOperand::Kind::per_row : PassOperand::Kind::full;
    const auto in_register = per_row ? PassOperand::Kind::per_row : PassOperand::Kind::tile;
    instruction.out =
        pass.operands.add({.kind = storage ? in_memory : in_register, .storage = storage, .offset = 0, .width = width});
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      instruction.in[k] = inputs[k];
      instruction.step[k] = step_of(pass, pass.operands[inputs[k]], instruction.kind);
    }
    instruction.inputs = static_cast<int>(inputs.size());
    pass.instructions.push_back(instruction);
    return instruction.out;
  }

  void add_accumulation(Pass& pass, VertexId v, OperandId input) {
    const Vertex& vertex = draft_.at(v);
    const Access access = *reduction_access(vertex, draft_.at(vertex.inputs[0]).shape);
    pass.accumulations.push_back(accumulation_of(vertex, v, access, input, draft_.place_of(v).storage));
  }

  /// The latest pass that has looked at a storage, and its first operand there.
  struct Seen {
    int pass = 0;
    OperandId operand;
  };

  Draft& draft_;
  IdVector<VertexId, OperandId> operand_of_;  ///< of every member of a pass
  IdVector<StorageId, Seen> seen_;
  int pass_ = 0;  ///< a number for every walk over a pass
  // Of the pass at hand.
  std::map<std::tuple<StorageId, std::int64_t, PassOperand::Kind>, OperandId> further_operands_;  ///< further ones
  IdVector<OperandId, std::optional<OperandId>> spread_of_;  ///< registers that values of rows are spread over
  std::vector<OperandId> inputs_;                            ///< of the member at hand
};

}  // namespace

std::optional<Pass> pass_of_reduction(const Vertex& vertex, const Shape& input) {
  if (!is_floating(vertex.dtype) || input.elements() == 0 || vertex.shape.elements() == 0) return std::nullopt;
  const std::optional<Access> access = reduction_access(vertex, input);
  if (!access) return std::nullopt;
  Group group;
  group.space = without_ones(input);
  group.split = access->split;
  Pass pass;
  pass.elements = input.elements();
  shape_tiles(pass, group, tile_elements, access->kind == Access::Kind::column && group.columns() <= longest_row);
  const auto width = static_cast<std::int64_t>(size_of(vertex.dtype));
  const OperandId operand =
      pass.operands.add({.kind = PassOperand::Kind::full, .storage = StorageId(0), .offset = 0, .width = width});
  pass.moving = {operand};
  pass.accumulations.push_back(accumulation_of(vertex, VertexId(0), *access, operand, StorageId(1)));
  return pass;
}

void emit_steps(Draft& draft, const std::vector<Copy>& copies) { Emission(draft).run(copies); }

}  // namespace xgrad::run
