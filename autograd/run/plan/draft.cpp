#include <autograd/run/plan/draft.hpp>

#include <algorithm>

namespace xgrad::run {

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

std::optional<Access> reduction_access(const Vertex& vertex, const Shape& input) {
  const auto& axes = vertex.attributes.as<ReducedAxes>();
  std::vector<bool> reduced;
  for (int axis = 0; axis < input.rank(); ++axis)
    if (input[axis] != 1) reduced.push_back(axes.contains(axis));
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

std::optional<Place> view_of(const Vertex& vertex, const Place& source) {
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
  if (!vertex.view()->view(vertex.attributes, from, to)) return std::nullopt;
  return Place{.storage = source.storage,
               .offset = to.data - origin,
               .dtype = vertex.dtype,
               .shape = vertex.shape,
               .strides = to.strides};
}

Place whole(int storage, DType dtype, const Shape& shape) {
  return {.storage = storage, .offset = 0, .dtype = dtype, .shape = shape, .strides = contiguous_strides(shape)};
}

std::int64_t Group::space_elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : space) product *= extent;
  return product;
}

std::int64_t Group::columns() const {
  std::int64_t product = 1;
  for (int axis = split; axis < space.rank(); ++axis) product *= space[axis];
  return product;
}

Shape Group::rows() const {
  Shape result;
  for (int axis = 0; axis < split; ++axis) result.push_back(space[axis]);
  return result;
}

Draft::Draft(const Program& program, bool parallel) : plan(std::make_unique<Plan>()) {
  plan->parallel = parallel;
  plan->graph = std::make_shared<Graph>(build_graph(program));
  plan->key.assign(program.key().begin(), program.key().end());
  for (std::size_t i = 0; i < program.externals().size(); ++i) offered.push_back(program.offered(i));
  spots_.resize(vertices().size());
}

int Draft::add_vertex(const Vertex& vertex) {
  vertices().push_back(vertex);
  spots_.emplace_back();
  return static_cast<int>(vertices().size()) - 1;
}

int Draft::add_storage(const Storage& storage, int owner) {
  plan->storages.push_back(storage);
  owners_.push_back(owner);
  return static_cast<int>(plan->storages.size()) - 1;
}

int Draft::workspace_storage(const Vertex& vertex, int owner) {
  const std::size_t bytes = static_cast<std::size_t>(vertex.shape.elements()) * size_of(vertex.dtype);
  return add_storage({.kind = Storage::Kind::workspace, .dtype = vertex.dtype, .bytes = bytes}, owner);
}

void Draft::add_single(int v) {
  groups.push_back({});
  groups.back().members = {v};
  group_of(v) = static_cast<int>(groups.size()) - 1;
}

Place Draft::number_place(int external, DType dtype, const Shape& shape) {
  const auto [entry, added] = numbers_.try_emplace({external, dtype}, -1);
  if (added)
    entry->second = add_storage({.kind = Storage::Kind::number, .dtype = dtype, .external = external, .bytes = 8}, -1);
  return {.storage = entry->second, .offset = 0, .dtype = dtype, .shape = shape, .strides = {}};
}

void Draft::materialise(int s) {
  if (owner(s) >= 0) spot(owner(s)).materialised = true;
}

DType Draft::operand_dtype(const Vertex& vertex, std::size_t k) {
  const ElementwiseTraits& function = *vertex.elementwise();
  if (function.is_mask(k)) return boolean;
  for (std::size_t i = 0; i < vertex.inputs.size(); ++i)
    if (!function.is_mask(i) && !at(vertex.inputs[i]).number) return at(vertex.inputs[i]).dtype;
  return function.number_dtype(vertex.dtype);
}

Place Draft::operand_place(const Vertex& vertex, std::size_t k) {
  const int input = vertex.inputs[k];
  if (!at(input).number || !vertex.is_elementwise()) return place_of(input);
  return number_place(at(input).external, operand_dtype(vertex, k), at(input).shape);
}

Shape Draft::space_of(int v) { return without_ones(at(v).is_elementwise() ? at(v).shape : at(at(v).inputs[0]).shape); }

int Draft::flows_from(const Read& read, const Shape& space) {
  const int source = owner(read.place.storage);
  const int g = source < 0 ? -1 : group_of(source);
  if (g < 0 || read.place.offset != 0) return -1;
  const Group& pass = group(g);
  if (!pass.is_pass || at(source).dtype != read.place.dtype) return -1;
  const std::int64_t elements = at(source).shape.elements();
  if (spot(source).per_row) {
    const bool per_row =
        (read.access.kind == Access::Kind::column && read.access.split == pass.split && space == pass.space) ||
        (read.access.kind == Access::Kind::full && space == pass.rows() && space != pass.space);
    return per_row && pass.columns() <= longest_row && elements == pass.space_elements() / pass.columns() ? g : -1;
  }
  return read.access.kind == Access::Kind::full && at(source).is_elementwise() && space == pass.space &&
                 elements == pass.space_elements()
             ? g
             : -1;
}

}  // namespace xgrad::run
