#include <autograd/transforms.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include <autograd/node_index.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/recorder.hpp>
#include <autograd/transforms/check_function.hpp>
#include <autograd/transforms/differentiate.hpp>
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

  /// What is recorded next belongs to the derivative of a node.
  void in_the_name_of(const Node& node) {
    list_.scope = node.scope;
    if (detecting_anomaly()) list_.provenance.origin = origin_of_derivative(node);
  }

  void add_part(const Node& slice, const Vjp::Part& part) {
    const Node& node = *slice.input(0);
    if (!leads(node)) return;
    Parts& parts = parts_[&node];
    parts.list.push_back(part);
    parts.latest = &slice;
    if (on_walk(node)) depends_[place_of(node)] |= has_parts;
  }

  /// Adds the parts of a node's cotangent to it: those of one place to each other, those that lie apart joined.
  void join_parts(const Node& node) {
    const auto found = parts_.find(&node);
    if (found == parts_.end()) return;
    std::vector<Vjp::Part> parts = std::move(found->second.list);
    in_the_name_of(*found->second.latest);
    parts_.erase(found);
    const auto place = [](const Vjp::Part& part) {
      return std::tuple(part.axis, part.start, part.values.shape()[part.axis]);
    };
    std::stable_sort(parts.begin(), parts.end(),
                     [&](const Vjp::Part& a, const Vjp::Part& b) { return place(a) < place(b); });
    std::vector<Vjp::Part> places;
    for (Vjp::Part& part : parts) {
      if (!places.empty() && place(places.back()) == place(part))
        places.back().values = add(places.back().values, part.values);
      else
        places.push_back(std::move(part));
    }
    if (places.size() <= most_overlapping) places = apart_from_each_other(places);
    while (!places.empty()) {
      std::vector<Vjp::Part> apart, rest;
      std::int64_t end = 0;
      for (Vjp::Part& part : places) {
        const bool fits = part.axis == places.front().axis && part.start >= end;
        if (fits) end = part.start + part.values.shape()[part.axis];
        (fits ? apart : rest).push_back(part);
      }
      accumulate(node, joined(apart, node.shape));
      places = std::move(rest);
    }
  }

  /// So many parts that overlap are cut where others begin or end: sums of what lies in one place take less than sums
  /// of arrays with zeros around each part.
  static constexpr std::size_t most_overlapping = 4;

  /// Parts, ascending, as parts that do not overlap; the parts themselves where they lie along several axes.
  static std::vector<Vjp::Part> apart_from_each_other(const std::vector<Vjp::Part>& parts) {
    const int axis = parts.front().axis;
    std::set<std::int64_t> borders;
    for (const Vjp::Part& part : parts) {
      if (part.axis != axis) return parts;
      borders.insert({part.start, part.start + part.values.shape()[axis]});
    }
    std::vector<Vjp::Part> result;
    for (auto border = borders.begin(); std::next(border) != borders.end(); ++border) {
      const std::int64_t start = *border, stop = *std::next(border);
      Tensor total;
      for (const Vjp::Part& part : parts) {
        if (part.start > start || part.start + part.values.shape()[axis] < stop) continue;
        const Tensor piece = slice(part.values, axis, start - part.start, stop - part.start);
        total = total.defined() ? add(total, piece) : piece;
      }
      if (total.defined()) result.push_back({axis, start, total});
    }
    return result.empty() ? parts : result;
  }

  /// Parts along one axis, ascending, with zeros around them.
  static Tensor joined(const std::vector<Vjp::Part>& parts, const Shape& shape) {
    const auto& [axis, first, values] = parts.front();
    if (parts.size() == 1) return ops::embedded(values, shape, axis, first);
    std::vector<Tensor> pieces;
    std::int64_t end = 0;
    const auto fill = [&, along = axis, dtype = values.dtype()](std::int64_t start) {
      Shape gap = shape;
      gap[along] = start - end;
      if (start > end) pieces.push_back(zeros(gap, dtype));
    };
    for (const Vjp::Part& part : parts) {
      fill(part.start);
      pieces.push_back(part.values);
      end = part.start + part.values.shape()[axis];
    }
    fill(shape[axis]);
    return concatenate(pieces, axis);
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

/// Marks what is recorded as derived, and restores the name scope and whose derivative is recorded.
class DerivingScope {
 public:
  explicit DerivingScope(Recorder& list)
      : list_(list), guard_(list), deriving_(list.deriving), scope_(list.scope), origin_(list.provenance.origin) {
    list_.deriving = true;
  }
  DerivingScope(const DerivingScope&) = delete;
  DerivingScope& operator=(const DerivingScope&) = delete;
  ~DerivingScope() {
    list_.deriving = deriving_;
    list_.scope = scope_;
    list_.provenance.origin = origin_;
  }

 private:
  Recorder& list_;
  ListGuard guard_;
  bool deriving_;
  std::uint32_t scope_;
  Origin origin_;
};

void check_floating(const char* argument, const Tensor& tensor) {
  if (!tensor.defined()) fail("gradient", std::string(argument) + " is an undefined Tensor");
  if (!is_floating(tensor.dtype())) {
    fail("gradient", std::string(argument) + " has dtype " + std::string(to_string(tensor.dtype())) +
                         "; only float32 and float64 tensors have gradients");
  }
}

/// Whether a node has a recipe that is on the list of another thread, or was when that thread ended.
bool is_foreign(const Recorder& list, const Node& node) {
  return !list.holds(node) && !node.number && !node.primitive->is_data();
}

/// Throws Error where how y was computed is not known on this thread, or x waits on another one.
void check_recipes(const Recorder& list, const Tensor& y, const std::vector<Tensor>& xs) {
  const Node& root = *y.node();
  if (std::ranges::none_of(xs, [&](const Tensor& x) { return x.same_as(y); })) {
    if (is_foreign(list, root)) {
      fail("gradient", "y (shape " + to_string(y.shape()) + ") was recorded on another thread" +
                           (root.recorder.load(std::memory_order_relaxed) == 0 ? ", which has ended" : "") +
                           "; ask for its gradient on the thread that recorded it, while its Tape is alive");
    }
    if (!list.holds(root) && root.recipe_dropped) {
      fail("gradient",
           "y (shape " + to_string(y.shape()) +
               ") was computed while no Tape was alive on this thread, so how is no longer known; create the "
               "Tape before computing y, and ask for the gradient before it goes out of scope");
    }
  }
  for (const Tensor& x : xs)
    if (!x.node()->has_value() && !list.holds(*x.node())) refuse_foreign("gradient", "x", *x.node());
}

/// Throws Error where the walk back from y ends early, so that y may depend on more than it seems: at what another
/// thread recorded, or, without a tape, at what has run. It is meant to end at the sources.
void check_reaches_end(const Recorder& list, const Node& y, const std::vector<Tensor>& xs, bool taped) {
  if (!list.holds(y)) return;
  std::vector<std::uint8_t> reached(y.position + 1, 0);
  reached[y.position] = 1;
  for (std::size_t i = reached.size(); i-- > 0;) {
    const Node& node = *list.nodes[i];
    if (!reached[i] || !node.primitive->vjp) continue;
    for (const Node* input : node.inputs()) {
      if (!is_floating(input->dtype)) continue;
      if (list.holds(*input)) {
        reached[input->position] = 1;
        continue;
      }
      const bool foreign = is_foreign(list, *input);
      if (!foreign && (taped || !input->recipe_dropped)) continue;
      if (std::ranges::any_of(xs, [&](const Tensor& x) { return x.node() == input; })) continue;
      if (foreign) {
        fail("gradient", "y (shape " + to_string(y.shape) + ") depends on a tensor of shape " +
                             to_string(input->shape) +
                             " that another thread recorded, and not on x on this one; record all of it on one thread, "
                             "or apply stop_gradient to that tensor here, if it is meant to be constant");
      }
      fail("gradient", "y (shape " + to_string(y.shape) + ") depends on a tensor of shape " + to_string(input->shape) +
                           " that was computed while no Tape was alive on this thread, and how is no longer known; "
                           "create the Tape before computing it");
    }
  }
}
/// What y is computed from by way of floating-point values, stop_gradient left out: what it depends on, be it with a
/// derivative that is 0, as that of floor.
class Dependencies {
 public:
  Dependencies(const Recorder& list, const Node& y) : list_(list) {
    if (!list.holds(y)) return;
    on_list_.assign(y.position + 1, false);
    on_list_[y.position] = true;
    for (std::size_t i = on_list_.size(); i-- > 0;) {
      const Node& node = *list.nodes[i];
      if (!on_list_[i] || std::string_view(node.primitive->name) == "stop_gradient") continue;
      for (const Node* input : node.inputs()) {
        if (!is_floating(input->dtype)) continue;
        if (list.holds(*input))
          on_list_[input->position] = true;
        else
          leaves_.insert(input);
      }
    }
  }

  bool hold(const Node& node) const {
    if (list_.holds(node)) return node.position < on_list_.size() && on_list_[node.position];
    return leaves_.contains(&node);
  }

 private:
  const Recorder& list_;
  std::vector<bool> on_list_;
  std::unordered_set<const Node*> leaves_;
};

Tensor cotangent_for(const Tensor& y, const GradientOptions& options) {
  if (!options.cotangent.defined()) {
    if (y.size() != 1) {
      fail("gradient", "y has shape " + to_string(y.shape()) +
                           "; give a cotangent of that shape, or reduce y to one element, as by sum or mean");
    }
    return ones(y.shape(), y.dtype());
  }
  if (options.cotangent.shape() != y.shape()) {
    fail("gradient", "the cotangent has shape " + to_string(options.cotangent.shape()) + "; y has shape " +
                         to_string(y.shape()) + ", and the cotangent must have the same");
  }
  return cast(options.cotangent, y.dtype());
}

}  // namespace

Tensor Vjp::input(std::size_t i) const { return handle(node_.input(i)); }
Tensor Vjp::output() const { return handle(const_cast<Node*>(&node_)); }

void Vjp::give(std::size_t i, const Tensor& cotangent) {
  if (!wants(i)) return;
  const Node& input = *node_.input(i);
  Tensor result = cotangent.shape() == input.shape ? cotangent : sum_to(cotangent, input.shape);
  if (result.dtype() != input.dtype && !input.number) result = cast(result, input.dtype);
  given_[i] = given_[i].defined() ? add(given_[i], result) : std::move(result);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  const int extra = x.rank() - shape.rank();
  std::int64_t mask = 0;
  bool keeps_axes = false;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis >= extra && (shape[axis - extra] != 1 || x.shape()[axis] == 1)) continue;
    mask |= std::int64_t{1} << axis;
    keeps_axes = keeps_axes || axis >= extra;
  }
  const Tensor summed = mask == 0 ? x : ops::sum_axes(x, mask, {.keepdims = keeps_axes});
  return summed.shape() == shape ? summed : summed.reshape(shape);
}

std::vector<Tensor> differentiate(const Tensor& y, const Tensor& cotangent, std::span<const Tensor> sources,
                                  std::size_t first) {
  Recorder& list = recorder();
  const DerivingScope deriving(list);
  Node& root = *y.node();
  Differentiation pass(list, root, sources, first);
  if (list.holds(root) || pass.is_leaf_source(root)) pass.seed(root, cotangent);
  pass.walk();
  std::vector<Tensor> cotangents;
  cotangents.reserve(sources.size());
  for (const Tensor& source : sources) cotangents.push_back(pass.cotangent_of(*source.node()));
  return cotangents;
}

std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs, const GradientOptions& options) {
  check_floating("y", y);
  for (const Tensor& x : xs) check_floating("x", x);
  Recorder& list = recorder();
  const bool taped = list.tapes > 0;
  const DerivingScope deriving(list);
  check_recipes(list, y, xs);
  const Tensor cotangent = cotangent_for(y, options);
  std::vector<Tensor> gradients = differentiate(y, cotangent, xs);
  if (!std::ranges::all_of(gradients, &Tensor::defined)) check_reaches_end(list, *y.node(), xs, taped);
  std::optional<Dependencies> dependencies;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Tensor& found = gradients[i];
    if (!found.defined()) {
      if (!options.materialize_grads && !dependencies) dependencies.emplace(list, *y.node());
      if (options.materialize_grads || dependencies->hold(*xs[i].node())) {
        found = zeros_like(xs[i]);
      } else if (options.allow_unused) {
        continue;
      } else {
        fail("gradient", "y does not depend on x number " + std::to_string(i) + ", of shape " +
                             to_string(xs[i].shape()) +
                             "; give {.allow_unused = true} for an undefined gradient, which optimizers pass over, or "
                             "{.materialize_grads = true} for zeros");
      }
    }
    if (found.dtype() != xs[i].dtype()) found = cast(found, xs[i].dtype());
  }
  return gradients;
}

Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options) {
  return gradient(y, std::vector<Tensor>{x}, options).front();
}

std::vector<Tensor> gradient(const Tensor& y, std::initializer_list<Tensor> xs, const GradientOptions& options) {
  return gradient(y, std::vector<Tensor>(xs), options);
}

Tensor gradient(const TensorFunction& f, const Tensor& x) {
  check_function("gradient", f);
  const Tape tape;
  const Tensor at = ops::alias(x);
  return tape.gradient(f(at), at, {.materialize_grads = true});
}

std::vector<Tensor> gradient(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  check_function("gradient", f);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  return tape.gradient(f(at), at, {.materialize_grads = true});
}

std::pair<Tensor, Tensor> vjp(const TensorFunction& f, const Tensor& x, const Tensor& cotangent) {
  check_function("vjp", f);
  const Tape tape;
  const Tensor at = ops::alias(x);
  Tensor y = f(at);
  Tensor product = tape.gradient(y, at, {.cotangent = cotangent, .materialize_grads = true});
  return {std::move(y), std::move(product)};
}

std::pair<Tensor, std::vector<Tensor>> vjp(const TensorsFunction& f, const std::vector<Tensor>& xs,
                                           const Tensor& cotangent) {
  check_function("vjp", f);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  Tensor y = f(at);
  std::vector<Tensor> products = tape.gradient(y, at, {.cotangent = cotangent, .materialize_grads = true});
  return {std::move(y), std::move(products)};
}

}  // namespace xgrad
