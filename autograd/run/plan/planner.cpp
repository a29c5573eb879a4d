#include <autograd/run/plan/planner.hpp>

#include <optional>

#include <autograd/run/plan/add_in_place.hpp>
#include <autograd/run/plan/draft.hpp>
#include <autograd/run/plan/emit.hpp>
#include <autograd/run/plan/form_sweeps.hpp>
#include <autograd/run/plan/grouping.hpp>
#include <autograd/run/plan/recompute.hpp>
#include <autograd/run/plan/tasks.hpp>
#include <autograd/run/plan/workspace.hpp>

namespace xgrad::run {
namespace {

/// Where what survives lies when the plan has run, and the copies that it takes.
class Results {
 public:
  explicit Results(Draft& draft) : draft_(draft) {}

  std::vector<Copy> run() {
    IdVector<VertexId, std::optional<StorageId>> made(draft_.vertices().size());
    draft_.looked_at(draft_.plan->graph->results.size());
    for (const VertexId v : draft_.plan->graph->results) {
      if (!made[v]) made[v] = storage_of(v);
      draft_.plan->results.push_back(*made[v]);
    }
    return std::move(copies_);
  }

 private:
  StorageId storage_of(VertexId v) {
    const Place& place = draft_.place_of(v);
    const Vertex& vertex = draft_.at(v);
    const std::size_t bytes = as_size(vertex.shape.elements()) * size_of(vertex.dtype);
    Storage& held = draft_.storage(place.storage);
    const Array view(nullptr, vertex.dtype, vertex.shape);
    const bool in_order = place.strides == view.strides || bytes == 0;
    const bool whole_storage = in_order && place.offset == 0 && place.dtype == vertex.dtype;
    draft_.materialise(place.storage);
    if (whole_storage && held.kind == Storage::Kind::external && !draft_.windows[*held.external]) {
      const Vertex& owner = draft_.at(*draft_.owner(place.storage));
      if (owner.shape.elements() == vertex.shape.elements()) return place.storage;
    }
    if (whole_storage && held.bytes == bytes &&
        (held.kind == Storage::Kind::workspace || held.kind == Storage::Kind::result)) {
      held.kind = Storage::Kind::result;
      return place.storage;
    }
    const StorageId s = draft_.workspace_storage(vertex, v);
    draft_.storage(s).kind = Storage::Kind::result;
    copies_.push_back({v, place, whole(s, vertex.dtype, vertex.shape)});
    return s;
  }

  Draft& draft_;
  std::vector<Copy> copies_;
};

/// Leaves only the storages that steps touch or that become results: most values of a pass never reach memory.
void drop_unused_storages(Plan& plan) {
  IdVector<StorageId, bool> used(plan.storages.size(), false);
  const auto use = [&](StorageId s) {
    ++plan.work;
    used[s] = true;
  };
  for (const Step& step : plan.steps) plan.each_stage(step, [&](const Step& stage) { plan.each_storage(stage, use); });
  for (const Sweep& sweep : plan.sweeps)
    for (const Sweep::Handed& handed : sweep.handed) use(handed.storage);
  for (const StorageId s : plan.results) use(s);
  IdVector<StorageId, Storage> kept;
  IdVector<StorageId, StorageId> names;  // of each storage, where it is used
  names.reserve(plan.storages.size());
  for (const StorageId s : plan.storages.ids()) {
    names.push_back(kept.next_id());
    if (used[s]) kept.push_back(plan.storages[s]);
  }
  plan.storages = std::move(kept);
  plan.each_name([&](StorageId& s) { s = names[s]; });
}

}  // namespace

std::unique_ptr<Plan> make_plan(const Program& program, bool parallel) {
  return make_plan(program, parallel, [](PlanStage) {});
}

std::unique_ptr<Plan> make_plan(const Program& program, bool parallel, const std::function<void(PlanStage)>& finished) {
  Draft draft(program, parallel);
  finished(PlanStage::graph);
  group_vertices(draft);
  finished(PlanStage::grouping);
  const std::vector<Copy> copies = Results(draft).run();
  recompute_cheap_values(draft);
  finished(PlanStage::recompute);
  emit_steps(draft, copies);
  finished(PlanStage::emit);
  form_sweeps(*draft.plan);
  add_in_place(*draft.plan);
  finished(PlanStage::sweeps);
  divide_work(*draft.plan);
  finished(PlanStage::tasks);
  lay_out_workspace(*draft.plan);
  drop_unused_storages(*draft.plan);
  finished(PlanStage::workspace);
  for (Pass& pass : draft.plan->passes) lay_out_scratch(pass);
  for (Vertex& vertex : draft.vertices()) {
    vertex.inputs = {};  // the steps know by now what they read
    vertex.attributes = &no_attributes;
  }
  finished(PlanStage::scratch);
  return std::move(draft.plan);
}

}  // namespace xgrad::run
