#include <autograd/run/plan/recompute.hpp>

#include <algorithm>
#include <set>

namespace xgrad::run {
namespace {

/// Values of fewer elements stay in the cache, so that nothing is gained by computing them again.
constexpr std::int64_t fewest_recomputed = 65536;
/// So many operations, of a few machine instructions each, are cheaper than memory.
constexpr int most_recomputed = 3;

class Recomputing {
 public:
  explicit Recomputing(Draft& draft) : draft_(draft) {}

  /// A value that passes need of an earlier one, and that few operations give from what is in memory anyway, is
  /// computed again where it is needed: that saves writing it, and its memory.
  void run() {
    collect_readers();
    for (const VertexId v : readers_.ids())
      if (may_be_recomputed(v)) recompute(v);
  }

 private:
  void collect_readers() {
    readers_.assign(draft_.vertices().size(), {});
    for (const Group& group : draft_.groups) {
      if (!group.is_pass) continue;
      for (const VertexId member : group.members)
        for (const Read& read : draft_.reads(member)) add_reader(read, member);
    }
  }

  void add_reader(const Read& read, VertexId member) {
    const std::optional<VertexId> owner = draft_.owner(read.place.storage);
    if (owner && *owner < readers_.next_id()) readers_[*owner].insert(member);
  }

  bool is_cheap(VertexId v) {
    const std::optional<GroupId> group = draft_.group_of(v);
    return group && draft_.group(*group).is_pass && draft_.at(v).elementwise() &&
           is_simple(draft_.at(v).elementwise()->machine) && is_floating(draft_.at(v).dtype) && !draft_.spot(v).per_row;
  }

  /// Whether all that read a value in other passes read it element by element, and recomputing it is cheap for them.
  bool may_be_recomputed(VertexId v) {
    if (!draft_.at(v).is_elementwise() || draft_.spot(v).materialised || !is_cheap(v) ||
        draft_.at(v).shape.elements() < fewest_recomputed)
      return false;
    bool elsewhere = false;
    for (const VertexId reader : readers_[v]) {
      if (draft_.group_of(reader) == draft_.group_of(v)) continue;
      elsewhere = true;
      for (const Read& read : draft_.reads(reader)) {
        if (draft_.owner(read.place.storage) != v) continue;
        if (read.access.kind != Access::Kind::full || read.place.offset != 0 ||
            read.place.dtype != draft_.at(v).dtype || draft_.space_of(reader) != draft_.space_of(v))
          return false;
      }
      std::set<StorageId> sources;
      if (operations_for(v, *draft_.group_of(reader), sources) > most_recomputed || sources.size() > 1 ||
          !split_fits(v, *draft_.group_of(reader)))
        return false;
    }
    return elsewhere;
  }

  /// How many operations give a value within a group, from what is in memory; `sources` are the arrays that the group
  /// would have to read for it and does not read yet.
  int operations_for(VertexId v, GroupId group, std::set<StorageId>& sources) {
    if (draft_.group_of(v) == group) return 0;
    if (recomputed_.contains({origin(v), group})) return 0;
    if (!is_cheap(v)) return most_recomputed + 1;
    int operations = 1;
    for (const Read& read : draft_.reads(v)) {
      const std::optional<VertexId> owner = draft_.owner(read.place.storage);
      if (read.access.kind != Access::Kind::full || !owner) continue;
      if (!draft_.at(*owner).computed() || draft_.spot(*owner).materialised) {
        const std::vector<StorageId>& known = draft_.group(group).walked;
        if (std::find(known.begin(), known.end(), read.place.storage) == known.end())
          sources.insert(read.place.storage);
      } else {
        operations += draft_.at(*owner).is_elementwise() ? operations_for(*owner, group, sources) : most_recomputed;
      }
      if (operations > most_recomputed) break;
    }
    return operations;
  }

  bool split_fits(VertexId v, GroupId group) {
    const std::optional<int> own = draft_.group(*draft_.group_of(v)).split;
    const std::optional<int> other = draft_.group(group).split;
    return !own || !other || own == other;
  }

  VertexId origin(VertexId v) const {
    const auto entry = origins_.find(v);
    return entry == origins_.end() ? v : entry->second;
  }

  void recompute(VertexId v) {
    const std::set<VertexId> readers = readers_[v];
    for (const VertexId reader : readers) {
      if (draft_.group_of(reader) == draft_.group_of(v)) continue;
      const VertexId again = copy_within(v, *draft_.group_of(reader));
      for (Read& read : draft_.reads(reader))
        if (draft_.owner(read.place.storage) == v) read.place = draft_.place_of(again);
      readers_[v].erase(reader);
    }
    if (!readers_[v].empty()) return;
    std::erase(draft_.group(*draft_.group_of(v)).members, v);
    for (auto& others : readers_) others.erase(v);
  }

  /// The vertex that computes v once more within a group, before all that is there.
  VertexId copy_within(VertexId v, GroupId g) {
    if (draft_.group_of(v) == g) return v;
    const auto known = recomputed_.find({origin(v), g});
    if (known != recomputed_.end()) return known->second;
    std::vector<Read> reads = draft_.reads(v);
    for (Read& read : reads) {
      const std::optional<VertexId> owner = draft_.owner(read.place.storage);
      if (read.access.kind == Access::Kind::full && owner && draft_.at(*owner).computed() &&
          !draft_.spot(*owner).materialised)
        read.place = draft_.place_of(copy_within(*owner, g));
    }
    const Vertex vertex = draft_.at(v);
    const VertexId again = draft_.add_vertex(vertex);
    draft_.group_of(again) = g;
    draft_.spot(again).place = whole(draft_.workspace_storage(vertex, again), vertex.dtype, vertex.shape);
    Group& group = draft_.group(g);
    for (const Read& read : reads) {
      add_reader(read, again);
      if (read.access.kind == Access::Kind::full) group.walked.push_back(read.place.storage);
    }
    // Copies come first, in the order in which they need each other.
    group.members.insert(group.members.begin() + group.copies++, again);
    if (!group.split) group.split = draft_.group(*draft_.group_of(v)).split;
    draft_.reads(again) = std::move(reads);
    recomputed_.emplace(std::pair(origin(v), g), again);
    origins_.emplace(again, origin(v));
    return again;
  }

  Draft& draft_;
  IdVector<VertexId, std::set<VertexId>> readers_;  ///< of every vertex, the members of passes that read it
  std::map<std::pair<VertexId, GroupId>, VertexId> recomputed_;  ///< by vertex and group: the copy there
  std::map<VertexId, VertexId> origins_;                         ///< of every copy
};

}  // namespace

void recompute_cheap_values(Draft& draft) { Recomputing(draft).run(); }

}  // namespace xgrad::run
