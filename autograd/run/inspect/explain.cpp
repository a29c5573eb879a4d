#include <autograd/run/inspect/explain.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <autograd/recorder.hpp>
#include <autograd/run/inspect/report.hpp>
#include <autograd/run/plan/cost.hpp>
#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/plan/planner.hpp>

namespace xgrad {
namespace run {
namespace {

std::string operand_text(const Plan& plan, const Pass& pass, OperandId index) {
  constexpr const char* kinds[] = {"", "", " by rows", " by columns", " scalar", " by columns"};
  const PassOperand& operand = pass.operands[index];
  if (operand.storage) return storage_text(plan, *operand.storage) + kinds[static_cast<std::size_t>(operand.kind)];
  // A register over which a value is spread has the name of that value.
  for (const Instruction& instruction : pass.instructions)
    if (instruction.out == index && !instruction.vertex) return operand_text(plan, pass, instruction.in[0]);
  return "r" + std::to_string(index.number()) + (operand.kind == PassOperand::Kind::per_row ? " by columns" : "");
}

/// "out = op(operands)" of what a pass computes for a vertex.
std::string describe_vertex(const Plan& plan, const Pass& pass, VertexId v) {
  const std::string name = plan.graph->vertices[v].primitive->name;
  for (const Instruction& instruction : pass.instructions) {
    if (instruction.vertex != v) continue;
    std::string text = operand_text(plan, pass, instruction.out) + " = " + name + "(";
    for (int k = 0; k < instruction.inputs; ++k)
      text += (k ? ", " : "") + operand_text(plan, pass, instruction.in[as_size(k)]);
    return text + ")";
  }
  for (const Accumulation& accumulation : pass.accumulations)
    if (accumulation.vertex == v)
      return storage_text(plan, accumulation.storage) + " = " + name + "(" +
             operand_text(plan, pass, accumulation.operand) + ")";
  return name;
}

void describe_pass(std::string& out, const Plan& plan, const Pass& pass, const Step& step) {
  for (const VertexId v : step.vertices) {
    const Vertex& vertex = plan.graph->vertices[v];
    out += "    " + describe_vertex(plan, pass, v);
    if (vertex.scope != 0) out += "  [" + scope_name(vertex.scope) + (vertex.derived ? ", backward]" : "]");
    out += "\n";
  }
}

}  // namespace

std::string explain_plan(const Plan& plan) {
  const PlanCosts costs = costs_of(plan);
  std::size_t nodes = 0;
  for (const Vertex& vertex : plan.graph->vertices) nodes += vertex.computed() && vertex.uses > 0 ? 1 : 0;
  std::string out = fmt::format(
      "{} operations in {} steps ({} passes, {} blocks); workspace {} bytes; {} bytes moved, {} flops\n", nodes,
      plan.steps.size(), plan.passes.size(), plan.blocks.size(), plan.workspace, costs.total.bytes, costs.total.flops);
  for (const StepId s : plan.steps.ids()) {
    const Step& step = plan.steps[s];
    out += fmt::format("{:>4}  {}, {} bytes, {} flops\n", s.number(), step_title(plan, step), costs.steps[s].bytes,
                       costs.steps[s].flops);
    plan.each_stage(step, [&](const Step& stage) {
      if (stage.kind == Step::Kind::pass) describe_pass(out, plan, plan.pass_of(stage), stage);
    });
  }
  return out;
}

namespace {

/// The plans of pieces that differ, in order, and how often each runs.
std::string explain_pieces(Needed& needed, const Pieces& pieces) {
  struct Kind {
    std::string plan;
    std::size_t times = 0;
  };
  std::vector<Kind> kinds;
  std::map<std::vector<std::uint32_t>, std::size_t> known;  // by key
  std::size_t count = 0;
  pieces.each([&](std::size_t begin, std::size_t end) {
    const Program program(needed, begin, end);
    if (program.nodes().empty()) return;
    const std::span<const std::uint32_t> key = program.key();
    const auto [entry, added] = known.try_emplace(std::vector<std::uint32_t>(key.begin(), key.end()), kinds.size());
    if (added) kinds.push_back({explain_plan(*make_plan(program, num_threads() > 1))});
    ++kinds[entry->second].times;
    ++count;
  });
  std::string out =
      fmt::format("{} operations run in {} pieces with {} different plans:\n", needed.count(), count, kinds.size());
  for (const Kind& kind : kinds)
    out += fmt::format("\n{} {}: {}", kind.times, kind.times == 1 ? "piece" : "pieces", kind.plan);
  return out;
}

}  // namespace
}  // namespace run

std::string explain(std::span<const Tensor> tensors) {
  Recorder& list = recorder();
  const ListGuard guard(list);
  for (const Tensor& tensor : tensors)
    if (!tensor.defined()) fail("explain", "a Tensor is undefined (default-constructed or moved from)");
  run::Needed needed(list, tensors);
  if (needed.count() == 0) return "nothing to run: the values are there\n";
  const run::Pieces pieces = run::pieces_of(needed);
  if (pieces.alone) return run::explain_pieces(needed, pieces);
  return run::explain_plan(*run::make_plan(run::Program(needed), num_threads() > 1));
}

}  // namespace xgrad
