#include <autograd/run/plan/emit.hpp>

#include <algorithm>
#include <map>
#include <set>

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

class Emission {
 public:
  explicit Emission(Draft& draft) : draft_(draft) {}

  void run(const std::vector<Copy>& copies) {
    for (Group& group : draft_.groups) settle_reads(group);
    for (const Group& group : draft_.groups)
      if (!group.members.empty()) emit(group);
    for (const Copy& copy : copies) emit_copy(copy);
  }

 private:
  /// Values that do not flow within a pass go through memory. Results of rows are read again in the pass where tiles
  /// hold whole rows.
  void settle_reads(Group& group) {
    if (!group.is_pass) return;
    for (const VertexId member : group.members) {
      for (const Read& read : draft_.reads(member)) {
        if (!draft_.flows(read, draft_.space_of(member), *draft_.group_of(member)))
          draft_.materialise(read.place.storage);
        else if (draft_.spot(*draft_.owner(read.place.storage)).per_row)
          group.whole_rows = true;
      }
    }
  }

  void emit(const Group& group) {
    if (group.is_pass) {
      emit_pass(group);
      return;
    }
    const VertexId v = group.members.front();
    if (const std::unique_ptr<Copy>& copy = draft_.spot(v).copy) {
      emit_copy(*copy);
      return;
    }
    const Vertex& vertex = draft_.at(v);
    Block block{.primitive = vertex.primitive, .node = vertex.node, .inputs = {}, .result = draft_.place_of(v)};
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
    pass.elements = group.space_elements();
    shape_tiles(pass, group);
    std::map<VertexId, OperandId> operand_of;  // by member
    std::map<OperandId, OperandId> spread_of;  // registers that values of rows are spread over, by operand
    for (const VertexId v : group.members) {
      const Vertex& vertex = draft_.at(v);
      const Shape space = draft_.space_of(v);
      const GroupId here = *draft_.group_of(v);
      const bool over_rows = space != group.space;
      // Taken, so that a draft shrinks while its plan grows.
      const std::vector<Read> reads = std::move(draft_.reads(v));
      std::vector<OperandId> inputs;
      for (const Read& read : reads) {
        if (!draft_.flows(read, space, here)) {
          inputs.push_back(memory_operand(pass, read, over_rows));
          continue;
        }
        const OperandId input = operand_of.at(*draft_.owner(read.place.storage));
        inputs.push_back(over_rows ? input : spread(pass, input, spread_of));
      }
      if (vertex.is_elementwise()) {
        const DType operand = reads[unmasked_operand(*vertex.elementwise())].place.dtype;
        operand_of.emplace(v, add_instruction(pass,
                                              {.kind = over_rows ? Instruction::Kind::rows : Instruction::Kind::full,
                                               .vertex = v,
                                               .kernel = vertex.elementwise()->tile(operand, vertex.dtype),
                                               .machine = vertex.elementwise()->machine,
                                               .machine_steps = vertex.elementwise()->machine_steps,
                                               .operand = operand,
                                               .result = vertex.dtype},
                                              inputs, vertex.dtype, materialised_output(v)));
      } else if (group.whole_rows && draft_.spot(v).per_row) {
        const auto row = vertex.reduction()->row(vertex.dtype);
        operand_of.emplace(
            v, add_instruction(pass,
                               {.kind = Instruction::Kind::reduce,
                                .vertex = v,
                                .row = row,
                                .machine = vertex.reduction()->machine,
                                .operand = vertex.dtype,
                                .result = vertex.dtype},
                               {in_tile(pass, inputs.front(), vertex.dtype)}, vertex.dtype, materialised_output(v)));
      } else {
        add_accumulation(pass, v, in_tile(pass, inputs.front(), vertex.dtype));
      }
    }
    draft_.plan->steps.push_back({Step::Kind::pass, static_cast<int>(draft_.plan->passes.size()) - 1, group.members});
  }

  void shape_tiles(Pass& pass, const Group& group) {
    const std::int64_t tile = elements_of_tile(group);
    if (!group.split) {
      pass.columns = pass.tile_columns = tile;
      pass.rows = (pass.elements + tile - 1) / tile;
      return;
    }
    pass.columns = group.columns();
    pass.rows = pass.elements / pass.columns;
    if (pass.columns <= tile || group.whole_rows) {
      pass.tile_rows = std::clamp<std::int64_t>(tile / pass.columns, 1, pass.rows);
      pass.tile_columns = pass.columns;
    } else {
      const std::int64_t parts = (pass.columns + tile - 1) / tile;
      pass.tile_columns = ((pass.columns + parts - 1) / parts + 15) / 16 * 16;
    }
  }

  /// As many as keep the tiles of all that a pass touches in the first-level cache: memory that it walks through, rows
  /// that repeat, totals of columns, and a few registers.
  std::int64_t elements_of_tile(const Group& group) {
    std::set<StorageId> storages;
    std::size_t tiles = usual_registers;
    for (const VertexId member : group.members) {
      if (draft_.at(member).is_elementwise() && materialised_output(member))
        storages.insert(draft_.place_of(member).storage);
      if (!draft_.at(member).is_elementwise() && !draft_.spot(member).per_row) ++tiles;
      for (const Read& read : draft_.reads(member))
        if ((read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::row) &&
            !draft_.flows(read, draft_.space_of(member), *draft_.group_of(member)))
          storages.insert(read.place.storage);
    }
    std::int64_t elements = tile_elements;
    for (tiles += storages.size(); tiles > most_tiles && elements > smallest_tile; tiles = (tiles + 1) / 2)
      elements /= 2;
    return elements;
  }

  /// An operand that loops over the whole tile can read: values of rows are spread over a register, once.
  static OperandId spread(Pass& pass, OperandId operand, std::map<OperandId, OperandId>& spread_of) {
    const PassOperand& source = pass.operands[operand];
    if (source.kind != PassOperand::Kind::per_row || pass.tile_rows == 1) return operand;
    if (const auto known = spread_of.find(operand); known != spread_of.end()) return known->second;
    const OperandId result =
        add_instruction(pass, {.kind = Instruction::Kind::spread}, {operand}, source.width, std::nullopt);
    spread_of.emplace(operand, result);
    return result;
  }

  /// A register or memory with every element: rows, columns and scalars are spread over one first.
  static OperandId in_tile(Pass& pass, OperandId operand, DType dtype) {
    const PassOperand::Kind kind = pass.operands[operand].kind;
    if (kind == PassOperand::Kind::tile || kind == PassOperand::Kind::full) return operand;
    return add_instruction(
        pass, {.kernel = copy_tile(dtype, dtype), .machine = MachineOp::copy, .operand = dtype, .result = dtype},
        {operand}, dtype, std::nullopt);
  }

  std::optional<StorageId> materialised_output(VertexId v) {
    return draft_.spot(v).materialised ? std::optional(draft_.place_of(v).storage) : std::nullopt;
  }

  static OperandId memory_operand(Pass& pass, const Read& read, bool over_rows) {
    const Place& place = read.place;
    PassOperand operand{.kind = PassOperand::Kind::full,
                        .storage = place.storage,
                        .offset = place.offset,
                        .width = static_cast<std::int64_t>(size_of(place.dtype))};
    if (over_rows) operand.kind = PassOperand::Kind::per_row;
    if (read.access.kind == Access::Kind::row) operand.kind = PassOperand::Kind::row;
    if (read.access.kind == Access::Kind::column) operand.kind = PassOperand::Kind::column;
    if (read.access.kind == Access::Kind::scalar) operand.kind = PassOperand::Kind::scalar;
    for (const OperandId i : pass.operands.ids()) {
      const PassOperand& known = pass.operands[i];
      if (known.kind == operand.kind && known.storage == operand.storage && known.offset == operand.offset) return i;
    }
    return pass.operands.add(operand);
  }

  static std::int64_t step_of(const Pass& pass, const PassOperand& operand, Instruction::Kind kind) {
    if (operand.kind == PassOperand::Kind::scalar) return 0;
    const bool of_rows = operand.kind == PassOperand::Kind::column || operand.kind == PassOperand::Kind::per_row;
    return kind == Instruction::Kind::full && of_rows && pass.tile_rows == 1 ? 0 : 1;
  }

  static OperandId add_instruction(Pass& pass, const Instruction& instruction, const std::vector<OperandId>& inputs,
                                   DType dtype, std::optional<StorageId> storage) {
    return add_instruction(pass, instruction, inputs, static_cast<std::int64_t>(size_of(dtype)), storage);
  }

  static OperandId add_instruction(Pass& pass, Instruction instruction, const std::vector<OperandId>& inputs,
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
    const auto over = access.kind == Access::Kind::row      ? Accumulation::Over::rows
                      : access.kind == Access::Kind::column ? Accumulation::Over::columns
                                                            : Accumulation::Over::everything;
    const ReductionLoops& reduction = *vertex.reduction();
    pass.accumulations.push_back({.over = over,
                                  .vertex = v,
                                  .operand = input,
                                  .storage = draft_.place_of(v).storage,
                                  .offset = 0,
                                  .width = static_cast<std::int64_t>(size_of(vertex.dtype)),
                                  .identity = reduction.identity,
                                  .combine = reduction.combine(vertex.dtype, vertex.dtype),
                                  .row = reduction.row(vertex.dtype),
                                  .columns = reduction.columns(vertex.dtype),
                                  .machine = reduction.machine});
  }

  Draft& draft_;
};

}  // namespace

void emit_steps(Draft& draft, const std::vector<Copy>& copies) { Emission(draft).run(copies); }

}  // namespace xgrad::run
