#include <autograd/run/plan/form_sweeps.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace xgrad::run {
namespace {

/// Values handed on within a part should stay in the second-level cache, beside all else that the part touches.
constexpr std::int64_t part_bytes = 256 * 1024;
/// A sweep that keeps less out of memory is not worth its parts: it would have stayed in the cache anyway.
constexpr std::int64_t fewest_handed_bytes = 1024 * 1024;
/// From so many on they would not stay in any cache, and larger parts are worth their while, since they save memory.
constexpr std::int64_t many_handed_bytes = 16 * 1024 * 1024;
/// A total is read and written for each part, and once more where totals of chunks are added.
constexpr std::int64_t walks_over_totals = 3;
/// Parts of so much are cut along a second axis, if they can be.
constexpr std::int64_t many_part_bytes = 8 * 1024 * 1024;
/// Storages and steps that are looked at for one sweep, and how often the search begins at one step again. What takes
/// more, as in a recurrent network, where everything hangs together, stays as it is.
constexpr std::int64_t most_looks = 400;
constexpr int most_tries = 4;
/// Steps that read a storage that is handed on, or that a stage writes. More of them are hardly ever near each other.
constexpr std::size_t most_readers = 32;
/// A storage that is handed on takes at least so many looks.
constexpr int fewest_looks = 3;
/// Chunks of parts whose totals are kept apart, so that several threads can work on them.
constexpr std::int64_t most_chunks = 8;

/// How places lie within a storage that is cut along an axis of a place of all of it; nothing where the axis does not
/// cut it into such parts.
std::optional<Cut> cut_of(const Place& place, int axis, std::int64_t places, std::int64_t elements) {
  const std::int64_t extent = place.shape[axis];
  const std::int64_t stride = place.strides[as_size(axis)];
  if (place.offset != 0 || stride <= 0 || extent % places != 0) return std::nullopt;
  const std::int64_t inner = stride * (extent / places);
  if (elements % (places * inner) != 0 || place.shape.elements() != elements) return std::nullopt;
  std::int64_t reach = (extent / places - 1) * stride;
  for (int other = 0; other < place.shape.rank(); ++other) {
    const std::int64_t step = place.strides[as_size(other)];
    if (other == axis || place.shape[other] == 1 || step % (places * inner) == 0) continue;
    reach += (place.shape[other] - 1) * step;
  }
  if (reach >= inner) return std::nullopt;
  return Cut{elements / (places * inner), inner};
}

/// The axis of a place along which its storage is cut.
std::optional<int> axis_of(const Place& place, const Cut& cut, std::int64_t places, std::int64_t elements) {
  for (int axis = 0; axis < place.shape.rank(); ++axis)
    if (place.shape[axis] > 1 && cut_of(place, axis, places, elements) == cut) return axis;
  return std::nullopt;
}

/// How a step of a plan runs in parts: a stage of a sweep, but for the step itself.
struct Parts {
  std::vector<int> axes;
  Cut cut;
  bool accumulates = false;
  int results_read = 0;  ///< of other stages
};

/// A sweep while it grows.
struct Candidate {
  std::int64_t places = 1;
  std::map<StepId, Parts> stages;
  std::map<StorageId, Cut> handed;
  std::map<StepId, int> waiting;  ///< steps that are no stages, and how many results of stages they read
};

std::vector<StorageId> sorted_once(std::vector<StorageId> list) {
  std::ranges::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

class Sweeping {
 public:
  explicit Sweeping(Plan& plan) : plan_(plan) {}

  void run() {
    if (!any_large()) return;
    look();
    if (make_room()) look();
    repeat_rearrangements();
    search();
    close_gaps();
  }

 private:
  const Step& step(StepId i) const { return plan_.steps[i]; }
  const Block& block(const Step& step) const { return plan_.block_of(step); }
  const Pass& pass(const Step& step) const { return plan_.pass_of(step); }
  const Storage& storage(StorageId s) const { return plan_.storages[s]; }
  std::int64_t bytes(StorageId s) const { return static_cast<std::int64_t>(storage(s).bytes); }
  std::int64_t elements(StorageId s) const { return bytes(s) / static_cast<std::int64_t>(size_of(storage(s).dtype)); }
  /// The step that writes a storage, and those that read it: sweeps, where they are stages of one by now.
  std::optional<StepId> writer(StorageId s) const {
    return writers_[s] ? std::optional(sweep_with_[*writers_[s]]) : std::nullopt;
  }
  auto readers(StorageId s) const {
    const std::span<const StepId> all = readers_[s];
    return ComputedList(all.size(), [this, all](std::size_t k) { return sweep_with_[all[k]]; });
  }

  /// A place among the steps where there is none: room for one, or one that became a stage of a later one.
  static constexpr int gap = -1;
  bool is_gap(StepId i) const { return step(i).index == gap; }

  bool is_cuttable_block(StepId i) const {
    return !is_gap(i) && step(i).kind == Step::Kind::block && is_small(i) &&
           (is_copy(block(step(i))) || traits(block(step(i))).part);
  }

  /// Whether a step has so few operands, and its results so few readers, that a search may look at them.
  bool is_small(StepId i) const {
    if (step(i).kind == Step::Kind::sweep || is_gap(i)) return false;
    const std::size_t operands =
        step(i).kind == Step::Kind::block ? block(step(i)).inputs.size() : pass(step(i)).operands.size();
    if (operands > as_size(most_looks)) return false;
    bool small = true;
    plan_.each_written(step(i), [&](StorageId s) { small = small && readers_[s].size() <= most_readers; });
    return small;
  }

  static bool is_copy(const Block& own) { return own.primitive == nullptr; }
  /// The traits of a block. A copy, or an elementwise function of nothing, has those of a kernel that only runs
  /// whole.
  static const BlockTraits& traits(const Block& own) {
    static constexpr BlockTraits none;
    return own.primitive && own.primitive->block() ? *own.primitive->block() : none;
  }

  bool any_large() const {
    return std::any_of(plan_.storages.begin(), plan_.storages.end(), [](const Storage& s) {
      return s.kind == Storage::Kind::workspace && static_cast<std::int64_t>(s.bytes) >= part_bytes;
    });
  }

  void looked_at(std::size_t storages_or_steps) {
    plan_.sweep_work += static_cast<std::int64_t>(storages_or_steps);
    looks_left_ -= static_cast<std::int64_t>(storages_or_steps);
  }
  /// The search for one sweep has looked at as much as it may.
  bool exhausted() const { return looks_left_ < 0; }

  /// The storages that a pass or block reads and does not write.
  std::vector<StorageId> read_by(const Step& work) const {
    std::vector<StorageId> read, written;
    plan_.each_written(work, [&](StorageId s) { written.push_back(s); });
    written = sorted_once(std::move(written));
    plan_.each_storage(work, [&](StorageId s) {
      if (!std::ranges::binary_search(written, s)) read.push_back(s);
    });
    return sorted_once(std::move(read));
  }

  /// Who writes and who reads each storage.
  void look() {
    looked_at(plan_.steps.size());
    writers_.assign(plan_.storages.size(), std::nullopt);
    readers_.assign(plan_.storages.size(), {});
    reads_.assign(plan_.steps.size(), {});
    sweep_with_.clear();
    for (const StepId i : plan_.steps.ids()) sweep_with_.push_back(i);
    for (const StepId i : plan_.steps.ids()) {
      if (is_gap(i)) continue;
      reads_[i] = read_by(step(i));
      plan_.each_written(step(i), [&](StorageId s) { writers_[s] = i; });
      for (const StorageId s : reads_[i])
        if (writers_[s]) readers_[s].push_back(i);
    }
  }

  // ------------------------------------------------------------------------------------------- repeating

  /// Whether a block may be repeated for each step that reads its result.
  bool is_repeatable(StepId i) const {
    if (!is_cuttable_block(i) || !traits(block(step(i))).rearranges) return false;
    const StorageId s = block(step(i)).result.storage;
    return storage(s).kind == Storage::Kind::workspace && bytes(s) >= fewest_handed_bytes && readers_[s].size() > 1 &&
           std::all_of(readers_[s].begin() + 1, readers_[s].end(),
                       [&](StepId user) { return step(user).kind == Step::Kind::block; });
  }

  /// Leaves gaps where blocks may be repeated, before the steps that read them. Whether there are any.
  bool make_room() {
    IdVector<StepId, int> repeats(plan_.steps.size(), 0);  // before each step
    bool any = false;
    for (const StepId i : plan_.steps.ids()) {
      if (!is_repeatable(i)) continue;
      any = true;
      const std::vector<StepId>& users = readers_[block(step(i)).result.storage];
      for (std::size_t k = 1; k < users.size(); ++k) ++repeats[users[k]];
    }
    if (!any) return false;
    IdVector<StepId, Step> steps;
    for (const StepId i : plan_.steps.ids()) {
      for (int k = 0; k < repeats[i]; ++k) steps.push_back({Step::Kind::block, gap, {}});
      steps.push_back(std::move(plan_.steps[i]));
    }
    plan_.steps = std::move(steps);
    return true;
  }

  /// Blocks that only rearrange elements are repeated for each block that reads them, where the two can run part
  /// by part: it need not be kept, or even be there as a whole.
  void repeat_rearrangements() {
    for (const StepId i : plan_.steps.ids()) {
      if (!is_repeatable(i)) continue;
      const StorageId s = block(step(i)).result.storage;
      const std::vector<StepId> users = std::exchange(readers_[s], {readers_[s].front()});
      std::vector<StepId> copies(users.size(), i);
      for (std::size_t k = users.size(); k-- > 1;) copies[k] = repeat(i, users[k], s);
      if (std::ranges::all_of(copies, [&](StepId copy) { return is_handed_on(copy); })) continue;
      for (std::size_t k = 1; k < users.size(); ++k) take_back(copies[k], users[k], s);
      readers_[s] = users;
    }
  }

  /// Whether the best sweep from a block hands its result on.
  bool is_handed_on(StepId i) {
    const std::optional<Found> found = best_from(i);
    const StorageId s = block(step(i)).result.storage;
    return found && std::any_of(found->sweep.handed.begin(), found->sweep.handed.end(),
                                [&](const Sweep::Handed& handed) { return handed.storage == s; });
  }

  /// A block once more, in the first gap before one that reads its result.
  StepId repeat(StepId i, StepId user, StorageId s) {
    StepId own = user;
    for (StepId before = user + -1; is_gap(before); before = before + -1) own = before;
    Block again = block(step(i));
    const StorageId fresh = plan_.storages.add(storage(s));
    again.result.storage = fresh;
    plan_.blocks.push_back(std::move(again));
    plan_.steps[own] = {Step::Kind::block, static_cast<int>(plan_.blocks.size()) - 1, step(i).vertices};
    writers_.push_back(own);
    readers_.push_back({user});
    reads_[own] = reads_[i];
    for (const StorageId read : reads_[own])
      if (writers_[read]) readers_[read].push_back(own);
    read_instead(user, s, fresh);
    return own;
  }

  /// Takes back what was repeated last.
  void take_back(StepId own, StepId user, StorageId s) {
    read_instead(user, block(step(own)).result.storage, s);
    for (const StorageId read : reads_[own])
      if (writers_[read]) readers_[read].pop_back();
    reads_[own].clear();
    plan_.steps[own] = {Step::Kind::block, gap, {}};
    plan_.blocks.pop_back();
    plan_.storages.pop_back();
    writers_.pop_back();
    readers_.pop_back();
  }

  void read_instead(StepId user, StorageId from, StorageId to) {
    for (Place& place : plan_.blocks[as_size(step(user).index)].inputs)
      if (place.storage == from) place.storage = to;
    std::ranges::replace(reads_[user], from, to);
    std::ranges::sort(reads_[user]);
  }

  // ------------------------------------------------------------------------------------------- searching

  /// The steps that hang together with a storage of some size, by storages that could be handed on. The others cannot
  /// be part of a sweep: a search finds too few storages to hand on enough.
  IdVector<StepId, bool> near_large_storages() {
    IdVector<StepId, StepId> parent = sweep_with_;  // a forest of the steps that hang together
    const auto root = [&](StepId i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    IdVector<StepId, bool> small;
    small.reserve(plan_.steps.size());
    for (const StepId i : plan_.steps.ids()) small.push_back(is_small(i));
    std::vector<StepId> large;
    for (const StorageId s : plan_.storages.ids()) {
      const std::vector<StepId>& users = readers_[s];
      if (storage(s).kind != Storage::Kind::workspace || users.empty() || users.size() > most_readers) continue;
      plan_.sweep_work += 1 + std::ssize(users);
      if (!small[*writers_[s]] || !std::ranges::all_of(users, [&](StepId user) { return small[user]; })) continue;
      const StepId source = root(*writers_[s]);
      for (const StepId user : users) parent[root(user)] = source;
      if (bytes(s) * (most_looks / fewest_looks) >= fewest_handed_bytes) large.push_back(source);
    }
    IdVector<StepId, bool> roots(plan_.steps.size(), false), near(plan_.steps.size(), false);
    for (const StepId i : large) roots[root(i)] = true;
    for (const StepId i : plan_.steps.ids()) near[i] = roots[root(i)];
    return near;
  }

  /// Begins at each block in order, and again at those that had looked at steps which then became a sweep.
  void search() {
    std::set<StepId> open;
    const IdVector<StepId, bool> promising = near_large_storages();
    for (const StepId i : plan_.steps.ids())
      if (promising[i] && is_cuttable_block(i)) open.insert(open.end(), i);
    IdVector<StepId, std::vector<StepId>> looked_from(plan_.steps.size());  // where searches began that saw a step
    IdVector<StepId, int> tries(plan_.steps.size(), 0);
    failed_.assign(plan_.steps.size(), 0);
    failed_with_.resize(plan_.steps.size());
    const auto begin_again = [&](StepId i) {
      failed_[i] = 0;
      open.insert(i);
    };
    while (!open.empty()) {
      const StepId i = open.extract(open.begin()).value();
      if (!is_cuttable_block(i) || tries[i]++ == most_tries) continue;
      seen_.clear();
      std::optional<Found> found = best_from(i);
      if (!found) {
        std::ranges::sort(seen_);
        seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
        for (const StepId other : seen_) looked_from[other].push_back(i);
        continue;
      }
      replace(found->steps, std::move(found->sweep));
      for (const StepId stage : found->steps)
        for (const StepId begin : std::exchange(looked_from[stage], {})) {
          begin_again(begin);
          std::ranges::for_each(std::exchange(failed_with_[begin], {}), begin_again);
        }
    }
  }

  // ------------------------------------------------------------------------------------------- growing

  struct Found {
    Sweep sweep;
    std::set<StepId> steps;
  };

  /// The sweep around a block that keeps most out of memory, if one is worth it. Those that read little again come
  /// first.
  std::optional<Found> best_from(StepId i) {
    if (!is_cuttable_block(i)) return std::nullopt;
    std::optional<Found> best;
    std::pair<bool, std::int64_t> most{false, 0};
    std::vector<Candidate> grown;
    int best_axis = 0;
    for (int axis = 0; axis < block(step(i)).result.shape.rank(); ++axis) {
      if (has_failed(i, axis)) continue;
      looks_left_ = most_looks;
      Candidate candidate = seed(i, axis);
      if (candidate.stages.empty()) continue;
      grow(candidate);
      const std::int64_t handed = handed_bytes(candidate);
      if (!exhausted()) grown.push_back(candidate);
      if (!exhausted() && best && std::pair(true, handed) <= most) continue;
      std::optional<Settled> settled_one = exhausted() ? std::nullopt : settled(candidate);
      if (!settled_one) {
        note_failed(i, candidate);
        continue;
      }
      const std::pair worth(settled_one->reads_little, handed);
      if (best && worth <= most) continue;
      most = worth;
      best_axis = axis;
      best = Found{std::move(settled_one->sweep), {}};
      best->steps = steps_of(candidate);
    }
    if (best && most.second / best->sweep.parts() >= many_part_bytes) refine(*best, i, best_axis, grown);
    return best;
  }

  static std::set<StepId> steps_of(const Candidate& candidate) {
    std::set<StepId> steps;
    for (const auto& [step, parts] : candidate.stages) steps.insert(steps.end(), step);
    return steps;
  }

  /// Cuts the parts of a sweep along a second axis, where they can't be smaller along the first: the steps of another
  /// candidate from the same block are cut along the first axis too.
  void refine(Found& found, StepId i, int axis, const std::vector<Candidate>& grown) {
    for (const Candidate& inner : grown) {
      if (inner.stages.at(i).axes.back() == axis) continue;
      std::set<StepId> steps = steps_of(inner);
      only_ = &steps;
      looks_left_ = most_looks;
      Candidate outer = seed(i, axis);
      grow(outer);
      only_ = nullptr;
      std::optional<Sweep> sweep = exhausted() ? std::nullopt : along_two_axes(outer, inner);
      if (!sweep) continue;
      found = {std::move(*sweep), std::move(steps)};
      return;
    }
  }

  /// The blocks that a search without success has taken in, by the axes that it cut them along: one that begins there
  /// takes in the same.
  void note_failed(StepId from, const Candidate& candidate) {
    if (failed_.empty()) return;
    for (const auto& [i, stage] : candidate.stages) {
      if (step(i).kind != Step::Kind::block || stage.axes.back() < 0) continue;
      failed_[i] = static_cast<std::uint8_t>(failed_[i] | 1 << stage.axes.back());
      if (i != from) failed_with_[from].push_back(i);
    }
  }
  bool has_failed(StepId i, int axis) const { return !failed_.empty() && (failed_[i] >> axis & 1) != 0; }

  /// A block alone, cut along an axis of its result. No stages where it can't be.
  Candidate seed(StepId i, int axis) {
    const Block& own = block(step(i));
    Candidate candidate;
    candidate.places = own.result.shape[axis];
    if (candidate.places < 2) return candidate;
    if (std::optional<Parts> stage = stage_along(i, axis, candidate.places)) add_stage(candidate, i, std::move(*stage));
    return candidate;
  }

  /// Calls f(step) for each time that a step reads something that another one writes.
  template <class F>
  void each_reader(StepId i, F&& f) {
    plan_.each_written(step(i), [&](StorageId s) {
      looked_at(readers_[s].size());
      for (const StepId reader : readers(s)) f(reader);
    });
  }

  void add_stage(Candidate& candidate, StepId i, Parts stage) {
    const auto known = candidate.waiting.extract(i);
    stage.results_read = known.empty() ? 0 : known.mapped();
    candidate.stages.emplace(i, std::move(stage));
    each_reader(i, [&](StepId reader) { ++results_read(candidate, reader); });
  }

  void take_out_stage(Candidate& candidate, StepId i) {
    each_reader(i, [&](StepId reader) {
      if (--results_read(candidate, reader) == 0) candidate.waiting.erase(reader);
    });
    const auto own = candidate.stages.extract(i);
    if (own.mapped().results_read > 0) candidate.waiting.emplace(i, own.mapped().results_read);
  }

  static int& results_read(Candidate& candidate, StepId reader) {
    const auto stage = candidate.stages.find(reader);
    return stage == candidate.stages.end() ? candidate.waiting[reader] : stage->second.results_read;
  }

  /// A block that is cut along an axis of its result, or whose parts add up.
  std::optional<Parts> stage_along(StepId i, int axis, std::int64_t places) const {
    const Block& own = block(step(i));
    if (is_copy(own)) {
      if (axis == added_up) return std::nullopt;
      return Parts{.axes = {axis, axis}, .cut = {}};
    }
    if (axis >= 0 && (traits(own).thin_axes >> axis & 1u) != 0) return std::nullopt;
    Parts stage{.axes = {}, .cut = {}, .accumulates = axis == added_up};
    for (std::size_t k = 0; k < own.inputs.size(); ++k) {
      const std::optional<int> cut = traits(own).part(k, axis, own.inputs[k].shape, own.result.shape);
      if (!cut || (*cut != all_of_it && own.inputs[k].shape[*cut] % places != 0)) return std::nullopt;
      stage.axes.push_back(*cut);
    }
    stage.axes.push_back(axis == added_up ? all_of_it : axis);
    return stage;
  }

  /// Takes in what hands on or takes over a storage, until no storage can be handed on any more. A storage that can't
  /// is looked at again once another step that touches it was taken in, or, where only the order of steps forbade it,
  /// whenever the sweep has grown.
  void grow(Candidate& candidate) {
    std::set<StorageId> open;
    const auto reach = [&](StepId i) { plan_.each_storage(step(i), [&](StorageId s) { open.insert(s); }); };
    for (const auto& [i, stage] : candidate.stages) reach(i);
    std::vector<StorageId> out_of_order;
    for (bool grown = true; grown && !exhausted();) {
      grown = false;
      open.insert(out_of_order.begin(), out_of_order.end());
      out_of_order.clear();
      for (const StorageId s : std::exchange(open, {})) {
        if (candidate.handed.contains(s)) continue;
        std::vector<StepId> taken;
        const Outcome outcome = hand_on(candidate, s, taken);
        if (outcome == Outcome::out_of_order) out_of_order.push_back(s);
        if (outcome != Outcome::handed_on) {
          for (const StepId i : taken) take_out_stage(candidate, i);
          continue;
        }
        for (const StepId i : taken) reach(i);
        grown = true;
      }
    }
  }

  enum class Outcome : std::uint8_t { handed_on, impossible, out_of_order };

  /// Takes all that write and read a storage into a sweep, so that the storage need not be there as a whole. `taken`
  /// are those that were not in it, also where it can't be done.
  Outcome hand_on(Candidate& candidate, StorageId s, std::vector<StepId>& taken) {
    looked_at(1);
    const std::optional<StepId> source = writer(s);
    if (storage(s).kind != Storage::Kind::workspace || !source || readers_[s].empty() ||
        readers_[s].size() > most_readers)
      return Outcome::impossible;
    looked_at(readers_[s].size());
    seen_.push_back(*source);
    std::ranges::copy(readers(s), std::back_inserter(seen_));
    std::optional<Cut> cut;
    const auto same_cut = [&](StepId i) {
      const auto own = candidate.stages.find(i);
      if (own == candidate.stages.end()) return true;
      const std::optional<Cut> found = cut_within(candidate, i, own->second, s);
      if (!found || (cut && *cut != *found)) return false;
      cut = found;
      return true;
    };
    if (!same_cut(*source) || !std::ranges::all_of(readers(s), same_cut) || !cut) return Outcome::impossible;
    const auto has = [&](StepId i, bool could_be_taken) {
      if (could_be_taken) taken.push_back(i);
      return could_be_taken;
    };
    if (!candidate.stages.contains(*source) && !has(*source, take_writer(candidate, *source, s, *cut)))
      return Outcome::impossible;
    for (const StepId reader : readers(s))
      if (!candidate.stages.contains(reader) && !has(reader, take_reader(candidate, reader, s, *cut)))
        return Outcome::impossible;
    if (!fits_in_order(candidate)) return Outcome::out_of_order;
    candidate.handed.emplace(s, *cut);
    return Outcome::handed_on;
  }

  /// How a stage cuts a storage that it reads or writes; nothing where it needs it as a whole, or otherwise.
  std::optional<Cut> cut_within(const Candidate& candidate, StepId i, const Parts& stage, StorageId s) const {
    if (step(i).kind == Step::Kind::pass) {
      const Pass& own = pass(step(i));
      if (walks_all_of(own, s)) return stage.cut;
      // One value for each row: whole rows are in a part.
      if (!walks_rows_of(own, s) || stage.cut.inner % own.columns != 0) return std::nullopt;
      return Cut{stage.cut.outer, stage.cut.inner / own.columns};
    }
    const Block& own = block(step(i));
    std::optional<Cut> found;
    for (std::size_t k = 0; k <= own.inputs.size(); ++k) {
      const Place& place = k < own.inputs.size() ? own.inputs[k] : own.result;
      if (place.storage != s) continue;
      const int axis = stage.axes[k];
      const std::optional<Cut> cut =
          axis == all_of_it ? std::nullopt : cut_of(place, axis, candidate.places, elements(place.storage));
      if (!cut || (found && *found != *cut)) return std::nullopt;
      found = cut;
    }
    return found;
  }

  /// Whether a pass goes through a storage element by element, and not in another way too.
  static bool walks_all_of(const Pass& own, StorageId s) {
    for (const Accumulation& accumulation : own.accumulations)
      if (accumulation.storage == s) return false;
    return std::all_of(own.operands.begin(), own.operands.end(), [&](const PassOperand& operand) {
      return operand.storage != s || (operand.kind == PassOperand::Kind::full && operand.offset == 0);
    });
  }

  /// Whether a pass reads and writes a storage row by row, one value for each.
  static bool walks_rows_of(const Pass& own, StorageId s) {
    for (const Accumulation& accumulation : own.accumulations)
      if (accumulation.storage == s && accumulation.over != Accumulation::Over::columns) return false;
    return std::all_of(own.operands.begin(), own.operands.end(), [&](const PassOperand& operand) {
      return operand.storage != s ||
             ((operand.kind == PassOperand::Kind::column || operand.kind == PassOperand::Kind::per_row) &&
              operand.offset == 0);
    });
  }

  bool may_be_taken(StepId i) const { return is_small(i) && (!only_ || only_->contains(i)); }

  bool take_writer(Candidate& candidate, StepId i, StorageId s, const Cut& cut) {
    if (!may_be_taken(i)) return false;
    if (step(i).kind == Step::Kind::pass) return take_pass(candidate, i, s, cut);
    if (!is_cuttable_block(i)) return false;
    const Place& result = block(step(i)).result;
    const std::optional<int> axis = axis_of(result, cut, candidate.places, elements(s));
    if (!axis) return false;
    std::optional<Parts> stage = stage_along(i, *axis, candidate.places);
    if (!stage) return false;
    add_stage(candidate, i, std::move(*stage));
    return true;
  }

  bool take_reader(Candidate& candidate, StepId i, StorageId s, const Cut& cut) {
    if (!may_be_taken(i)) return false;
    if (step(i).kind == Step::Kind::pass) return take_pass(candidate, i, s, cut);
    std::optional<Parts> stage = stage_of_reader(candidate, i, s, cut);
    if (!stage) return false;
    add_stage(candidate, i, std::move(*stage));
    return true;
  }

  /// A block whose inputs in a storage are cut in this way.
  std::optional<Parts> stage_of_reader(const Candidate& candidate, StepId i, StorageId s, const Cut& cut) const {
    if (!is_cuttable_block(i)) return std::nullopt;
    const Block& own = block(step(i));
    const auto fits = [&](const Parts& stage) { return cut_within(candidate, i, stage, s) == cut; };
    for (int axis = 0; axis < own.result.shape.rank(); ++axis) {
      if (own.result.shape[axis] % candidate.places != 0) continue;
      std::optional<Parts> stage = stage_along(i, axis, candidate.places);
      if (stage && fits(*stage)) return stage;
    }
    std::optional<Parts> stage = stage_along(i, added_up, candidate.places);
    return stage && fits(*stage) ? stage : std::nullopt;
  }

  bool take_pass(Candidate& candidate, StepId i, StorageId s, const Cut& cut) {
    const Pass& own = pass(step(i));
    if (!walks_all_of(own, s) || cut.outer * candidate.places * cut.inner != own.elements) return false;
    if (!runs_in_parts(own, candidate.places, cut)) return false;
    add_stage(candidate, i, Parts{.axes = {}, .cut = cut});
    return true;
  }

  /// Whether a part of a pass is made of whole rows, or of parts of rows where rows are not reduced.
  static bool runs_in_parts(const Pass& own, std::int64_t places, const Cut& cut) {
    const bool by_rows = cut.inner % own.columns == 0;
    const bool within_rows = own.columns % (places * cut.inner) == 0 && own.tile_rows == 1;
    bool knows_rows = false, reduces_rows = false;
    for (const PassOperand& operand : own.operands) {
      knows_rows |= operand.kind == PassOperand::Kind::row || operand.kind == PassOperand::Kind::column;
      reduces_rows |= operand.kind == PassOperand::Kind::per_row;
    }
    for (const Accumulation& accumulation : own.accumulations) {
      if (accumulation.over != Accumulation::Over::columns) return false;
      reduces_rows = true;
    }
    for (const Instruction& instruction : own.instructions) reduces_rows |= instruction.kind != Instruction::Kind::full;
    return reduces_rows ? by_rows : !knows_rows || by_rows || within_rows;
  }

  /// A sweep takes the place of its last step: what runs between its steps must not need what they write.
  bool fits_in_order(const Candidate& candidate) {
    looked_at(1);
    if (candidate.waiting.empty()) return true;
    const StepId first_waiting = candidate.waiting.begin()->first;
    if (first_waiting > candidate.stages.rbegin()->first) return true;
    seen_.push_back(first_waiting);
    return false;
  }

  // ------------------------------------------------------------------------------------------- settling

  std::int64_t handed_bytes(const Candidate& candidate) const {
    std::int64_t total = 0;
    for (const auto& [s, cut] : candidate.handed) total += bytes(s);
    return total;
  }

  /// Of donated values, what the results of a pass could lie in place of, in bytes: not in a sweep, where the kernel of
  /// a block could still refuse once the first part has overwritten them.
  std::int64_t donated_bytes(const Candidate& candidate) const {
    std::int64_t total = 0;
    for (const auto& [i, stage] : candidate.stages) {
      if (step(i).kind != Step::Kind::pass) continue;
      std::int64_t donated = 0, results = 0;
      for (const StorageId s : reads_[i])
        if (storage(s).kind == Storage::Kind::external && storage(s).offered) donated += bytes(s);
      plan_.each_written(step(i), [&](StorageId s) {
        if (storage(s).kind == Storage::Kind::result) results += bytes(s);
      });
      total += std::min(donated, results);
    }
    return total;
  }

  struct Settled {
    Sweep sweep;
    bool reads_little;  ///< what parts that stay in the cache read again is less than what is handed on
  };

  /// What the parts of a candidate read and write again, in bytes.
  struct Again {
    std::int64_t repeated = 0;  ///< operands that each part needs all of
    std::int64_t totals = 0;
  };

  /// The stages of a sweep, and what they repeat; nothing where one can't run so.
  std::optional<Again> add_stages(const Candidate& candidate, Sweep& sweep) const {
    Again again;
    for (const auto& [i, stage] : candidate.stages) {
      if (!parts_are_writable(candidate, i, stage) || !reads_in_step(candidate, i, stage)) return std::nullopt;
      sweep.stages.push_back(
          {.step = step(i), .axes = stage.axes, .group_axes = {}, .cut = stage.cut, .accumulates = stage.accumulates});
      if (step(i).kind != Step::Kind::block) continue;
      const Block& own = block(step(i));
      for (std::size_t k = 0; k < own.inputs.size(); ++k)
        if (stage.axes[k] == all_of_it) again.repeated += bytes(own.inputs[k].storage);
      if (stage.accumulates) again.totals += bytes(own.result.storage);
    }
    return again;
  }

  /// The sweep, if what it saves is worth what it repeats.
  std::optional<Settled> settled(const Candidate& candidate) {
    looked_at(candidate.stages.size());
    const std::int64_t handed = handed_bytes(candidate);
    if (handed - donated_bytes(candidate) < fewest_handed_bytes) return std::nullopt;
    Sweep sweep;
    sweep.places = candidate.places;
    const std::optional<Again> again = add_stages(candidate, sweep);
    if (!again) return std::nullopt;
    const std::int64_t wanted = std::min(candidate.places, (handed + part_bytes - 1) / part_bytes);
    const bool reads_little = wanted * (again->repeated + again->totals) <= handed;
    const std::int64_t parts = reads_little ? wanted : fewer_parts(candidate, handed, *again);
    if (parts < 2) return std::nullopt;
    sweep.part = candidate.places / parts;
    if (again->totals > 0)
      sweep.chunks = static_cast<int>(
          std::clamp<std::int64_t>(handed / (8 * again->totals), 1, std::min(most_chunks, sweep.parts())));
    lay_out_part(candidate, sweep);
    return Settled{std::move(sweep), reads_little};
  }

  /// The sweep of two candidates of the same stages: places of the outer one are groups, each of which is cut like the
  /// inner one. Nothing where groups do not lie one after the other in every storage that is handed on, or where parts
  /// of different groups add up.
  std::optional<Sweep> along_two_axes(const Candidate& outer, const Candidate& inner) {
    looked_at(inner.stages.size());
    const auto same_keys = [](const auto& a, const auto& b) {
      return std::ranges::equal(a, b, {}, first_of, first_of);
    };
    if (!same_keys(outer.stages, inner.stages) || !same_keys(outer.handed, inner.handed)) return std::nullopt;
    const auto nests = [&](const Cut& of_groups, const Cut& within) {
      return of_groups.outer == 1 && within.outer % outer.places == 0;
    };
    for (const auto& [s, cut] : outer.handed)
      if (!nests(cut, inner.handed.at(s))) return std::nullopt;
    Sweep sweep, of_groups;
    if (!add_stages(inner, sweep) || !add_stages(outer, of_groups)) return std::nullopt;
    Again again;
    for (std::size_t n = 0; n < sweep.stages.size(); ++n) {
      Sweep::Stage& stage = sweep.stages[n];
      const Sweep::Stage& whole = of_groups.stages[n];
      if (whole.accumulates) return std::nullopt;
      if (stage.step.kind == Step::Kind::pass) {
        if (!nests(whole.cut, stage.cut)) return std::nullopt;
        continue;
      }
      stage.group_axes = whole.axes;
      const Block& own = block(stage.step);
      for (std::size_t k = 0; k < stage.axes.size(); ++k) {
        const int axis = stage.axes[k], group_axis = whole.axes[k];
        if (axis != all_of_it && group_axis >= axis) return std::nullopt;
        const Place& place = k < own.inputs.size() ? own.inputs[k] : own.result;
        const std::int64_t read = bytes(place.storage) / (group_axis == all_of_it ? 1 : outer.places);
        if (axis == all_of_it) (k < own.inputs.size() ? again.repeated : again.totals) += read;
      }
    }
    const std::int64_t handed = handed_bytes(inner) / outer.places;
    const std::int64_t wanted = std::min(inner.places, (handed + part_bytes - 1) / part_bytes);
    const std::int64_t parts =
        wanted * (again.repeated + again.totals) <= handed ? wanted : fewer_parts(inner, handed, again);
    if (parts < 2) return std::nullopt;
    sweep.groups = outer.places;
    sweep.places = inner.places;
    sweep.part = inner.places / parts;
    lay_out_part(inner, sweep);
    return sweep;
  }
  static constexpr auto first_of = [](const auto& entry) { return entry.first; };

  /// How many parts a sweep has where each reads much that is not its own: so many that all of them do not read more
  /// than is handed on. None where whole storages would stay in a cache.
  static std::int64_t fewer_parts(const Candidate& candidate, std::int64_t handed, const Again& again) {
    if (handed < many_handed_bytes) return 0;
    return std::min(candidate.places, handed / (again.repeated + walks_over_totals * again.totals));
  }

  /// Where the handed storages lie in the memory of a part: those that are never there at the same time may overlap.
  void lay_out_part(const Candidate& candidate, Sweep& sweep) const {
    std::map<StorageId, std::pair<std::size_t, std::size_t>> lives;  // the first and the last stage that touches it
    for (std::size_t at = 0; at < sweep.stages.size(); ++at)
      plan_.each_storage(sweep.stages[at].step, [&](StorageId s) {
        if (candidate.handed.contains(s)) lives.try_emplace(s, at, at).first->second.second = at;
      });
    const auto size_of_part = [&](const Sweep::Handed& handed) {
      return (as_size(handed.cut.outer / sweep.groups * sweep.part * handed.cut.inner) * handed.width + 63) / 64 * 64;
    };
    for (const auto& [s, cut] : candidate.handed) {
      Sweep::Handed own{.storage = s, .cut = cut, .width = size_of(storage(s).dtype), .offset = 0};
      const auto [first, last] = lives.at(s);
      std::vector<std::pair<std::size_t, std::size_t>> taken;  // by those that are there meanwhile
      for (const Sweep::Handed& other : sweep.handed) {
        const auto [begin, end] = lives.at(other.storage);
        if (begin <= last && first <= end) taken.emplace_back(other.offset, other.offset + size_of_part(other));
      }
      std::ranges::sort(taken);
      for (const auto& [begin, end] : taken) {
        if (own.offset + size_of_part(own) <= begin) break;
        own.offset = std::max(own.offset, end);
      }
      sweep.part_bytes = std::max(sweep.part_bytes, own.offset + size_of_part(own));
      sweep.handed.push_back(own);
    }
  }

  /// Whether what a block writes to memory of its own is contiguous in every part, or need not be.
  bool parts_are_writable(const Candidate& candidate, StepId i, const Parts& stage) const {
    if (step(i).kind != Step::Kind::block || stage.accumulates) return true;
    const Block& own = block(step(i));
    if (is_copy(own) || traits(own).any_layout || candidate.handed.contains(own.result.storage)) return true;
    const int axis = stage.axes.back();
    for (int before = 0; before < axis; ++before)
      if (own.result.shape[before] != 1) return false;
    return true;
  }

  /// Whether a stage reads of what earlier stages write only the parts that are there.
  bool reads_in_step(const Candidate& candidate, StepId i, const Parts& stage) const {
    return std::ranges::all_of(reads_[i], [&](StorageId s) {
      const std::optional<StepId> by = writer(s);
      const auto source = !by || by == i ? candidate.stages.end() : candidate.stages.find(*by);
      if (source == candidate.stages.end() || candidate.handed.contains(s)) return true;
      const std::optional<Cut> written = cut_within(candidate, source->first, source->second, s);
      return written && written == cut_within(candidate, i, stage, s);
    });
  }

  /// Puts a sweep in the place of the last of its steps.
  void replace(const std::set<StepId>& steps, Sweep sweep) {
    for (const Sweep::Handed& handed : sweep.handed) plan_.storages[handed.storage].kind = Storage::Kind::part;
    Step joined{Step::Kind::sweep, static_cast<int>(plan_.sweeps.size()), {}};
    for (const Sweep::Stage& stage : sweep.stages)
      joined.vertices.insert(joined.vertices.end(), stage.step.vertices.begin(), stage.step.vertices.end());
    plan_.sweeps.push_back(std::move(sweep));
    for (const StepId i : steps) {
      sweep_with_[i] = *steps.rbegin();
      plan_.steps[i] = {Step::Kind::block, gap, {}};
    }
    plan_.steps[*steps.rbegin()] = std::move(joined);
  }

  void close_gaps() {
    IdVector<StepId, Step> kept;
    kept.reserve(plan_.steps.size());
    for (const StepId i : plan_.steps.ids())
      if (!is_gap(i)) kept.push_back(std::move(plan_.steps[i]));
    plan_.steps = std::move(kept);
  }

  Plan& plan_;
  std::int64_t looks_left_ = 0;                        ///< of the search for one sweep
  const std::set<StepId>* only_ = nullptr;             ///< where no other steps may be taken in
  std::vector<StepId> seen_;                           ///< steps that searches from one block have looked at
  IdVector<StepId, std::uint8_t> failed_;              ///< a bit for every axis
  IdVector<StepId, std::vector<StepId>> failed_with_;  ///< blocks for which a search from another one noted that
  IdVector<StorageId, std::optional<StepId>> writers_;
  IdVector<StorageId, std::vector<StepId>> readers_;  ///< of those that a step writes
  IdVector<StepId, std::vector<StorageId>> reads_;    ///< of steps that are no sweeps
  IdVector<StepId, StepId> sweep_with_;               ///< for every step, the sweep that it is a stage of, or itself
};

}  // namespace

void form_sweeps(Plan& plan) {
  Sweeping(plan).run();
  plan.work += plan.sweep_work;
}

}  // namespace xgrad::run
