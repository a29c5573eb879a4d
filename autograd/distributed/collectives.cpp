#include <autograd/distributed/collectives.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <autograd/batched_call.hpp>
#include <autograd/distributed/collective_attributes.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace distributed {
namespace {

// ------------------------------------------------------------------------------------------------------- kernels

std::span<std::byte> bytes_of(const run::Array& array) { return {array.data, array.bytes()}; }

/// What works in place: x is copied to the result first.
template <Collective collective>
void in_place_kernel(const run::Call& call) {
  const auto& [transport, root] = call.attributes.as<CollectiveAttributes>();
  run::copy(call.inputs.front(), call.result);
  const std::span<std::byte> result = bytes_of(call.result);
  transport->run({.collective = collective, .dtype = call.result.dtype, .root = root, .in = result, .out = result});
}

template <Collective collective>
void between_kernel(const run::Call& call) {
  const auto& [transport, root] = call.attributes.as<CollectiveAttributes>();
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs.front(), storage);
  transport->run(
      {.collective = collective, .dtype = x.dtype, .root = root, .in = bytes_of(x), .out = bytes_of(call.result)});
}

// --------------------------------------------------------------------------------------------------- derivatives

const Transport& transport_of(const Attributes& attributes) { return *attributes.as<CollectiveAttributes>().transport; }

Tensor recorded(const Primitive& primitive, const Tensor& x, const Shape& shape, const Attributes& attributes) {
  if (primitive.is_ordered()) return record_ordered(primitive, std::span(&x, 1), shape, x.dtype(), attributes);
  return record1(primitive, x, shape, x.dtype(), attributes);
}

/// What leaves the shape as it is.
template <const Primitive& adjoint>
void same_shape_vjp(Vjp& v) {
  v.give(0, recorded(adjoint, v.cotangent(), v.cotangent().shape(), v.attributes()));
}

template <const Primitive& adjoint>
void along_first_vjp(Vjp& v) {
  v.give(0, recorded(adjoint, v.cotangent(), v.input_shape(0), v.attributes()));
}

template <const Primitive& self>
Tensor same_shape_batch(const BatchedCall& b) {
  return recorded(self, b.mapped(0), b.behind_batch(b.shape()), b.attributes());
}

/// What works along the first axis: the batch goes behind that.
template <const Primitive& self>
Tensor along_first_batch(const BatchedCall& b) {
  Shape shape = b.shape();
  shape.insert(1, b.size());
  return swapaxes(recorded(self, swapaxes(b.mapped(0), 0, 1), shape, b.attributes()), 0, 1);
}

// ---------------------------------------------------------------------------------------------------- primitives

/// Samples run on one rank, where a collective is the identity; tests/autograd/distributed/ runs them on several.
template <Tensor (*f)(const Tensor&)>
std::vector<Sample> samples_of() {
  return {{"one rank", [](const std::vector<Tensor>& x) { return f(x[0]); }, {tensor({{1, -2}, {3, 0.5}}, float64)}},
          {"two in a row",
           [](const std::vector<Tensor>& x) { return f(square(x[0])) * f(sin(x[0])); },
           {tensor({{1, -2}, {3, 0.5}}, float64)}}};
}

constexpr Primitive collective(const char* name, const char* doc, void (*vjp)(Vjp&), void (*kernel)(const run::Call&),
                               Tensor (*batch)(const BatchedCall&), std::vector<Sample> (*samples)(),
                               bool reads_bfloat16) {
  return {.name = name,
          .doc = doc,
          .vjp = vjp,
          .traits = BlockTraits{.kernel = kernel, .reads_bfloat16 = reads_bfloat16, .ordered = true},
          .batch = batch,
          .samples = samples};
}

Tensor on_one_all_reduce(const Tensor& x) { return all_reduce(x, ReduceOp::sum, Communicator()); }
Tensor on_one_reduce(const Tensor& x) { return reduce(x, 0, Communicator()); }
Tensor on_one_broadcast(const Tensor& x) { return broadcast(x, 0, Communicator()); }
Tensor on_one_all_gather(const Tensor& x) { return all_gather(x, 1, Communicator()); }
Tensor on_one_reduce_scatter(const Tensor& x) { return reduce_scatter(x, 1, Communicator()); }
Tensor on_one_all_to_all(const Tensor& x) { return all_to_all(x, 0, 1, Communicator()); }
Tensor on_one_replicated(const Tensor& x) { return replicated(x, Communicator()); }

extern const Primitive all_reduce_primitive, reduce_primitive, broadcast_primitive, all_gather_primitive,
    reduce_scatter_primitive, all_to_all_primitive, replicated_primitive, copy_to_group_primitive,
    reduce_from_group_primitive, scatter_to_group_primitive, gather_from_group_primitive;

constexpr Primitive all_reduce_primitive =
    collective("all_reduce", "the sum over all ranks, on all of them", &same_shape_vjp<all_reduce_primitive>,
               &in_place_kernel<Collective::all_reduce>, &same_shape_batch<all_reduce_primitive>,
               &samples_of<on_one_all_reduce>, false);

constexpr Primitive reduce_primitive = collective(
    "reduce", "the sum over all ranks, on one of them", &same_shape_vjp<broadcast_primitive>,
    &in_place_kernel<Collective::reduce>, &same_shape_batch<reduce_primitive>, &samples_of<on_one_reduce>, false);

constexpr Primitive broadcast_primitive =
    collective("broadcast", "one rank's x, on all of them", &same_shape_vjp<reduce_primitive>,
               &in_place_kernel<Collective::broadcast>, &same_shape_batch<broadcast_primitive>,
               &samples_of<on_one_broadcast>, true);

constexpr Primitive all_gather_primitive =
    collective("all_gather", "all ranks' x, joined along the first axis", &along_first_vjp<reduce_scatter_primitive>,
               &between_kernel<Collective::all_gather>, &along_first_batch<all_gather_primitive>,
               &samples_of<on_one_all_gather>, true);

constexpr Primitive reduce_scatter_primitive =
    collective("reduce_scatter", "the sum over all ranks, of which each has a part of the first axis",
               &along_first_vjp<all_gather_primitive>, &between_kernel<Collective::reduce_scatter>,
               &along_first_batch<reduce_scatter_primitive>, &samples_of<on_one_reduce_scatter>, false);

constexpr Primitive all_to_all_primitive =
    collective("all_to_all", "the parts of the first axis that all ranks have for this one",
               &along_first_vjp<all_to_all_primitive>, &between_kernel<Collective::all_to_all>,
               &along_first_batch<all_to_all_primitive>, &samples_of<on_one_all_to_all>, true);

void replicated_vjp(Vjp& v) {
  const int size = transport_of(v.attributes()).size();
  const Tensor total = recorded(all_reduce_primitive, v.cotangent(), v.cotangent().shape(), v.attributes());
  v.give(0, size == 1 ? total : total / size);
}

constexpr Primitive replicated_primitive{.name = "replicated",
                                         .doc = "x, which all ranks have; its gradient is the average of theirs",
                                         .vjp = &replicated_vjp,
                                         .traits = ViewTraits{.view = &run::same_view, .identity = true},
                                         .batch = &same_shape_batch<replicated_primitive>,
                                         .samples = &samples_of<on_one_replicated>};

// ------------------------------------------------------------------------------- one loss of all ranks together

Tensor on_one_copy(const Tensor& x) { return copy_to_group(x, Communicator()); }
Tensor on_one_sum(const Tensor& x) { return reduce_from_group(x, Communicator()); }
Tensor on_one_part(const Tensor& x) { return scatter_to_group(x, 1, Communicator()); }
Tensor on_one_whole(const Tensor& x) { return gather_from_group(x, 1, Communicator()); }

/// This rank's part of the first axis.
bool own_part_view(const Attributes& attributes, const run::Array& input, run::Array& result) {
  const std::int64_t first = result.shape[0] * transport_of(attributes).rank();
  result.data = input.data + first * input.strides[0] * static_cast<std::int64_t>(size_of(input.dtype));
  result.strides = input.strides;
  return true;
}

constexpr Primitive copy_to_group_primitive{
    .name = "copy_to_group",
    .doc = "x, which is the same on all ranks, for each to use; its gradient is the sum of theirs",
    .vjp = &same_shape_vjp<reduce_from_group_primitive>,
    .traits = ViewTraits{.view = &run::same_view, .identity = true},
    .batch = &same_shape_batch<copy_to_group_primitive>,
    .samples = &samples_of<on_one_copy>};

constexpr Primitive reduce_from_group_primitive =
    collective("reduce_from_group", "the sum over all ranks, of one loss", &same_shape_vjp<copy_to_group_primitive>,
               &in_place_kernel<Collective::all_reduce>, &same_shape_batch<reduce_from_group_primitive>,
               &samples_of<on_one_sum>, false);

constexpr Primitive scatter_to_group_primitive{
    .name = "scatter_to_group",
    .doc = "this rank's part of the first axis of x, which is the same on all ranks",
    .vjp = &along_first_vjp<gather_from_group_primitive>,
    .traits = ViewTraits{.view = &own_part_view},
    .batch = &along_first_batch<scatter_to_group_primitive>,
    .samples = &samples_of<on_one_part>};

constexpr Primitive gather_from_group_primitive =
    collective("gather_from_group", "all ranks' x, joined along the first axis, of one loss",
               &along_first_vjp<scatter_to_group_primitive>, &between_kernel<Collective::all_gather>,
               &along_first_batch<gather_from_group_primitive>, &samples_of<on_one_whole>, true);

// ------------------------------------------------------------------------------------------------------- buckets

struct MemberAttributes {
  std::int64_t start;
};

/// Input 0 is x, input 1 the bucket.
void member_vjp(Vjp& v) {
  const std::int64_t start = v.attributes().as<MemberAttributes>().start;
  const Tensor values = ops::reshaped(v.cotangent(), {v.cotangent().size()});
  v.give_part({.axis = 0, .start = start, .values = values, .input = 1});
}

constexpr Primitive member_primitive{
    .name = "member",
    .doc = "x, whose cotangent goes to a bucket that x is a part of",
    .vjp = &member_vjp,
    .traits = ViewTraits{.view = &run::same_view, .identity = true},
    .samples = [] {
      return std::vector<Sample>{{"two members",
                                  [](const std::vector<Tensor>& x) {
                                    const std::vector<Tensor> members = bucketed(x, Communicator());
                                    return sin(members[0]) * sum(members[1]);
                                  },
                                  {tensor({{1, -2}, {3, 0.5}}, float64), tensor({0.25, -1, 2}, float64)}}};
    }};

// -------------------------------------------------------------------------------------------------------- checks

void check_addable(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  if (x.dtype() == boolean) fail(op, "argument 'x' is bool; expected int64, float32 or float64");
}

void check_root(const char* op, int root, const Communicator& group) {
  if (root >= 0 && root < group.size()) return;
  fail(op, "root is " + std::to_string(root) + "; expected a rank, 0 to " + std::to_string(group.size() - 1));
}

/// A plain number as a tensor: ranks exchange memory.
Tensor without_number(const Tensor& x) { return x.node()->number ? cast(x, x.dtype()) : x; }

std::int64_t part_of(const char* op, const Tensor& x, int axis, int size) {
  if (x.size(axis) % size != 0) {
    fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; axis " + std::to_string(axis) +
                 " must divide by the number of ranks, " + std::to_string(size));
  }
  return x.size(axis) / size;
}

/// A collective along the first axis, which becomes `extent`, for another axis.
Tensor along(const Primitive& primitive, const Tensor& x, int axis, std::int64_t extent, const Communicator& group) {
  const Tensor first = axis == 0 ? x : movedim(x, axis, 0);
  Shape shape = first.shape();
  shape[0] = extent;
  const Tensor y = recorded(primitive, first, shape, group.attributes(0));
  return axis == 0 ? y : movedim(y, 0, axis);
}

void check_real(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  if (!is_floating(x.dtype()))
    fail(op, "argument 'x' is " + std::string(xgrad::to_string(x.dtype())) + "; expected floating-point");
}

}  // namespace

Tensor all_reduce(const Operand& x, ReduceOp op, const Communicator& group) {
  check_addable("all_reduce", x);
  if (op == ReduceOp::mean) ops::check_floating("all_reduce", "x", x);
  const Tensor total = recorded(all_reduce_primitive, without_number(x), x.shape(), group.attributes(0));
  return op == ReduceOp::mean && group.size() > 1 ? total / group.size() : total;
}

Tensor reduce(const Operand& x, int root, const Communicator& group) {
  check_addable("reduce", x);
  check_root("reduce", root, group);
  return recorded(reduce_primitive, without_number(x), x.shape(), group.attributes(root));
}

Tensor broadcast(const Operand& x, int root, const Communicator& group) {
  ops::check_defined("broadcast", "x", x);
  check_root("broadcast", root, group);
  return recorded(broadcast_primitive, without_number(x), x.shape(), group.attributes(root));
}

Tensor all_gather(const Operand& x, int axis, const Communicator& group) {
  const ops::Along at("all_gather", without_number((ops::check_defined("all_gather", "x", x), x)), axis);
  return along(all_gather_primitive, at.x, at.axis, at.x.size(at.axis) * group.size(), group);
}

Tensor reduce_scatter(const Operand& x, int axis, const Communicator& group) {
  check_addable("reduce_scatter", x);
  const ops::Along at("reduce_scatter", without_number(x), axis);
  return along(reduce_scatter_primitive, at.x, at.axis, part_of("reduce_scatter", at.x, at.axis, group.size()), group);
}

Tensor all_to_all(const Operand& x, int split_axis, int concat_axis, const Communicator& group) {
  ops::check_defined("all_to_all", "x", x);
  const ops::Along at("all_to_all", without_number(x), split_axis);
  const int split = at.axis, concat = ops::checked_axis("all_to_all", concat_axis, at.x.shape());
  const std::int64_t part = part_of("all_to_all", at.x, split, group.size());
  Tensor y = split == 0 ? at.x : movedim(at.x, split, 0);
  y = recorded(all_to_all_primitive, y, y.shape(), group.attributes(0));
  if (split == concat) return split == 0 ? y : movedim(y, 0, split);
  // (ranks, part, others) to the order of x's axes, with the ranks in front of concat_axis, which takes them in.
  Shape parts = y.shape();
  parts[0] = part;
  parts.insert(0, group.size());
  y = movedim(movedim(ops::reshaped(y, parts), 1, split + 1), 0, concat);
  Shape joined = y.shape();
  joined[concat + 1] *= group.size();
  joined.erase(concat);
  return ops::reshaped(y, joined);
}

std::vector<Tensor> bucketed(const std::vector<Tensor>& xs, const Communicator& group) {
  std::vector<Tensor> parts;
  for (const Tensor& x : xs) {
    ops::check_defined("bucketed", "xs", x);
    if (x.dtype() != xs.front().dtype() || !is_floating(x.dtype()))
      fail("bucketed", "argument 'xs' has tensors of dtypes " + std::string(xgrad::to_string(xs.front().dtype())) +
                           " and " + std::string(xgrad::to_string(x.dtype())) +
                           "; expected one that is floating-point");
    parts.push_back(ops::reshaped(x, {x.size()}));
  }
  if (xs.empty()) return {};
  const Tensor bucket = replicated(parts.size() == 1 ? parts.front() : concatenate(parts, 0), group);
  std::vector<Tensor> members;
  std::int64_t start = 0;
  for (const Tensor& x : xs) {
    members.push_back(record2(member_primitive, x, bucket, x.shape(), x.dtype(), MemberAttributes{start}));
    start += x.size();
  }
  return members;
}

Tensor replicated(const Operand& x, const Communicator& group) {
  check_real("replicated", x);
  return record1(replicated_primitive, without_number(x), x.shape(), x.dtype(), group.attributes(0));
}

Tensor copy_to_group(const Operand& x, const Communicator& group) {
  check_real("copy_to_group", x);
  return recorded(copy_to_group_primitive, without_number(x), x.shape(), group.attributes(0));
}

Tensor reduce_from_group(const Operand& x, const Communicator& group) {
  check_real("reduce_from_group", x);
  return recorded(reduce_from_group_primitive, without_number(x), x.shape(), group.attributes(0));
}

Tensor scatter_to_group(const Operand& x, int axis, const Communicator& group) {
  check_real("scatter_to_group", x);
  const ops::Along at("scatter_to_group", without_number(x), axis);
  const std::int64_t part = part_of("scatter_to_group", at.x, at.axis, group.size());
  return along(scatter_to_group_primitive, at.x, at.axis, part, group);
}

Tensor gather_from_group(const Operand& x, int axis, const Communicator& group) {
  check_real("gather_from_group", x);
  const ops::Along at("gather_from_group", without_number(x), axis);
  return along(gather_from_group_primitive, at.x, at.axis, at.x.size(at.axis) * group.size(), group);
}

}  // namespace distributed

std::span<const Primitive* const> collective_primitives() {
  using namespace distributed;
  static constexpr const Primitive* list[] = {
      &all_reduce_primitive,        &reduce_primitive,           &broadcast_primitive,
      &all_gather_primitive,        &reduce_scatter_primitive,   &all_to_all_primitive,
      &replicated_primitive,        &member_primitive,           &copy_to_group_primitive,
      &reduce_from_group_primitive, &scatter_to_group_primitive, &gather_from_group_primitive};
  return list;
}

}  // namespace xgrad
