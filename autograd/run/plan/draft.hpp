#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// Rows up to this length are tiles of a pass as a whole, where it reads on what it reduces them to.
inline constexpr std::int64_t longest_row = 4096;

/// How an operand steps through a space without axes of extent 1: by PassOperand::Kind, and for rows and columns, how
/// many leading axes make up the rows.
struct Access {
  enum class Kind { full, row, column, scalar, strided };
  Kind kind;
  std::optional<int> split = {};  ///< of rows and columns
};

Shape without_ones(const Shape& shape);
/// How operations over a shape step through a place that broadcasts to it.
Access classify(const Place& place, const Shape& shape);
/// How a reduction's result steps through its input's space; none where no pass can compute it.
std::optional<Access> reduction_access(const Vertex& vertex, const Shape& input);
/// The view that a vertex takes of its input's place, if it can.
std::optional<Place> view_of(const Vertex& vertex, const Place& source);
/// All of a storage, in order.
Place whole(StorageId storage, DType dtype, const Shape& shape);

/// Vertices that run as one step: a list that each vertex continues (Draft::Spot::next), so that lists are joined at
/// once.
struct Group {
  bool is_pass = false;
  bool whole_rows = false;  ///< a pass whose tiles are whole rows, so that what rows are reduced to can be read on
  int late = 0;             ///< as of its vertices
  Shape space;
  std::int64_t elements = 1;  ///< of the space
  std::optional<int> split;   ///< how many of the space's leading axes make up rows, once that matters
  bool undivided = false;     ///< whether it reduces all of its space, and so has no rows
  std::optional<VertexId> first, last;
  int size = 0;
  std::optional<VertexId> last_copy;  ///< the last of those at the front that compute again what another group computes
  std::optional<GroupId> part_of;     ///< the pass that it was merged into, and is empty since
  std::optional<GroupId> rows_of;     ///< the pass that took its members in for its rows, and is empty since
  std::vector<GroupId> sources;       ///< whose results it reads; some more than once, and some are parts of others now

  std::int64_t columns() const;
  Shape rows() const;
};

/// How a member of a pass reads a value.
struct Read {
  StorageId storage;
  std::int64_t offset;  ///< bytes
  Access access;
  DType dtype;
  bool flows = false;  ///< from a member of the same pass: settled once all members are known
};

/// A value copied to another layout.
struct Copy {
  VertexId vertex;
  Place from, to;
};

/// A plan while it is made: where its vertices lie, which group computes them, and how they are read.
class Draft {
 public:
  Draft(const Program& program, bool parallel);

  /// All that the draft knows of a vertex.
  struct Spot {
    std::optional<Place> place;    ///< once it has one
    std::optional<GroupId> group;  ///< that computes it; none: it is there from the start
    std::optional<VertexId> next;  ///< member of the group
    bool materialised = false;     ///< whether it goes through memory
    bool per_row = false;          ///< whether it gives its pass one value for each row
    bool left_out = false;         ///< whether its group need not compute it any more
    std::uint32_t reads = 0;       ///< of a member of a pass, by input: so many, from `first_read` on
    std::size_t first_read = 0;
    std::unique_ptr<Copy> copy;  ///< that makes it, where no kernel does: of few, and large
  };

  std::unique_ptr<Plan> plan;
  IdVector<GroupId, Group> groups;                       ///< in an order in which they can run
  IdVector<ExternalId, bool> offered;                    ///< of every external
  IdVector<ExternalId, std::optional<Strides>> windows;  ///< of every external, how it lies where it is a view

  IdVector<VertexId, Vertex>& vertices() { return plan->graph->vertices; }
  Vertex& at(VertexId v) { return vertices()[v]; }
  Spot& spot(VertexId v) { return spots_[v]; }
  /// Of a vertex that has been placed.
  const Place& place_of(VertexId v) { return *spot(v).place; }
  /// The group that computes a vertex.
  std::optional<GroupId> group_of(VertexId v) {
    std::optional<GroupId>& known = spot(v).group;
    while (known && (group(*known).part_of || group(*known).rows_of)) {
      known = merged(*known);
      if (group(*known).rows_of) known = group(*known).rows_of;
    }
    return known;
  }
  /// The pass that one was merged into, or itself.
  GroupId merged(GroupId g);
  Group& group(GroupId g) { return groups[g]; }
  std::span<Read> reads(VertexId v) { return std::span(reads_).subspan(spot(v).first_read, spot(v).reads); }
  void set_reads(VertexId v, std::span<const Read> reads);
  /// Calls f(v) for every member of a group, in order.
  template <class F>
  void each_member(const Group& g, F&& f) {
    for (std::optional<VertexId> v = g.first; v; v = spot(*v).next)
      if (!spot(*v).left_out) f(*v);
  }
  /// Whether a condition holds for a member of a group.
  template <class F>
  bool any_member(const Group& g, F&& condition) {
    for (std::optional<VertexId> v = g.first; v; v = spot(*v).next)
      if (!spot(*v).left_out && condition(*v)) return true;
    return false;
  }
  /// Puts a vertex at the end of a group.
  void add_member(GroupId g, VertexId v);
  /// Puts a vertex in front of all members of a group but those that were put there before.
  void add_copy(GroupId g, VertexId v);
  /// Counts what planning looks at.
  void looked_at(std::size_t count) { plan->work += static_cast<std::int64_t>(count); }
  Storage& storage(StorageId s) { return plan->storages[s]; }
  /// The vertex whose value a storage holds; none for numbers.
  std::optional<VertexId> owner(StorageId s) const { return owners_[s]; }

  VertexId add_vertex(const Vertex& vertex);
  StorageId add_storage(const Storage& storage, std::optional<VertexId> owner);
  StorageId workspace_storage(const Vertex& vertex, VertexId owner);
  /// A group of one vertex, in a step of its own.
  GroupId add_single(VertexId v);

  /// A plain number in a dtype; each dtype that it is read in is written once.
  Place number_place(ExternalId external, DType dtype, const Shape& shape);
  bool is_number(VertexId v) { return storage(place_of(v).storage).kind == Storage::Kind::number; }

  /// Sees to it that what a storage holds is written to memory.
  void materialise(StorageId s);
  /// The group after which a storage can be read; none, which is before all, for what is there from the start.
  std::optional<GroupId> ready_after(StorageId s) { return owner(s) ? group_of(*owner(s)) : std::nullopt; }

  /// The dtype in which an elementwise vertex reads its operands.
  DType operand_dtype(const Vertex& vertex, std::size_t k);
  Place operand_place(const Vertex& vertex, std::size_t k);

  /// The axes that a member of a pass runs over.
  Shape space_of(VertexId v);
  /// The pass whose member computes all of what is read, so that it need not go through memory: element by element, or
  /// one value for each row where the pass keeps rows whole.
  std::optional<GroupId> flows_from(const Read& read, const Shape& space);
  bool flows(const Read& read, const Shape& space, GroupId group) { return flows_from(read, space) == group; }

 private:
  std::vector<Read> reads_;
  IdVector<VertexId, Spot> spots_;
  IdVector<StorageId, std::optional<VertexId>> owners_;
  std::map<std::pair<ExternalId, DType>, StorageId> numbers_;
};

}  // namespace xgrad::run
