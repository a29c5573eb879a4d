#pragma once

#include <map>
#include <memory>
#include <optional>
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

/// Vertices that run as one step.
struct Group {
  bool is_pass = false;
  int late = 0;             ///< as of its vertices
  bool whole_rows = false;  ///< a pass whose tiles are whole rows, so that what rows are reduced to can be read on
  Shape space;
  std::optional<int> split;  ///< how many of the space's leading axes make up rows, once that matters
  std::vector<VertexId> members;
  std::ptrdiff_t copies = 0;      ///< how many members, at the front, compute again what another group has computed
  std::vector<StorageId> walked;  ///< storages that the members walk through

  std::int64_t space_elements() const;
  std::int64_t columns() const;
  Shape rows() const;
};

/// A place with how a member of a pass reads it.
struct Read {
  Place place;
  Access access;
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
    bool materialised = false;     ///< whether it goes through memory
    bool per_row = false;          ///< whether it gives its pass one value for each row
    std::vector<Read> reads;       ///< of a member of a pass, by input
    std::unique_ptr<Copy> copy;    ///< that makes it, where no kernel does: of few, and large
  };

  std::unique_ptr<Plan> plan;
  IdVector<GroupId, Group> groups;     ///< in an order in which they can run
  IdVector<ExternalId, bool> offered;  ///< of every external
  IdVector<ExternalId, std::optional<Strides>> windows;  ///< of every external, how it lies where it is a view

  IdVector<VertexId, Vertex>& vertices() { return plan->graph->vertices; }
  Vertex& at(VertexId v) { return vertices()[v]; }
  Spot& spot(VertexId v) { return spots_[v]; }
  /// Of a vertex that has been placed.
  const Place& place_of(VertexId v) { return *spot(v).place; }
  std::optional<GroupId>& group_of(VertexId v) { return spot(v).group; }
  std::vector<Read>& reads(VertexId v) { return spot(v).reads; }
  Group& group(GroupId g) { return groups[g]; }
  Storage& storage(StorageId s) { return plan->storages[s]; }
  /// The vertex whose value a storage holds; none for numbers.
  std::optional<VertexId> owner(StorageId s) const { return owners_[s]; }

  VertexId add_vertex(const Vertex& vertex);
  StorageId add_storage(const Storage& storage, std::optional<VertexId> owner);
  StorageId workspace_storage(const Vertex& vertex, VertexId owner);
  /// A group of one vertex, in a step of its own.
  void add_single(VertexId v);

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
  IdVector<VertexId, Spot> spots_;
  IdVector<StorageId, std::optional<VertexId>> owners_;
  std::map<std::pair<ExternalId, DType>, StorageId> numbers_;
};

}  // namespace xgrad::run
