#include <autograd/differentiate/element_dependencies.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

using Set = std::int32_t;  ///< number of a set, 0 of the empty one
using Positions = std::vector<std::int64_t>;

constexpr std::int64_t most_elements = std::int64_t{1} << 28;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Hash {
  std::size_t operator()(const std::vector<std::int32_t>& list) const noexcept {
    std::uint64_t hash = list.size();
    for (const std::int32_t i : list) hash = (hash ^ static_cast<std::uint64_t>(i)) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(hash ^ hash >> 32);
  }
};

/// Sets of numbers, each kept once.
class Sets {
 public:
  Sets() { number_of({}); }

  Set single(std::int64_t i) { return number_of({static_cast<std::int32_t>(i)}); }

  Set unite(Set a, Set b) {
    if (a == b || b == 0) return a;
    if (a == 0) return b;
    const auto [low, high] = std::minmax(a, b);
    const auto [found, is_new] =
        pairs_.emplace(std::uint64_t{static_cast<std::uint32_t>(low)} << 32 | static_cast<std::uint32_t>(high), 0);
    if (is_new) found->second = merged(std::array{a, b});
    return found->second;
  }

  /// The union of several. Changes the list.
  Set unite(std::vector<Set>& list) {
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
    if (!list.empty() && list.front() == 0) list.erase(list.begin());
    if (list.empty()) return 0;
    return list.size() <= 2 ? unite(list.front(), list.back()) : merged(list);
  }

  std::span<const std::int32_t> operator[](Set set) const { return *sets_[index(set)]; }

 private:
  Set number_of(std::vector<std::int32_t> members) {
    const auto [found, is_new] = known_.emplace(std::move(members), static_cast<Set>(sets_.size()));
    if (is_new) sets_.push_back(&found->first);
    return found->second;
  }

  Set merged(std::span<const Set> list) {
    const Set largest = *std::ranges::max_element(list, {}, [&](Set set) { return (*this)[set].size(); });
    const std::span<const std::int32_t> all = (*this)[largest];
    std::vector<std::int32_t> members;
    for (const Set set : list)
      for (const std::int32_t i : (*this)[set])
        if (set != largest && !std::ranges::binary_search(all, i)) members.push_back(i);
    if (members.empty()) return largest;
    members.insert(members.end(), all.begin(), all.end());
    std::ranges::sort(members);
    members.erase(std::unique(members.begin(), members.end()), members.end());
    return number_of(std::move(members));
  }

  std::unordered_map<std::vector<std::int32_t>, Set, Hash> known_;
  std::vector<const std::vector<std::int32_t>*> sets_;  ///< of known_
  std::unordered_map<std::uint64_t, Set> pairs_;
};

/// For each element of a shape, the row-major number of its indices along some axes.
Positions numbers_along(const Shape& shape, const std::vector<int>& axes) {
  std::array<std::int64_t, Shape::max_rank> steps{}, at{};
  std::int64_t count = 1;
  for (std::size_t k = axes.size(); k-- > 0;) {
    steps[index(axes[k])] = count;
    count *= shape[axes[k]];
  }
  Positions numbers(index(shape.elements()));
  std::int64_t number = 0;
  for (std::int64_t& result : numbers) {
    result = number;
    for (int axis = shape.rank(); axis-- > 0;) {
      number += steps[index(axis)];
      if (++at[index(axis)] < shape[axis]) break;
      number -= steps[index(axis)] * shape[axis];
      at[index(axis)] = 0;
    }
  }
  return numbers;
}

/// 1, 2, ... in a shape. Where an operation puts elements elsewhere, the numbers say where from.
Tensor numbered(const Shape& shape, std::int64_t first = 1) {
  return arange(first, first + shape.elements(), 1, float64).reshape(shape);
}

/// Whether it is one of the library's own primitives of these names, which a user's function may have as well.
bool is_any_of(const Node& node, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, std::string_view(node.primitive->name)) != names.end() &&
         std::ranges::find(primitives(), node.primitive) != primitives().end();
}
/// Operations that put elements elsewhere, or zeros in between, and those that add up elements which go to one place:
/// the adjoints of the former.
bool moves(const Node& node) { return is_any_of(node, {"take", "gather", "concatenate", "embed", "unfold"}); }
bool adds_moved(const Node& node) { return is_any_of(node, {"add_at", "scatter_add", "fold"}); }

}  // namespace

class ElementDependencies::Trace {
 public:
  Trace(const char* op, const Tensor& y, const Tensor& x, std::size_t first) : op_(op) {
    check_elements(x.shape());
    std::vector<Set>& singles = of_[x.node()];
    for (std::int64_t i = 0; i < x.size(); ++i) singles.push_back(sets_.single(i));
    const Recorder& list = recorder();
    if (list.holds(*y.node()) && y.node()->position >= first) follow(list, first, y.node()->position);
    if (const auto found = of_.find(y.node()); found != of_.end()) result_ = &found->second;
  }

  std::span<const std::int32_t> operator[](std::int64_t i) const {
    return result_ ? sets_[(*result_)[index(i)]] : std::span<const std::int32_t>();
  }

 private:
  void check_elements(const Shape& shape) const {
    if (shape.elements() > most_elements) {
      fail(op_, "a value that depends on x has shape " + to_string(shape) + "; at most 2^28 elements are expected");
    }
  }

  void follow(const Recorder& list, std::size_t first, std::size_t last) {
    std::vector<bool> needed(last - first + 1);
    needed[last - first] = true;
    for (std::size_t i = needed.size(); i-- > 0;) {
      if (!needed[i] || of_.contains(list.nodes[first + i])) continue;
      for (const Node* input : list.nodes[first + i]->inputs())
        if (list.holds(*input) && input->position >= first) needed[input->position - first] = true;
    }
    // The numbers below are recorded on the same list, behind.
    for (std::size_t i = 0; i < needed.size(); ++i) {
      const Node& node = *list.nodes[first + i];
      if (!needed[i] || of_.contains(&node) || !is_floating(node.dtype)) continue;
      if (!node.primitive->vjp || node.primitive->stops_gradient) continue;
      if (std::ranges::none_of(node.inputs(), [&](const Node* input) { return of_.contains(input); })) continue;
      check_elements(node.shape);
      std::vector<Set> sets = sets_of(node);
      of_.emplace(&node, std::move(sets));
    }
  }

  std::vector<Set> sets_of(const Node& node) {
    const Primitive& primitive = *node.primitive;
    if (is_any_of(node, {"on_gradient"})) return all_of_all(node);
    if (primitive.elementwise()) return elementwise(node);
    if (primitive.view()) return view(node);
    if (primitive.reduces()) return reduction(node);
    if (moves(node)) return moved(node);
    if (adds_moved(node)) return added(node, 0);
    if (is_any_of(node, {"index_add"})) return index_added(node);
    if (node.attributes.is<ops::ScanAttributes>()) return scan(node);
    return by_parts(node);
  }

  const std::vector<Set>* known(const Node* node) const {
    const auto found = of_.find(node);
    return found == of_.end() ? nullptr : &found->second;
  }

  /// Sets of `count` groups of elements, element i of which is in group groups[i].
  std::vector<Set> united(const std::vector<Set>& sets, const Positions& groups, std::int64_t count) {
    Positions starts(index(count) + 1, 0);
    for (const std::int64_t group : groups) ++starts[index(group) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    Positions next(starts.begin(), starts.end() - 1);
    std::vector<Set> sorted(sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i) sorted[index(next[index(groups[i])]++)] = sets[i];
    std::vector<Set> result, members;
    for (std::size_t group = 0; group + 1 < starts.size(); ++group) {
      members.assign(sorted.begin() + starts[group], sorted.begin() + starts[group + 1]);
      result.push_back(sets_.unite(members));
    }
    return result;
  }

  /// Adds to each set one of others, by position.
  void join(std::vector<Set>& sets, const std::vector<Set>& others, const Positions& from) {
    for (std::size_t i = 0; i < sets.size(); ++i) sets[i] = sets_.unite(sets[i], others[index(from[i])]);
  }

  std::vector<Set> none(const Node& node) const { return std::vector<Set>(index(node.shape.elements()), 0); }

  std::vector<Set> all_of_all(const Node& node) {
    std::vector<Set> all;
    for (const Node* input : node.inputs())
      if (const auto* sets = known(input)) all.insert(all.end(), sets->begin(), sets->end());
    return std::vector<Set>(index(node.shape.elements()), sets_.unite(all));
  }

  std::vector<Set> elementwise(const Node& node) {
    std::vector<Set> result = none(node);
    for (const Node* input : node.inputs()) {
      const auto* sets = known(input);
      if (!sets) continue;
      const int extra = node.shape.rank() - input->shape.rank();
      std::vector<int> axes;
      for (int axis = 0; axis < input->shape.rank(); ++axis)
        if (input->shape[axis] != 1) axes.push_back(axis + extra);
      join(result, *sets, numbers_along(node.shape, axes));
    }
    return result;
  }

  /// The sets of elements that moved, by the numbers that moved along: 0 for what no element went to.
  void take_numbers(std::vector<Set>& result, const std::vector<Set>& sets, const Tensor& numbers,
                    std::int64_t first = 1) const {
    const Positions from = numbers.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < result.size(); ++i)
      if (from[i] >= first && index(from[i] - first) < sets.size()) result[i] = sets[index(from[i] - first)];
  }

  std::vector<Set> view(const Node& node) {
    const Node* input = node.input(0);
    const auto* sets = known(input);
    std::vector<Set> result = none(node);
    if (!sets) return result;
    if (node.primitive->is_identity() || is_any_of(node, {"recompute", "reshape"})) return *sets;
    take_numbers(result, *sets, record1(*node.primitive, numbered(input->shape), node.shape, float64, node.attributes));
    return result;
  }

  std::vector<Set> reduction(const Node& node) {
    const Shape& shape = node.input(0)->shape;
    const auto reduced = node.attributes.as<ReducedAxes>();
    std::vector<int> kept;
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (!reduced.contains(axis)) kept.push_back(axis);
    return united(*known(node.input(0)), numbers_along(shape, kept), node.shape.elements());
  }

  /// Inputs that hold what is moved, numbered one behind the other; others, as indices, as they are.
  std::vector<Tensor> with_numbers(const Node& node) const {
    std::vector<Tensor> inputs;
    std::int64_t first = 1;
    for (Node* input : node.inputs()) {
      if (!is_floating(input->dtype)) {
        inputs.push_back(handle(input));
        continue;
      }
      inputs.push_back(numbered(input->shape, first));
      first += input->shape.elements();
    }
    return inputs;
  }

  std::vector<Set> moved(const Node& node) {
    std::vector<Set> result = none(node);
    const Tensor numbers = record(*node.primitive, with_numbers(node), node.shape, float64, node.attributes);
    std::int64_t first = 1;
    for (const Node* input : node.inputs()) {
      if (!is_floating(input->dtype)) continue;
      if (const auto* sets = known(input)) take_numbers(result, *sets, numbers, first);
      first += input->shape.elements();
    }
    return result;
  }

  /// Its derivative takes the numbers of the result to where each element goes.
  std::vector<Set> added(const Node& node, std::size_t input) {
    const auto* sets = known(node.input(input));
    if (!sets) return none(node);
    const std::vector<Tensor> inputs = with_numbers(node);
    const Tensor again = record(*node.primitive, inputs, node.shape, float64, node.attributes);
    Positions to = gradient(again, inputs[input], {.cotangent = numbered(node.shape)}).to_vector<std::int64_t>();
    std::vector<Set> result = united(*sets, to, node.shape.elements() + 1);
    result.erase(result.begin());
    return result;
  }

  /// Each element on that of the first input at its place, and on what is added to it.
  std::vector<Set> index_added(const Node& node) {
    std::vector<Set> result = added(node, 1);
    if (const auto* sets = known(node.input(0)))
      for (std::size_t i = 0; i < result.size(); ++i) result[i] = sets_.unite(result[i], (*sets)[i]);
    return result;
  }

  /// Each element on its whole line, though it depends on that up to itself: the sets would be as large as they are
  /// many, and a product of n numbers takes the last one.
  std::vector<Set> scan(const Node& node) {
    const auto axis = static_cast<int>(node.attributes.as<ops::ScanAttributes>().axis);
    std::vector<int> others;
    for (int other = 0; other < node.shape.rank(); ++other)
      if (other != axis) others.push_back(other);
    std::vector<Set> result = elementwise(node);
    if (result.empty()) return result;
    const Positions lines = numbers_along(node.shape, others);
    join(result, united(result, lines, lines.back() + 1), lines);
    return result;
  }

  /// Along axes whose parts a part of an input gives, elements depend on that input at the same index; along others, on
  /// all of it.
  std::vector<Set> by_parts(const Node& node) {
    const BlockTraits* block = node.primitive->block();
    if (!block || !block->part) return all_of_all(node);
    std::vector<Set> result = none(node);
    for (std::size_t k = 0; k < node.input_count; ++k) {
      const auto* sets = known(node.input(k));
      if (!sets) continue;
      const Shape& shape = node.input(k)->shape;
      std::vector<int> own, of_input;
      std::int64_t count = 1;
      for (int axis = 0; axis < node.shape.rank(); ++axis) {
        const std::optional<int> part = block->part(k, axis, shape, node.shape);
        if (!part || *part < 0 || shape[*part] != node.shape[axis]) continue;
        if (std::ranges::find(of_input, *part) != of_input.end()) continue;
        own.push_back(axis);
        of_input.push_back(*part);
        count *= node.shape[axis];
      }
      join(result, united(*sets, numbers_along(shape, of_input), count), numbers_along(node.shape, own));
    }
    return result;
  }

  const char* op_;
  Sets sets_;
  std::unordered_map<const Node*, std::vector<Set>> of_;
  const std::vector<Set>* result_ = nullptr;
};

ElementDependencies::ElementDependencies(const char* op, const Tensor& y, const Tensor& x, std::size_t first)
    : trace_(std::make_unique<Trace>(op, y, x, first)) {}
ElementDependencies::~ElementDependencies() = default;

std::span<const std::int32_t> ElementDependencies::operator[](std::int64_t i) const { return (*trace_)[i]; }

}  // namespace xgrad
