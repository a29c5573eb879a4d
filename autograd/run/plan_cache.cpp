#include <autograd/run/plan_cache.hpp>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

#include <autograd/run/compile.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::run {
namespace {

/// Plans are let go of beyond this many, or beyond this many words of their keys, which bounds their memory.
constexpr std::size_t most_plans = 256;
constexpr std::size_t most_words = 8'000'000;
/// A plan that is found so often is made anew, with compiled loops.
constexpr std::size_t hits_before_compiling = 2;

std::uint64_t hash_of(std::span<const std::uint64_t> key) {
  // Four lanes, so that the multiplications overlap.
  std::uint64_t lanes[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, key.size()};
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k)
      lanes[k] = (lanes[k] ^ key[i + k]) * 0xD6E8FEB86659FD93u, lanes[k] ^= lanes[k] >> 32;
  for (; i < key.size(); ++i) lanes[0] = (lanes[0] ^ key[i]) * 0xD6E8FEB86659FD93u, lanes[0] ^= lanes[0] >> 32;
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

  Found find(std::uint64_t hash, std::span<const std::uint64_t> key, bool parallel, Compiling compiling) {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto entry = first; entry != last; ++entry) {
      Known& known = *entry->second;
      const Plan& plan = *known.plan;
      if (plan.parallel != parallel || !std::ranges::equal(plan.key, key)) continue;
      if (compiling == (plan.compiled ? Compiling::never : Compiling::always)) continue;
      ++stats_.hits;
      recent_.splice(recent_.begin(), recent_, entry->second);
      return {known.plan, ++known.hits == hits_before_compiling && compiling == Compiling::repeated && !plan.compiled};
    }
    ++stats_.misses;
    return {};
  }

  void insert(std::uint64_t hash, std::shared_ptr<const Plan> plan) {
    const std::lock_guard lock(mutex_);
    if (plan->key.size() > most_words / 4) return;  // larger than what repeats
    words_ += plan->key.size();
    recent_.push_front({std::move(plan)});
    by_hash_.emplace(hash, recent_.begin());
    while (recent_.size() > most_plans || words_ > most_words) evict();
    stats_.plans = recent_.size();
  }

  /// Puts a plan in the place of an older one for the same programs, which may be gone by now.
  void replace(std::uint64_t hash, const std::shared_ptr<const Plan>& old, std::shared_ptr<const Plan> plan) {
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
  const std::uint64_t hash = hash_of(program.key());
  const bool parallel = num_threads() > 1;
  const Compiling when = can_compile() ? compiling() : Compiling::never;
  Cache::Found found = cache().find(hash, program.key(), parallel, when);
  if (found.plan && !found.repeats) return found.plan;
  std::shared_ptr<const Plan> plan = make_plan(program, parallel, found.repeats || when == Compiling::always);
  if (found.repeats)
    cache().replace(hash, found.plan, plan);
  else
    cache().insert(hash, plan);
  return plan;
}

}  // namespace xgrad::run

namespace xgrad {
PlanCacheStats plan_cache_stats() { return run::cache().stats(); }
}  // namespace xgrad
