#include <autograd/run/plan/grouping.hpp>

#include <algorithm>
#include <cstdlib>

namespace xgrad::run {
namespace {

/// How far back a search for a pass to join goes.
constexpr int search_depth = 24;
/// Operations on single values of longer rows stay in passes of their own where others come between: the pass they
/// would join has much in its tiles already.
constexpr std::int64_t longest_absorbing_row = 256;

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
      draft_.add_single(v);
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
    const Vertex vertex = draft_.at(v);  // copies: vertices are added below
    const Shape shape = vertex.is_elementwise() ? vertex.shape : draft_.at(vertex.inputs[0]).shape;
    const Shape space = without_ones(shape);
    std::vector<Read> reads;
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) {
      Place place = draft_.operand_place(vertex, k);
      Access access = classify(place, shape);
      if (access.kind == Access::Kind::strided) {
        place = copied(v, place, shape);
        access = {Access::Kind::full};
      }
      reads.push_back({place, access});
    }
    const std::optional<GroupId> of_rows = join_rows(vertex, space, reads);
    const GroupId group = of_rows ? *of_rows : join(v, vertex, shape, reads);
    Group& chosen = draft_.group(group);
    chosen.members.push_back(v);
    draft_.group_of(v) = group;
    const bool over_rows = space != chosen.space;
    draft_.spot(v).per_row =
        over_rows || (!vertex.is_elementwise() && reduction_access(vertex, shape)->kind == Access::Kind::column);
    for (const Read& read : reads)
      if (read.access.kind == Access::Kind::full && !over_rows) chosen.walked.push_back(read.place.storage);
    draft_.reads(v) = std::move(reads);
    const StorageId s = draft_.workspace_storage(vertex, v);
    const bool written = vertex.survives || !(vertex.is_elementwise() || draft_.spot(v).per_row);
    if (written) draft_.spot(v).materialised = true;
    if (vertex.is_elementwise() && !over_rows) chosen.walked.push_back(s);
    draft_.spot(v).place = whole(s, vertex.dtype, vertex.shape);
  }

  /// The pass that gives an operation on its rows' values one of them, if it may join there.
  std::optional<GroupId> join_rows(const Vertex& vertex, const Shape& space, const std::vector<Read>& reads) {
    if (!vertex.is_elementwise() || space.rank() == 0) return std::nullopt;
    std::optional<GroupId> last;
    for (const Read& read : reads) {
      if (read.access.kind != Access::Kind::full && read.access.kind != Access::Kind::scalar) return std::nullopt;
      const std::optional<VertexId> owner = draft_.owner(read.place.storage);
      if (owner && draft_.spot(*owner).per_row) last = std::max(last, draft_.flows_from(read, space));
    }
    if (!last) return std::nullopt;
    const GroupId group = *last;
    const Group& candidate = draft_.group(group);
    if (candidate.late != vertex.late || candidate.space == space) return std::nullopt;
    for (const Read& read : reads) {
      const std::optional<GroupId> source = draft_.ready_after(read.place.storage);
      if (source >= group && !draft_.flows(read, space, group) && !absorb_rows(*source, group)) return std::nullopt;
    }
    return group;
  }

  /// Moves a pass over single values of rows into an earlier one that has these rows, where all that it reads is there.
  bool absorb_rows(GroupId from, GroupId into) {
    Group& source = draft_.group(from);
    Group& target = draft_.group(into);
    if (from == into || !source.is_pass || source.late != target.late || source.space != target.rows() ||
        source.space == target.space || target.columns() > longest_absorbing_row)
      return false;
    for (const VertexId member : source.members) {
      if (!draft_.at(member).is_elementwise()) return false;
      for (const Read& read : draft_.reads(member)) {
        const std::optional<GroupId> group = draft_.ready_after(read.place.storage);
        const bool by_rows = read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::scalar;
        if (!by_rows || (group >= into && group != from && !draft_.flows(read, source.space, into))) return false;
      }
    }
    for (const VertexId member : source.members) {
      draft_.group_of(member) = into;
      draft_.spot(member).per_row = true;
      target.members.push_back(member);
    }
    source = Group();
    return true;
  }

  /// The pass that a vertex joins, an old one or a new one.
  GroupId join(VertexId v, const Vertex& vertex, const Shape& shape, std::vector<Read>& reads) {
    const Shape space = without_ones(shape);
    std::optional<int> split;
    bool consistent = true;
    const auto require = [&](std::optional<int> wanted) {
      if (!wanted || wanted == split) return;
      consistent = consistent && !split;
      if (!split) split = wanted;
    };
    if (!vertex.is_elementwise()) require(reduction_access(vertex, shape)->split);
    for (const Read& read : reads) require(read.access.split);
    if (!consistent) {
      // Rows and columns that do not fit one division of the axes: all but the first are copied out.
      for (Read& read : reads) {
        if (!read.access.split || read.access.split == split) continue;
        read = {copied(v, read.place, shape), {Access::Kind::full}};
      }
    }

    GroupId earliest(0);
    std::optional<GroupId> preferred;
    const auto look = [&] {
      earliest = GroupId(0);
      preferred = std::nullopt;
      for (const Read& read : reads) {
        const std::optional<GroupId> group = draft_.ready_after(read.place.storage);
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
    for (const Read& read : reads) {
      const std::optional<GroupId> group = draft_.ready_after(read.place.storage);
      if (preferred < earliest || !group || group == preferred) continue;
      if (draft_.flows(read, space, *group) && fits(*group, vertex, space, split) && unite(*group, *preferred)) look();
    }
    if (preferred >= earliest) {
      set_split(*preferred, split);
      return *preferred;
    }
    for (const GroupId g : draft_.groups.ids() | std::views::reverse) {
      if (g < earliest || draft_.groups.next_id() - g > search_depth) break;
      if (!fits(g, vertex, space, split) || !shares_operand(g, reads)) continue;
      set_split(g, split);
      return g;
    }
    Group group;
    group.is_pass = true;
    group.late = vertex.late;
    group.space = space;
    group.split = split;
    return draft_.groups.add(std::move(group));
  }

  void set_split(GroupId group, std::optional<int> split) {
    if (split) draft_.group(group).split = split;
  }

  /// Moves all of one pass to another, whichever of the two ways keeps what is read ready. Whether one did.
  bool unite(GroupId earlier, GroupId later) {
    Group& first = draft_.group(earlier);
    Group& second = draft_.group(later);
    if (later - earlier > search_depth || !first.is_pass || !second.is_pass || first.space != second.space ||
        first.late != second.late || (first.split && second.split && first.split != second.split))
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

  /// Whether all that a pass reads is there before an earlier one, or flows from it.
  bool ready_by(const Group& group, GroupId earlier, GroupId own, std::optional<int> split) {
    for (const VertexId member : group.members) {
      const Shape space = draft_.space_of(member);
      for (const Read& read : draft_.reads(member)) {
        const std::optional<GroupId> source = draft_.ready_after(read.place.storage);
        if (source < earlier || source == own) continue;
        const bool per_row = draft_.spot(*draft_.owner(read.place.storage)).per_row;
        if (source != earlier || !draft_.flows(read, space, earlier) || (per_row && split != group.split)) return false;
      }
    }
    return true;
  }

  /// Whether anything between two passes, or the later one otherwise than by flow, reads what the earlier one computes.
  bool read_between(GroupId earlier, GroupId later) {
    for (GroupId g = earlier + 1; g <= later; ++g) {
      for (const VertexId member : draft_.group(g).members) {
        const auto reads_first = [&](const Place& place) { return draft_.ready_after(place.storage) == earlier; };
        if (const std::unique_ptr<Copy>& copy = draft_.spot(member).copy) {
          if (reads_first(copy->from)) return true;
        } else if (draft_.group(g).is_pass) {
          const Shape space = draft_.space_of(member);
          for (const Read& read : draft_.reads(member))
            if (reads_first(read.place) && (g != later || !draft_.flows(read, space, earlier))) return true;
        } else {
          for (std::size_t k = 0; k < draft_.at(member).inputs.size(); ++k)
            if (reads_first(draft_.operand_place(draft_.at(member), k))) return true;
        }
      }
    }
    return false;
  }

  void merge(GroupId from, GroupId into, std::optional<int> split) {
    Group& source = draft_.group(from);
    Group& target = draft_.group(into);
    for (const VertexId member : source.members) draft_.group_of(member) = into;
    // Members of the earlier pass come first.
    auto& members = from < into ? source.members : target.members;
    const auto& rest = from < into ? target.members : source.members;
    members.insert(members.end(), rest.begin(), rest.end());
    if (from < into) target.members = std::move(source.members);
    target.walked.insert(target.walked.end(), source.walked.begin(), source.walked.end());
    target.split = split;
    source = Group();
  }

  /// Whether a vertex may join a group. What belongs to a backward pass stays out of forward passes: it would be
  /// computed early, stored, and read again, where it had better be computed when it is needed.
  bool fits(GroupId group, const Vertex& vertex, const Shape& space, std::optional<int> split) {
    const Group& candidate = draft_.group(group);
    return candidate.is_pass && candidate.late == vertex.late && candidate.space == space &&
           (!split || !candidate.split || candidate.split == split);
  }

  bool shares_operand(GroupId group, const std::vector<Read>& reads) {
    const std::vector<StorageId>& known = draft_.group(group).walked;
    return std::any_of(reads.begin(), reads.end(), [&](const Read& read) {
      return read.access.kind == Access::Kind::full &&
             std::find(known.begin(), known.end(), read.place.storage) != known.end();
    });
  }

  /// A contiguous copy of a value in a shape it broadcasts to, made in a step of its own.
  Place copied(VertexId v, const Place& from, const Shape& shape) {
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
    draft_.add_single(c);
    draft_.spot(c).copy = std::make_unique<Copy>(Copy{c, spread, whole(s, from.dtype, shape)});
    draft_.spot(c).place = whole(s, from.dtype, shape);
    return draft_.place_of(c);
  }

  void add_block(VertexId v) {
    Vertex& vertex = draft_.at(v);
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) draft_.materialise(draft_.operand_place(vertex, k).storage);
    draft_.spot(v).materialised = true;
    draft_.add_single(v);
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
    for (VertexId u = v + 1; u < draft_.vertices().next_id(); ++u) {
      const Vertex& user = draft_.at(u);
      if (user.uses == 0 || std::find(user.inputs.begin(), user.inputs.end(), v) == user.inputs.end()) continue;
      return user.is_view() && in_order(user, exchanged) && !in_order(user, draft_.place_of(v));
    }
    return false;
  }

  static bool in_order(const Vertex& view, const Place& source) {
    const std::optional<Place> place = view_of(view, source);
    return place && place->strides == contiguous_strides(view.shape);
  }

  Draft& draft_;
};

}  // namespace

void group_vertices(Draft& draft) { Grouping(draft).run(); }

}  // namespace xgrad::run
