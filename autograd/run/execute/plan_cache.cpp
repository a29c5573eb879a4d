#include <autograd/run/execute/plan_cache.hpp>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

#include <autograd/run/compile/loops.hpp>
#include <autograd/run/plan/planner.hpp>

namespace xgrad::run {
namespace {

/// Plans are let go of beyond this many, or beyond this many words of their keys, which bounds their memory.
constexpr std::size_t most_plans = 256;
constexpr std::size_t most_words = 16'000'000;
/// A plan that is found so often gives way to one with compiled loops.
constexpr std::size_t hits_before_compiling = 2;

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

class Cache {
 public:
  struct Found {
    std::shared_ptr<const Plan> plan;
    bool repeats = false;  ///< whether it has been found often enough to be worth compiling
  };

  Found find(std::span<const std::uint32_t> key, bool parallel, Compiling compiling) {
    const std::lock_guard lock(mutex_);
    const auto fits = [&](const Plan& plan) {
      return plan.parallel == parallel && compiling != (plan.compiled ? Compiling::never : Compiling::always) &&
             std::ranges::equal(plan.key, key);
    };
    // A training loop asks for the same plan again and again, which needs no hash then.
    if (!recent_.empty() && fits(*recent_.front().plan)) return found(recent_.begin(), compiling);
    const auto [first, last] = by_hash_.equal_range(hash_of(key));
    for (auto entry = first; entry != last; ++entry)
      if (fits(*entry->second->plan)) return found(entry->second, compiling);
    ++stats_.misses;
    return {};
  }

  void insert(std::shared_ptr<const Plan> plan) {
    const std::uint64_t hash = hash_of(plan->key);
    const std::lock_guard lock(mutex_);
    if (plan->key.size() > most_words / 4) return;  // larger than what repeats
    words_ += plan->key.size();
    recent_.push_front({std::move(plan)});
    by_hash_.emplace(hash, recent_.begin());
    while (recent_.size() > most_plans || words_ > most_words) evict();
    stats_.plans = recent_.size();
  }

  /// Puts a plan in the place of an older one for the same programs, which may be gone by now.
  void replace(const std::shared_ptr<const Plan>& old, std::shared_ptr<const Plan> plan) {
    const std::uint64_t hash = hash_of(plan->key);
    const std::lock_guard lock(mutex_);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry)
      if (entry->second->plan == old) entry->second->plan = std::move(plan);
  }

  PlanCacheStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  struct Known {
    std::shared_ptr<const Plan> plan;
    std::size_t hits = 0;
  };
  using Recent = std::list<Known>;

  Found found(Recent::iterator entry, Compiling compiling) {
    ++stats_.hits;
    recent_.splice(recent_.begin(), recent_, entry);
    Known& known = *entry;
    const bool compile_now = ++known.hits == hits_before_compiling && compiling == Compiling::repeated;
    return {known.plan, compile_now && !known.plan->compiled};
  }

  void evict() {
    const auto oldest = std::prev(recent_.end());
    const auto [first, last] = by_hash_.equal_range(hash_of(oldest->plan->key));
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second != oldest) continue;
      by_hash_.erase(entry);
      break;
    }
    words_ -= oldest->plan->key.size();
    recent_.erase(oldest);
    ++stats_.evictions;
  }

  std::mutex mutex_;
  Recent recent_;
  std::unordered_multimap<std::uint64_t, Recent::iterator> by_hash_;
  std::size_t words_ = 0;
  PlanCacheStats stats_;
};

Cache& cache() {
  static Cache& instance = *new Cache;
  return instance;
}

}  // namespace

std::shared_ptr<const Plan> plan_for(const Program& program) {
  const bool parallel = num_threads() > 1;
  const Compiling when = can_compile() ? compiling() : Compiling::never;
  Cache::Found found = cache().find(program.key(), parallel, when);
  if (found.plan && !found.repeats) return found.plan;
  if (found.plan) {
    std::shared_ptr<const Plan> compiled = with_compiled_loops(*found.plan);
    cache().replace(found.plan, compiled);
    return compiled;
  }
  std::shared_ptr<const Plan> plan = make_plan(program, parallel);
  if (when == Compiling::always) plan = with_compiled_loops(*plan);
  cache().insert(plan);
  return plan;
}

PlanCacheStats cache_stats() { return cache().stats(); }

}  // namespace xgrad::run
