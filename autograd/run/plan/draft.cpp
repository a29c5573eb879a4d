#include <autograd/run/plan/draft.hpp>

#include <algorithm>

#include <autograd/run/plan/view.hpp>

namespace xgrad::run {

Shape without_ones(const Shape& shape) {
  if (std::ranges::find(shape, 1) == shape.end()) return shape;
  Shape result;
  for (const std::int64_t extent : shape)
    if (extent != 1) result.push_back(extent);
  return result;
}

Access classify(const Place& place, const Shape& shape) {
  std::array<std::int64_t, Shape::max_rank> space{}, strides{};  // of the axes that are longer than 1
  int rank = 0;
  const int extra = shape.rank() - place.shape.rank();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool repeated = axis < extra || place.shape[axis - extra] == 1;
    strides[as_size(rank)] = repeated ? 0 : place.strides[as_size(axis - extra)];
    space[as_size(rank++)] = shape[axis];
  }
  int leading = 0;
  while (leading < rank && strides[as_size(leading)] == 0) ++leading;
  if (leading == rank) return {rank == 0 ? Access::Kind::full : Access::Kind::scalar};
  int trailing = rank;
  while (strides[as_size(trailing - 1)] == 0) --trailing;
  std::int64_t step = 1;
  for (int axis = trailing; axis-- > leading;) {
    if (strides[as_size(axis)] != step) return {Access::Kind::strided};
    step *= space[as_size(axis)];
  }
  if (leading == 0 && trailing == rank) return {Access::Kind::full};
  if (leading > 0 && trailing < rank) return {Access::Kind::strided};
  return leading > 0 ? Access{Access::Kind::row, leading} : Access{Access::Kind::column, trailing};
}

std::optional<Access> reduction_access(const Vertex& vertex, const Shape& input) {
  const auto& axes = vertex.attributes->as<ReducedAxes>();
  std::vector<bool> reduced;
  for (int axis = 0; axis < input.rank(); ++axis)
    if (input[axis] != 1) reduced.push_back(axes.contains(axis));
  const auto changes = [&] {
    int count = 0;
    for (std::size_t i = 1; i < reduced.size(); ++i) count += reduced[i] != reduced[i - 1] ? 1 : 0;
    return count;
  }();
  if (std::all_of(reduced.begin(), reduced.end(), [](bool r) { return r; }))
    return Access{Access::Kind::scalar, std::nullopt};
  if (changes != 1) return std::nullopt;
  const auto split = static_cast<int>(std::find(reduced.begin(), reduced.end(), !reduced.front()) - reduced.begin());
  return Access{reduced.front() ? Access::Kind::row : Access::Kind::column, split};
}

std::optional<Place> view_of(const Vertex& vertex, const Place& source) {
  const std::optional<Lie> lie = view_of(*vertex.view(), *vertex.attributes, source.dtype, source.shape,
                                         {source.offset, source.strides}, vertex.dtype, vertex.shape);
  if (!lie) return std::nullopt;
  return Place{.storage = source.storage,
               .offset = lie->offset,
               .dtype = vertex.dtype,
               .shape = vertex.shape,
               .strides = lie->strides};
}

Place whole(StorageId storage, DType dtype, const Shape& shape) {
  return {.storage = storage, .offset = 0, .dtype = dtype, .shape = shape, .strides = contiguous_strides(shape)};
}

std::int64_t Group::columns() const {
  std::int64_t product = 1;
  for (int axis = split.value_or(0); axis < space.rank(); ++axis) product *= space[axis];
  return product;
}

Shape Group::rows() const {
  Shape result;
  for (int axis = 0; axis < split.value_or(0); ++axis) result.push_back(space[axis]);
  return result;
}

Draft::Draft(const Program& program, bool parallel) : plan(std::make_unique<Plan>()) {
  plan->parallel = parallel;
  plan->graph = std::make_shared<Graph>(build_graph(program));
  plan->key.assign(program.key().begin(), program.key().end());
  for (std::size_t i = 0; i < program.externals().size(); ++i) {
    const Window& window = program.window(i);
    offered.push_back(program.offered(i));
    windows.push_back(window.base ? std::optional(window.strides) : std::nullopt);
  }
  plan->work = plan->graph->work;
  spots_.resize(vertices().size());
  reads_.reserve(2 * vertices().size());
  owners_.reserve(vertices().size());
  plan->storages.reserve(vertices().size());
}

VertexId Draft::add_vertex(const Vertex& vertex) {
  spots_.emplace_back();
  return vertices().add(vertex);
}

StorageId Draft::add_storage(const Storage& storage, std::optional<VertexId> owner) {
  owners_.push_back(owner);
  return plan->storages.add(storage);
}

StorageId Draft::workspace_storage(const Vertex& vertex, VertexId owner) {
  const std::size_t bytes = as_size(vertex.shape.elements()) * size_of(vertex.dtype);
  return add_storage({.kind = Storage::Kind::workspace, .dtype = vertex.dtype, .bytes = bytes}, owner);
}

GroupId Draft::add_single(VertexId v) {
  const GroupId g = groups.add({});
  add_member(g, v);
  return g;
}

void Draft::add_member(GroupId g, VertexId v) {
  Group& own = group(g);
  (own.last ? spot(*own.last).next : own.first) = v;
  own.last = v;
  ++own.size;
  spot(v).group = g;
}

void Draft::add_copy(GroupId g, VertexId v) {
  Group& own = group(g);
  std::optional<VertexId>& before = own.last_copy ? spot(*own.last_copy).next : own.first;
  spot(v).next = std::exchange(before, v);
  own.last_copy = v;
  if (!spot(v).next) own.last = v;
  ++own.size;
  spot(v).group = g;
}

GroupId Draft::merged(GroupId g) {
  GroupId whole = g;
  while (group(whole).part_of) whole = *group(whole).part_of;
  while (group(g).part_of) g = *std::exchange(group(g).part_of, whole);
  return whole;
}

void Draft::set_reads(VertexId v, std::span<const Read> reads) {
  spot(v).first_read = reads_.size();
  spot(v).reads = static_cast<std::uint32_t>(reads.size());
  reads_.insert(reads_.end(), reads.begin(), reads.end());
}

Place Draft::number_place(ExternalId external, DType dtype, const Shape& shape) {
  const auto [entry, added] = numbers_.try_emplace({external, dtype}, plan->storages.next_id());
  if (added)
    add_storage({.kind = Storage::Kind::number, .dtype = dtype, .external = external, .bytes = 8}, std::nullopt);
  return {.storage = entry->second, .offset = 0, .dtype = dtype, .shape = shape, .strides = {}};
}

void Draft::materialise(StorageId s) {
  if (owner(s)) spot(*owner(s)).materialised = true;
}

DType Draft::operand_dtype(const Vertex& vertex, std::size_t k) {
  const ElementwiseTraits& function = *vertex.elementwise();
  if (function.is_mask(k)) return boolean;
  for (std::size_t i = 0; i < vertex.inputs.size(); ++i)
    if (!function.is_mask(i) && !at(vertex.inputs[i]).number) return at(vertex.inputs[i]).dtype;
  return function.number_dtype(vertex.dtype);
}

Place Draft::operand_place(const Vertex& vertex, std::size_t k) {
  const VertexId input = vertex.inputs[k];
  if (!at(input).number || !vertex.is_elementwise()) return place_of(input);
  return number_place(*at(input).external, operand_dtype(vertex, k), at(input).shape);
}

Shape Draft::space_of(VertexId v) {
  return without_ones(at(v).is_elementwise() ? at(v).shape : at(at(v).inputs[0]).shape);
}

std::optional<GroupId> Draft::flows_from(const Read& read, const Shape& space) {
  const std::optional<VertexId> owned_by = owner(read.storage);
  if (!owned_by || read.offset != 0) return std::nullopt;
  const Vertex& source = at(*owned_by);
  const std::optional<GroupId> computing = group_of(*owned_by);
  if (!computing || source.dtype != read.dtype) return std::nullopt;
  const Group& pass = group(*computing);
  if (!pass.is_pass) return std::nullopt;
  const std::int64_t elements = source.shape.elements();
  bool flows = false;
  if (spot(*owned_by).per_row) {
    const bool per_row =
        (read.access.kind == Access::Kind::column && read.access.split == pass.split && space == pass.space) ||
        (read.access.kind == Access::Kind::full && space == pass.rows() && space != pass.space);
    flows = per_row && pass.columns() <= longest_row && elements == pass.elements / pass.columns();
  } else {
    flows = read.access.kind == Access::Kind::full && source.is_elementwise() && space == pass.space &&
            elements == pass.elements;
  }
  return flows ? computing : std::nullopt;
}

}  // namespace xgrad::run
