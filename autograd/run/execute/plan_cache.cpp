#include <autograd/run/execute/plan_cache.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <autograd/run/compile/code.hpp>
#include <autograd/run/compile/loops.hpp>
#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/plan/planner.hpp>

namespace xgrad::run {

/// The compiling of a plan, loop by loop.
struct Progress {
  std::mutex mutex;
  std::int64_t run = 0;        ///< nanoseconds that the plan has run
  std::int64_t compiling = 0;  ///< and that compiling has taken
  int runs = 0;
  std::unique_ptr<Plan> compiled;  ///< once it has begun
  std::size_t next = 0;            ///< the pass to go on with
};

namespace {

/// Plans are let go of beyond this many, or beyond this many bytes of them, which bounds their memory.
constexpr std::size_t most_plans = 1024;
constexpr std::size_t most_bytes = std::size_t{256} << 20;
/// Structures without a plan of which it is known what they took; newer ones take the place of older ones.
constexpr std::size_t most_unplanned = 8192;

// A plan is made once it costs at most so many times what it can be an alternative to, and the loops of one are
// compiled while that costs at most so many times what the plan has run. So an upgrade never costs more than a few
// steps, and what does not come again is not upgraded.
constexpr double for_node_by_node = 3;
constexpr double for_pieces = 0.25;
constexpr double for_planned_runs = 0.5;
constexpr int fewest_planned_runs = 2;

/// Nanoseconds that a plan saves for each byte of what elementwise operations and reductions compute, or reduce: some
/// of it does not go through memory, and loops are fewer. Where it is sure to save more than it costs, a program has
/// one from the first time on. (0.15 was measured for the step of a small network with batch normalization.)
constexpr double saved_for_byte = 0.1;

/// A running mean of what something costs.
class MeasuredCost {
 public:
  explicit constexpr MeasuredCost(double first) : mean_(first) {}
  double of(std::size_t units) const noexcept {
    return mean_.load(std::memory_order_relaxed) * static_cast<double>(units);
  }
  void add(std::int64_t nanoseconds, std::size_t units) noexcept {
    if (units == 0) return;
    const double own = static_cast<double>(nanoseconds) / static_cast<double>(units);
    const double mean = mean_.load(std::memory_order_relaxed);
    // One that was held up by something else counts as twice the mean.
    mean_.store(mean + (std::min(own, 2 * mean) - mean) / 8, std::memory_order_relaxed);
  }

 private:
  std::atomic<double> mean_;
};

constinit MeasuredCost planning_of_node(1'500);
constinit MeasuredCost compiling_of_operation(20'000);

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

std::uint64_t hash_of(std::span<const std::uint32_t> key) {
  // Four lanes of two words each, so that the multiplications overlap.
  constexpr std::size_t lane_count = 4, lane_words = 2;
  std::uint64_t lanes[lane_count] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, key.size()};
  const auto mix = [](std::uint64_t& lane, std::uint64_t words) {
    lane = (lane ^ words) * 0xD6E8FEB86659FD93u;
    lane ^= lane >> 32;
  };
  std::size_t i = 0;
  for (; i + lane_count * lane_words <= key.size(); i += lane_count * lane_words) {
    std::uint64_t words[lane_count];
    std::memcpy(words, &key[i], sizeof(words));
    for (std::size_t k = 0; k < lane_count; ++k) mix(lanes[k], words[k]);
  }
  for (; i < key.size(); ++i) mix(lanes[0], key[i]);
  std::uint64_t hash = 0;
  for (const std::uint64_t lane : lanes) hash = (hash ^ lane) * 0x9E3779B97F4A7C15u, hash ^= hash >> 29;
  return hash;
}

/// About what a plan takes.
std::size_t bytes_of(const Plan& plan) {
  std::size_t bytes = sizeof(Plan) + plan.key.size() * sizeof(plan.key[0]) + plan.storages.size() * sizeof(Storage) +
                      plan.graph->vertices.size() * sizeof(Vertex) + plan.blocks.size() * (sizeof(Block) + 256) +
                      plan.steps.size() * (sizeof(Step) + 32);
  for (const Pass& pass : plan.passes)
    bytes += sizeof(Pass) + pass.operands.size() * sizeof(PassOperand) +
             pass.instructions.size() * sizeof(Instruction) + pass.accumulations.size() * sizeof(Accumulation);
  return bytes;
}

/// How plans are wanted.
struct Wanted {
  bool parallel;
  Compiling compiling;

  bool fits(const Plan& plan) const {
    return plan.parallel == parallel && compiling != (plan.compiled ? Compiling::never : Compiling::always);
  }
};

class Cache {
 public:
  Tier find(std::span<const std::uint32_t> key, const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    const auto fits = [&](const Known& known) {
      return known.plan && wanted.fits(*known.plan) && std::ranges::equal(known.plan->key, key);
    };
    // Most often the plans of a thread follow each other as they did before, which needs no hash.
    if (last_ && last_->next && fits(*last_->next)) return found(last_->next, wanted);
    const std::uint64_t hash = hash_of(key);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry)
      if (fits(*entry->second)) return found(&*entry->second, wanted);
    ++stats_.misses;
    return {.hash = hash, .plan = {}, .progress = {}};
  }

  Tier insert(std::shared_ptr<const Plan> plan, std::uint64_t hash, const Wanted& wanted) {
    std::shared_ptr<Progress> progress = plan->compiled ? nullptr : std::make_shared<Progress>();
    const std::lock_guard lock(mutex_);
    if (unused_.empty()) unused_.emplace_front();
    by_hash_.emplace(hash, unused_.begin());  // the last that may fail
    recent_.splice(recent_.begin(), unused_, unused_.begin());
    Known& known = recent_.front();
    known.place = recent_.begin();
    known.plan = std::move(plan);
    known.hash = hash;
    known.bytes = bytes_of(*known.plan);
    known.progress = std::move(progress);
    bytes_ += known.bytes;
    while (recent_.size() > 1 && (recent_.size() > most_plans || bytes_ > most_bytes)) evict();
    stats_.plans = recent_.size();
    return follow(&known, wanted);
  }

  /// Puts a plan in the place of a tier's, for the same programs, which may be gone by now.
  void replace(const Tier& tier, std::shared_ptr<const Plan> plan) {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = by_hash_.equal_range(tier.hash);
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second->plan != tier.plan) continue;
      entry->second->plan = std::move(plan);
      entry->second->progress = nullptr;
      return;
    }
  }

  /// What structures of a hash have taken so far. Another structure that has it, which is most unlikely, gets its plan
  /// sooner.
  Spent spent(std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    if (unplanned_.empty()) return {};
    const Unplanned& known = unplanned_[hash % most_unplanned];
    return known.hash == hash ? known.spent : Spent();
  }

  void spend(std::uint64_t hash, const Spent& spent) {
    const std::lock_guard lock(mutex_);
    if (unplanned_.empty()) unplanned_.resize(most_unplanned);
    Unplanned& known = unplanned_[hash % most_unplanned];
    if (known.hash != hash) known = {.hash = hash, .spent = {}};
    known.spent.node_by_node += spent.node_by_node;
    known.spent.in_pieces += spent.in_pieces;
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    while (!recent_.empty()) evict();
    stats_.plans = 0;
  }

  PlanCacheStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  struct Known {
    std::shared_ptr<const Plan> plan;  ///< null: unused
    std::shared_ptr<Progress> progress;
    std::uint64_t hash = 0;
    std::size_t bytes = 0;
    std::list<Known>::iterator place;
    Known* next = nullptr;  ///< what was found after it; never freed
  };
  struct Unplanned {
    std::uint64_t hash = 0;
    Spent spent;
  };

  Tier found(Known* known, const Wanted& wanted) {
    ++stats_.hits;
    recent_.splice(recent_.begin(), recent_, known->place);
    return follow(known, wanted);
  }

  Tier follow(Known* known, const Wanted& wanted) {
    if (last_) last_->next = known;
    last_ = known;
    const bool compiles = wanted.compiling == Compiling::repeated;
    return {.hash = known->hash, .plan = known->plan, .progress = compiles ? known->progress : nullptr};
  }

  void evict() {
    Known& oldest = recent_.back();
    const auto [first, last] = by_hash_.equal_range(oldest.hash);
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second != oldest.place) continue;
      by_hash_.erase(entry);
      break;
    }
    bytes_ -= oldest.bytes;
    oldest.plan = nullptr;
    oldest.progress = nullptr;
    unused_.splice(unused_.begin(), recent_, oldest.place);
    ++stats_.evictions;
  }

  static inline thread_local constinit Known* last_ = nullptr;  ///< what this thread has found last

  std::mutex mutex_;
  std::list<Known> recent_, unused_;
  std::unordered_multimap<std::uint64_t, std::list<Known>::iterator> by_hash_;
  std::vector<Unplanned> unplanned_;
  std::size_t bytes_ = 0;
  PlanCacheStats stats_;
};

Cache& cache() {
  static Cache& instance = *new Cache;
  return instance;
}

Wanted wanted() { return {.parallel = num_threads() > 1, .compiling = can_compile() ? compiling() : Compiling::never}; }

bool has_large_value(const Program& program) {
  return std::ranges::any_of(program.nodes(),
                             [](const Node* node) { return node->bytes() >= large_value && !node->primitive->view(); });
}

/// Machine operations of the loops of a pass, about.
std::size_t operations_of(const Pass& pass) {
  constexpr std::size_t operations_of_formula = 20;
  std::size_t count = 0;
  for (const Instruction& instruction : pass.instructions)
    count += is_simple(instruction.machine) ? 1 : operations_of_formula;
  return count;
}

double bytes_of_passes(const Program& program) {
  std::size_t bytes = 0;
  for (const Node* node : program.nodes()) {
    if (node->primitive->elementwise()) bytes += node->bytes();
    if (node->primitive->reduces() && node->input_count > 0) bytes += node->input(0)->bytes();
  }
  return static_cast<double>(bytes);
}

/// Whether a structure that has taken so much is to be planned now.
bool is_worth_planning(const Program& program, const Spent& spent, Alternative alternative) {
  if (planning() == Planning::always || compiling() == Compiling::always) return true;
  const double cost = planning_of_node.of(program.nodes().size());
  const double earned = alternative == Alternative::node_by_node
                            ? for_node_by_node * static_cast<double>(spent.node_by_node)
                            : for_pieces * static_cast<double>(spent.in_pieces);
  if (cost <= earned || has_large_value(program)) return true;
  return alternative == Alternative::node_by_node && cost <= saved_for_byte * bytes_of_passes(program);
}

}  // namespace

Tier tier_of(const Program& program) { return cache().find(program.key(), wanted()); }

bool plan_if_worth(const Program& program, Tier& tier, Alternative alternative) {
  if (!is_worth_planning(program, cache().spent(tier.hash), alternative)) return false;
  const Wanted want = wanted();
  const std::int64_t start = now();
  std::shared_ptr<const Plan> plan = make_plan(program, want.parallel);
  planning_of_node.add(now() - start, program.nodes().size());
  if (want.compiling == Compiling::always) plan = with_compiled_loops(*plan);
  tier = cache().insert(std::move(plan), tier.hash, want);
  return true;
}

void note_run(const Tier& tier, const Spent& spent) { cache().spend(tier.hash, spent); }

void note_run(Tier& tier, std::int64_t nanoseconds) try {
  Progress& progress = *tier.progress;
  const std::unique_lock lock(progress.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  progress.run += nanoseconds;
  if (++progress.runs <= fewest_planned_runs) return;
  const Plan& plan = *tier.plan;
  const auto may_spend = [&](double cost) {
    return static_cast<double>(progress.compiling) + cost <= for_planned_runs * static_cast<double>(progress.run);
  };
  while (progress.next < plan.passes.size()) {
    const std::size_t operations = operations_of(plan.passes[progress.next]);
    if (!may_spend(compiling_of_operation.of(operations))) return;
    const std::int64_t start = now();
    if (!progress.compiled) progress.compiled = std::make_unique<Plan>(plan);
    Pass compiled = plan.passes[progress.next];
    compile_pass(compiled);
    progress.compiled->passes[progress.next++] = std::move(compiled);
    const std::int64_t took = now() - start;
    progress.compiling += took;
    compiling_of_operation.add(took, operations);
  }
  if (progress.next > plan.passes.size()) return;
  if (!progress.compiled) progress.compiled = std::make_unique<Plan>(plan);
  progress.compiled->compiled = true;
  std::shared_ptr<const Plan> compiled(std::move(progress.compiled));
  ++progress.next;  // done
  cache().replace(tier, std::move(compiled));
} catch (const std::bad_alloc&) {
  // The program has run, and its plan stays as it is: compiling goes on after a later run.
}

void forget_plans() {
  cache().forget();
  forget_unused_code();
}

PlanCacheStats cache_stats() { return cache().stats(); }

}  // namespace xgrad::run
