#include <autograd/run/plan/grouping.hpp>

#include <algorithm>
#include <cstdlib>

namespace xgrad::run {
namespace {

/// How far back a search for a pass to join goes.
constexpr int search_depth = 24;
/// Of the passes that walk through a storage, so many are remembered, the latest ones: more than a search looks at.
constexpr int most_walkers = 2 * search_depth;
/// Operations of a pass. More of them gain nothing: what they read and write fills the cache anyway. And groups whose
/// members can be looked at again and again keep planning in proportion to the program.
constexpr int most_members = 1024;
/// A block that reads more results of other steps is taken to read those of all.
constexpr std::size_t most_sources = 3 * most_members;
/// Operations on single values of longer rows stay in passes of their own where others come between: the pass they
/// would join has much in its tiles already.
constexpr std::int64_t longest_absorbing_row = 256;
/// A value that repeats so often or oftener along rows is copied once for each row, not for each element.
constexpr std::int64_t fewest_repeats_in_rows = 32;

class Grouping {
 public:
  explicit Grouping(Draft& draft) : draft_(draft) {}

  void run() {
    for (const VertexId v : draft_.vertices().ids())
      if (draft_.at(v).uses > 0) add(v);
  }

 private:
  // ------------------------------------------------------------------------------------------- placing

  void add(VertexId v) {
    Vertex& vertex = draft_.at(v);
    if (!vertex.computed()) {
      if (vertex.number) {
        draft_.spot(v).place = draft_.number_place(*vertex.external, vertex.dtype, vertex.shape);
        return;
      }
      add_external(v);
      return;
    }
    if (vertex.is_view() || casts_number(vertex)) {
      add_view(v);
    } else if (joins_passes(v)) {
      add_to_pass(v);
    } else {
      add_block(v);
    }
  }

  void add_external(VertexId v) {
    const Vertex& vertex = draft_.at(v);
    const std::optional<Strides>& window = draft_.windows[*vertex.external];
    std::int64_t reach = vertex.shape.elements();
    for (int axis = 0; window && axis < vertex.shape.rank() && vertex.shape.elements() > 0; ++axis)
      reach = (axis == 0 ? 1 : reach) + (vertex.shape[axis] - 1) * std::abs((*window)[as_size(axis)]);
    const StorageId s = draft_.add_storage({.kind = Storage::Kind::external,
                                            .dtype = vertex.dtype,
                                            .external = vertex.external,
                                            .offered = draft_.offered[*vertex.external],
                                            .bytes = as_size(reach) * size_of(vertex.dtype)},
                                           v);
    Place place = whole(s, vertex.dtype, vertex.shape);
    if (window) place.strides = *window;
    draft_.spot(v).place = place;
  }

  bool casts_number(const Vertex& vertex) {
    return vertex.is_elementwise() && vertex.elementwise()->copies && draft_.is_number(vertex.inputs[0]);
  }

  void add_view(VertexId v) {
    Vertex& vertex = draft_.at(v);
    const VertexId source = vertex.inputs[0];
    if (draft_.is_number(source)) {
      const ExternalId external = *draft_.storage(draft_.place_of(source).storage).external;
      // A chain of casts rounds at every step; a number is only taken through the first.
      if (vertex.is_view() || draft_.at(source).number) {
        draft_.spot(v).place = draft_.number_place(
            external, vertex.is_view() ? draft_.place_of(source).dtype : vertex.dtype, vertex.shape);
        return;
      }
      add_to_pass(v);
      return;
    }
    std::optional<Place> view = view_of(vertex, draft_.place_of(source));
    if (!view) {
      // The elements in order first: a copy, then another shape of it.
      const Place from = draft_.place_of(source);
      const StorageId s = draft_.workspace_storage(vertex, v);
      draft_.materialise(from.storage);
      const GroupId g = draft_.add_single(v);
      add_source(draft_.group(g), g, from.storage);
      draft_.spot(v).copy = std::make_unique<Copy>(Copy{v, from, whole(s, from.dtype, from.shape)});
      view = whole(s, vertex.dtype, vertex.shape);
    }
    draft_.spot(v).place = view;
  }

  // ------------------------------------------------------------------------------------------- passes

  bool joins_passes(VertexId v) {
    const Vertex& vertex = draft_.at(v);
    if (vertex.shape.elements() == 0) return false;
    if (vertex.is_elementwise()) return true;
    if (!vertex.primitive->reduces()) return false;
    const Vertex& input = draft_.at(vertex.inputs[0]);
    return is_floating(vertex.dtype) && input.shape.elements() > 0 && reduction_access(vertex, input.shape).has_value();
  }

  void add_to_pass(VertexId v) {
    const bool elementwise = draft_.at(v).is_elementwise();
    const Shape shape = elementwise ? draft_.at(v).shape : draft_.at(draft_.at(v).inputs[0]).shape;
    const Shape space = without_ones(shape);
    const std::size_t count = draft_.at(v).inputs.size();
    reads_.clear();
    places_.clear();
    for (std::size_t k = 0; k < count; ++k) {
      places_.push_back(draft_.operand_place(draft_.at(v), k));
      reads_.push_back(read_of(places_.back(), classify(places_.back(), shape)));
    }
    copy_strided(v, shape);
    draft_.looked_at(1 + count);
    const std::optional<GroupId> of_rows = join_rows(draft_.at(v), space);
    const GroupId group = of_rows ? *of_rows : join(v, shape, space);
    draft_.add_member(group, v);
    const Vertex& vertex = draft_.at(v);
    Group& chosen = draft_.group(group);
    const bool over_rows = space != chosen.space;
    Draft::Spot& spot = draft_.spot(v);
    spot.per_row = over_rows || (!elementwise && reduction_access(vertex, shape)->kind == Access::Kind::column);
    for (const Read& read : reads_) {
      if (read.access.kind == Access::Kind::full && !over_rows) add_walker(read.storage, group);
      add_source(chosen, group, read.storage);
    }
    draft_.set_reads(v, reads_);
    spot.materialised = vertex.survives || !(elementwise || spot.per_row);
    spot.place = whole(draft_.workspace_storage(vertex, v), vertex.dtype, vertex.shape);
  }

  static Read read_of(const Place& place, const Access& access) {
    return {.storage = place.storage, .offset = place.offset, .access = access, .dtype = place.dtype};
  }

  /// Notes which group gives a group one of its operands.
  void add_source(Group& group, GroupId own, StorageId storage) {
    const std::optional<GroupId> source = draft_.ready_after(storage);
    if (!source || *source == own || group.sources.size() > most_sources) return;
    // Neighbours mostly read the same.
    const auto recent = group.sources.end() - std::min<std::ptrdiff_t>(4, std::ssize(group.sources));
    if (std::find(recent, group.sources.end(), *source) == group.sources.end()) group.sources.push_back(*source);
  }

  // A pass walks through a storage where a member reads it element by element. The passes that do are a list for each
  // storage, the latest one first.

  void add_walker(StorageId storage, GroupId group) {
    if (storage >= walkers_.next_id()) walkers_.resize(storage.index() + 1, none);
    int& latest = walkers_[storage];
    if (latest != none && draft_.merged(walker_list_[as_size(latest)].group) == group) return;
    walker_list_.push_back({group, latest});
    latest = static_cast<int>(walker_list_.size()) - 1;
  }

  /// The latest pass, from one on and of the last ones, that walks through an operand and that a vertex may join.
  std::optional<GroupId> sharing_pass(GroupId earliest, const Vertex& vertex, const Shape& space,
                                      std::optional<int> split) {
    std::optional<GroupId> best;
    for (const Read& read : reads_) {
      if (read.access.kind != Access::Kind::full || read.storage >= walkers_.next_id()) continue;
      int left = most_walkers;
      for (int i = walkers_[read.storage]; i != none && left > 0; i = walker_list_[as_size(i)].next, --left) {
        draft_.looked_at(1);
        const GroupId g = draft_.merged(walker_list_[as_size(i)].group);
        if (g < earliest || draft_.groups.next_id() - g > search_depth || best >= g) continue;
        if (fits(g, vertex, space, split)) best = g;
      }
    }
    return best;
  }

  /// The pass that gives an operation on its rows' values one of them, if it may join there.
  std::optional<GroupId> join_rows(const Vertex& vertex, const Shape& space) {
    if (!vertex.is_elementwise() || space.rank() == 0) return std::nullopt;
    std::optional<GroupId> last;
    for (const Read& read : reads_) {
      if (read.access.kind != Access::Kind::full && read.access.kind != Access::Kind::scalar) return std::nullopt;
      const std::optional<VertexId> owner = draft_.owner(read.storage);
      if (owner && draft_.spot(*owner).per_row) last = std::max(last, draft_.flows_from(read, space));
    }
    if (!last) return std::nullopt;
    const GroupId group = *last;
    const Group& candidate = draft_.group(group);
    if (candidate.late != vertex.late || candidate.size >= most_members || candidate.space == space)
      return std::nullopt;
    for (const Read& read : reads_) {
      const std::optional<GroupId> source = draft_.ready_after(read.storage);
      if (source >= group && !draft_.flows(read, space, group) && !absorb_rows(*source, group)) return std::nullopt;
    }
    return group;
  }

  /// Moves a pass over single values of rows into an earlier one that has these rows, where all that it reads is there.
  bool absorb_rows(GroupId from, GroupId into) {
    Group& source = draft_.group(from);
    Group& target = draft_.group(into);
    if (from == into || !source.is_pass || source.late != target.late || source.space != target.rows() ||
        source.space == target.space || target.columns() > longest_absorbing_row ||
        source.size + target.size >= most_members)
      return false;
    const bool stays = draft_.any_member(source, [&](VertexId member) {
      draft_.looked_at(1);
      return !draft_.at(member).is_elementwise() || std::ranges::any_of(draft_.reads(member), [&](const Read& read) {
        const std::optional<GroupId> group = draft_.ready_after(read.storage);
        const bool by_rows = read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::scalar;
        return !by_rows || (group >= into && group != from && !draft_.flows(read, source.space, into));
      });
    });
    if (stays) return false;
    draft_.each_member(source, [&](VertexId member) { draft_.spot(member).per_row = true; });
    append(target, source);
    source = Group();
    source.rows_of = into;
    return true;
  }

  /// The pass that a vertex joins, an old one or a new one.
  GroupId join(VertexId v, const Shape& shape, const Shape& space) {
    std::optional<int> split;
    bool consistent = true;
    const auto require = [&](std::optional<int> wanted) {
      if (!wanted || wanted == split) return;
      consistent = consistent && !split;
      if (!split) split = wanted;
    };
    if (!draft_.at(v).is_elementwise()) require(reduction_access(draft_.at(v), shape)->split);
    if (reduces_all(draft_.at(v)))
      for (std::size_t k = 0; k < reads_.size(); ++k)
        if (reads_[k].access.split) reads_[k] = copied(v, places_[k], shape, shape);
    for (const Read& read : reads_) require(read.access.split);
    if (!consistent) {
      // Rows and columns that do not fit one division of the axes: all but the first are copied out.
      for (std::size_t k = 0; k < reads_.size(); ++k)
        if (reads_[k].access.split && reads_[k].access.split != split) reads_[k] = copied(v, places_[k], shape, shape);
    }

    const Vertex& vertex = draft_.at(v);
    GroupId earliest(0);
    std::optional<GroupId> preferred;
    const auto look = [&] {
      earliest = GroupId(0);
      preferred = std::nullopt;
      for (const Read& read : reads_) {
        const std::optional<GroupId> group = draft_.ready_after(read.storage);
        if (!group) continue;
        if (draft_.flows(read, space, *group) && fits(*group, vertex, space, split)) {
          earliest = std::max(earliest, *group);
          preferred = std::max(preferred, group);
        } else {
          earliest = std::max(earliest, *group + 1);
        }
      }
    };
    look();
    // Operands that come out of several passes bring these together.
    for (const Read& read : reads_) {
      const std::optional<GroupId> group = draft_.ready_after(read.storage);
      if (preferred < earliest || !group || group == preferred) continue;
      if (draft_.flows(read, space, *group) && fits(*group, vertex, space, split) && unite(*group, *preferred)) look();
    }
    if (preferred >= earliest) {
      set_rows(*preferred, vertex, split);
      return *preferred;
    }
    if (const std::optional<GroupId> sharing = sharing_pass(earliest, vertex, space, split)) {
      set_rows(*sharing, vertex, split);
      return *sharing;
    }
    Group group;
    group.is_pass = true;
    group.late = vertex.late;
    group.space = space;
    group.elements = space.elements();
    group.split = split;
    group.undivided = reduces_all(vertex);
    return draft_.groups.add(std::move(group));
  }

  /// A vertex joins a pass, whose rows are settled once it has any.
  void set_rows(GroupId group, const Vertex& vertex, std::optional<int> split) {
    if (split) draft_.group(group).split = split;
    if (reduces_all(vertex)) draft_.group(group).undivided = true;
  }

  /// Moves all of one pass to another, whichever of the two ways keeps what is read ready. Whether one did.
  bool unite(GroupId earlier, GroupId later) {
    Group& first = draft_.group(earlier);
    Group& second = draft_.group(later);
    if (later - earlier > search_depth || !first.is_pass || !second.is_pass || first.space != second.space ||
        first.late != second.late || (first.split && second.split && first.split != second.split) ||
        (first.undivided && second.split) || (second.undivided && first.split) ||
        first.size + second.size >= most_members)
      return false;
    const std::optional<int> split = first.split ? first.split : second.split;
    if (ready_by(second, earlier, later, split)) {
      merge(later, earlier, split);
      return true;
    }
    if (!read_between(earlier, later)) {
      merge(earlier, later, split);
      return true;
    }
    return false;
  }

  /// Whether a group reads what another one computes.
  bool reads_results(const Group& group, GroupId of) {
    if (group.sources.size() > most_sources) return true;
    draft_.looked_at(group.sources.size());
    return std::ranges::any_of(group.sources, [&](GroupId source) { return current(source) == of; });
  }

  /// Where the members of a group are now.
  GroupId current(GroupId g) {
    g = draft_.merged(g);
    while (draft_.group(g).rows_of) g = draft_.merged(*draft_.group(g).rows_of);
    return g;
  }

  /// Whether all that a pass reads is there before an earlier one, or flows from it.
  bool ready_by(const Group& group, GroupId earlier, GroupId own, std::optional<int> split) {
    if (group.sources.size() > most_sources) return false;
    draft_.looked_at(group.sources.size());
    bool reads_earlier = false;
    for (const GroupId listed : group.sources) {
      const GroupId source = current(listed);
      if (source > earlier && source != own) return false;
      reads_earlier = reads_earlier || source == earlier;
    }
    return !reads_earlier || !draft_.any_member(group, [&](VertexId member) {
      const Shape space = draft_.space_of(member);
      draft_.looked_at(1);
      return std::ranges::any_of(draft_.reads(member), [&](const Read& read) {
        if (draft_.ready_after(read.storage) != earlier) return false;
        const bool per_row = draft_.spot(*draft_.owner(read.storage)).per_row;
        return !draft_.flows(read, space, earlier) || (per_row && split != group.split);
      });
    });
  }

  /// Whether anything between two passes, or the later one otherwise than by flow, reads what the earlier one computes.
  bool read_between(GroupId earlier, GroupId later) {
    for (GroupId g = earlier + 1; g < later; ++g)
      if (reads_results(draft_.group(g), earlier)) return true;
    const Group& group = draft_.group(later);
    return reads_results(group, earlier) && draft_.any_member(group, [&](VertexId member) {
      const Shape space = draft_.space_of(member);
      draft_.looked_at(1);
      return std::ranges::any_of(draft_.reads(member), [&](const Read& read) {
        return draft_.ready_after(read.storage) == earlier && !draft_.flows(read, space, earlier);
      });
    });
  }

  /// Puts the members of a group behind those of another, and notes what they read.
  void append(Group& group, Group& more) {
    (group.last ? draft_.spot(*group.last).next : group.first) = more.first;
    if (more.last) group.last = more.last;
    group.size += more.size;
    if (group.sources.size() < more.sources.size()) std::swap(group.sources, more.sources);
    group.sources.insert(group.sources.end(), more.sources.begin(), more.sources.end());
  }

  void merge(GroupId from, GroupId into, std::optional<int> split) {
    Group& source = draft_.group(from);
    Group& target = draft_.group(into);
    // Members of the earlier pass come first.
    if (from < into) {
      std::swap(source.first, target.first);
      std::swap(source.last, target.last);
      std::swap(source.size, target.size);
    }
    append(target, source);
    target.split = split;
    target.undivided |= source.undivided;
    source = Group();
    source.part_of = into;
  }

  /// A vertex that reduces all of its space, which has no rows then: those would be part of the order in which it adds
  /// up.
  bool reduces_all(const Vertex& vertex) {
    return !vertex.is_elementwise() &&
           reduction_access(vertex, draft_.at(vertex.inputs[0]).shape)->kind == Access::Kind::scalar;
  }

  /// Whether a vertex may join a group. What belongs to a backward pass stays out of forward passes: it would be
  /// computed early, stored, and read again, where it had better be computed when it is needed.
  bool fits(GroupId group, const Vertex& vertex, const Shape& space, std::optional<int> split) {
    const Group& candidate = draft_.group(group);
    return candidate.is_pass && candidate.late == vertex.late && candidate.size < most_members &&
           candidate.space == space && (!split || !candidate.split || candidate.split == split) &&
           !(split && candidate.undivided) && !(candidate.split && reduces_all(vertex));
  }

  /// Copies the operands that no pass can step through: one value for each row where the value repeats along rows that
  /// are long, and that fit the division of the axes which the others need; else all of it.
  void copy_strided(VertexId v, const Shape& shape) {
    const bool elementwise = draft_.at(v).is_elementwise();
    std::optional<int> split;
    if (!elementwise) split = reduction_access(draft_.at(v), shape)->split;
    for (const Read& read : reads_)
      if (!split) split = read.access.split;
    for (std::size_t k = 0; k < reads_.size(); ++k) {
      if (reads_[k].access.kind != Access::Kind::strided) continue;
      const Shape rows = repeating_along_rows(places_[k], shape);
      const std::optional<int> own = classify(whole(places_[k].storage, places_[k].dtype, rows), shape).split;
      const bool fits = own && (!split || split == own) && !(!elementwise && reduces_all(draft_.at(v)));
      reads_[k] = copied(v, places_[k], shape, fits ? rows : shape);
      if (fits) split = own;
    }
  }

  /// A shape that a value broadcasts to, but for the last axes along which it repeats, where those are long.
  static Shape repeating_along_rows(const Place& from, const Shape& shape) {
    const int extra = shape.rank() - from.shape.rank();
    Shape rows = shape;
    std::int64_t columns = 1;
    for (int axis = shape.rank() - 1; axis >= extra && from.shape[axis - extra] == 1; --axis) {
      columns *= shape[axis];
      rows[axis] = 1;
    }
    return columns >= fewest_repeats_in_rows ? rows : shape;
  }

  /// A contiguous copy of a value in a shape between its own and the one it broadcasts to, made in a step of its own.
  Read copied(VertexId v, const Place& from, const Shape& space, const Shape& shape) {
    Place spread = from;
    spread.shape = shape;
    spread.strides = {};
    const int extra = shape.rank() - from.shape.rank();
    for (int axis = extra; axis < shape.rank(); ++axis)
      if (from.shape[axis - extra] != 1) spread.strides[as_size(axis)] = from.strides[as_size(axis - extra)];
    Vertex copy;
    copy.dtype = from.dtype;
    copy.shape = shape;
    copy.uses = 1;
    copy.scope = draft_.at(v).scope;
    copy.inputs = {};
    const VertexId c = draft_.add_vertex(copy);
    draft_.spot(c).materialised = true;
    draft_.materialise(from.storage);
    const StorageId s = draft_.workspace_storage(copy, c);
    const GroupId g = draft_.add_single(c);
    add_source(draft_.group(g), g, from.storage);
    draft_.spot(c).copy = std::make_unique<Copy>(Copy{c, spread, whole(s, from.dtype, shape)});
    draft_.spot(c).place = whole(s, from.dtype, shape);
    return read_of(draft_.place_of(c), classify(draft_.place_of(c), space));
  }

  void add_block(VertexId v) {
    const GroupId g = draft_.add_single(v);
    const Vertex& vertex = draft_.at(v);
    draft_.looked_at(1 + vertex.inputs.size());
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) {
      const StorageId s = draft_.operand_place(vertex, k).storage;
      draft_.materialise(s);
      add_source(draft_.group(g), g, s);
    }
    draft_.spot(v).materialised = true;
    draft_.spot(v).place = whole(draft_.workspace_storage(vertex, v), vertex.dtype, vertex.shape);
    if (!vertex.primitive->block() || !vertex.primitive->block()->any_layout || vertex.shape.rank() != 2) return;
    Place exchanged = draft_.place_of(v);
    exchanged.strides[0] = 1;
    exchanged.strides[1] = vertex.shape[0];
    if (better_exchanged(v, exchanged)) draft_.spot(v).place = exchanged;
  }

  /// Whether a matrix's one use is a view that finds its elements in order only if the axes are exchanged in memory.
  bool better_exchanged(VertexId v, const Place& exchanged) {
    if (draft_.at(v).survives || draft_.at(v).uses != 1) return false;
    if (users_.empty()) find_users();
    if (!users_[v]) return false;
    const Vertex& user = draft_.at(*users_[v]);
    return user.is_view() && in_order(user, exchanged) && !in_order(user, draft_.place_of(v));
  }

  /// The first user of every vertex.
  void find_users() {
    users_.resize(draft_.vertices().size());
    for (const VertexId u : draft_.vertices().ids_from_last()) {
      if (draft_.at(u).uses == 0) continue;
      for (const VertexId input : draft_.at(u).inputs) users_[input] = u;
    }
    draft_.looked_at(users_.size());
  }

  static bool in_order(const Vertex& view, const Place& source) {
    const std::optional<Place> place = view_of(view, source);
    return place && place->strides == contiguous_strides(view.shape);
  }

  static constexpr int none = -1;
  struct Walker {
    GroupId group;
    int next;
  };

  Draft& draft_;
  std::vector<Read> reads_;    ///< of the vertex at hand, by input
  std::vector<Place> places_;  ///< that they are of
  IdVector<StorageId, int> walkers_;
  std::vector<Walker> walker_list_;
  IdVector<VertexId, std::optional<VertexId>> users_;
};

}  // namespace

void group_vertices(Draft& draft) { Grouping(draft).run(); }

}  // namespace xgrad::run
