#include <autograd/run/plan/cost.hpp>

#include <set>

namespace xgrad::run {
namespace {

std::size_t bytes_of(const Place& place) {
  std::size_t elements = 1;
  for (int axis = 0; axis < place.shape.rank(); ++axis)
    if (place.strides[static_cast<std::size_t>(axis)] != 0) elements *= static_cast<std::size_t>(place.shape[axis]);
  return elements * size_of(place.dtype);
}

Cost cost_of_block(const Plan& plan, const Block& block, const Step& step) {
  Cost cost{.bytes = bytes_of(block.result), .flops = 0};
  for (const Place& input : block.inputs) cost.bytes += bytes_of(input);
  const Vertex& vertex = plan.graph->vertices[static_cast<std::size_t>(step.vertices.front())];
  if (!block.primitive) return cost;
  const Shape& first_input = block.inputs.empty() ? vertex.shape : block.inputs.front().shape;
  cost.flops = static_cast<std::size_t>(block.primitive->flops(first_input, vertex.shape));
  return cost;
}

Cost cost_of_pass(const Pass& pass) {
  Cost cost;
  const auto elements = static_cast<std::size_t>(pass.elements);
  cost.flops = pass.accumulations.size() * elements;
  for (const Instruction& instruction : pass.instructions) {
    if (instruction.kind == Instruction::Kind::spread) continue;
    cost.flops += instruction.kind == Instruction::Kind::rows ? static_cast<std::size_t>(pass.rows) : elements;
  }
  std::set<int> seen;
  for (const PassOperand& operand : pass.operands) {
    if (operand.storage < 0 || !seen.insert(operand.storage).second) continue;
    const auto width = static_cast<std::size_t>(operand.width);
    if (operand.kind == PassOperand::Kind::full) cost.bytes += elements * width;
    if (operand.kind == PassOperand::Kind::row) cost.bytes += static_cast<std::size_t>(pass.columns) * width;
    if (operand.kind == PassOperand::Kind::column || operand.kind == PassOperand::Kind::per_row)
      cost.bytes += static_cast<std::size_t>(pass.rows) * width;
  }
  for (const Accumulation& accumulation : pass.accumulations) {
    const auto width = static_cast<std::size_t>(accumulation.width);
    if (accumulation.over == Accumulation::Over::rows) cost.bytes += static_cast<std::size_t>(pass.columns) * width;
    if (accumulation.over == Accumulation::Over::columns) cost.bytes += static_cast<std::size_t>(pass.rows) * width;
  }
  return cost;
}

Cost cost_of(const Plan& plan, const Step& step) {
  const auto index = static_cast<std::size_t>(step.index);
  if (step.kind == Step::Kind::pass) return cost_of_pass(plan.passes[index]);
  if (step.kind == Step::Kind::block) return cost_of_block(plan, plan.blocks[index], step);
  Cost cost;
  for (const Sweep::Stage& stage : plan.sweeps[index].stages) {
    const Cost own = cost_of(plan, stage.step);
    cost.bytes += own.bytes;
    cost.flops += own.flops;
    // What is handed on within a part is not moved through memory.
    plan.each_storage(stage.step, [&](int s) {
      const Storage& storage = plan.storages[static_cast<std::size_t>(s)];
      if (storage.kind == Storage::Kind::part) cost.bytes -= storage.bytes;
    });
  }
  return cost;
}

}  // namespace

PlanCosts costs_of(const Plan& plan) {
  PlanCosts costs;
  for (const Step& step : plan.steps) {
    const Cost cost = cost_of(plan, step);
    costs.steps.push_back(cost);
    costs.total.bytes += cost.bytes;
    costs.total.flops += cost.flops;
  }
  return costs;
}

}  // namespace xgrad::run
