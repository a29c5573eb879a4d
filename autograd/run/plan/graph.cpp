#include <autograd/run/plan/graph.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

namespace xgrad::run {
namespace {

/// The vertices of a graph by their hashes: an open-addressed table of numbers, at most half full.
class KnownVertices {
 public:
  explicit KnownVertices(std::size_t most) : entries_(std::bit_ceil(2 * most + 2)) {}

  /// The vertex of this hash that `is_same` takes, or none, and then `fresh` is known from now on. `looked_at` counts
  /// entries.
  template <class F>
  std::optional<VertexId> find_or_add(std::uint64_t hash, VertexId fresh, std::int64_t& looked_at, F&& is_same) {
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (std::size_t i = as_size(hash);; ++i) {
      Entry& entry = entries_[i & (entries_.size() - 1)];
      ++looked_at;
      if (entry.vertex == none) {
        entry = {tag, fresh.number()};
        return std::nullopt;
      }
      if (entry.tag == tag && is_same(VertexId(entry.vertex))) return VertexId(entry.vertex);
    }
  }

 private:
  static constexpr int none = -1;
  struct Entry {
    std::uint32_t tag = 0;  ///< a part of the hash
    int vertex = none;
  };
  std::vector<Entry> entries_;
};

class Builder {
 public:
  explicit Builder(const Program& program) : program_(program), known_(program.nodes().size()) {}

  Graph build() {
    graph_.vertices.reserve(program_.externals().size() + program_.nodes().size());
    for (std::size_t i = 0; i < program_.externals().size(); ++i) add_external(ExternalId(i));
    std::vector<VertexId> vertex_of;  // of every node
    vertex_of.reserve(program_.nodes().size());
    int late = 0;
    bool recomputing = false;
    for (std::size_t i = 0; i < program_.nodes().size(); ++i) {
      const Node& node = *program_.nodes()[i];
      Vertex& vertex = graph_.vertices.emplace_back();
      vertex.primitive = node.primitive;
      vertex.dtype = node.dtype;
      vertex.shape = node.shape;
      vertex.attributes = &node.attributes;
      vertex.node = static_cast<std::uint32_t>(i);
      vertex.scope = node.scope;
      vertex.derived = node.derived;
      vertex.recomputed = node.recomputed;
      if (std::exchange(recomputing, node.recomputed) != node.recomputed)
        ++late;
      else if (node.derived)
        late = std::max(late, 1);
      vertex.late = late;
      vertex.inputs.resize(node.inputs().size());
      std::size_t k = 0;
      for (const Program::Reference operand : program_.operands(i))
        vertex.inputs[k++] = operand.computed ? vertex_of[operand.index] : VertexId(operand.index);
      graph_.work += 1 + static_cast<std::int64_t>(k);
      vertex_of.push_back(settled());
      if (program_.survives(i)) graph_.results.push_back(vertex_of.back());
    }
    count_uses();
    return std::move(graph_);
  }

 private:
  Vertex& at(VertexId v) { return graph_.vertices[v]; }

  void add_external(ExternalId external) {
    const Node& node = *program_.externals()[external.index()];
    Vertex vertex;
    vertex.dtype = node.dtype;
    vertex.shape = node.shape;
    vertex.external = external;
    vertex.number = node.number;
    if (node.number) {
      const double value = node.plain_number().to_double();
      if (value == 1 || (value == 0 && !std::signbit(value))) vertex.known = value;
    }
    graph_.vertices.push_back(std::move(vertex));
  }

  /// The vertex that stands for the last one: an equal one before it, a simpler one, or itself. The last one goes where
  /// it is not needed.
  VertexId settled() {
    Vertex& vertex = graph_.vertices.back();
    const VertexId own(graph_.vertices.size() - 1);
    shorten_view(vertex);
    std::optional<VertexId> other = simplify(vertex);
    if (!other)
      other = known_.find_or_add(hash_of(vertex), own, graph_.work, [&](VertexId v) { return same(at(v), vertex); });
    if (!other) {
      remember(vertex);
      return own;
    }
    graph_.vertices.pop_back();
    return *other;
  }

  /// A view by shape of another one of the same primitive reads the first one's source, which is no such view itself.
  void shorten_view(Vertex& vertex) {
    if (!vertex.view() || !vertex.view()->by_shape) return;
    const Vertex& input = at(vertex.inputs[0]);
    if (input.primitive == vertex.primitive) vertex.inputs[0] = input.inputs[0];
  }

  /// Views and copies to another dtype have the value of what they read.
  void remember(Vertex& vertex) {
    const bool passes = vertex.is_view() || (vertex.elementwise() && vertex.elementwise()->copies);
    if (passes && !vertex.inputs.empty()) vertex.known = at(vertex.inputs[0]).known;
  }

  std::optional<VertexId> simplify(const Vertex& vertex) {
    if (vertex.inputs.empty()) return std::nullopt;
    if (const ViewTraits* view = vertex.view()) return simplify(vertex, *view);
    if (const ElementwiseTraits* function = vertex.elementwise()) return simplify(vertex, *function);
    return std::nullopt;
  }

  std::optional<VertexId> simplify(const Vertex& vertex, const ViewTraits& view) {
    const Vertex& input = at(vertex.inputs[0]);
    if ((view.by_shape || view.identity) && is_result(vertex, input)) return vertex.inputs[0];
    if (view.undoes && input.primitive == vertex.primitive &&
        view.undoes(*vertex.attributes, *input.attributes, vertex.shape.rank()))
      return input.inputs[0];
    return std::nullopt;
  }

  std::optional<VertexId> simplify(const Vertex& vertex, const ElementwiseTraits& function) {
    const Vertex& first = at(vertex.inputs[0]);
    if (function.copies && is_result(vertex, first)) return vertex.inputs[0];
    if (function.involution && first.primitive == vertex.primitive) return first.inputs[0];
    if (vertex.inputs.size() != 2) return std::nullopt;
    const Vertex& second = at(vertex.inputs[1]);
    if (is_known(second, function.right_identity) && is_result(vertex, first)) return vertex.inputs[0];
    if (is_known(first, function.left_identity) && is_result(vertex, second)) return vertex.inputs[1];
    return std::nullopt;
  }

  /// Whether a vertex that computes another's values is that one.
  static bool is_result(const Vertex& vertex, const Vertex& value) {
    return value.shape == vertex.shape && value.dtype == vertex.dtype && !value.number;
  }

  bool is_known(const Vertex& vertex, std::optional<int> value) { return value && vertex.known == *value; }

  static std::uint64_t hash_of(const Vertex& vertex) {
    std::uint64_t hash = std::bit_cast<std::uintptr_t>(vertex.primitive);
    const auto mix = [&](std::uint64_t word) { hash = (hash ^ word) * 0x9E3779B97F4A7C15u, hash ^= hash >> 29; };
    mix(static_cast<std::uint64_t>(vertex.dtype));
    for (const std::uint64_t word : vertex.attributes->words()) mix(word);
    for (const std::int64_t extent : vertex.shape) mix(static_cast<std::uint64_t>(extent));
    for (const VertexId input : vertex.inputs) mix(input.index());
    return hash ^ hash >> 32;
  }

  static bool same(const Vertex& a, const Vertex& b) {
    return a.primitive == b.primitive && *a.attributes == *b.attributes && a.dtype == b.dtype && a.shape == b.shape &&
           a.inputs == b.inputs;
  }

  void count_uses() {
    for (const VertexId v : graph_.results) {
      at(v).survives = true;
      ++at(v).uses;
    }
    for (const VertexId v : graph_.vertices.ids_from_last()) {
      if (at(v).uses == 0) continue;
      for (const VertexId input : at(v).inputs) ++at(input).uses;
    }
  }

  const Program& program_;
  Graph graph_;
  KnownVertices known_;
};

}  // namespace

Graph build_graph(const Program& program) { return Builder(program).build(); }

}  // namespace xgrad::run
