#include <autograd/differentiate/checkpoint.hpp>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <autograd/anomaly.hpp>
#include <autograd/batched_call.hpp>
#include <autograd/differentiate/check_function.hpp>
#include <autograd/differentiate/differentiate.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ordered.hpp>

namespace xgrad {
namespace {

// ------------------------------------------------------------------------------------------------------ recompute

void recompute_vjp(Vjp& v) { v.give(0, v.cotangent()); }

Tensor recompute(const Tensor& x);

/// x for what is computed again from it. It is not simplified away, so equal computations are not merged with the
/// first ones, whose values would then have to be kept.
constexpr Primitive recompute_primitive{
    .name = "recompute",
    .doc = "x, as what checkpoint computes again reads it",
    .vjp = &recompute_vjp,
    .traits = ViewTraits{.view = &run::same_view},
    .batch = &batch::behind,
    .samples = [] {
      return std::vector<Sample>{{"again",
                                  [](const std::vector<Tensor>& x) { return square(recompute(x[0])) + square(x[0]); },
                                  {tensor({{1, -2}, {3, 0.5}}, float64)}}};
    }};

Tensor recompute(const Tensor& x) { return record1(recompute_primitive, x, x.shape(), x.dtype()); }

// ------------------------------------------------------------------------------------------------------- segments

/// A value that is there and not computed: data, or what came from another thread or an earlier tape.
bool is_leaf(const Recorder& list, const Node& node) { return !list.holds(node) || node.primitive->is_data(); }

/// The nodes that y is computed by, in the order of the list, as far as the externals and leaves; calls at_leaf(node)
/// for these leaves.
template <class F>
std::vector<Node*> segment_of(const Recorder& list, Node* y, std::span<Node* const> externals, F&& at_leaf) {
  std::unordered_set<const Node*> seen(externals.begin(), externals.end());
  std::vector<Node*> found;
  const auto visit = [&](Node* node) {
    if (!seen.insert(node).second) return;
    if (is_leaf(list, *node))
      at_leaf(*node);
    else
      found.push_back(node);
  };
  visit(y);
  for (std::size_t next = 0; next < found.size(); ++next)
    for (Node* input : recorded_inputs(*found[next])) visit(input);
  std::ranges::sort(found, {}, &Node::position);
  return found;
}

/// Lets go of what a node would be kept for: nothing differentiates it itself any more.
void hide(Node& node) {
  node.differentiated = true;
  if (node.primitive->is_ordered()) node.recomputed = true;  // its copy is what is read from now on
  if (node.has_handles() || !node.buffer || node.primitive->is_data()) return;
  std::exchange(node.buffer, nullptr)->release();
  if (node.primitive->is_ordered()) node.recipe_dropped = true;
}

// ----------------------------------------------------------------------------------------------------- checkpoint

void refuse_inner_source(const Vjp& v, const Node& node) {
  if (!node.has_handles()) return;
  for (const Tensor& source : v.sources()) {
    if (source.node() != &node) continue;
    fail("checkpoint", "a gradient with respect to a tensor of shape " + to_string(node.shape) +
                           " was asked for that the checkpointed function computed inside, through its result; return "
                           "it from the function, or compute it outside and make it an argument");
  }
}

/// Input 0 is the result, the others are what it is computed from. The result's own recipe gets no cotangent: it is
/// recorded again, and that is differentiated.
void checkpoint_vjp(Vjp& v) {
  Recorder& list = recorder();
  const std::size_t first = list.nodes.size();
  const std::span<Node* const> inputs = v.inputs();
  std::unordered_map<const Node*, Tensor> again;
  const auto read_again = [&](Node* node) {
    const Tensor x = handle(node);
    again.emplace(node, node->number ? x : recompute(x));
  };
  {
    const RecordingScope scope(list);
    list.recomputing = true;
    for (Node* external : inputs.subspan(1)) read_again(external);
    const std::vector<Node*> segment =
        segment_of(list, inputs[0], inputs.subspan(1), [&](Node& leaf) { read_again(&leaf); });
    std::vector<Tensor> operands;
    for (const Node* node : segment) {
      refuse_inner_source(v, *node);
      operands.clear();
      for (const Node* input : recorded_inputs(*node)) operands.push_back(again.at(input));
      list.scope = node->scope;
      if (detecting_anomaly())
        if (const Provenance* known = provenance_of(*node)) list.provenance = *known;
      const auto recording = node->primitive->is_ordered() ? &record_ordered : &record;
      again.emplace(node, recording(*node->primitive, operands, node->shape, node->dtype, node->attributes));
    }
  }

  std::vector<Tensor> sources;
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (!v.wants(i) || !is_floating(inputs[i]->dtype)) continue;
    sources.push_back(again.at(inputs[i]));
    places.push_back(i);
  }
  const std::vector<Tensor> cotangents = differentiate(again.at(inputs[0]), v.cotangent(), sources, first);
  for (std::size_t k = 0; k < places.size(); ++k)
    if (cotangents[k].defined()) v.give(places[k], cotangents[k]);
}

Tensor checkpoint_batch(const BatchedCall& b);

constexpr std::uint32_t reads_all_but_first = 0x7FFFFFFE;

constexpr Primitive checkpoint_primitive{
    .name = "checkpoint",
    .doc = "a function's result, of whose computation nothing is kept",
    .vjp = &checkpoint_vjp,
    .reads = reads_all_but_first,
    .traits = ViewTraits{.view = &run::same_view, .identity = true},
    .batch = &checkpoint_batch,
    .samples = [] {
      const Tensor x = tensor({{1, -2}, {3, 0.5}}, float64), w = tensor({{0.5, 1}, {-1, 2}}, float64);
      return std::vector<Sample>{
          {"one input",
           [](const std::vector<Tensor>& in) { return checkpoint([](const Tensor& t) { return tanh(t) * t; }, in[0]); },
           {x}},
          {"captured",
           [](const std::vector<Tensor>& in) {
             return checkpoint([&](const Tensor& t) { return sin(matmul(t, in[1])) * t; }, in[0]) * in[1];
           },
           {x, w}},
          {"nested",
           [](const std::vector<Tensor>& in) {
             const auto layer = [](const std::vector<Tensor>& t) { return tanh(matmul(t[0], t[1])); };
             return checkpoint(
                 [&](const std::vector<Tensor>& t) {
                   return checkpoint(layer, {checkpoint(layer, t) * t[0], t[1]}) + t[0];
                 },
                 in);
           },
           {x, w}}};
    }};

/// Records a checkpoint of y, whose segment is hidden already.
Tensor record_checkpoint(const Tensor& y, const std::vector<Tensor>& externals) {
  std::vector<Tensor> inputs{y};
  inputs.insert(inputs.end(), externals.begin(), externals.end());
  return record(checkpoint_primitive, inputs, y.shape(), y.dtype());
}

Tensor checkpoint_batch(const BatchedCall& b) {
  std::vector<Tensor> externals;
  std::vector<Node*> nodes;
  for (std::size_t i = 1; i < b.input_count(); ++i) {
    externals.push_back(b.input(i));
    nodes.push_back(externals.back().node());
  }
  const Tensor y = b.mapped(0);
  for (Node* node : segment_of(recorder(), y.node(), nodes, [](const Node&) {})) hide(*node);
  return record_checkpoint(y, externals);
}

/// The tensors that a segment, recorded from position `first` on, reads, and that somebody could differentiate in or
/// has to keep.
std::vector<Tensor> externals_of(const Recorder& list, const Tensor& y, std::size_t first) {
  std::vector<Tensor> externals;
  std::unordered_set<const Node*> seen{y.node()};
  std::vector<const Node*> inside{y.node()};
  for (std::size_t next = 0; next < inside.size(); ++next) {
    for (Node* input : recorded_inputs(*inside[next])) {
      if (!seen.insert(input).second) continue;
      if (!is_leaf(list, *input) && input->position >= first)
        inside.push_back(input);
      else if (list.holds(*input) || (input->has_handles() && is_floating(input->dtype)))
        externals.push_back(handle(input));
    }
  }
  return externals;
}

}  // namespace

Tensor checkpoint(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  check_function("checkpoint", f);
  for (const Tensor& x : xs) ops::check_defined("checkpoint", "x", x);
  Recorder& list = recorder();
  const bool kept = list.tapes > 0;
  const std::size_t first = list.nodes.size();
  const Tensor y = f(xs);
  ops::check_defined("checkpoint", "f(x)", y);
  if (!kept || is_leaf(list, *y.node()) || y.node()->position < first || !is_floating(y.dtype())) return y;
  const std::vector<Tensor> externals = externals_of(list, y, first);
  for (std::size_t i = first; i < list.nodes.size(); ++i) hide(*list.nodes[i]);
  return record_checkpoint(y, externals);
}

Tensor checkpointed(const std::function<Tensor(const std::vector<Tensor>&)>& f, const std::vector<Tensor>& xs) {
  return checkpoint(TensorsFunction(f), xs);
}

Tensor checkpoint(const TensorFunction& f, const Tensor& x) {
  check_function("checkpoint", f);
  return checkpoint([&](const std::vector<Tensor>& xs) { return f(xs.front()); }, std::vector<Tensor>{x});
}

std::vector<Tensor> checkpoint(const TensorsToTensors& f, const std::vector<Tensor>& xs) {
  check_function("checkpoint", f);
  std::vector<Shape> shapes;
  const Tensor packed = checkpoint(
      [&](const std::vector<Tensor>& in) {
        std::vector<Tensor> parts;
        for (const Tensor& y : f(in)) {
          ops::check_floating("checkpoint", "f(x)", y);
          if (!parts.empty() && y.dtype() != parts.front().dtype()) {
            fail("checkpoint", "f(x) has results of dtypes " + std::string(to_string(parts.front().dtype())) + " and " +
                                   std::string(to_string(y.dtype())) + "; expected one dtype");
          }
          shapes.push_back(y.shape());
          parts.push_back(y.reshape({y.size()}));
        }
        if (parts.empty()) fail("checkpoint", "f(x) has no results; expected at least one");
        return concatenate(parts, 0);
      },
      xs);
  std::vector<Tensor> results;
  std::int64_t start = 0;
  for (const Shape& shape : shapes) {
    results.push_back(slice(packed, 0, start, start + shape.elements()).reshape(shape));
    start += shape.elements();
  }
  return results;
}

std::span<const Primitive* const> checkpoint_primitives() {
  static constexpr const Primitive* list[] = {&checkpoint_primitive, &recompute_primitive};
  return list;
}

}  // namespace xgrad
