#include <autograd/run/plan/cost.hpp>

#include <optional>
#include <utility>

namespace xgrad::run {
namespace {

std::size_t bytes_of(const Place& place) {
  std::size_t elements = 1;
  for (int axis = 0; axis < place.shape.rank(); ++axis)
    if (place.strides[as_size(axis)] != 0) elements *= as_size(place.shape[axis]);
  return elements * size_of(place.dtype);
}

Cost cost_of_block(const Plan& plan, const Block& block, const Step& step) {
  Cost cost{.bytes = bytes_of(block.result) * (block.adds ? 2 : 1), .flops = 0};
  for (const Place& input : block.inputs) cost.bytes += bytes_of(input);
  const Vertex& vertex = plan.graph->vertices[step.vertices.front()];
  if (!block.primitive) return cost;
  const Shape& first_input = block.inputs.empty() ? vertex.shape : block.inputs.front().shape;
  cost.flops = as_size(block.primitive->flops(first_input, vertex.shape));
  return cost;
}

/// The passes that have read a storage last, by their addresses.
using Seen = IdVector<StorageId, const Pass*>;

Cost cost_of_pass(const Pass& pass, Seen& seen) {
  Cost cost;
  const auto elements = as_size(pass.elements);
  cost.flops = pass.accumulations.size() * elements;
  for (const Instruction& instruction : pass.instructions) {
    if (instruction.kind == Instruction::Kind::spread) continue;
    cost.flops += instruction.kind == Instruction::Kind::rows ? as_size(pass.rows) : elements;
  }
  for (const PassOperand& operand : pass.operands) {
    if (!operand.storage || std::exchange(seen[*operand.storage], &pass) == &pass) continue;
    const auto width = as_size(operand.width);
    if (operand.kind == PassOperand::Kind::full) cost.bytes += elements * width;
    if (operand.kind == PassOperand::Kind::row) cost.bytes += as_size(pass.columns) * width;
    if (operand.kind == PassOperand::Kind::column || operand.kind == PassOperand::Kind::per_row)
      cost.bytes += as_size(pass.rows) * width;
  }
  for (const Accumulation& accumulation : pass.accumulations) {
    const auto width = as_size(accumulation.width);
    if (accumulation.over == Accumulation::Over::rows) cost.bytes += as_size(pass.columns) * width;
    if (accumulation.over == Accumulation::Over::columns) cost.bytes += as_size(pass.rows) * width;
  }
  return cost;
}

Cost cost_of(const Plan& plan, const Step& step, Seen& seen) {
  if (step.kind == Step::Kind::pass) return cost_of_pass(plan.pass_of(step), seen);
  if (step.kind == Step::Kind::block) return cost_of_block(plan, plan.block_of(step), step);
  Cost cost;
  for (const Sweep::Stage& stage : plan.sweep_of(step).stages) {
    const Cost own = cost_of(plan, stage.step, seen);
    cost.bytes += own.bytes;
    cost.flops += own.flops;
    // Values handed on within a part are not moved through memory.
    plan.each_storage(stage.step, [&](StorageId s) {
      const Storage& storage = plan.storages[s];
      if (storage.kind == Storage::Kind::part) cost.bytes -= storage.bytes;
    });
  }
  return cost;
}

}  // namespace

PlanCosts costs_of(const Plan& plan) {
  PlanCosts costs;
  costs.steps.reserve(plan.steps.size());
  Seen seen(plan.storages.size(), nullptr);
  for (const Step& step : plan.steps) {
    const Cost cost = cost_of(plan, step, seen);
    costs.steps.push_back(cost);
    costs.total.bytes += cost.bytes;
    costs.total.flops += cost.flops;
  }
  return costs;
}

}  // namespace xgrad::run
