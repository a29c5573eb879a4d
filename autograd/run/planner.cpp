#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <autograd/ops/common.hpp>
#include <autograd/run/compile.hpp>
#include <autograd/run/plan.hpp>
#include <autograd/run/tasks.hpp>
#include <autograd/run/workspace.hpp>

namespace xgrad::run {
namespace {

/// Elements of a tile: registers of float32 take 4 KB, so that a dozen stay in the first-level cache.
constexpr std::int64_t tile_elements = 1024;
/// So many tiles fill that cache (32 KB, 8 ways), and so many of them are registers: passes that touch more memory have
/// smaller tiles.
constexpr std::size_t most_tiles = 8;
constexpr std::int64_t smallest_tile = 256;
constexpr std::size_t usual_registers = 3;
/// How far back a search for a pass to join goes.
constexpr std::size_t search_depth = 24;
/// Rows up to this length are tiles of a pass as a whole, where it reads on what it reduces them to.
constexpr std::int64_t longest_row = 4096;
/// Operations on single values of longer rows stay in passes of their own where others come between: the pass they
/// would join has much in its tiles already.
constexpr std::int64_t longest_absorbing_row = 256;

/// Values of fewer elements stay in the cache, so that nothing is gained by computing them again.
constexpr std::int64_t fewest_recomputed = 65536;
/// So many operations, of a few machine instructions each, are cheaper than memory.
constexpr int most_recomputed = 3;

/// How an operand steps through a space without axes of extent 1: by Operand::Kind, and for rows and columns, how many
/// leading axes make up the rows.
struct Access {
  enum class Kind { full, row, column, scalar, strided };
  Kind kind;
  int split = -1;
};

Shape without_ones(const Shape& shape) {
  Shape result;
  for (const std::int64_t extent : shape)
    if (extent != 1) result.push_back(extent);
  return result;
}

Access classify(const Place& place, const Shape& shape) {
  Shape space;
  Strides strides{};
  const int extra = shape.rank() - place.shape.rank();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool repeated = axis < extra || place.shape[axis - extra] == 1;
    strides[space.size()] = repeated ? 0 : place.strides[static_cast<std::size_t>(axis - extra)];
    space.push_back(shape[axis]);
  }
  const int rank = space.rank();
  int leading = 0;
  while (leading < rank && strides[static_cast<std::size_t>(leading)] == 0) ++leading;
  if (leading == rank) return {rank == 0 ? Access::Kind::full : Access::Kind::scalar};
  int trailing = rank;
  while (strides[static_cast<std::size_t>(trailing - 1)] == 0) --trailing;
  std::int64_t step = 1;
  for (int axis = trailing; axis-- > leading;) {
    if (strides[static_cast<std::size_t>(axis)] != step) return {Access::Kind::strided};
    step *= space[axis];
  }
  if (leading == 0 && trailing == rank) return {Access::Kind::full};
  if (leading > 0 && trailing < rank) return {Access::Kind::strided};
  return leading > 0 ? Access{Access::Kind::row, leading} : Access{Access::Kind::column, trailing};
}

/// What a reduction keeps of its input's space.
std::optional<Access> reduction_access(const Vertex& vertex, const Shape& input) {
  std::vector<bool> reduced;
  for (int axis = 0; axis < input.rank(); ++axis)
    if (input[axis] != 1) reduced.push_back((vertex.attributes[0] >> axis & 1) != 0);
  const auto changes = [&] {
    int count = 0;
    for (std::size_t i = 1; i < reduced.size(); ++i) count += reduced[i] != reduced[i - 1] ? 1 : 0;
    return count;
  }();
  if (std::all_of(reduced.begin(), reduced.end(), [](bool r) { return r; })) return Access{Access::Kind::scalar};
  if (changes != 1) return std::nullopt;
  const auto split = static_cast<int>(std::find(reduced.begin(), reduced.end(), !reduced.front()) - reduced.begin());
  return Access{reduced.front() ? Access::Kind::row : Access::Kind::column, split};
}

/// Vertices that run as one step.
struct Group {
  bool is_pass = false;
  bool late = false;        ///< of a differentiation pass, or after it
  bool whole_rows = false;  ///< a pass whose tiles are whole rows, so that what rows are reduced to can be read on
  Shape space;
  int split = -1;
  std::vector<int> members;
  std::ptrdiff_t copies = 0;  ///< how many members, at the front, compute again what another group has computed
  std::vector<int> reads;     ///< storages that the members walk through

  std::int64_t space_elements() const {
    std::int64_t product = 1;
    for (const std::int64_t extent : space) product *= extent;
    return product;
  }
  std::int64_t columns() const {
    std::int64_t product = 1;
    for (int axis = split; axis < space.rank(); ++axis) product *= space[axis];
    return product;
  }
  Shape rows() const {
    Shape result;
    for (int axis = 0; axis < split; ++axis) result.push_back(space[axis]);
    return result;
  }
};

/// A place with how a member of a pass reads it.
struct Read {
  Place place;
  Access access;
};

class Planner {
 public:
  Planner(const Program& program, bool parallel, bool compiled) : plan_(std::make_unique<Plan>()) {
    plan_->parallel = parallel;
    plan_->compiled = compiled;
    plan_->graph = build_graph(program);
    plan_->key.assign(program.key().begin(), program.key().end());
    for (std::size_t i = 0; i < program.externals().size(); ++i) offered_.push_back(program.offered(i));
  }

  std::unique_ptr<Plan> plan() {
    const std::size_t count = vertices().size();
    places_.resize(count);
    owner_group_.assign(count, -1);
    materialised_.assign(count, false);
    per_row_.assign(count, false);
    for (std::size_t v = 0; v < count; ++v)
      if (vertices()[v].uses > 0) add(static_cast<int>(v));
    const std::vector<Copy> copies = settle_results();
    recompute_cheap_values();
    for (Group& group : groups_) settle_reads(group);
    for (std::size_t g = 0; g < groups_.size(); ++g)
      if (!groups_[g].members.empty()) emit(g);
    for (const Copy& copy : copies) emit_copy(copy);
    divide_work(*plan_);
    lay_out_workspace(*plan_);
    return std::move(plan_);
  }

 private:
  struct Copy {
    int vertex;
    Place from, to;
  };

  std::vector<Vertex>& vertices() { return plan_->graph.vertices; }
  Vertex& at(int v) { return vertices()[static_cast<std::size_t>(v)]; }
  Place& place_of(int v) { return places_[static_cast<std::size_t>(v)]; }
  Storage& storage(int s) { return plan_->storages[static_cast<std::size_t>(s)]; }

  int add_storage(Storage storage, int owner) {
    plan_->storages.push_back(storage);
    owners_.push_back(owner);
    return static_cast<int>(plan_->storages.size()) - 1;
  }

  int workspace_storage(const Vertex& vertex, int owner) {
    const std::size_t bytes = static_cast<std::size_t>(vertex.shape.elements()) * size_of(vertex.dtype);
    return add_storage({.kind = Storage::Kind::workspace, .dtype = vertex.dtype, .bytes = bytes}, owner);
  }

  static Place whole(int storage, DType dtype, const Shape& shape) {
    return {.storage = storage, .offset = 0, .dtype = dtype, .shape = shape, .strides = contiguous_strides(shape)};
  }

  // ------------------------------------------------------------------------------------------- placing

  void add(int v) {
    Vertex& vertex = at(v);
    if (!vertex.computed()) {
      if (vertex.number) {
        place_of(v) = number_place(vertex.external, vertex.dtype, vertex.shape);
        return;
      }
      const int s = add_storage({.kind = Storage::Kind::external,
                                 .dtype = vertex.dtype,
                                 .external = vertex.external,
                                 .offered = offered_[static_cast<std::size_t>(vertex.external)],
                                 .bytes = static_cast<std::size_t>(vertex.shape.elements()) * size_of(vertex.dtype)},
                                v);
      place_of(v) = whole(s, vertex.dtype, vertex.shape);
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

  /// A plain number in a dtype; each dtype that it is read in is written once.
  Place number_place(int external, DType dtype, const Shape& shape) {
    const auto [entry, added] = numbers_.try_emplace({external, dtype}, -1);
    if (added)
      entry->second =
          add_storage({.kind = Storage::Kind::number, .dtype = dtype, .external = external, .bytes = 8}, -1);
    Place place{.storage = entry->second, .offset = 0, .dtype = dtype, .shape = shape, .strides = {}};
    return place;
  }

  bool is_number(int v) { return storage(place_of(v).storage).kind == Storage::Kind::number; }

  bool casts_number(const Vertex& vertex) {
    return vertex.is_elementwise() && vertex.inputs.size() == 1 && vertex.primitive->tile == cast_tile() &&
           is_number(vertex.inputs[0]);
  }

  static TileKernel (*cast_tile())(DType, DType);

  void add_view(int v) {
    Vertex& vertex = at(v);
    const int source = vertex.inputs[0];
    if (is_number(source)) {
      const int external = storage(place_of(source).storage).external;
      // A chain of casts rounds at every step; a number is only taken through the first.
      if (vertex.is_view() || at(source).number) {
        place_of(v) = number_place(external, vertex.is_view() ? place_of(source).dtype : vertex.dtype, vertex.shape);
        return;
      }
      add_to_pass(v);
      return;
    }
    std::optional<Place> view = view_of(vertex, place_of(source));
    if (!view) {
      // The elements in order first: a copy, then another shape of it.
      const Place from = place_of(source);
      const int s = workspace_storage(vertex, v);
      materialise(from.storage);
      groups_.push_back({});
      groups_.back().members = {v};
      owner_group_[static_cast<std::size_t>(v)] = static_cast<int>(groups_.size()) - 1;
      copies_into_[v] = {v, from, whole(s, from.dtype, from.shape)};
      view = whole(s, vertex.dtype, vertex.shape);
    }
    place_of(v) = *view;
  }

  static std::optional<Place> view_of(const Vertex& vertex, const Place& source) {
    // The rules for views move a pointer and set strides; a made-up address stands for the storage's start.
    auto* const origin = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 46);
    Array from;
    from.data = origin + source.offset;
    from.dtype = source.dtype;
    from.shape = source.shape;
    from.strides = source.strides;
    Array to;
    to.dtype = vertex.dtype;
    to.shape = vertex.shape;
    if (!vertex.primitive->view(vertex.attributes, from, to)) return std::nullopt;
    return Place{.storage = source.storage,
                 .offset = to.data - origin,
                 .dtype = vertex.dtype,
                 .shape = vertex.shape,
                 .strides = to.strides};
  }

  // ------------------------------------------------------------------------------------------- grouping

  bool joins_passes(int v) {
    const Vertex& vertex = at(v);
    if (vertex.shape.elements() == 0) return false;
    if (vertex.is_elementwise()) return true;
    if (!vertex.primitive->reduction) return false;
    const Vertex& input = at(vertex.inputs[0]);
    return is_floating(vertex.dtype) && input.shape.elements() > 0 && reduction_access(vertex, input.shape).has_value();
  }

  void materialise(int s) {
    const int owner = owners_[static_cast<std::size_t>(s)];
    if (owner >= 0) materialised_[static_cast<std::size_t>(owner)] = true;
  }

  /// The group after which a storage can be read; -1 for what is there from the start.
  int ready_after(int s) {
    const int owner = owners_[static_cast<std::size_t>(s)];
    return owner < 0 ? -1 : owner_group_[static_cast<std::size_t>(owner)];
  }

  /// The dtype in which an elementwise vertex reads its operands.
  DType operand_dtype(const Vertex& vertex, std::size_t k) {
    if (vertex.inputs.size() == 3 && k == 0) return boolean;
    for (std::size_t i = vertex.inputs.size() == 3 ? 1 : 0; i < vertex.inputs.size(); ++i)
      if (!at(vertex.inputs[i]).number) return at(vertex.inputs[i]).dtype;
    return vertex.dtype == boolean && vertex.inputs.size() < 3 ? float64 : vertex.dtype;
  }

  Place operand_place(const Vertex& vertex, std::size_t k) {
    const int input = vertex.inputs[k];
    if (!at(input).number || !vertex.is_elementwise()) return place_of(input);
    return number_place(at(input).external, operand_dtype(vertex, k), at(input).shape);
  }

  /// The pass whose member computes all of what is read, so that it need not go through memory: element by element, or
  /// one value for each row where the pass keeps rows whole. -1 where there is none.
  int flows_from(const Read& read, const Shape& space) {
    const int owner = owners_[static_cast<std::size_t>(read.place.storage)];
    const int g = owner < 0 ? -1 : owner_group_[static_cast<std::size_t>(owner)];
    if (g < 0 || read.place.offset != 0) return -1;
    const Group& group = groups_[static_cast<std::size_t>(g)];
    if (!group.is_pass || at(owner).dtype != read.place.dtype) return -1;
    const std::int64_t elements = at(owner).shape.elements();
    if (per_row_[static_cast<std::size_t>(owner)]) {
      const bool per_row =
          (read.access.kind == Access::Kind::column && read.access.split == group.split && space == group.space) ||
          (read.access.kind == Access::Kind::full && space == group.rows() && space != group.space);
      return per_row && group.columns() <= longest_row && elements == group.space_elements() / group.columns() ? g : -1;
    }
    return read.access.kind == Access::Kind::full && at(owner).is_elementwise() && space == group.space &&
                   elements == group.space_elements()
               ? g
               : -1;
  }

  /// What does not flow within a pass goes through memory; what rows are reduced to is read on where rows are whole.
  void settle_reads(Group& group) {
    if (!group.is_pass) return;
    for (const int member : group.members) {
      for (const Read& read : reads_.at(member)) {
        if (!flows(read, space_of(member), owner_group_[static_cast<std::size_t>(member)]))
          materialise(read.place.storage);
        else if (per_row_[static_cast<std::size_t>(owners_[static_cast<std::size_t>(read.place.storage)])])
          group.whole_rows = true;
      }
    }
  }

  /// The axes that a member of a pass runs over.
  Shape space_of(int v) { return without_ones(at(v).is_elementwise() ? at(v).shape : at(at(v).inputs[0]).shape); }

  bool flows(const Read& read, const Shape& space, int group) { return group >= 0 && flows_from(read, space) == group; }

  void add_to_pass(int v) {
    const Vertex vertex = at(v);  // copies: vertices are added below
    const Shape shape = vertex.is_elementwise() ? vertex.shape : at(vertex.inputs[0]).shape;
    const Shape space = without_ones(shape);
    std::vector<Read> reads;
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) {
      Place place = operand_place(vertex, k);
      Access access = classify(place, shape);
      if (access.kind == Access::Kind::strided) {
        place = copied(v, place, shape);
        access = {Access::Kind::full};
      }
      reads.push_back({place, access});
    }
    int group = join_rows(vertex, space, reads);
    if (group < 0) group = join(v, vertex, shape, reads);
    Group& chosen = groups_[static_cast<std::size_t>(group)];
    chosen.members.push_back(v);
    owner_group_[static_cast<std::size_t>(v)] = group;
    const bool over_rows = space != chosen.space;
    per_row_[static_cast<std::size_t>(v)] =
        over_rows || (!vertex.is_elementwise() && reduction_access(vertex, shape)->kind == Access::Kind::column);
    for (const Read& read : reads)
      if (read.access.kind == Access::Kind::full && !over_rows) chosen.reads.push_back(read.place.storage);
    reads_[v] = std::move(reads);
    const int s = workspace_storage(vertex, v);
    const bool written = vertex.survives || !(vertex.is_elementwise() || per_row_[static_cast<std::size_t>(v)]);
    if (written) materialised_[static_cast<std::size_t>(v)] = true;
    if (vertex.is_elementwise() && !over_rows) chosen.reads.push_back(s);
    place_of(v) = whole(s, vertex.dtype, vertex.shape);
  }

  /// The pass that gives an operation on its rows' values one of them, if it may join there; -1 else.
  int join_rows(const Vertex& vertex, const Shape& space, const std::vector<Read>& reads) {
    if (!vertex.is_elementwise() || space.rank() == 0) return -1;
    int group = -1;
    for (const Read& read : reads) {
      if (read.access.kind != Access::Kind::full && read.access.kind != Access::Kind::scalar) return -1;
      const int owner = owners_[static_cast<std::size_t>(read.place.storage)];
      if (owner >= 0 && per_row_[static_cast<std::size_t>(owner)]) group = std::max(group, flows_from(read, space));
    }
    if (group < 0) return -1;
    const Group& candidate = groups_[static_cast<std::size_t>(group)];
    if (candidate.late != vertex.late || candidate.space == space) return -1;
    for (const Read& read : reads) {
      const int source = ready_after(read.place.storage);
      if (source >= group && !flows(read, space, group) && !absorb_rows(source, group)) return -1;
    }
    return group;
  }

  /// Moves a pass over single values of rows into an earlier one that has these rows, where all that it reads is there.
  bool absorb_rows(int from, int into) {
    Group& source = groups_[static_cast<std::size_t>(from)];
    Group& target = groups_[static_cast<std::size_t>(into)];
    if (from == into || !source.is_pass || source.late != target.late || source.space != target.rows() ||
        source.space == target.space || target.columns() > longest_absorbing_row)
      return false;
    for (const int member : source.members) {
      if (!at(member).is_elementwise()) return false;
      for (const Read& read : reads_.at(member)) {
        const int group = ready_after(read.place.storage);
        const bool by_rows = read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::scalar;
        if (!by_rows || (group >= into && group != from && !flows(read, source.space, into))) return false;
      }
    }
    for (const int member : source.members) {
      owner_group_[static_cast<std::size_t>(member)] = into;
      per_row_[static_cast<std::size_t>(member)] = true;
      target.members.push_back(member);
    }
    source = Group();
    return true;
  }

  /// The pass that a vertex joins, an old one or a new one.
  int join(int v, const Vertex& vertex, const Shape& shape, std::vector<Read>& reads) {
    const Shape space = without_ones(shape);
    int split = -1;
    bool consistent = true;
    const auto require = [&](int wanted) {
      if (wanted < 0 || wanted == split) return;
      consistent = consistent && split < 0;
      if (split < 0) split = wanted;
    };
    if (!vertex.is_elementwise()) require(reduction_access(vertex, shape)->split);
    for (const Read& read : reads) require(read.access.split);
    if (!consistent) {
      // Rows and columns that do not fit one division of the axes: all but the first are copied out.
      for (Read& read : reads) {
        if (read.access.split < 0 || read.access.split == split) continue;
        read = {copied(v, read.place, shape), {Access::Kind::full}};
      }
    }

    int earliest = 0, preferred = -1;
    const auto look = [&] {
      earliest = 0, preferred = -1;
      for (const Read& read : reads) {
        const int group = ready_after(read.place.storage);
        if (group < 0) continue;
        if (flows(read, space, group) && fits(group, vertex, space, split)) {
          earliest = std::max(earliest, group);
          preferred = std::max(preferred, group);
        } else {
          earliest = std::max(earliest, group + 1);
        }
      }
    };
    look();
    // Operands that come out of several passes bring these together.
    for (const Read& read : reads) {
      const int group = ready_after(read.place.storage);
      if (preferred < earliest || group < 0 || group == preferred) continue;
      if (flows(read, space, group) && fits(group, vertex, space, split) && unite(group, preferred)) look();
    }
    if (preferred >= earliest && preferred >= 0) {
      set_split(preferred, split);
      return preferred;
    }
    for (int g = static_cast<int>(groups_.size()) - 1;
         g >= earliest && static_cast<std::size_t>(g) + search_depth >= groups_.size(); --g) {
      if (!fits(g, vertex, space, split) || !shares_operand(g, reads)) continue;
      set_split(g, split);
      return g;
    }
    Group group;
    group.is_pass = true;
    group.late = vertex.late;
    group.space = space;
    group.split = split;
    groups_.push_back(std::move(group));
    return static_cast<int>(groups_.size()) - 1;
  }

  void set_split(int group, int split) {
    if (split >= 0) groups_[static_cast<std::size_t>(group)].split = split;
  }

  /// Moves all of one pass to another, whichever of the two ways keeps what is read ready. Whether one did.
  bool unite(int earlier, int later) {
    Group& first = groups_[static_cast<std::size_t>(earlier)];
    Group& second = groups_[static_cast<std::size_t>(later)];
    if (later - earlier > static_cast<int>(search_depth) || !first.is_pass || !second.is_pass ||
        first.space != second.space || first.late != second.late ||
        (first.split >= 0 && second.split >= 0 && first.split != second.split))
      return false;
    const int split = std::max(first.split, second.split);
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
  bool ready_by(const Group& group, int earlier, int own, int split) {
    for (const int member : group.members) {
      const Shape space = space_of(member);
      for (const Read& read : reads_.at(member)) {
        const int source = ready_after(read.place.storage);
        if (source < earlier || source == own) continue;
        const bool per_row = per_row_[static_cast<std::size_t>(owners_[static_cast<std::size_t>(read.place.storage)])];
        if (source != earlier || !flows(read, space, earlier) || (per_row && split != group.split)) return false;
      }
    }
    return true;
  }

  /// Whether anything between two passes, or the later one otherwise than by flow, reads what the earlier one computes.
  bool read_between(int earlier, int later) {
    for (int g = earlier + 1; g <= later; ++g) {
      for (const int member : groups_[static_cast<std::size_t>(g)].members) {
        const auto reads_first = [&](const Place& place) { return ready_after(place.storage) == earlier; };
        if (const auto copy = copies_into_.find(member); copy != copies_into_.end()) {
          if (reads_first(copy->second.from)) return true;
        } else if (const auto reads = reads_.find(member); reads != reads_.end()) {
          const Shape space = space_of(member);
          for (const Read& read : reads->second)
            if (reads_first(read.place) && (g != later || !flows(read, space, earlier))) return true;
        } else {
          for (std::size_t k = 0; k < at(member).inputs.size(); ++k)
            if (reads_first(operand_place(at(member), k))) return true;
        }
      }
    }
    return false;
  }

  void merge(int from, int into, int split) {
    Group& source = groups_[static_cast<std::size_t>(from)];
    Group& target = groups_[static_cast<std::size_t>(into)];
    for (const int member : source.members) owner_group_[static_cast<std::size_t>(member)] = into;
    // What the earlier one computes comes first.
    auto& members = from < into ? source.members : target.members;
    const auto& rest = from < into ? target.members : source.members;
    members.insert(members.end(), rest.begin(), rest.end());
    if (from < into) target.members = std::move(source.members);
    target.reads.insert(target.reads.end(), source.reads.begin(), source.reads.end());
    target.split = split;
    source = Group();
  }

  /// Whether a vertex may join a group. What belongs to a backward pass stays out of forward passes: it would be
  /// computed early, stored, and read again, where it had better be computed when it is needed.
  bool fits(int group, const Vertex& vertex, const Shape& space, int split) {
    const Group& candidate = groups_[static_cast<std::size_t>(group)];
    return candidate.is_pass && candidate.late == vertex.late && candidate.space == space &&
           (split < 0 || candidate.split < 0 || candidate.split == split);
  }

  bool shares_operand(int group, const std::vector<Read>& reads) {
    const std::vector<int>& known = groups_[static_cast<std::size_t>(group)].reads;
    return std::any_of(reads.begin(), reads.end(), [&](const Read& read) {
      return read.access.kind == Access::Kind::full &&
             std::find(known.begin(), known.end(), read.place.storage) != known.end();
    });
  }

  /// A contiguous copy of a value in a shape it broadcasts to, made in a step of its own.
  Place copied(int v, const Place& from, const Shape& shape) {
    Place spread = from;
    spread.shape = shape;
    spread.strides = {};
    const int extra = shape.rank() - from.shape.rank();
    for (int axis = extra; axis < shape.rank(); ++axis)
      if (from.shape[axis - extra] != 1)
        spread.strides[static_cast<std::size_t>(axis)] = from.strides[static_cast<std::size_t>(axis - extra)];
    Vertex copy;
    copy.dtype = from.dtype;
    copy.shape = shape;
    copy.uses = 1;
    copy.scope = at(v).scope;
    copy.inputs = {};
    vertices().push_back(copy);
    places_.emplace_back();
    owner_group_.push_back(-1);
    materialised_.push_back(true);
    per_row_.push_back(false);
    const int c = static_cast<int>(vertices().size()) - 1;
    materialise(from.storage);
    const int s = workspace_storage(copy, c);
    groups_.push_back({});
    groups_.back().members = {c};
    owner_group_[static_cast<std::size_t>(c)] = static_cast<int>(groups_.size()) - 1;
    copies_into_[c] = {c, spread, whole(s, from.dtype, shape)};
    return place_of(c) = whole(s, from.dtype, shape);
  }

  void add_block(int v) {
    Vertex& vertex = at(v);
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) materialise(operand_place(vertex, k).storage);
    materialised_[static_cast<std::size_t>(v)] = true;
    groups_.push_back({});
    groups_.back().members = {v};
    owner_group_[static_cast<std::size_t>(v)] = static_cast<int>(groups_.size()) - 1;
    place_of(v) = whole(workspace_storage(vertex, v), vertex.dtype, vertex.shape);
    if (!vertex.primitive->any_layout || vertex.shape.rank() != 2) return;
    Place exchanged = place_of(v);
    exchanged.strides[0] = 1;
    exchanged.strides[1] = vertex.shape[0];
    if (better_exchanged(v, exchanged)) place_of(v) = exchanged;
  }

  /// Whether a matrix's one use is a view that finds its elements in order only if the axes are exchanged in memory.
  bool better_exchanged(int v, const Place& exchanged) {
    if (at(v).survives || at(v).uses != 1) return false;
    for (std::size_t u = static_cast<std::size_t>(v) + 1; u < vertices().size(); ++u) {
      const Vertex& user = vertices()[u];
      if (user.uses == 0 || std::find(user.inputs.begin(), user.inputs.end(), v) == user.inputs.end()) continue;
      return user.is_view() && in_order(user, exchanged) && !in_order(user, place_of(v));
    }
    return false;
  }

  static bool in_order(const Vertex& view, const Place& source) {
    const std::optional<Place> place = view_of(view, source);
    return place && place->strides == contiguous_strides(view.shape);
  }

  // ------------------------------------------------------------------------------------------- recomputing

  /// A value that passes need of an earlier one, and that few operations give from what is in memory anyway, is
  /// computed again where it is needed: that saves writing it, and its memory.
  void recompute_cheap_values() {
    collect_readers();
    const auto count = static_cast<int>(readers_.size());
    for (int v = 0; v < count; ++v)
      if (may_be_recomputed(v)) recompute(v);
  }

  void collect_readers() {
    readers_.assign(vertices().size(), {});
    for (const Group& group : groups_) {
      if (!group.is_pass) continue;
      for (const int member : group.members)
        for (const Read& read : reads_.at(member)) add_reader(read, member);
    }
  }

  void add_reader(const Read& read, int member) {
    const int owner = owners_[static_cast<std::size_t>(read.place.storage)];
    if (owner >= 0 && owner < static_cast<int>(readers_.size()))
      readers_[static_cast<std::size_t>(owner)].insert(member);
  }

  int group_of(int v) const { return owner_group_[static_cast<std::size_t>(v)]; }

  bool is_cheap(int v) {
    return group_of(v) >= 0 && groups_[static_cast<std::size_t>(group_of(v))].is_pass &&
           at(v).primitive->machine != MachineOp::none && at(v).primitive->machine < MachineOp::exp &&
           is_floating(at(v).dtype) && !per_row_[static_cast<std::size_t>(v)];
  }

  /// Whether all that read a value in other passes read it element by element, and recomputing it is cheap for them.
  bool may_be_recomputed(int v) {
    if (!at(v).is_elementwise() || materialised_[static_cast<std::size_t>(v)] || !is_cheap(v) ||
        at(v).shape.elements() < fewest_recomputed)
      return false;
    bool elsewhere = false;
    for (const int reader : readers_[static_cast<std::size_t>(v)]) {
      if (group_of(reader) == group_of(v)) continue;
      elsewhere = true;
      for (const Read& read : reads_.at(reader)) {
        if (owners_[static_cast<std::size_t>(read.place.storage)] != v) continue;
        if (read.access.kind != Access::Kind::full || read.place.offset != 0 || read.place.dtype != at(v).dtype ||
            space_of(reader) != space_of(v))
          return false;
      }
      std::set<int> sources;
      if (operations_for(v, group_of(reader), sources) > most_recomputed || sources.size() > 1 ||
          !split_fits(v, group_of(reader)))
        return false;
    }
    return elsewhere;
  }

  /// How many operations give a value within a group, from what is in memory; `sources` are the arrays that the group
  /// would have to read for it and does not read yet.
  int operations_for(int v, int group, std::set<int>& sources) {
    if (group_of(v) == group) return 0;
    if (recomputed_.contains({origin(v), group})) return 0;
    if (!is_cheap(v)) return most_recomputed + 1;
    int operations = 1;
    for (const Read& read : reads_.at(v)) {
      const int owner = owners_[static_cast<std::size_t>(read.place.storage)];
      if (read.access.kind != Access::Kind::full || owner < 0) continue;
      if (!at(owner).computed() || materialised_[static_cast<std::size_t>(owner)]) {
        const std::vector<int>& known = groups_[static_cast<std::size_t>(group)].reads;
        if (std::find(known.begin(), known.end(), read.place.storage) == known.end())
          sources.insert(read.place.storage);
      } else {
        operations += at(owner).is_elementwise() ? operations_for(owner, group, sources) : most_recomputed;
      }
      if (operations > most_recomputed) break;
    }
    return operations;
  }

  bool split_fits(int v, int group) {
    const int own = groups_[static_cast<std::size_t>(group_of(v))].split;
    const int other = groups_[static_cast<std::size_t>(group)].split;
    return own < 0 || other < 0 || own == other;
  }

  int origin(int v) const {
    const auto entry = origins_.find(v);
    return entry == origins_.end() ? v : entry->second;
  }

  void recompute(int v) {
    const std::set<int> readers = readers_[static_cast<std::size_t>(v)];
    for (const int reader : readers) {
      if (group_of(reader) == group_of(v)) continue;
      const int again = copy_within(v, group_of(reader));
      for (Read& read : reads_.at(reader))
        if (owners_[static_cast<std::size_t>(read.place.storage)] == v) read.place = place_of(again);
      readers_[static_cast<std::size_t>(v)].erase(reader);
    }
    if (!readers_[static_cast<std::size_t>(v)].empty()) return;
    std::erase(groups_[static_cast<std::size_t>(group_of(v))].members, v);
    for (auto& others : readers_) others.erase(v);
  }

  /// The vertex that computes v once more within a group, before all that is there.
  int copy_within(int v, int g) {
    if (group_of(v) == g) return v;
    const auto known = recomputed_.find({origin(v), g});
    if (known != recomputed_.end()) return known->second;
    std::vector<Read> reads = reads_.at(v);
    for (Read& read : reads) {
      const int owner = owners_[static_cast<std::size_t>(read.place.storage)];
      if (read.access.kind == Access::Kind::full && owner >= 0 && at(owner).computed() &&
          !materialised_[static_cast<std::size_t>(owner)])
        read.place = place_of(copy_within(owner, g));
    }
    const Vertex vertex = at(v);
    vertices().push_back(vertex);
    const int again = static_cast<int>(vertices().size()) - 1;
    places_.emplace_back();
    owner_group_.push_back(g);
    materialised_.push_back(false);
    per_row_.push_back(false);
    place_of(again) = whole(workspace_storage(vertex, again), vertex.dtype, vertex.shape);
    Group& group = groups_[static_cast<std::size_t>(g)];
    for (const Read& read : reads) {
      add_reader(read, again);
      if (read.access.kind == Access::Kind::full) group.reads.push_back(read.place.storage);
    }
    // Copies come first, in the order in which they need each other.
    group.members.insert(group.members.begin() + group.copies++, again);
    if (group.split < 0) group.split = groups_[static_cast<std::size_t>(group_of(v))].split;
    reads_[again] = std::move(reads);
    recomputed_[{origin(v), g}] = again;
    origins_[again] = origin(v);
    return again;
  }

  // ------------------------------------------------------------------------------------------- results

  std::vector<Copy> settle_results() {
    std::vector<Copy> copies;
    std::map<int, int> made;
    for (const int v : plan_->graph.results) {
      const auto [entry, added] = made.try_emplace(v, -1);
      if (added) entry->second = result_storage(v, copies);
      plan_->results.push_back(entry->second);
    }
    return copies;
  }

  int result_storage(int v, std::vector<Copy>& copies) {
    const Place& place = place_of(v);
    const Vertex& vertex = at(v);
    const std::size_t bytes = static_cast<std::size_t>(vertex.shape.elements()) * size_of(vertex.dtype);
    Storage& held = storage(place.storage);
    const Array view(nullptr, vertex.dtype, vertex.shape);
    const bool in_order = place.strides == view.strides || bytes == 0;
    const bool whole_storage = in_order && place.offset == 0 && place.dtype == vertex.dtype;
    materialise(place.storage);
    if (whole_storage && held.kind == Storage::Kind::external) {
      const Vertex& owner = at(owners_[static_cast<std::size_t>(place.storage)]);
      if (owner.shape.elements() == vertex.shape.elements()) return place.storage;
    }
    if (whole_storage && held.bytes == bytes &&
        (held.kind == Storage::Kind::workspace || held.kind == Storage::Kind::result)) {
      held.kind = Storage::Kind::result;
      return place.storage;
    }
    Vertex copy = vertex;
    const int s = workspace_storage(copy, v);
    storage(s).kind = Storage::Kind::result;
    copies.push_back({v, place, whole(s, vertex.dtype, vertex.shape)});
    return s;
  }

  // ------------------------------------------------------------------------------------------- steps

  void emit(std::size_t g) {
    const Group& group = groups_[g];
    if (group.is_pass) {
      emit_pass(group);
      return;
    }
    const int v = group.members.front();
    if (const auto copy = copies_into_.find(v); copy != copies_into_.end()) {
      emit_copy(copy->second);
      return;
    }
    const Vertex& vertex = at(v);
    Block block{.primitive = vertex.primitive, .attributes = vertex.attributes, .inputs = {}, .result = place_of(v)};
    for (std::size_t k = 0; k < vertex.inputs.size(); ++k) block.inputs.push_back(operand_place(vertex, k));
    add_block_step(std::move(block), v);
  }

  void emit_copy(const Copy& copy) { add_block_step({.inputs = {copy.from}, .result = copy.to}, copy.vertex); }

  void add_block_step(Block block, int v) {
    plan_->blocks.push_back(std::move(block));
    plan_->steps.push_back({Step::Kind::block, static_cast<int>(plan_->blocks.size()) - 1, {v}});
  }

  void emit_pass(const Group& group) {
    Pass& pass = plan_->passes.emplace_back();
    pass.elements = group.space_elements();
    shape_tiles(pass, group);
    std::map<int, int> operand_of;  // by member
    std::map<int, int> spread_of;   // registers that values of rows are spread over, by operand
    for (const int v : group.members) {
      const Vertex& vertex = at(v);
      const Shape space = space_of(v);
      const int here = owner_group_[static_cast<std::size_t>(v)];
      const bool over_rows = space != group.space;
      std::vector<int> inputs;
      for (const Read& read : reads_.at(v)) {
        int input = -1;
        if (flows(read, space, here)) {
          input = operand_of.at(owners_[static_cast<std::size_t>(read.place.storage)]);
          if (!over_rows) input = spread(pass, input, spread_of);
        } else {
          input = memory_operand(pass, read, over_rows);
        }
        inputs.push_back(input);
      }
      if (vertex.is_elementwise()) {
        const DType operand = reads_.at(v).back().place.dtype;
        operand_of[v] = add_instruction(pass,
                                        {.kind = over_rows ? Instruction::Kind::rows : Instruction::Kind::full,
                                         .vertex = v,
                                         .kernel = vertex.primitive->tile(operand, vertex.dtype),
                                         .machine = vertex.primitive->machine,
                                         .operand = operand,
                                         .result = vertex.dtype},
                                        inputs, vertex.dtype, materialised_output(v));
      } else if (group.whole_rows && per_row_[static_cast<std::size_t>(v)]) {
        const auto row = vertex.primitive->reduction()->row(vertex.dtype);
        operand_of[v] =
            add_instruction(pass,
                            {.kind = Instruction::Kind::reduce,
                             .vertex = v,
                             .row = row,
                             .machine = vertex.primitive->reduction()->machine,
                             .operand = vertex.dtype,
                             .result = vertex.dtype},
                            {in_tile(pass, inputs.front(), vertex.dtype)}, vertex.dtype, materialised_output(v));
      } else {
        add_accumulation(pass, v, in_tile(pass, inputs.front(), vertex.dtype));
      }
    }
    if (plan_->compiled) compile_loops(pass);
    assign_slots(pass);
    plan_->steps.push_back({Step::Kind::pass, static_cast<int>(plan_->passes.size()) - 1, group.members});
  }

  void shape_tiles(Pass& pass, const Group& group) {
    const std::int64_t tile = elements_of_tile(group);
    if (group.split < 0) {
      pass.columns = pass.tile_columns = tile;
      pass.rows = (pass.elements + tile - 1) / tile;
      return;
    }
    pass.columns = group.columns();
    pass.rows = pass.elements / pass.columns;
    if (pass.columns <= tile || group.whole_rows) {
      pass.tile_rows = std::clamp<std::int64_t>(tile / pass.columns, 1, pass.rows);
      pass.tile_columns = pass.columns;
    } else {
      const std::int64_t parts = (pass.columns + tile - 1) / tile;
      pass.tile_columns = ((pass.columns + parts - 1) / parts + 15) / 16 * 16;
    }
  }

  /// As many as keep the tiles of all that a pass touches in the first-level cache: memory that it walks through, rows
  /// that repeat, totals of columns, and a few registers.
  std::int64_t elements_of_tile(const Group& group) {
    std::set<int> storages;
    std::size_t tiles = usual_registers;
    for (const int member : group.members) {
      if (at(member).is_elementwise() && materialised_output(member) >= 0) storages.insert(place_of(member).storage);
      if (!at(member).is_elementwise() && !per_row_[static_cast<std::size_t>(member)]) ++tiles;
      for (const Read& read : reads_.at(member))
        if ((read.access.kind == Access::Kind::full || read.access.kind == Access::Kind::row) &&
            !flows(read, space_of(member), owner_group_[static_cast<std::size_t>(member)]))
          storages.insert(read.place.storage);
    }
    std::int64_t elements = tile_elements;
    for (tiles += storages.size(); tiles > most_tiles && elements > smallest_tile; tiles = (tiles + 1) / 2)
      elements /= 2;
    return elements;
  }

  /// An operand that loops over the whole tile can read: values of rows are spread over a register, once.
  static int spread(Pass& pass, int operand, std::map<int, int>& spread_of) {
    const Operand& source = pass.operands[static_cast<std::size_t>(operand)];
    if (source.kind != Operand::Kind::per_row || pass.tile_rows == 1) return operand;
    const auto [entry, added] = spread_of.try_emplace(operand, -1);
    if (added) entry->second = add_instruction(pass, {.kind = Instruction::Kind::spread}, {operand}, source.width, -1);
    return entry->second;
  }

  /// A register or memory with every element: rows, columns and scalars are spread over one first.
  static int in_tile(Pass& pass, int operand, DType dtype) {
    const Operand::Kind kind = pass.operands[static_cast<std::size_t>(operand)].kind;
    if (kind == Operand::Kind::tile || kind == Operand::Kind::full) return operand;
    return add_instruction(
        pass, {.kernel = cast_tile()(dtype, dtype), .machine = MachineOp::copy, .operand = dtype, .result = dtype},
        {operand}, dtype, -1);
  }

  int materialised_output(int v) { return materialised_[static_cast<std::size_t>(v)] ? place_of(v).storage : -1; }

  static int memory_operand(Pass& pass, const Read& read, bool over_rows) {
    const Place& place = read.place;
    Operand operand{.kind = Operand::Kind::full,
                    .storage = place.storage,
                    .offset = place.offset,
                    .width = static_cast<std::int64_t>(size_of(place.dtype)),
                    .slot = -1};
    if (over_rows) operand.kind = Operand::Kind::per_row;
    if (read.access.kind == Access::Kind::row) operand.kind = Operand::Kind::row;
    if (read.access.kind == Access::Kind::column) operand.kind = Operand::Kind::column;
    if (read.access.kind == Access::Kind::scalar) operand.kind = Operand::Kind::scalar;
    for (std::size_t i = 0; i < pass.operands.size(); ++i) {
      const Operand& known = pass.operands[i];
      if (known.kind == operand.kind && known.storage == operand.storage && known.offset == operand.offset)
        return static_cast<int>(i);
    }
    pass.operands.push_back(operand);
    return static_cast<int>(pass.operands.size()) - 1;
  }

  static std::int64_t step_of(const Pass& pass, const Operand& operand, Instruction::Kind kind) {
    if (operand.kind == Operand::Kind::scalar) return 0;
    const bool of_rows = operand.kind == Operand::Kind::column || operand.kind == Operand::Kind::per_row;
    return kind == Instruction::Kind::full && of_rows && pass.tile_rows == 1 ? 0 : 1;
  }

  static int add_instruction(Pass& pass, const Instruction& instruction, const std::vector<int>& inputs, DType dtype,
                             int storage) {
    return add_instruction(pass, instruction, inputs, static_cast<std::int64_t>(size_of(dtype)), storage);
  }

  static int add_instruction(Pass& pass, Instruction instruction, const std::vector<int>& inputs, std::int64_t width,
                             int storage) {
    const bool per_row = instruction.kind == Instruction::Kind::rows || instruction.kind == Instruction::Kind::reduce;
    const auto in_memory = per_row ? Operand::Kind::per_row : Operand::Kind::full;
    const auto in_register = per_row ? Operand::Kind::per_row : Operand::Kind::tile;
    pass.operands.push_back(
        {.kind = storage >= 0 ? in_memory : in_register, .storage = storage, .offset = 0, .width = width, .slot = -1});
    instruction.out = static_cast<int>(pass.operands.size()) - 1;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      instruction.in[k] = inputs[k];
      instruction.step[k] = step_of(pass, pass.operands[static_cast<std::size_t>(inputs[k])], instruction.kind);
    }
    instruction.inputs = static_cast<int>(inputs.size());
    pass.instructions.push_back(instruction);
    return instruction.out;
  }

  void add_accumulation(Pass& pass, int v, int input) {
    const Vertex& vertex = at(v);
    const Access access = *reduction_access(vertex, at(vertex.inputs[0]).shape);
    const auto over = access.kind == Access::Kind::row      ? Accumulation::Over::rows
                      : access.kind == Access::Kind::column ? Accumulation::Over::columns
                                                            : Accumulation::Over::everything;
    const Reduction& reduction = *vertex.primitive->reduction();
    pass.accumulations.push_back({.over = over,
                                  .vertex = v,
                                  .operand = input,
                                  .storage = place_of(v).storage,
                                  .offset = 0,
                                  .width = static_cast<std::int64_t>(size_of(vertex.dtype)),
                                  .identity = reduction.identity,
                                  .combine = reduction.combine(vertex.dtype, vertex.dtype),
                                  .row = reduction.row(vertex.dtype),
                                  .columns = reduction.columns(vertex.dtype),
                                  .machine = reduction.machine});
  }

  static bool is_register(const Operand& operand) {
    return operand.storage < 0 && !operand.in_loop &&
           (operand.kind == Operand::Kind::tile || operand.kind == Operand::Kind::per_row);
  }

  /// Registers get scratch from their first to their last use; expanded rows and columns keep theirs.
  static void assign_slots(Pass& pass) {
    std::vector<int> last_use(pass.operands.size(), -1);
    for (std::size_t i = 0; i < pass.instructions.size(); ++i)
      for (int k = 0; k < pass.instructions[i].inputs; ++k)
        last_use[static_cast<std::size_t>(pass.instructions[i].in[static_cast<std::size_t>(k)])] = static_cast<int>(i);
    for (const Accumulation& accumulation : pass.accumulations)
      last_use[static_cast<std::size_t>(accumulation.operand)] = static_cast<int>(pass.instructions.size());
    std::int64_t width = 4;
    for (Operand& operand : pass.operands) {
      width = std::max(width, operand.width);
      const bool expanded = operand.kind == Operand::Kind::row || operand.kind == Operand::Kind::column;
      if (expanded && pass.tile_rows > 1) operand.slot = pass.slots++;
    }
    std::vector<int> free, leaving;
    std::size_t loop = 0;
    for (std::size_t i = 0; i < pass.instructions.size(); ++i) {
      const Instruction& instruction = pass.instructions[i];
      Operand& out = pass.operands[static_cast<std::size_t>(instruction.out)];
      if (is_register(out)) {
        if (free.empty()) free.push_back(pass.slots++);
        out.slot = free.back();
        free.pop_back();
        if (last_use[static_cast<std::size_t>(instruction.out)] < 0) free.push_back(out.slot);
      }
      for (int k = 0; k < instruction.inputs; ++k) {
        const auto in = static_cast<std::size_t>(instruction.in[static_cast<std::size_t>(k)]);
        if (last_use[in] != static_cast<int>(i) || !is_register(pass.operands[in])) continue;
        leaving.push_back(pass.operands[in].slot);
        last_use[in] = -1;  // an operand that is read twice is freed once
      }
      // A compiled loop goes through all of its instructions before it reads on.
      if (loop < pass.loops.size() && static_cast<int>(i) + 1 == pass.loops[loop].last) ++loop;
      if (loop < pass.loops.size() && static_cast<int>(i) >= pass.loops[loop].first) continue;
      free.insert(free.end(), leaving.begin(), leaving.end());
      leaving.clear();
    }
    pass.slot_bytes = (pass.tile_rows * pass.tile_columns * width + 63) / 64 * 64 + 64;
  }

  std::unique_ptr<Plan> plan_;
  std::vector<Place> places_;
  std::vector<int> owner_group_;  ///< of every vertex that owns a storage
  std::vector<bool> materialised_;
  std::vector<bool> per_row_;  ///< of every vertex, whether it gives a pass one value for each row
  std::vector<int> owners_;    ///< of every storage
  std::vector<bool> offered_;  ///< of every external
  std::vector<Group> groups_;
  std::map<int, std::vector<Read>> reads_;
  std::map<int, Copy> copies_into_;
  std::vector<std::set<int>> readers_;             ///< of every vertex, the members of passes that read it
  std::map<std::pair<int, int>, int> recomputed_;  ///< by vertex and group: the copy there
  std::map<int, int> origins_;                     ///< of every copy
  std::map<std::pair<int, DType>, int> numbers_;
};

TileKernel (*Planner::cast_tile())(DType, DType) { return cast_primitive.tile; }

}  // namespace

std::unique_ptr<Plan> make_plan(const Program& program, bool parallel, bool compiled) {
  return Planner(program, parallel, compiled).plan();
}

}  // namespace xgrad::run
