#include <autograd/differentiate/batching.hpp>

#include <algorithm>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/recorder.hpp>

namespace xgrad {
namespace {

/// The transform in whose function a placeholder stands, and what of its input it stands for.
struct PlaceholderAttributes {
  const char* transform;
  const char* part;
};

void placeholder_kernel(const run::Call& call) {
  const auto& [transform, part] = call.attributes.as<PlaceholderAttributes>();
  fail(transform, "the value of a tensor that depends on the inputs was asked for (they have shape " +
                      to_string(call.result.shape) + part + "); inside " + transform +
                      " values are not known, only recorded, and what was recorded there may not be kept outside");
}

constexpr Primitive placeholder_primitive{.name = "placeholder",
                                          .doc = "stands for an input that is not known",
                                          .traits = BlockTraits{.kernel = &placeholder_kernel}};

Tensor (*rule_of(const Primitive& primitive))(const BatchedCall&) {
  if (primitive.batch) return primitive.batch;
  if (primitive.elementwise()) return &batch::elementwise;
  return primitive.reduces() ? &batch::over_axes : &batch::one_by_one;
}

/// Records in the name scope of other nodes, as derived and as recomputed where they are, and as coming from where they
/// do.
class RecordingLike {
 public:
  explicit RecordingLike(Recorder& list) : list_(list), before_(list), provenance_(list.provenance) {}

  void operator()(const Node& node) {
    list_.deriving = before_.deriving() || node.derived;
    list_.recomputing = before_.recomputing() || node.recomputed;
    list_.scope = node.scope;
    if (!detecting_anomaly()) return;
    const Provenance* known = provenance_of(node);
    list_.provenance = known ? *known : provenance_;
  }

 private:
  Recorder& list_;
  RecordingScope before_;
  Provenance provenance_;
};

/// The part of the list from the first placeholder on.
class Batching {
 public:
  Batching(Recorder& list, const std::vector<Tensor>& placeholders, const std::vector<Tensor>& values,
           std::int64_t size)
      : list_(list), size_(size), first_(list.nodes.size()) {
    for (const Tensor& x : placeholders) first_ = std::min<std::size_t>(first_, x.node()->position);
    marks_.assign(list.nodes.size() - first_, 0);
    results_.resize(marks_.size());
    for (std::size_t i = 0; i < placeholders.size(); ++i) {
      marks_[index_of(*placeholders[i].node())] = depends;
      results_[index_of(*placeholders[i].node())] = values[i];
    }
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      const Node& node = *list_.nodes[first_ + i];
      if (node.unknown && std::ranges::any_of(node.inputs(), [&](const Node* x) { return mapped(*x); }))
        marks_[i] |= depends;
    }
  }

  void record(const std::vector<Tensor>& outputs) {
    for (const Tensor& y : outputs)
      if (mapped(*y.node())) marks_[index_of(*y.node())] |= needed;
    for (std::size_t i = marks_.size(); i-- > 0;) {
      if (!(marks_[i] & needed) || results_[i].defined()) continue;
      for (const Node* input : list_.nodes[first_ + i]->inputs())
        if (mapped(*input)) marks_[index_of(*input)] |= needed;
    }
    RecordingLike recording_like(list_);
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      if (!(marks_[i] & needed) || results_[i].defined()) continue;
      const Node& node = *list_.nodes[first_ + i];
      inputs.clear();
      for (const Node* input : node.inputs()) inputs.push_back(mapped(*input) ? results_[index_of(*input)] : Tensor());
      recording_like(node);
      results_[i] = rule_of(*node.primitive)(BatchedCall(node, inputs, size_));
    }
  }

  Tensor result(const Tensor& y) const {
    if (mapped(*y.node())) return results_[index_of(*y.node())];
    Shape shape = y.shape();
    shape.insert(0, size_);
    return broadcast_to(y, shape);
  }

 private:
  static constexpr std::uint8_t depends = 1;
  static constexpr std::uint8_t needed = 2;

  std::size_t index_of(const Node& node) const { return node.position - first_; }
  bool mapped(const Node& node) const {
    return list_.holds(node) && node.position >= first_ && index_of(node) < marks_.size() &&
           (marks_[index_of(node)] & depends) != 0;
  }

  Recorder& list_;
  std::int64_t size_;
  std::size_t first_;
  std::vector<std::uint8_t> marks_;
  std::vector<Tensor> results_;
};

}  // namespace

Tensor placeholder(const char* transform, const char* part, const Shape& shape, DType dtype) {
  const Tensor x = record(placeholder_primitive, {}, shape, dtype, PlaceholderAttributes{transform, part});
  x.node()->unknown = true;
  return x;
}

Tensor example_placeholder(const Shape& shape, DType dtype) {
  return placeholder("vmap", " for one example", shape, dtype);
}

std::vector<Tensor> batched(const std::vector<Tensor>& outputs, const std::vector<Tensor>& placeholders,
                            const std::vector<Tensor>& values, std::int64_t size) {
  Batching batching(recorder(), placeholders, values, size);
  batching.record(outputs);
  std::vector<Tensor> results;
  for (const Tensor& y : outputs) results.push_back(batching.result(y));
  return results;
}

}  // namespace xgrad
