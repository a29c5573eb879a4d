#include <autograd/run/plan/tasks.hpp>

#include <algorithm>

#include <autograd/run/plan/cost.hpp>

namespace xgrad::run {
namespace {

/// Work below this is done before another thread has noticed, in floating-point operations or bytes.
constexpr std::size_t enough_work = 1'000'000;
/// A block of so many operations is worth a thread's attention.
constexpr std::size_t heavy_block = 50'000;

/// For every step, the steps whose results it reads.
std::vector<std::vector<int>> dependencies_of(const Plan& plan) {
  std::vector<int> writer(plan.storages.size(), -1);
  std::vector<std::vector<int>> dependencies(plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    plan.each_stage(plan.steps[i], [&](const Step& stage) {
      plan.each_storage(stage, [&](int s) {
        const int source = writer[static_cast<std::size_t>(s)];
        if (source >= 0 && source != static_cast<int>(i)) dependencies[i].push_back(source);
      });
      plan.each_written(stage, [&](int s) { writer[static_cast<std::size_t>(s)] = static_cast<int>(i); });
    });
  }
  return dependencies;
}

bool computes_again(const Graph& graph) {
  return std::ranges::any_of(graph.vertices, [](const Vertex& vertex) { return vertex.uses > 0 && vertex.recomputed; });
}

}  // namespace

void divide_work(Plan& plan) {
  const PlanCosts costs = costs_of(plan);
  plan.large = costs.total.flops >= enough_work || costs.total.bytes >= enough_work;
  const std::vector<std::vector<int>> dependencies = dependencies_of(plan);
  std::vector<bool> leads_to_product(plan.steps.size(), false);
  std::size_t divisible = 0;
  for (std::size_t i = plan.steps.size(); i-- > 0;) {
    const bool product = plan.steps[i].kind != Step::Kind::pass && costs.steps[i].flops >= heavy_block;
    if (!leads_to_product[i]) divisible += costs.steps[i].flops;
    if (product || leads_to_product[i])
      for (const int source : dependencies[i]) leads_to_product[static_cast<std::size_t>(source)] = true;
  }
  // What a task reads stays until the end of the run, which a program that computes values again is there to avoid.
  const bool divides = plan.parallel && plan.large && divisible >= enough_work && !computes_again(*plan.graph);
  std::vector<int> task_of(plan.steps.size(), -1);
  std::vector<int> chain_place(plan.steps.size(), -1);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (!divides || leads_to_product[i]) {
      chain_place[i] = static_cast<int>(plan.chain.size());
      plan.chain.push_back(static_cast<int>(i));
      continue;
    }
    Task task{.step = static_cast<int>(i), .after_step = 0, .after_tasks = {}};
    for (const int source : dependencies[i]) {
      const auto s = static_cast<std::size_t>(source);
      if (task_of[s] < 0) {
        task.after_step = std::max(task.after_step, chain_place[s] + 1);
      } else {
        task.after_tasks.push_back(task_of[s]);
        task.after_step = std::max(task.after_step, plan.tasks[static_cast<std::size_t>(task_of[s])].after_step);
      }
    }
    task_of[i] = static_cast<int>(plan.tasks.size());
    plan.tasks.push_back(std::move(task));
  }
}

}  // namespace xgrad::run
