#include <autograd/run/inspect/report.hpp>

#include <map>
#include <string_view>
#include <vector>

#include <autograd/recorder.hpp>

namespace xgrad::run {
std::string step_title(const Plan& plan, const Step& step) {
  if (step.kind == Step::Kind::sweep) {
    const Sweep& sweep = plan.sweep_of(step);
    std::string title = "in " + std::to_string(sweep.parts()) + " parts: ";
    for (const Sweep::Stage& stage : sweep.stages)
      title += (&stage == sweep.stages.data() ? "" : "; ") + step_title(plan, stage.step);
    return title;
  }
  std::string title;
  std::uint32_t scope = 0;
  if (step.kind == Step::Kind::block) {
    const Block& block = plan.block_of(step);
    title = block.primitive ? block.primitive->name : "copy";
    for (const Place& input : block.inputs) title += " " + to_string(input.shape);
    title += (block.adds ? " added to " : " -> ") + to_string(block.result.shape);
  } else {
    const Pass& pass = plan.pass_of(step);
    std::map<std::string_view, int> counts;
    std::vector<std::string_view> order;
    for (const VertexId v : step.vertices) {
      const std::string_view name = plan.graph->vertices[v].primitive->name;
      if (counts[name]++ == 0) order.push_back(name);
    }
    title = "pass over " + std::to_string(pass.elements) + ":";
    for (const std::string_view name : order) {
      title += " ";
      title += name;
      if (counts[name] > 1) title += " x" + std::to_string(counts[name]);
    }
  }
  for (const VertexId v : step.vertices) {
    const Vertex& vertex = plan.graph->vertices[v];
    if (vertex.scope != 0) scope = vertex.scope;
  }
  if (scope != 0) title += " [" + scope_name(scope) + "]";
  return title;
}

std::string storage_text(const Plan& plan, StorageId s) {
  const Storage& storage = plan.storages[s];
  switch (storage.kind) {
    case Storage::Kind::external:
      return "in" + std::to_string(storage.external->number());
    case Storage::Kind::number:
      return "number" + std::to_string(storage.external->number());
    case Storage::Kind::result:
      return "out" + std::to_string(s.number());
    case Storage::Kind::part:
      return "p" + std::to_string(s.number());
    case Storage::Kind::workspace:
      break;
  }
  return "m" + std::to_string(s.number());
}

}  // namespace xgrad::run
