#include <autograd/differentiate/folding.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>

namespace xgrad {
namespace {

/// A constant that differs along one axis of a tensor at most: one number for each place of that axis, (extent,), or a
/// single one, ().
struct Along {
  Tensor values;
  std::optional<int> axis = {};
};

std::size_t index(int axis) { return static_cast<std::size_t>(axis); }

/// The constant c as it meets a tensor of this shape, to which it broadcasts.
std::optional<Along> along_one_axis(const Tensor& c, const Shape& shape) {
  if (c.rank() > shape.rank()) return {};
  std::optional<int> axis;
  for (int i = 0; i < c.rank(); ++i) {
    if (c.shape()[i] == 1) continue;
    if (axis) return {};
    axis = shape.rank() - c.rank() + i;
  }
  if (!axis) return Along{c.rank() == 0 ? c : reshape(c, {})};
  return Along{reshape(c, {shape[*axis]}), axis};
}

/// The constant as an operand of a tensor of so many axes.
Tensor placed(const Along& c, int rank) {
  if (!c.axis) return c.values;
  Shape shape;
  for (int i = 0; i < rank; ++i) shape.push_back(i == *c.axis ? c.values.size() : 1);
  return reshape(c.values, shape);
}

/// Whether both together differ along one axis at most.
bool fit(const Along& a, const Along& b) { return !a.axis || !b.axis || a.axis == b.axis; }

/// How far apart, along an axis of `from`, neighbours along an axis of a view of it lie: 1 where both axes are the
/// same, more where the view splits the axis of `from`. None unless the view shows all of that axis once, in order.
std::optional<std::int64_t> step_in_view(const Node& view, const Shape& from, int axis, int view_axis) {
  run::Array source(nullptr, view.dtype, from), result;
  std::byte origin{};
  source.data = &origin;
  source.strides = {};
  source.strides[index(axis)] = 1;
  result.dtype = view.dtype;
  result.shape = view.shape;
  if (!view.primitive->view()->view(view.attributes, source, result) || result.data != &origin) return {};
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;  // step and extent
  for (int i = 0; i < view.shape.rank(); ++i)
    if (view.shape[i] != 1 && result.strides[index(i)] != 0)
      parts.emplace_back(result.strides[index(i)], view.shape[i]);
  std::ranges::sort(parts);
  std::int64_t elements = 1;
  for (const auto& [step, extent] : parts)
    if (step != std::exchange(elements, elements * extent)) return {};
  if (elements != from[axis] || result.strides[index(view_axis)] == 0) return {};
  return result.strides[index(view_axis)];
}

/// values[(i / step) % the number of values] for i < extent.
Tensor repeated(const Tensor& values, std::int64_t step, std::int64_t extent) {
  if (values.size() == extent) return values;
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < extent; ++i) places.push_back(i / step % values.size());
  return take(values, tensor(places, {extent}), 0);
}

class Folding {
 public:
  Folding(Recorder& list, const std::vector<Tensor>& placeholders, const std::vector<Tensor>& inputs)
      : list_(list), first_(list.nodes.size()), inputs_(inputs) {
    for (const Tensor& x : placeholders) first_ = std::min<std::size_t>(first_, x.node()->position);
    results_.resize(list.nodes.size() - first_);
    readers_.assign(results_.size(), 0);
    for (std::size_t i = 0; i < placeholders.size(); ++i) result_of(*placeholders[i].node()) = inputs[i];
  }

  Tensor record(const Tensor& y) {
    const RecordingScope restored(list_);
    count_readers(*y.node());
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      if (readers_[i] == 0 || results_[i].defined()) continue;
      const Node& node = *list_.nodes[first_ + i];
      const std::vector<Tensor> inputs = new_inputs_of(node);
      list_.scope = node.scope;
      if (node.primitive->is_identity()) {
        results_[i] = inputs[0];
        readers_of_[inputs[0].node()] += readers_[i] - 1;
        continue;
      }
      results_[i] = with_constant(node, inputs);
      if (!results_[i].defined()) results_[i] = again(node, inputs);
      readers_of_[results_[i].node()] = readers_[i];
    }
    Tensor result = depends(*y.node()) ? result_of(*y.node()) : y;
    compute_constants(result);
    return result;
  }

 private:
  bool depends(const Node& node) const {
    return node.unknown && list_.holds(node) && node.position >= first_ && node.position - first_ < results_.size();
  }
  Tensor& result_of(const Node& node) { return results_[node.position - first_]; }

  void count_readers(const Node& y) {
    if (!depends(y)) return;
    ++readers_[y.position - first_];
    for (std::size_t i = readers_.size(); i-- > 0;) {
      if (readers_[i] == 0 || results_[i].defined()) continue;
      for (const Node* input : list_.nodes[first_ + i]->inputs())
        if (depends(*input)) ++readers_[input->position - first_];
    }
  }

  std::vector<Tensor> new_inputs_of(const Node& node) {
    std::vector<Tensor> inputs;
    for (Node* input : node.inputs()) inputs.push_back(depends(*input) ? result_of(*input) : handle(input));
    return inputs;
  }

  Tensor again(const Node& node, const std::vector<Tensor>& inputs) {
    return varying(xgrad::record(*node.primitive, inputs, node.shape, node.dtype, node.attributes));
  }
  /// The same operation on another value in the place of an input.
  Tensor again(const Node& node, std::size_t k, const Tensor& other) {
    std::vector<Tensor> inputs = inputs_of(node);
    inputs[k] = other;
    return again(node, inputs);
  }

  static std::vector<Tensor> inputs_of(const Node& node) {
    std::vector<Tensor> inputs;
    for (Node* input : node.inputs()) inputs.push_back(handle(input));
    return inputs;
  }

  /// A value that was recorded here and depends on the inputs. No run of something else computes it.
  Tensor varying(Tensor result) {
    result.node()->unknown = true;
    readers_of_[result.node()] = 1;
    return result;
  }
  bool varies(const Node& node) const {
    return node.unknown || std::ranges::any_of(inputs_, [&](const Tensor& x) { return x.node() == &node; });
  }
  bool is_read_once(const Node& node) const {
    const auto known = readers_of_.find(&node);
    return node.unknown && known != readers_of_.end() && known->second == 1;
  }

  // --------------------------------------------------------------------------------------------- sums and factors

  /// Where a node is a sum or product (difference, quotient) of one value that depends on the inputs and has its shape,
  /// and a constant: the latter as summand or factor.
  struct WithConstant {
    MachineOp op;  ///< add or multiply
    std::size_t variable;
    Along constant;
  };

  std::optional<WithConstant> split(const Node& node, const std::vector<Tensor>& inputs) const {
    const ElementwiseTraits* const function = node.primitive->elementwise();
    if (!function || function->masks != 0 || inputs.size() != 2 || !is_floating(node.dtype)) return {};
    const bool first = varies(*inputs[0].node());
    if (first == varies(*inputs[1].node())) return {};
    const std::size_t k = first ? 0 : 1;
    const Tensor &variable = inputs[k], &constant = inputs[1 - k];
    const MachineOp op = function->machine;
    const bool inverse = op == MachineOp::subtract || op == MachineOp::divide;
    const bool sum = op == MachineOp::add || op == MachineOp::subtract;
    if (!sum && op != MachineOp::multiply && op != MachineOp::divide) return {};
    if ((inverse && k == 1) || variable.shape() != node.shape || variable.dtype() != node.dtype) return {};
    if (!constant.node()->number && constant.dtype() != node.dtype) return {};
    std::optional<Along> c = along_one_axis(constant, node.shape);
    if (!c) return {};
    if (c->values.node()->number) c->values = full({}, c->values.node()->plain_number().to_double(), node.dtype);
    if (inverse) c->values = sum ? negate(c->values) : 1 / c->values;
    return WithConstant{sum ? MachineOp::add : MachineOp::multiply, k, *c};
  }

  Tensor with_constant(const Node& node, const std::vector<Tensor>& inputs) {
    const std::optional<WithConstant> own = split(node, inputs);
    if (!own) return {};
    const Tensor& x = inputs[own->variable];
    if (own->op == MachineOp::add) return summed(x, own->constant);
    return all_finite(own->constant.values) ? multiplied(x, own->constant) : Tensor();
  }

  bool all_finite(const Tensor& values) {
    const Tensor exact = values.to(float64);
    compute({exact});
    return std::ranges::all_of(exact.data<double>(), [](double x) { return std::isfinite(x); });
  }

  /// x + summand, where a constant takes the summand up; undefined where none does.
  Tensor summed(const Tensor& x, const Along& summand) {
    const Node& node = *x.node();
    if (!is_read_once(node)) return {};
    if (const auto own = split(node, inputs_of(node)); own && own->op == MachineOp::add) {
      if (!fit(own->constant, summand)) return {};
      const Tensor total = placed(own->constant, x.rank()) + placed(summand, x.rank());
      return binary(MachineOp::add, handle(node.input(own->variable)), total);
    }
    if (!node.primitive->view() || node.input_count != 1) return {};
    const std::optional<Along> before = before_view(node, summand);
    if (!before) return {};
    const Tensor inner = summed(handle(node.input(0)), *before);
    return inner.defined() ? again(node, 0, inner) : Tensor();
  }

  /// x * factor, where a constant takes the factor up; undefined where none does.
  Tensor multiplied(const Tensor& x, const Along& factor) {
    const Node& node = *x.node();
    if (!is_read_once(node)) return {};
    if (const auto own = split(node, inputs_of(node))) {
      if (!fit(own->constant, factor)) return {};
      const Tensor inner = handle(node.input(own->variable));
      const Tensor product = placed(own->constant, x.rank()) * placed(factor, x.rank());
      if (own->op == MachineOp::multiply) return binary(MachineOp::multiply, inner, product);
      const Tensor scaled = multiplied(inner, factor);
      return scaled.defined() ? binary(MachineOp::add, scaled, product) : Tensor();
    }
    if (node.primitive->view() && node.input_count == 1) {
      const std::optional<Along> before = before_view(node, factor);
      if (!before) return {};
      const Tensor inner = multiplied(handle(node.input(0)), *before);
      return inner.defined() ? again(node, 0, inner) : Tensor();
    }
    return multiplied_operand(node, factor);
  }

  /// The result of a linear operation whose operand has taken up a factor.
  Tensor multiplied_operand(const Node& node, const Along& factor) {
    const BlockTraits* const block = node.primitive->block();
    if (!block || block->linear == 0) return {};
    const auto operand = [&](std::size_t k) -> std::optional<Along> {
      if (k >= 32 || !(block->linear >> k & 1u)) return {};
      if (!factor.axis) return factor;
      if (!block->part) return {};
      const Shape& from = node.input(k)->shape;
      const std::optional<int> axis = block->part(k, *factor.axis, from, node.shape);
      if (!axis || *axis < 0 || from[*axis] != node.shape[*factor.axis]) return {};
      return Along{factor.values, axis};
    };
    for (const bool constants : {true, false}) {
      for (std::size_t k = 0; k < node.input_count; ++k) {
        const Tensor input = handle(node.input(k));
        if (varies(*input.node()) == constants || input.dtype() != node.dtype) continue;
        const std::optional<Along> own = operand(k);
        if (!own) continue;
        const Tensor other = constants ? input * placed(*own, input.rank()) : multiplied(input, *own);
        if (other.defined()) return again(node, k, other);
      }
    }
    return {};
  }

  /// The constant before a view that it meets behind it.
  static std::optional<Along> before_view(const Node& view, const Along& c) {
    if (!c.axis) return c;
    const Shape& from = view.input(0)->shape;
    if (view.input(0)->dtype != view.dtype) return {};
    for (int axis = 0; axis < from.rank(); ++axis)
      if (const auto step = step_in_view(view, from, axis, *c.axis))
        return Along{repeated(c.values, *step, from[axis]), axis};
    return {};
  }

  Tensor binary(MachineOp op, const Tensor& x, const Tensor& constant) {
    return varying(op == MachineOp::add ? x + constant : x * constant);
  }

  // ------------------------------------------------------------------------------------------------- constants

  /// Computes constants, and nothing else that waits on the list.
  void compute(const std::vector<Tensor>& constants) {
    list_.first_pending = list_.nodes.size();
    eval(constants);
  }

  /// Computes the constants that the result still reads.
  void compute_constants(const Tensor& result) {
    std::vector<Tensor> constants;
    std::vector<Node*> stack{result.node()};
    std::unordered_set<const Node*> seen;
    while (!stack.empty()) {
      Node& node = *stack.back();
      stack.pop_back();
      if (node.has_value() || !seen.insert(&node).second) continue;
      if (node.unknown)
        stack.insert(stack.end(), node.inputs().begin(), node.inputs().end());
      else
        constants.push_back(handle(&node));
    }
    compute(constants);
  }

  Recorder& list_;
  std::size_t first_;
  std::vector<Tensor> results_;  ///< by position less first_
  std::vector<int> readers_;     ///< the same: how often it is read by what is needed
  std::vector<Tensor> inputs_;
  std::unordered_map<const Node*, int> readers_of_;  ///< how often what was recorded here is read
};

}  // namespace

Tensor folded(const Tensor& y, const std::vector<Tensor>& placeholders, const std::vector<Tensor>& inputs) {
  return Folding(recorder(), placeholders, inputs).record(y);
}

}  // namespace xgrad
