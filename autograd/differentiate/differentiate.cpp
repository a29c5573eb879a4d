#include <autograd/differentiate/differentiate.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <autograd/differentiate/parts.hpp>
#include <autograd/node_index.hpp>
#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>
#include <autograd/vjp.hpp>

namespace xgrad {
namespace {

/// One walk backwards over the list, from y to the sources, no further than to position `first`.
class Differentiation {
 public:
  Differentiation(Recorder& list, const Node& y, std::span<const Tensor> sources, std::size_t first)
      : list_(list), sources_(sources), first_(first) {
    for (const Tensor& source : sources)
      if (!list_.holds(*source.node())) leaves_.add(*source.node());
    leaf_cotangents_.resize(leaves_.size());
    end_ = list_.holds(y) ? std::max<std::size_t>(first, y.position + 1) : first;
    depends_.assign(end_ - first, 0);
    cotangents_.resize(end_ - first);
    for (const Tensor& source : sources)
      if (on_walk(*source.node())) depends_[place_of(*source.node())] = is_source | leads_to_source;
    for (std::size_t i = first; i < end_; ++i) mark(*list_.nodes[i], depends_[i - first]);
  }

  void seed(Node& y, const Tensor& cotangent) {
    // y can be a source itself, from before the walk.
    if (!on_walk(y)) {
      leaves_.add(y);
      leaf_cotangents_.resize(leaves_.size());
    }
    accumulate(y, cotangent);
  }

  void walk() {
    std::vector<Tensor> given;
    for (std::size_t i = depends_.size(); i-- > 0;) {
      if (depends_[i] & has_parts) join_parts(*list_.nodes[first_ + i]);
      if (!cotangents_[i].defined() || !depends_[i]) continue;
      Node& node = *list_.nodes[first_ + i];
      const std::uint32_t wanted = wanted_inputs(node);
      if (wanted != 0) {
        in_the_name_of(node);
        given.assign(node.input_count, Tensor());
        Vjp vjp(node, cotangents_[i], wanted, given, sources_);
        node.primitive->vjp(vjp);
        node.differentiated = true;
        if (vjp.part()) add_part(node, *vjp.part());
        for (std::size_t k = 0; k < given.size(); ++k)
          if (given[k].defined() && vjp.wants(k) && (k < 31 || leads(*node.input(k))))
            accumulate(*node.input(k), std::move(given[k]));
      }
      if (!(depends_[i] & is_source)) cotangents_[i] = Tensor();
    }
  }

  bool is_leaf_source(const Node& node) const { return leaves_.find(node) != NodeIndex::none; }

  Tensor cotangent_of(const Node& source) {
    join_parts(source);
    if (on_walk(source)) return cotangents_[place_of(source)];
    const std::uint32_t leaf = leaves_.find(source);
    return leaf == NodeIndex::none ? Tensor() : leaf_cotangents_[leaf];
  }

 private:
  static constexpr std::uint8_t leads_to_source = 1;
  static constexpr std::uint8_t is_source = 2;
  static constexpr std::uint8_t has_parts = 4;

  struct Parts {
    std::vector<Vjp::Part> list;
    const Node* latest;  ///< the slice whose derivative gave the last of them
  };

  bool on_walk(const Node& node) const { return list_.holds(node) && node.position >= first_ && node.position < end_; }
  std::size_t place_of(const Node& node) const { return node.position - first_; }

  bool leads(const Node& node) const { return on_walk(node) ? depends_[place_of(node)] != 0 : is_leaf_source(node); }

  void mark(const Node& node, std::uint8_t& depends) const {
    if (!node.primitive->vjp || !is_floating(node.dtype)) return;
    for (const Node* input : node.inputs()) {
      if (leads(*input)) {
        depends |= leads_to_source;
        return;
      }
    }
  }

  std::uint32_t wanted_inputs(const Node& node) const {
    if (!node.primitive->vjp) return 0;
    std::uint32_t wanted = 0;
    for (std::size_t k = 0; k < node.input_count; ++k)
      if (is_floating(node.input(k)->dtype) && leads(*node.input(k))) wanted |= 1u << std::min<std::size_t>(k, 31);
    return wanted;
  }

  void accumulate(const Node& node, Tensor cotangent) {
    Tensor& total = on_walk(node) ? cotangents_[place_of(node)] : leaf_cotangents_[leaves_.find(node)];
    total = total.defined() ? add(total, cotangent) : std::move(cotangent);
  }

  /// Nodes recorded next belong to the derivative of a node.
  void in_the_name_of(const Node& node) {
    list_.scope = node.scope;
    if (detecting_anomaly()) list_.provenance.origin = origin_of_derivative(node);
  }

  void add_part(const Node& slice, const Vjp::Part& part) {
    const Node& node = *slice.input(part.input);
    if (!leads(node)) return;
    Parts& parts = parts_[&node];
    parts.list.push_back(part);
    parts.latest = &slice;
    if (on_walk(node)) depends_[place_of(node)] |= has_parts;
  }

  /// Adds the parts of a node's cotangent to it.
  void join_parts(const Node& node) {
    const auto found = parts_.find(&node);
    if (found == parts_.end()) return;
    std::vector<Vjp::Part> parts = std::move(found->second.list);
    in_the_name_of(*found->second.latest);
    parts_.erase(found);
    for (Tensor& total : joined_parts(std::move(parts), node.shape)) accumulate(node, std::move(total));
  }

  Recorder& list_;
  std::span<const Tensor> sources_;
  std::size_t first_;
  std::size_t end_ = 0;
  std::unordered_map<const Node*, Parts> parts_;
  std::vector<std::uint8_t> depends_;
  std::vector<Tensor> cotangents_;
  NodeIndex leaves_;  ///< sources that are not on the list
  std::vector<Tensor> leaf_cotangents_;
};

/// The position of the first source on the list: what was recorded before it depends on none. 0 where one is not on it.
std::size_t earliest(const Recorder& list, std::span<const Tensor> sources) {
  std::size_t position = list.nodes.size();
  for (const Tensor& source : sources)
    position = std::min<std::size_t>(position, list.holds(*source.node()) ? source.node()->position : 0);
  return position;
}

}  // namespace

std::vector<Tensor> differentiate(const Tensor& y, const Tensor& cotangent, std::span<const Tensor> sources,
                                  std::size_t first) {
  Recorder& list = recorder();
  const RecordingScope scope(list);
  const ListGuard guard(list);
  list.deriving = true;
  Node& root = *y.node();
  Differentiation pass(list, root, sources, std::max(first, earliest(list, sources)));
  if (list.holds(root) || pass.is_leaf_source(root)) pass.seed(root, cotangent);
  pass.walk();
  std::vector<Tensor> cotangents;
  cotangents.reserve(sources.size());
  for (const Tensor& source : sources) cotangents.push_back(pass.cotangent_of(*source.node()));
  return cotangents;
}

}  // namespace xgrad
