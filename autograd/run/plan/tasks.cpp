#include <autograd/run/plan/tasks.hpp>

#include <algorithm>
#include <utility>

#include <autograd/run/plan/cost.hpp>

namespace xgrad::run {
namespace {

/// Work below this is done before another thread has noticed, in floating-point operations or bytes.
constexpr std::size_t enough_work = 1'000'000;
/// A block of so many operations is worth a thread's attention.
constexpr std::size_t heavy_block = 50'000;

/// For every step, the steps whose results it reads, each once.
IdVector<StepId, std::vector<StepId>> dependencies_of(Plan& plan) {
  IdVector<StorageId, std::optional<StepId>> writer(plan.storages.size());
  IdVector<StepId, std::vector<StepId>> dependencies(plan.steps.size());
  IdVector<StepId, std::optional<StepId>> reader(plan.steps.size());  // the last one of each step that was listed
  for (const StepId i : plan.steps.ids()) {
    plan.each_stage(plan.steps[i], [&](const Step& stage) {
      plan.each_storage(stage, [&](StorageId s) {
        const std::optional<StepId> source = writer[s];
        ++plan.work;
        if (source && source != i && std::exchange(reader[*source], i) != i) dependencies[i].push_back(*source);
      });
      plan.each_written(stage, [&](StorageId s) { writer[s] = i; });
    });
  }
  return dependencies;
}

/// Whether it is a block that this thread runs itself.
bool runs_in_order(const Plan& plan, const Step& step) {
  if (step.kind != Step::Kind::block) return false;
  const Primitive* const primitive = plan.block_of(step).primitive;
  return primitive && primitive->is_ordered();
}

bool computes_again(const Graph& graph) {
  return std::ranges::any_of(graph.vertices, [](const Vertex& vertex) { return vertex.uses > 0 && vertex.recomputed; });
}

}  // namespace

void divide_work(Plan& plan) {
  const PlanCosts costs = costs_of(plan);
  plan.large = costs.total.flops >= enough_work || costs.total.bytes >= enough_work;
  const IdVector<StepId, std::vector<StepId>> dependencies = dependencies_of(plan);
  IdVector<StepId, bool> leads_to_product(plan.steps.size(), false);
  std::size_t divisible = 0;
  for (const StepId i : plan.steps.ids_from_last()) {
    const bool product = plan.steps[i].kind != Step::Kind::pass && costs.steps[i].flops >= heavy_block;
    if (runs_in_order(plan, plan.steps[i])) leads_to_product[i] = true;
    if (!leads_to_product[i]) divisible += costs.steps[i].flops;
    if (product || leads_to_product[i])
      for (const StepId source : dependencies[i]) leads_to_product[source] = true;
  }
  // The inputs of a task stay until the end of the run. A program that recomputes values does so to avoid just that.
  const bool divides = plan.parallel && plan.large && divisible >= enough_work && !computes_again(*plan.graph);
  IdVector<StepId, std::optional<int>> task_of(plan.steps.size());  // where it is one
  IdVector<StepId, int> chain_place(plan.steps.size());             // where it is none
  for (const StepId i : plan.steps.ids()) {
    if (!divides || leads_to_product[i]) {
      chain_place[i] = static_cast<int>(plan.chain.size());
      plan.chain.push_back(i.number());
      continue;
    }
    Task task{.step = i.number(), .after_step = 0, .after_tasks = {}};
    for (const StepId source : dependencies[i]) {
      if (const std::optional<int> earlier = task_of[source]) {
        task.after_tasks.push_back(*earlier);
        task.after_step = std::max(task.after_step, plan.tasks[as_size(*earlier)].after_step);
      } else {
        task.after_step = std::max(task.after_step, chain_place[source] + 1);
      }
    }
    task_of[i] = static_cast<int>(plan.tasks.size());
    plan.tasks.push_back(std::move(task));
  }
}

}  // namespace xgrad::run
