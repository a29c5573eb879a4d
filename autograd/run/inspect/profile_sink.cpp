#include <autograd/run/inspect/profile_sink.hpp>

#include <algorithm>
#include <string_view>

#include <autograd/run/inspect/report.hpp>
#include <autograd/run/plan/cost.hpp>

namespace xgrad::run {
namespace {

/// "encoder.1", or "encoder.1 backward"; what was recorded outside of all scopes has no label.
std::string module_label(std::uint32_t scope, bool derived) {
  return scope == 0 ? "" : scope_name(scope) + (derived ? " backward" : "");
}

void append(std::string& list, std::string_view item, std::string_view separator) {
  if (!list.empty()) list += separator;
  list += item;
}

/// The work of a step. Its title is that of explain() without the module at its end: all modules are named apart.
ProfiledWork describe(const Plan& plan, const Step& step, const Cost& cost) {
  ProfiledWork work;
  work.title = step_title(plan, step);
  work.bytes = cost.bytes;
  work.flops = cost.flops;
  std::vector<std::string> modules;
  std::string last_module, last_label;
  for (const VertexId v : step.vertices) {
    const Vertex& vertex = plan.graph->vertices[v];
    const std::string label = module_label(vertex.scope, vertex.derived);
    if (vertex.scope != 0) {
      last_module = scope_name(vertex.scope);
      if (std::ranges::find(modules, label) == modules.end()) modules.push_back(label);
    }
    const std::string_view name = vertex.primitive ? vertex.primitive->name : "copy";
    if (work.operations.empty() || label != last_label) {
      append(work.operations, label, "; ");
      if (!label.empty()) work.operations += ": ";
      work.operations += name;
    } else {
      append(work.operations, name, ", ");
    }
    last_label = label;
  }
  const std::string suffix = " [" + last_module + "]";
  if (work.title.ends_with(suffix)) work.title.resize(work.title.size() - suffix.size());
  for (const std::string& module : modules) append(work.modules, module, ", ");
  return work;
}

/// The same for a node that runs by itself.
ProfiledWork describe(const Node& node) {
  ProfiledWork work;
  work.title = node.primitive->name;
  work.modules = module_label(node.scope, node.derived);
  work.operations = (work.modules.empty() ? "" : work.modules + ": ") + node.primitive->name;
  for (const Node* input : node.inputs())
    if (!input->number) work.title += " " + to_string(input->shape);
  work.title += " -> " + to_string(node.shape);
  if (node.primitive->view()) return work;
  work.bytes = node.bytes();
  for (const Node* input : node.inputs()) work.bytes += input->number ? 0 : input->bytes();
  const Shape& first_input = node.input_count > 0 ? node.input(0)->shape : node.shape;
  work.flops = as_size(node.primitive->flops(first_input, node.shape));
  return work;
}

double seconds(std::int64_t nanoseconds) { return 1e-9 * static_cast<double>(nanoseconds); }

}  // namespace

ProfileSink::ProfileSink() { reset_peak_memory(); }

void ProfileSink::begin_run() {
  run_ = {};
  current_ = nullptr;
  run_.begin = mark_ = now();
}

void ProfileSink::end_planning() {
  const std::int64_t planned = now();
  run_.planning += planned - mark_;
  if (run_.pieces++ == 0) run_.planned = planned;
}

void ProfileSink::start_steps() {
  mark_ = now();
  if (run_.pieces == 1) run_.start = mark_;
}

void ProfileSink::end_steps() {
  const std::int64_t end = now();
  run_.running += end - mark_;
  mark_ = end;
}

void ProfileSink::begin_steps(const std::shared_ptr<const Plan>& plan) {
  end_planning();
  KnownPlan& known = plans_[plan.get()];
  if (!known.plan) {
    const PlanCosts costs = costs_of(*plan);
    for (const StepId i : plan->steps.ids())
      known.work.push_back(intern(describe(*plan, plan->steps[i], costs.steps[i])));
    known.plan = plan;
  }
  current_ = &known.work;
  start_steps();
}

void ProfileSink::begin_steps(const Program& program) {
  end_planning();
  ++run_.interpreted;
  nodes_.clear();
  for (const Node* node : program.nodes()) nodes_.push_back(intern(describe(*node)));
  current_ = &nodes_;
  start_steps();
}

void ProfileSink::end_run() {
  if (!current_) return;  // refused before anything ran
  run_.end = now();
  runs_.push_back(run_);
}

void ProfileSink::add_step(std::size_t index, std::int64_t start) {
  const std::int64_t end = now();
  const std::lock_guard lock(mutex_);
  const auto thread = std::ranges::find(threads_, std::this_thread::get_id());
  steps_.push_back(
      {.work = (*current_)[index], .thread = static_cast<int>(thread - threads_.begin()), .start = start, .end = end});
  if (thread == threads_.end()) threads_.push_back(std::this_thread::get_id());
}

void ProfileSink::stop() {
  if (stopped_) return;
  at_stop_ = summary();
  stopped_ = true;
}

std::vector<ProfiledStep> ProfileSink::steps() const {
  const std::lock_guard lock(mutex_);
  return steps_;
}

ProfileSummary ProfileSink::summary() const {
  if (stopped_) return at_stop_;
  ProfileSummary summary;
  summary.runs = runs_.size();
  summary.seconds = seconds(now());
  std::int64_t busy = 0;
  for (const ProfiledRun& run : runs_) {
    if (run.interpreted == run.pieces) ++summary.interpreted_runs;
    summary.pieces += run.pieces;
    summary.interpreted_pieces += run.interpreted;
    summary.planning_seconds += seconds(run.planning);
    summary.run_seconds += seconds(run.running);
    busy += run.end - run.begin;  // with what the profile itself takes between planning and steps
  }
  summary.recording_seconds = summary.seconds - seconds(busy);
  for (const ProfiledStep& step : steps()) summary.step_seconds += seconds(step.end - step.start);
  summary.plan_cache = plan_cache_stats();
  summary.plan_cache.hits -= cache_before_.hits;
  summary.plan_cache.misses -= cache_before_.misses;
  summary.plan_cache.evictions -= cache_before_.evictions;
  summary.peak_memory = memory_stats().peak;
  return summary;
}

}  // namespace xgrad::run
