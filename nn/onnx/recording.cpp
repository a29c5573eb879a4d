#include <nn/onnx/recording.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::onnx {
namespace {

constexpr const char* save_name = "onnx::save";
/// Sizes at which a program is recorded. 1 broadcasts, so it would be no example of the others.
constexpr std::array<std::int64_t, 3> batch_sizes{2, 3, 5};

/// Primitives whose position along an axis may depend on the batch size.
std::optional<std::int64_t> start_of(const Node& node) {
  const Attributes& attributes = node.attributes;
  if (attributes.is<ops::SliceAttributes>()) return attributes.as<ops::SliceAttributes>().start;
  if (attributes.is<ops::IntegerRangeAttributes>()) return attributes.as<ops::IntegerRangeAttributes>().start;
  return {};
}

/// Whether two calls say the same, but for what start_of gives.
bool same_call(const Node& a, const Node& b) {
  if (a.primitive != b.primitive || a.dtype != b.dtype || a.shape.rank() != b.shape.rank()) return false;
  if (a.primitive->is_identity() || a.attributes == b.attributes) return true;
  if (a.attributes.is<ops::SliceAttributes>() && b.attributes.is<ops::SliceAttributes>()) {
    const auto &x = a.attributes.as<ops::SliceAttributes>(), &y = b.attributes.as<ops::SliceAttributes>();
    return x.axis == y.axis && x.step == y.step;
  }
  if (a.attributes.is<ops::IntegerRangeAttributes>() && b.attributes.is<ops::IntegerRangeAttributes>())
    return a.attributes.as<ops::IntegerRangeAttributes>().step == b.attributes.as<ops::IntegerRangeAttributes>().step;
  return false;
}

/// The example with the given extent along its batch axis: its entries, again and again.
Tensor filled(const Input& input, std::optional<std::int64_t> batch) {
  if (!batch || !input.batch_axis) return input.example;
  const std::int64_t size = input.example.size(*input.batch_axis);
  return take(input.example, remainder(arange(*batch), size), *input.batch_axis);
}

void check_inputs(const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    if (input.name.empty()) fail(save_name, "an input has an empty name");
    if (!input.example.defined()) fail(save_name, fmt::format("the example of input '{}' is undefined", input.name));
    if (!input.batch_axis) continue;
    const Shape& shape = input.example.shape();
    const int axis = *input.batch_axis < 0 ? *input.batch_axis + shape.rank() : *input.batch_axis;
    if (axis < 0 || axis >= shape.rank() || shape[axis] == 0) {
      fail(save_name,
           fmt::format("the example of input '{}' has shape {} and batch axis {}; expected an axis of it, of "
                       "at least one entry, or std::nullopt for an input without a batch",
                       input.name, to_string(shape), *input.batch_axis));
    }
  }
}

}  // namespace

std::string to_string(const Extent& extent) {
  if (extent.fixed()) return std::to_string(extent.rest);
  const std::string times = extent.factor == 1 ? "N" : fmt::format("{}N", extent.factor);
  if (extent.rest == 0) return times;
  return fmt::format("{} {} {}", times, extent.rest < 0 ? '-' : '+', std::abs(extent.rest));
}

std::optional<std::int64_t> Step::elements() const noexcept {
  std::int64_t product = 1;
  for (const Extent& extent : shape) {
    if (!extent.fixed()) return {};
    product *= extent.rest;
  }
  return product;
}

std::string described(const Node& node) {
  const std::string& scope = scope_name(node.scope);
  return fmt::format("primitive '{}' of shape {}{}", node.primitive->name, to_string(node.shape),
                     scope.empty() ? "" : fmt::format(", recorded in '{}'", scope));
}

Recording::Recording(const Program& program, const std::vector<Input>& inputs, const NamedTensors& named) {
  check_inputs(inputs);
  for (const auto& [name, tensor] : named)
    if (tensor.defined()) names_.try_emplace(tensor.node(), name);
  const bool batched = std::ranges::any_of(inputs, [](const Input& input) { return input.batch_axis.has_value(); });
  takes_.resize(batched ? batch_sizes.size() : 1);
  for (std::size_t k = 0; k < takes_.size(); ++k) {
    takes_[k].batch = batched ? batch_sizes[k] : 0;
    take(takes_[k], program, inputs);
    list(takes_[k]);
  }
  compare_structure();
  for (std::size_t i = 0; i < takes_[0].nodes.size(); ++i) add_step(i, inputs);
  for (const Tensor& output : takes_[0].outputs) {
    outputs_.push_back(takes_[0].places.at(output.node()));
    ++steps_[outputs_.back()].uses;
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Extents shape;
    for (int axis = 0; axis < takes_[0].inputs[i].rank(); ++axis) {
      std::vector<std::int64_t> at;
      for (const Take& take : takes_) at.push_back(take.inputs[i].shape()[axis]);
      shape.push_back(extent_of(at).value());
    }
    input_shapes_.push_back(shape);
  }
}

void Recording::take(Take& take, const Program& program, const std::vector<Input>& inputs) const {
  std::vector<Tensor> given;
  for (const Input& input : inputs) {
    const Tensor values = filled(input, take.batch == 0 ? std::nullopt : std::optional(take.batch));
    eval(values);
    // A node of its own, which nothing computes.
    visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
      const std::span<const T> from = values.data<T>();
      given.push_back(make_tensor<T>(values.shape(), [&](std::span<T> to) { std::ranges::copy(from, to.begin()); }));
    });
  }
  take.inputs = given;
  take.outputs = program(given);
  if (take.outputs.empty()) fail(save_name, "the program has no outputs; expected at least one");
  for (const Tensor& output : take.outputs)
    if (!output.defined()) fail(save_name, "an output of the program is an undefined Tensor");
}

bool Recording::ends_at(const Take& take, const Node& node) const {
  if (node.number || node.primitive->is_data() || !recorder().holds(node) || names_.contains(&node)) return true;
  return std::ranges::any_of(take.inputs, [&](const Tensor& input) { return input.node() == &node; });
}

/// Lists the nodes that the outputs are computed by, each behind its inputs.
void Recording::list(Take& take) const {
  struct Visit {
    Node* node;
    std::size_t next;
  };
  std::vector<Visit> open;
  const auto enter = [&](Node* node) {
    if (take.places.contains(node)) return;
    open.push_back({node, 0});
  };
  const auto inputs_of = [&](const Node& node) {
    return ends_at(take, node) ? std::span<Node* const>() : node.inputs();
  };
  // Inputs come first, whether they are read or not, so that they have the same places in all recordings.
  for (const Tensor& input : take.inputs) {
    take.places.emplace(input.node(), take.nodes.size());
    take.nodes.push_back(input.node());
  }
  for (const Tensor& output : take.outputs) {
    enter(output.node());
    while (!open.empty()) {
      Visit& visit = open.back();
      const auto inputs = inputs_of(*visit.node);
      if (visit.next < inputs.size()) {
        enter(inputs[visit.next++]);
        continue;
      }
      Node* node = visit.node;
      open.pop_back();
      if (!ends_at(take, *node) && std::string_view(node->primitive->name).starts_with("random_"))
        fail(save_name,
             described(*node) + " draws random numbers, which have no place in a file: each run would repeat them");
      if (take.places.try_emplace(node, take.nodes.size()).second) take.nodes.push_back(node);
    }
  }
}

void Recording::compare_structure() const {
  const Take& first = takes_[0];
  for (const Take& other : takes_) {
    const auto refuse = [&](const std::string& what) {
      fail(save_name,
           fmt::format("the program depends on the batch size in a way that ONNX does not express: at {} {}. "
                       "Inputs with batch_axis std::nullopt have one shape, and need no such dependence",
                       other.batch, what));
    };
    if (other.nodes.size() != first.nodes.size() || other.outputs.size() != first.outputs.size())
      refuse(fmt::format("it has {} steps, at {} {}", other.nodes.size(), first.batch, first.nodes.size()));
    for (std::size_t i = 0; i < first.nodes.size(); ++i) {
      const Node &a = *first.nodes[i], &b = *other.nodes[i];
      const bool leaf = ends_at(first, a);
      if (leaf != ends_at(other, b)) refuse(described(b) + " is computed, at another size it is not");
      if (leaf) continue;
      if (!same_call(a, b))
        refuse(fmt::format("there is {}, where {} has {}", described(b), first.batch, described(a)));
      const auto in_a = a.inputs(), in_b = b.inputs();
      bool same = in_a.size() == in_b.size();
      for (std::size_t k = 0; same && k < in_a.size(); ++k) same = first.places.at(in_a[k]) == other.places.at(in_b[k]);
      if (!same) refuse(described(b) + " reads other values");
    }
  }
}

std::optional<Extent> Recording::extent_of(std::span<const std::int64_t> at) const {
  if (at.size() == 1) return Extent(at[0]);
  const std::int64_t distance = takes_[1].batch - takes_[0].batch;
  if ((at[1] - at[0]) % distance != 0) return {};
  const std::int64_t factor = (at[1] - at[0]) / distance;
  const Extent extent(factor, at[0] - factor * takes_[0].batch);
  for (std::size_t k = 2; k < at.size(); ++k)
    if (at[k] != extent.factor * takes_[k].batch + extent.rest) return {};
  return extent;
}

/// How a plain number depends on the batch size: not at all, as an extent, or as one over an extent.
void Recording::find_number(Step& step, std::size_t i) const {
  std::vector<std::int64_t> whole, inverse;
  bool same = true, all_whole = true, all_inverse = true;
  const double first = step.node->plain_number().to_double();
  for (const Take& take : takes_) {
    const double value = take.nodes[i]->plain_number().to_double();
    same = same && (value == first || (std::isnan(value) && std::isnan(first)));
    const Number number(value), reciprocal(1 / value);
    all_whole = all_whole && number.fits_int64();
    const double rounded = std::round(1 / value);
    all_inverse = all_inverse && std::abs(rounded) < 1e15 && 1 / rounded == value;
    whole.push_back(all_whole ? number.truncated() : 0);
    inverse.push_back(all_inverse ? static_cast<std::int64_t>(rounded) : 0);
  }
  step.literal = same;
  if (same) return;
  if (all_whole) step.varying = extent_of(whole);
  if (!step.varying && all_inverse) {
    step.varying = extent_of(inverse);
    step.inverse = true;
  }
  if (!step.varying) {
    fail(save_name, fmt::format("the number {} of batch size {} depends on the batch size, neither as a N + b nor as "
                                "1 / (a N + b)",
                                first, takes_[0].batch));
  }
}

void Recording::add_step(std::size_t i, const std::vector<Input>& inputs) {
  Step step;
  step.node = takes_[0].nodes[i];
  for (int axis = 0; axis < step.node->shape.rank(); ++axis) {
    std::vector<std::int64_t> at;
    for (const Take& take : takes_) at.push_back(take.nodes[i]->shape[axis]);
    const auto extent = extent_of(at);
    if (!extent) {
      fail(save_name,
           fmt::format("{}: its extents are {}, {} and {} at batch sizes {}, {} and {}; expected a N + b",
                       described(*step.node), at[0], at[1], at[2], takes_[0].batch, takes_[1].batch, takes_[2].batch));
    }
    step.shape.push_back(*extent);
  }
  const auto named = names_.find(step.node);
  const bool fixed = std::ranges::all_of(step.shape, [](const Extent& extent) { return extent.fixed(); });
  if (i < inputs.size()) {
    step.kind = Step::Kind::input;
    step.name = inputs[i].name;
  } else if (named != names_.end()) {
    step.kind = Step::Kind::named;
    step.name = named->second;
  } else if (step.node->number) {
    step.kind = Step::Kind::number;
    find_number(step, i);
  } else if (ends_at(takes_[0], *step.node)) {
    step.kind = Step::Kind::constant;
    step.literal = true;
    for (const Take& take : takes_) {
      if (take.nodes[i] == step.node) continue;
      const Tensor a = handle(step.node), b = handle(take.nodes[i]);
      if (!fixed || a.dtype() != b.dtype() || !all(equal(a, b)).item<bool>()) {
        fail(save_name, fmt::format("a tensor of shape {} that the program reads, which is no input, has other values "
                                    "at batch size {}",
                                    to_string(b.shape()), take.batch));
      }
    }
  } else {
    step.literal = fixed;
    for (const Node* input : step.node->inputs()) {
      const std::size_t place = takes_[0].places.at(input);
      step.inputs.push_back(place);
      step.literal = step.literal && steps_[place].literal;
      ++steps_[place].uses;
    }
    if (start_of(*step.node)) {
      std::vector<std::int64_t> at;
      for (const Take& take : takes_) at.push_back(start_of(*take.nodes[i]).value());
      const auto start = extent_of(at);
      if (!start) fail(save_name, described(*step.node) + " starts at a place that is no multiple of the batch size");
      step.start = *start;
      step.literal = step.literal && start->fixed();
    }
  }
  steps_.push_back(std::move(step));
}

}  // namespace xgrad::onnx
