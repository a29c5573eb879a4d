#include <autograd/run/plan/recompute.hpp>

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

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
    const std::size_t count = draft_.vertices().size();
    draft_.looked_at(count);
    if (std::ranges::none_of(draft_.vertices().ids(), [&](VertexId v) { return is_candidate(v); })) return;
    collect_readers();
    for (VertexId v(0); v.index() < count; ++v)
      if (may_be_recomputed(v)) recompute(v);
  }

 private:
  bool is_candidate(VertexId v) {
    return draft_.at(v).is_elementwise() && !draft_.spot(v).materialised && is_large(draft_.at(v)) && is_cheap(v);
  }
  static bool is_large(const Vertex& vertex) { return vertex.shape.elements() >= fewest_recomputed; }

  void collect_readers() {
    readers_.resize(draft_.vertices().size());
    for (const GroupId g : draft_.groups.ids()) {
      const Group& group = draft_.group(g);
      if (!group.is_pass) continue;
      draft_.each_member(group, [&](VertexId member) {
        draft_.looked_at(1);
        const bool over_rows = draft_.space_of(member) != group.space;
        for (const Read& read : draft_.reads(member)) {
          add_reader(read, member);
          if (read.access.kind == Access::Kind::full && !over_rows) add_walk(g, read.storage);
        }
      });
    }
  }

  /// Members of groups do not come in order of their numbers.
  void add_reader(const Read& read, VertexId member) {
    const std::optional<VertexId> owner = draft_.owner(read.storage);
    if (owner && *owner < readers_.next_id() && is_large(draft_.at(*owner))) readers_[*owner].push_back(member);
  }

  /// Only large values are asked for.
  void add_walk(GroupId group, StorageId storage) {
    if (draft_.storage(storage).bytes >= as_size(fewest_recomputed)) walks_.insert(key_of(group.number(), storage));
  }
  bool walks_through(GroupId group, StorageId storage) {
    const std::optional<VertexId> owner = draft_.owner(storage);
    const bool own =
        owner && draft_.group_of(*owner) == group && draft_.at(*owner).is_elementwise() && !draft_.spot(*owner).per_row;
    return own || walks_.contains(key_of(group.number(), storage));
  }

  bool is_cheap(VertexId v) {
    const std::optional<GroupId> group = draft_.group_of(v);
    return group && draft_.group(*group).is_pass && draft_.at(v).elementwise() &&
           is_simple(draft_.at(v).elementwise()->machine) &&
           (is_floating(draft_.at(v).dtype) || draft_.at(v).dtype == boolean) && !draft_.spot(v).per_row;
  }

  /// Those that read a value, in order and each once, less those that have been left out or read a copy by now.
  std::span<const VertexId> readers_of(VertexId v) {
    std::vector<VertexId>& readers = readers_[v];
    std::ranges::sort(readers);
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    std::erase_if(readers, [&](VertexId reader) { return draft_.spot(reader).left_out; });
    draft_.looked_at(readers.size());
    return readers;
  }

  /// Whether all that read a value in other passes read it element by element, and recomputing it is cheap for them.
  bool may_be_recomputed(VertexId v) {
    if (!is_candidate(v)) return false;
    bool elsewhere = false;
    for (const VertexId reader : readers_of(v)) {
      if (draft_.group_of(reader) == draft_.group_of(v)) continue;
      elsewhere = true;
      for (const Read& read : draft_.reads(reader)) {
        if (draft_.owner(read.storage) == v && !reads_each(reader, read, v)) return false;
      }
      std::vector<StorageId> sources;
      if (operations_for(v, *draft_.group_of(reader), most_recomputed, sources) > most_recomputed ||
          sources.size() > 1 || !split_fits(v, *draft_.group_of(reader)))
        return false;
    }
    return elsewhere;
  }

  /// Whether a vertex reads a value element by element, in the space that the value is computed in. A value of another
  /// space with as many elements, as a tensor before and after reshape, has other rows and columns.
  bool reads_each(VertexId reader, const Read& read, VertexId v) const {
    return read.access.kind == Access::Kind::full && read.offset == 0 && read.dtype == draft_.at(v).dtype &&
           draft_.space_of(reader) == draft_.space_of(v);
  }

  /// The vertex whose value a copy of v computes again as well, where it reads one that is not in memory.
  std::optional<VertexId> computed_along(VertexId v, const Read& read) const {
    const std::optional<VertexId> owner = draft_.owner(read.storage);
    const bool is =
        owner && draft_.at(*owner).computed() && !draft_.spot(*owner).materialised && reads_each(v, read, *owner);
    return is ? owner : std::nullopt;
  }

  /// How many operations give a value within a group, from what is in memory, or more than `most`; `sources` are the
  /// arrays that the group would have to read for it and does not read yet. It goes no deeper than `most`.
  int operations_for(VertexId v, GroupId group, int most, std::vector<StorageId>& sources) {
    draft_.looked_at(1);
    if (draft_.group_of(v) == group) return 0;
    if (recomputed_.contains(key_of(origin(v).number(), group))) return 0;
    if (most < 1 || !is_cheap(v)) return most + 1;
    int operations = 1;
    for (const Read& read : draft_.reads(v)) {
      if (read.access.kind != Access::Kind::full || !draft_.owner(read.storage)) continue;
      if (const std::optional<VertexId> along = computed_along(v, read)) {
        operations += draft_.at(*along).is_elementwise() ? operations_for(*along, group, most - operations, sources)
                                                         : most_recomputed;
      } else if (!walks_through(group, read.storage) && std::ranges::find(sources, read.storage) == sources.end()) {
        sources.push_back(read.storage);
      }
      if (operations > most) break;
    }
    return operations;
  }

  bool split_fits(VertexId v, GroupId group) {
    const std::optional<int> own = draft_.group(*draft_.group_of(v)).split;
    const std::optional<int> other = draft_.group(group).split;
    return !own || (!draft_.group(group).undivided && (!other || own == other));
  }

  VertexId origin(VertexId v) const {
    const auto entry = origins_.find(v.number());
    return entry == origins_.end() ? v : entry->second;
  }

  void recompute(VertexId v) {
    const GroupId own = *draft_.group_of(v);
    bool read_here = false;
    for (const VertexId reader : std::exchange(readers_[v], {})) {
      if (draft_.group_of(reader) == own) {
        read_here = true;
        continue;
      }
      const VertexId again = copy_within(v, *draft_.group_of(reader));
      for (Read& read : draft_.reads(reader))
        if (draft_.owner(read.storage) == v) read.storage = draft_.place_of(again).storage;
    }
    // Copies of what v is read by read it too.
    read_here = read_here || !readers_[v].empty();
    if (read_here) return;
    draft_.spot(v).left_out = true;
    --draft_.group(own).size;
  }

  /// The vertex that computes v once more within a group, before all that is there.
  VertexId copy_within(VertexId v, GroupId g) {
    if (draft_.group_of(v) == g) return v;
    const auto known = recomputed_.find(key_of(origin(v).number(), g));
    if (known != recomputed_.end()) return known->second;
    const std::span<const Read> own_reads = draft_.reads(v);
    std::vector<Read> reads(own_reads.begin(), own_reads.end());
    for (Read& read : reads) {
      if (const std::optional<VertexId> along = computed_along(v, read)) {
        const Place& place = draft_.place_of(copy_within(*along, g));
        read = {.storage = place.storage, .offset = place.offset, .access = read.access, .dtype = place.dtype};
      }
    }
    const VertexId again = draft_.add_vertex(Vertex(draft_.at(v)));
    const Vertex& vertex = draft_.at(again);
    draft_.spot(again).place = whole(draft_.workspace_storage(vertex, again), vertex.dtype, vertex.shape);
    for (const Read& read : reads) {
      add_reader(read, again);
      if (read.access.kind == Access::Kind::full) add_walk(g, read.storage);
    }
    // Copies come first, in the order in which they need each other.
    draft_.add_copy(g, again);
    Group& group = draft_.group(g);
    if (!group.split) group.split = draft_.group(*draft_.group_of(v)).split;
    draft_.set_reads(again, reads);
    recomputed_.emplace(key_of(origin(v).number(), g), again);
    origins_.emplace(again.number(), origin(v));
    return again;
  }

  /// Two numbers as one.
  static std::uint64_t key_of(int first, auto second) {
    return std::uint64_t{static_cast<std::uint32_t>(first)} << 32 | static_cast<std::uint32_t>(second.number());
  }

  Draft& draft_;
  IdVector<VertexId, std::vector<VertexId>> readers_;       ///< of large values, the members of passes that read them
  std::unordered_set<std::uint64_t> walks_;                 ///< groups with large storages that they walk through
  std::unordered_map<std::uint64_t, VertexId> recomputed_;  ///< by vertex and group: the copy there
  std::unordered_map<int, VertexId> origins_;               ///< of every copy
};

}  // namespace

void recompute_cheap_values(Draft& draft) { Recomputing(draft).run(); }

}  // namespace xgrad::run
